"""Starts and stops the whole stack: PostgreSQL, the sandbox, and the four components of Airflow."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

from demo import processes
from demo.airflow_api import AirflowApi
from demo.airflow_settings import REPOSITORY, USERNAME, Deployment, Secrets, environment
from demo.connections import connections
from demo.postgres import ADMIN, PostgresServer
from demo.processes import DemoError, Session
from demo.sandbox_process import SandboxProcess
from switchyard.ledger.schema import upgrade

COMPONENTS = ("api-server", "scheduler", "dag-processor", "triggerer")
HOME_VARIABLE = "SWITCHYARD_STACK_HOME"
BOOT_SECONDS = 120


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
        dags: Path = REPOSITORY / "dags",
        say: Callable[[str], None] = print,
    ) -> None:
        self.home = home or default_home()
        self.dags = dags
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
        return str(self._state["password"])

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

    def api(self) -> AirflowApi:
        """Airflow's REST API as administrator."""
        return AirflowApi(self.url, self.username, self.password)

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
        self.home.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        try:
            if self._read_state():
                self._say("Ending what an earlier start left running")
                self.stop()
            self._start()
        except BaseException:
            self.stop()
            raise

    def attach(self) -> None:
        """Take over a stack that is up.

        Raises:
            DemoError: none is.
        """
        if not self._read_state() or not self.sessions:
            raise DemoError("nothing is up. Start it with: make demo KEEP=1")

    def stop(self) -> None:
        """End everything; harmless when nothing is up."""
        if not self._state:
            self._read_state()
        database, others = _partition(self.sessions)
        processes.end(others)
        self.sandbox.stop()
        processes.end(database)
        self._state = {}
        self._state_file.unlink(missing_ok=True)
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

    def _start(self) -> None:
        began = time.monotonic()
        ports = dict(
            zip(("postgres", "api", "worker logs", "triggerer logs"), processes.free_ports(4), strict=True)
        )
        secrets = Secrets.generate()
        with self.sandbox.starting():
            postgres = PostgresServer(self._folder("postgres"), ports["postgres"])
            self._say(f"PostgreSQL on port {ports['postgres']}")
            self._began(postgres.start())
            self._prepare_databases(postgres)
        self._say(f"Sandbox at {self.sandbox.endpoint_url}")
        deployment = Deployment(
            home=self.home,
            dags=self.dags,
            database_url=_sqlalchemy_url(postgres, "airflow"),
            ports=ports,
            connections=connections(self.sandbox, postgres, "ledger"),
            extra=self.sandbox.environment,
        )
        self._save(
            url=deployment.url,
            password=secrets.password,
            ledger_dsn=postgres.dsn("ledger"),
            environment=environment(deployment, secrets),
        )
        self._start_airflow(secrets)
        self._say(f"Airflow at {self.url}, ready after {time.monotonic() - began:.0f} s")

    def _prepare_databases(self, postgres: PostgresServer) -> None:
        template = f"airflow_{version('apache-airflow')}"
        self._migrate_airflow(postgres, template)
        postgres.create_database("airflow", template=template, replace=True)
        postgres.create_database("ledger", replace=True)
        upgrade(postgres.dsn("ledger"))

    def _migrate_airflow(self, postgres: PostgresServer, template: str) -> None:
        """Have a migrated metadata database to copy: migrating takes seconds, copying none."""
        with postgres.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (template,))
            if cursor.fetchone():
                return
        self._say("Creating Airflow's tables, once for all later starts")
        postgres.create_database("airflow_unfinished", replace=True)
        deployment = Deployment(
            home=self.home,
            dags=self.dags,
            database_url=_sqlalchemy_url(postgres, "airflow_unfinished"),
            ports={"api": 0, "worker logs": 0, "triggerer logs": 0},
        )
        done = subprocess.run(
            [sys.executable, "-m", "airflow", "db", "migrate"],
            env=environment(deployment, Secrets.generate()),
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise DemoError(f"Airflow could not create its tables: {done.stderr.strip()[-2000:]}")
        postgres.rename_database("airflow_unfinished", template)

    def _start_airflow(self, secrets: Secrets) -> None:
        passwords = self.home / "passwords.json"
        passwords.touch(mode=0o600)
        passwords.write_text(json.dumps({USERNAME: secrets.password}))
        logs = self._folder("log")
        started = []
        for component in COMPONENTS:
            session = processes.start(
                component,
                [sys.executable, "-m", "airflow", component],
                log=logs / f"{component}.log",
                environment=self.environment,
                folder=REPOSITORY,
            )
            self._began(session)
            started.append(session)
        try:
            processes.wait_until(
                self.api().healthy, "Airflow", seconds=BOOT_SECONDS, alive=started, poll_seconds=0.5
            )
        except DemoError as error:
            raise DemoError(f"{error}. Its logs are in {logs}") from error

    def _folder(self, name: str) -> Path:
        folder = self.home / name
        folder.mkdir(exist_ok=True)
        return folder

    def _began(self, session: Session) -> None:
        self._save(sessions=[vars(each) for each in (*self.sessions, session)])

    def _save(self, **facts: Any) -> None:
        self._state |= facts
        unfinished = self._state_file.with_suffix(".new")
        unfinished.touch(mode=0o600)
        unfinished.write_text(json.dumps(self._state, indent=2))
        unfinished.replace(self._state_file)

    def _read_state(self) -> bool:
        with suppress(FileNotFoundError, json.JSONDecodeError):
            self._state = json.loads(self._state_file.read_text())
        return bool(self._state)

    @property
    def _state_file(self) -> Path:
        return self.home / "stack.json"

    def _take_lock(self) -> None:
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


def _sqlalchemy_url(postgres: PostgresServer, database: str) -> str:
    return f"postgresql+psycopg2://{ADMIN}:{postgres.password}@127.0.0.1:{postgres.port}/{database}"
