"""A private PostgreSQL server for Airflow's metadata and the ledger: own data directory, loopback only."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql
from psycopg2.extensions import make_dsn

from demo import processes
from demo.processes import DemoError, Session
from sandbox import machine_time
from sandbox.engines import MissingProgram
from sandbox.engines.locate import locate, locate_postgres

ADMIN = "switchyard"
SERVICE_USER = "postgres"
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}

# Nothing here outlives the machine, so a write need not reach the disk before it counts. A server that ends and is
# started again has all that was committed.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "max_wal_senders": "0",
    "wal_level": "minimal",
    "max_wal_size": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


class PostgresServer:
    """One server with its state in a folder; the folder may hold what an earlier server left."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.port = port
        self.log = home / "server.log"
        self._data = home / "data"
        self._password_file = home / "password"

    def dsn(self, database: str = "postgres") -> str:
        """Connection string (libpq) of a database."""
        return make_dsn(host="127.0.0.1", port=self.port, dbname=database, user=ADMIN, password=self.password)

    @property
    def password(self) -> str:
        """Password of the administrator, generated with the data directory."""
        return self._password_file.read_text()

    def start(self, began: Callable[[Session], None] = lambda _: None) -> Session:
        """Create the data directory if there is none, start the server and wait until it answers.

        Args:
            began: told of each program at once when it runs, so that somebody else can end it after a crash.

        Raises:
            DemoError: PostgreSQL is not installed or does not start; the message names package or log.
        """
        try:
            session = self._launch(began)
        except MissingProgram as error:
            raise DemoError(str(error)) from error
        try:
            processes.wait_until(self._answers, "PostgreSQL", seconds=30, alive=[session])
        except BaseException:
            self.stop(session)
            raise
        return session

    def stop(self, session: Session) -> None:
        """Stop the server, ending open connections (fast shutdown)."""
        processes.end([session], first=signal.SIGINT)

    def has_database(self, name: str) -> bool:
        """Whether there is a database of this name."""
        with self.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            return cursor.fetchone() is not None

    def create_database(self, name: str, *, template: str = "template1", replace: bool = False) -> bool:
        """Create a database, as a copy of another if so wished; return False if it was there and is kept."""
        with self.cursor() as cursor:
            if replace:
                cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(_quoted(name)))
            elif self.has_database(name):
                return False
            statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(_quoted(name), _quoted(template))
            cursor.execute(statement)
            return True

    def rename_database(self, name: str, new_name: str) -> None:
        """Rename a database that nobody uses."""
        with self.cursor() as cursor:
            statement = sql.SQL("ALTER DATABASE {} RENAME TO {}").format(_quoted(name), _quoted(new_name))
            cursor.execute(statement)

    @contextmanager
    def cursor(self, database: str = "postgres") -> Iterator[Any]:
        """A cursor in autocommit mode."""
        with closing(psycopg2.connect(self.dsn(database))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor

    def _launch(self, began: Callable[[Session], None]) -> Session:
        if not self._data.exists():
            self._initialise(began)
        settings = [f"-c{name}={value}" for name, value in {**SETTINGS, "port": self.port}.items()]
        command = [*_as_service_user(), locate_postgres("postgres"), "-D", self._data, *settings]
        return processes.start(
            "postgresql",
            command,
            log=self.log,
            environment={**ENVIRONMENT, **machine_time.inherited()},
            folder=Path("/"),
            began=began,
        )

    def _answers(self) -> bool:
        try:
            with self.cursor() as cursor:
                cursor.execute("SELECT 1")
        except psycopg2.OperationalError:
            return False
        return True

    def _initialise(self, began: Callable[[Session], None]) -> None:
        unfinished = self._data.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True, mode=0o700)
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(18))
        for path in (self.home, unfinished, self._password_file):
            _give_to_service_user(path)
        command = [
            *_as_service_user(),
            *(locate_postgres("initdb"), "-D", unfinished, "-U", ADMIN, "--pwfile", self._password_file),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"),
        ]
        processes.run(
            "initdb",
            command,
            log=self.log,
            environment={**ENVIRONMENT, **machine_time.inherited()},
            folder=Path("/"),
            began=began,
            seconds=60,
        )
        unfinished.rename(self._data)


def _quoted(name: str) -> sql.Identifier:
    return sql.Identifier(name)


def _as_service_user() -> list[str | Path]:
    """Command prefix that steps down from root, whom PostgreSQL refuses to serve.

    The capability lets the server reach a data directory below folders that only root may enter.
    """
    if os.geteuid() != 0:
        return []
    user = pwd.getpwnam(SERVICE_USER)
    return [
        locate("setpriv"),
        *(f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"),
        *("--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override", "--"),
    ]


def _give_to_service_user(path: Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(path, SERVICE_USER)
