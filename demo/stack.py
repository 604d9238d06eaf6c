"""Starts and stops the whole stack: PostgreSQL, the sandbox, and the four components of Airflow."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

from demo import databases, pipelines, processes
from demo.airflow_api import AirflowApi
from demo.airflow_settings import PASSWORDS_FILE, REPOSITORY, USERNAME, Deployment, Secrets, environment
from demo.connections import connections
from demo.postgres import PostgresServer
from demo.processes import DemoError, Session
from demo.sandbox_process import SandboxProcess

# All components read the same log folder, so none has to serve logs to the others.
COMPONENTS = {
    "api-server": (),
    "scheduler": ("--skip-serve-logs",),
    "dag-processor": (),
    "triggerer": ("--skip-serve-logs",),
}
HOME_VARIABLE = "SWITCHYARD_STACK_HOME"
BOOT_SECONDS = 180


def default_home() -> Path:
    """The folder for all state: the environment's choice, or one in the repository."""
    chosen = os.environ.get(HOME_VARIABLE)
    return Path(chosen).resolve() if chosen else REPOSITORY / ".airflow"


class Stack:
    """One stack with all its state in a folder; at most one is up per folder.

    Every start begins with empty databases and an empty AWS. What a crash left running is ended first.
    """

    def __init__(
        self,
        home: Path | None = None,
        *,
        dags: Mapping[str, Path] | None = None,
        extra: Mapping[str, str] | None = None,
        say: Callable[[str], None] = print,
    ) -> None:
        self.home = home or default_home()
        self.dags = dags or {"dags-folder": REPOSITORY / "dags"}
        self.extra = dict(extra or {})
        self.sandbox = SandboxProcess(self.home / "sandbox")
        self._say = say
        self._lock: TextIO | None = None
        self._state: dict[str, Any] = {}

    @property
    def url(self) -> str:
        """Address of Airflow's UI and API."""
        return str(self._state["url"])

    @property
    def username(self) -> str:
        """Login of Airflow's administrator."""
        return USERNAME

    @property
    def password(self) -> str:
        """Password of Airflow's administrator."""
        return self.passwords[self.username]

    @property
    def passwords(self) -> dict[str, str]:
        """Passwords of Airflow's users by their names."""
        return dict(self._state["passwords"])

    @property
    def ledger_dsn(self) -> str:
        """Connection string (libpq) of the ledger."""
        return str(self._state["ledger_dsn"])

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables of Airflow's components."""
        return dict(self._state["environment"])

    @property
    def sessions(self) -> list[Session]:
        """What runs, in the order in which it was started."""
        return [Session(**each) for each in self._state.get("sessions", [])]

    def api(self, username: str = USERNAME) -> AirflowApi:
        """Airflow's REST API as one of its users."""
        return AirflowApi(self.url, username, self.passwords[username])

    def airflow(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the ``airflow`` command line in this deployment."""
        return subprocess.run(
            [sys.executable, "-m", "airflow", *arguments],
            env=self.environment,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self) -> None:
        """Start everything and wait until all of it works.

        Raises:
            DemoError: something is missing or does not start; all that was started has been ended again.
        """
        self._take_lock()
        try:
            if self._read_state() or self.sandbox.present:
                self._say("Ending what an earlier start left running")
                self._end()
            self._start()
        except BaseException:
            self.stop()
            raise

    def attach(self) -> None:
        """Take over a stack that was released.

        Raises:
            DemoError: none is up, or somebody is using it.
        """
        self._take_lock()
        if not self._read_state():
            self._release_lock()
            raise DemoError(f"nothing is up in {self.home}")

    def stop(self) -> None:
        """End everything; harmless when nothing is up."""
        try:
            self._end()
        finally:
            self._release_lock()

    def release(self) -> None:
        """Leave everything up for others, who `attach` to it."""
        self._release_lock()

    @contextmanager
    def up(self) -> Iterator[Stack]:
        """Start, and stop at the end however it comes."""
        self.start()
        try:
            yield self
        finally:
            self.stop()

    def _end(self) -> None:
        database, others = _partition(self.sessions)
        processes.end(others)
        self.sandbox.stop()
        processes.end(database)
        self._state = {}
        self._state_file.unlink(missing_ok=True)

    def _start(self) -> None:
        began = time.monotonic()
        for stale in ("log", "task-logs"):
            shutil.rmtree(self.home / stale, ignore_errors=True)
        postgres_port, airflow_port = processes.free_ports(2)
        postgres = PostgresServer(self._folder("postgres"), postgres_port)
        with self.sandbox.starting(self._folder("log") / "sandbox.log", self._began):
            self._say(f"PostgreSQL on port {postgres_port}")
            postgres.start(self._began)
            databases.prepare(postgres, self.home, self._say)
        self._say(f"Sandbox at {self.sandbox.endpoint_url}")
        self._start_airflow(postgres, airflow_port)
        self._say(f"Airflow at {self.url}, ready after {time.monotonic() - began:.0f} s")

    def _start_airflow(self, postgres: PostgresServer, port: int) -> None:
        secrets = Secrets.generate()
        pipelines.write_unscheduled(self.home / "pipelines")
        deployment = Deployment(
            home=self.home,
            dags=self.dags,
            database_url=databases.airflow_url(postgres),
            port=port,
            connections=connections(self.sandbox, postgres, databases.LEDGER),
            extra={
                **self.extra,
                **self.sandbox.environment,
                pipelines.VARIABLE: str(self.home / "pipelines"),
            },
        )
        self._save(
            url=deployment.url,
            passwords=dict(secrets.passwords),
            ledger_dsn=postgres.dsn(databases.LEDGER),
            environment=environment(deployment, secrets),
        )
        _write_secret(self.home / PASSWORDS_FILE, json.dumps(secrets.passwords))
        components = [self._start_component(name, *options) for name, options in COMPONENTS.items()]
        processes.wait_until(
            self.api().healthy, "Airflow", seconds=BOOT_SECONDS, alive=components, poll_seconds=0.5
        )

    def _start_component(self, name: str, *options: str) -> Session:
        return processes.start(
            name,
            [sys.executable, "-m", "airflow", name, *options],
            log=self._folder("log") / f"{name}.log",
            environment=self.environment,
            folder=REPOSITORY,
            began=self._began,
        )

    def _folder(self, name: str) -> Path:
        folder = self.home / name
        folder.mkdir(exist_ok=True)
        return folder

    def _began(self, session: Session) -> None:
        self._save(sessions=[vars(each) for each in (*self.sessions, session)])

    def _save(self, **facts: Any) -> None:
        self._state |= facts
        _write_secret(self._state_file, json.dumps(self._state, indent=2))

    def _read_state(self) -> bool:
        with suppress(FileNotFoundError, json.JSONDecodeError):
            self._state = json.loads(self._state_file.read_text())
        return bool(self._state)

    @property
    def _state_file(self) -> Path:
        return self.home / "stack.json"

    def _take_lock(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self._lock = (self.home / "lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.seek(0)
            holder = self._lock.read().strip()
            self._lock = None
            raise DemoError(f"process {holder} is using {self.home}. Let it end, or end it") from None
        self._lock.truncate(0)
        self._lock.write(str(os.getpid()))
        self._lock.flush()

    def _release_lock(self) -> None:
        if self._lock:
            self._lock.close()
            self._lock = None


def _partition(sessions: list[Session]) -> tuple[list[Session], list[Session]]:
    """Split off the database, which has to be there until everything that uses it has ended."""
    database = [session for session in sessions if session.name == "postgresql"]
    return database, [session for session in sessions if session not in database]


def _write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner may read, in one step."""
    unfinished = path.with_suffix(".new")
    unfinished.touch(mode=0o600)
    unfinished.write_text(text)
    unfinished.replace(path)
