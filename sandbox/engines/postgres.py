"""PostgreSQL, which stands for Aurora PostgreSQL and RDS for PostgreSQL."""

import os
import pwd
import shutil
from collections.abc import Sequence
from pathlib import Path
from signal import SIGINT, Signals

import psycopg2

from sandbox.engines.engine import ADMINISTRATOR, Instance, Statement
from sandbox.engines.errors import EngineError
from sandbox.engines.locate import locate, locate_postgres
from sandbox.engines.processes import dies_with_parent, run

_OPTIONS = Path(__file__).with_name("postgres.conf")
_ACCESS = Path(__file__).with_name("pg_hba.conf")


class PostgreSQL:
    """The `Engine` on the programs of the Debian package postgresql."""

    stop_signal: Signals = SIGINT
    not_yet: str | None = "pre-existing shared memory block"

    def initialise(self, data: Path) -> None:
        """Make an empty data directory."""
        data.mkdir(mode=0o700)
        if account := _account():
            shutil.chown(data, account)
        self._run(
            "initdb",
            f"--pgdata={data}",
            f"--username={ADMINISTRATOR}",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--auth=reject",
            "--wal-segsize=1",
            "--no-sync",
            "--no-instructions",
        )

    def command(self, instance: Instance) -> list[str]:
        """Give the command line of the server."""
        settings = {
            "config_file": _OPTIONS,
            "hba_file": _ACCESS,
            "port": instance.port,
            "unix_socket_directories": f'"{instance.sockets}"',
            "ssl_cert_file": instance.certificate,
            "ssl_key_file": instance.private_key,
        }
        arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
        # SIGQUIT is the immediate shutdown, in which the server still ends its children and frees memory.
        wrappers = [*_unprivileged(), *dies_with_parent("QUIT")]
        return [*wrappers, str(locate_postgres("postgres")), "-D", str(instance.data), *arguments]

    def execute(self, instance: Instance, statements: Sequence[Statement]) -> None:
        """Run statements as administrator, each in a transaction of its own."""
        try:
            connection = psycopg2.connect(
                host=str(instance.sockets), port=instance.port, user=ADMINISTRATOR, dbname="postgres"
            )
        except psycopg2.OperationalError as error:
            raise ConnectionError(str(error)) from error
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for text, values in statements:
                    _execute(cursor, text, values)
        finally:
            connection.close()

    def back_up(self, instance: Instance, target: Path) -> None:
        """Take a base backup with the log it needs; the server that starts on it recovers in a moment."""
        self._run(
            "pg_basebackup",
            f"--pgdata={target}",
            f"--host={instance.sockets}",
            f"--port={instance.port}",
            f"--username={ADMINISTRATOR}",
            "--checkpoint=fast",
            "--wal-method=stream",
            "--no-sync",
            "--no-manifest",
        )

    def create_master(self, username: str, password: str, database: str | None) -> list[Statement]:
        """Give the statements that make the master user and the first database, with RDS's role names."""
        master = _identifier(username)
        statements: list[Statement] = [
            ("CREATE ROLE rds_superuser NOLOGIN", []),
            ("GRANT pg_monitor, pg_signal_backend TO rds_superuser WITH ADMIN OPTION", []),
            (f"CREATE ROLE {master} LOGIN CREATEDB CREATEROLE IN ROLE rds_superuser PASSWORD %s", [password]),
            (f"ALTER DATABASE postgres OWNER TO {master}", []),
        ]
        if database and database != "postgres":
            statements.append((f"CREATE DATABASE {_identifier(database)} OWNER {master}", []))
        return statements

    def set_password(self, username: str, password: str) -> Statement:
        """Give the statement that changes a role's password."""
        return f"ALTER ROLE {_identifier(username)} PASSWORD %s", [password]

    def _run(self, program: str, *arguments: str) -> None:
        run(program, [*_unprivileged(), str(locate_postgres(program)), *arguments])


def _execute(cursor: "psycopg2.extensions.cursor", text: str, values: Sequence[object]) -> None:
    try:
        cursor.execute(text, values)
    except psycopg2.Error as error:
        raise EngineError(f"PostgreSQL refused {text!r}: {error}") from error


def _identifier(name: str) -> str:
    return '"' + name.replace("%", "%%").replace('"', '""') + '"'


def _account() -> str | None:
    # PostgreSQL refuses to run as root.
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _unprivileged() -> list[str]:
    account = _account()
    if account is None:
        return []
    entry = pwd.getpwnam(account)
    # dac_override alone is kept, so that data below folders that the account cannot enter are reachable.
    return [
        str(locate("setpriv")),
        f"--reuid={entry.pw_uid}",
        f"--regid={entry.pw_gid}",
        "--clear-groups",
        "--inh-caps=-all,+dac_override",
        "--ambient-caps=-all,+dac_override",
        "--",
    ]
