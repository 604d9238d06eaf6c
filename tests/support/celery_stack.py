"""The stack of docker-compose.yaml on this machine: its commands and variables, with Celery workers and Redis."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from demo import databases, pipelines, processes
from demo.airflow_settings import FOREIGN, REPOSITORY, USERNAME
from demo.postgres import PostgresServer
from demo.processes import Session
from demo.stack import BOOT_SECONDS, Stack
from deploy.compose import make_env
from tests.support.compose import Compose
from tests.support.proxy import Proxy

SERVICES = ("airflow-apiserver", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer")
WORKERS = ("airflow-worker-1", "airflow-worker-2")
QUICK = {
    "TASK_HEARTBEAT_TIMEOUT": "15",
    "TASK_QUEUED_TIMEOUT": "60",
    "TRIGGERER_HEALTH_THRESHOLD": "10",
    "WORKER_CONCURRENCY": "3",
}
"""What .env may say: a death is noticed in seconds."""


class CeleryStack(Stack):
    """PostgreSQL, Redis, the sandbox and Airflow with two Celery workers, as docker-compose.yaml has them."""

    compose: Compose
    to_sandbox: Proxy
    """What Airflow reaches the sandbox through."""

    def session(self, name: str) -> Session:
        """The newest session of a service."""
        return [each for each in self.sessions if each.name == name][-1]

    def environment_of(self, name: str) -> dict[str, str]:
        """All variables of a service's processes."""
        return self.compose.environment(name) | self.environment

    def start_service(self, name: str) -> Session:
        """Start a service, as the engine does at first and after its death."""
        return processes.start(
            name,
            self.compose.command(name),
            log=self._folder("log") / f"{name}.log",
            environment=self.environment_of(name),
            folder=REPOSITORY,
            began=self._began,
        )

    def check(self, name: str) -> subprocess.CompletedProcess[str]:
        """Run a service's health check once."""
        return subprocess.run(
            self.compose.command(name, health=True),
            env=self.environment_of(name),
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )

    def _start_airflow(self, postgres: PostgresServer, port: int) -> None:
        [redis_port] = processes.free_ports(1)
        self.to_sandbox = Proxy(urlsplit(self.sandbox.endpoint_url).port or 0)
        secrets = make_env.values() | {"POSTGRES_PASSWORD": postgres.password} | QUICK
        self.compose = Compose(secrets, self._places(postgres, port, redis_port))
        pipelines.write_unscheduled(self.home / "pipelines")
        self._save(
            url=f"http://127.0.0.1:{port}",
            passwords={USERNAME: secrets["ADMIN_PASSWORD"]},
            ledger_dsn=postgres.dsn(databases.LEDGER),
            environment=self._machine(port),
        )
        self._start_redis(redis_port)
        self._initialise()
        started = [self.start_service(name) for name in (*SERVICES, *WORKERS)]
        processes.wait_until(
            self.api().healthy, "Airflow", seconds=BOOT_SECONDS, alive=started, poll_seconds=0.5
        )

    def _places(self, postgres: PostgresServer, port: int, redis_port: int) -> Mapping[str, str]:
        return {
            "@postgres:5432": f"@127.0.0.1:{postgres.port}",
            "@redis:6379": f"@127.0.0.1:{redis_port}",
            "airflow-apiserver:8080": f"127.0.0.1:{port}",
            "http://127.0.0.1:8080": f"http://127.0.0.1:{port}",
            "http://127.0.0.1:4566": f"http://127.0.0.1:{self.to_sandbox.port}",
            "/var/lib/switchyard/sandbox/data/ca.pem": self.sandbox.ca_bundle,
            "/var/lib/switchyard": str(self.home / "lib"),
            "/switchyard/": f"{REPOSITORY}/",
        }

    def _machine(self, port: int) -> dict[str, str]:
        """What an image brings, and what keeps the services of one machine apart."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        return {
            **inherited,
            "PATH": f"{Path(sys.executable).parent}:{inherited['PATH']}",
            "PYTHONPATH": str(REPOSITORY / "plugins"),
            "PYTHONUNBUFFERED": "1",
            "SCARF_ANALYTICS": "false",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(port),
            pipelines.VARIABLE: str(self.home / "pipelines"),
            **self.extra,
        }

    def _start_redis(self, port: int) -> None:
        *shell, line = self.compose.command("redis")
        folder = self._folder("redis")
        own = f"redis-server --bind 127.0.0.1 --port {port} --dir {folder}"
        environment = self.environment_of("redis")
        redis = processes.start(
            "redis",
            [*shell, line.replace("redis-server", own)],
            log=self._folder("log") / "redis.log",
            environment=environment,
            folder=REPOSITORY,
            began=self._began,
        )

        def answers() -> bool:
            asked = self.compose.command("redis", health=True)[-1].replace(
                "redis-cli", f"redis-cli -p {port}"
            )
            return subprocess.run(["sh", "-c", asked], env=environment, check=False).returncode == 0

        processes.wait_until(answers, "Redis", seconds=30, alive=[redis], poll_seconds=0.1)

    def _initialise(self) -> None:
        processes.run(
            "airflow-init",
            self.compose.command("airflow-init"),
            log=self._folder("log") / "airflow-init.log",
            environment=self.environment_of("airflow-init"),
            folder=REPOSITORY,
            began=self._began,
            seconds=120,
        )
