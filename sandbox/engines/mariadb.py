"""MariaDB, which stands for Aurora MySQL and RDS for MySQL."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from signal import SIGTERM, Signals

import pymysql

from sandbox.engines.engine import ADMINISTRATOR, Instance, Statement
from sandbox.engines.errors import EngineError
from sandbox.engines.locate import locate
from sandbox.engines.processes import dies_with_parent, run

_OPTIONS = Path(__file__).with_name("mariadb.cnf")
_SOCKET = "mysqld.sock"

# Each statement is on a line because the bootstrap server reads lines. That server knows no GRANT, so the grant
# table is written directly. The administrator needs no password: with skip-name-resolve a TCP connection never
# is "localhost", so the unix socket in a private folder is the only way in. The schema sys has nothing but
# views of the performance schema, which is off; without it every copy has a hundred files less.
_FIRST_STATEMENTS = f"""\
DELETE FROM mysql.global_priv WHERE User <> 'mariadb.sys';
DELETE FROM mysql.proxies_priv;
DROP DATABASE sys;
REPLACE INTO mysql.global_priv VALUES ('localhost', '{ADMINISTRATOR}', '{{"access": 18446744073709551615}}');
"""  # noqa: S608, nothing in it comes from outside

# What RDS grants its master user: not SUPER, FILE, SHUTDOWN and the like.
_MASTER_PRIVILEGES = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, "
    "SHOW DATABASES, CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, REPLICATION SLAVE, REPLICATION CLIENT, "
    "CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, CREATE USER, EVENT, TRIGGER"
)


class MariaDB:
    """The `Engine` on the programs of the Debian packages mariadb-server and mariadb-backup."""

    stop_signal: Signals = SIGTERM
    not_yet: str | None = None

    def initialise(self, data: Path) -> None:
        """Make an empty data directory."""
        # The install script splits paths at blanks, which the sandbox's folder may have.
        with tempfile.TemporaryDirectory() as folder:
            place = (
                f"--defaults-file={_OPTIONS}",
                f"--datadir={folder}/data",
                f"--tmpdir={folder}",
                *_as_root(),
            )
            normal = "--auth-root-authentication-method=normal"
            self._run("mariadb-install-db", *place, normal, "--skip-test-db")
            self._run("mariadbd", *place, "--bootstrap", script=_FIRST_STATEMENTS)
            shutil.copytree(f"{folder}/data", data)

    def command(self, instance: Instance) -> list[str]:
        """Give the command line of the server."""
        return [
            *dies_with_parent("KILL"),
            str(locate("mariadbd")),
            f"--defaults-file={_OPTIONS}",
            f"--datadir={instance.data}",
            f"--socket={instance.sockets / _SOCKET}",
            f"--pid-file={instance.sockets / 'mysqld.pid'}",
            # A server clears its temporary folder as it starts, also of what others are using there.
            f"--tmpdir={instance.sockets}",
            f"--port={instance.port}",
            f"--ssl-cert={instance.certificate}",
            f"--ssl-key={instance.private_key}",
            *_as_root(),
        ]

    def execute(self, instance: Instance, statements: Sequence[Statement]) -> None:
        """Run statements as administrator."""
        try:
            connection = pymysql.connect(
                unix_socket=str(instance.sockets / _SOCKET),
                user=ADMINISTRATOR,
                autocommit=True,
                charset="utf8mb4",
            )
        except pymysql.err.OperationalError as error:
            raise ConnectionError(str(error)) from error
        with connection, connection.cursor() as cursor:
            for text, values in statements:
                try:
                    cursor.execute(text, values)
                except pymysql.err.MySQLError as error:
                    raise EngineError(f"MariaDB refused {text!r}: {error}") from error

    def back_up(self, instance: Instance, target: Path) -> None:
        """Take a hot backup and apply its log, so that a restore is a plain copy."""
        self._run(
            "mariadb-backup",
            f"--defaults-file={_OPTIONS}",
            "--backup",
            f"--datadir={instance.data}",
            f"--target-dir={target}",
            f"--socket={instance.sockets / _SOCKET}",
            f"--user={ADMINISTRATOR}",
            "--log-copy-interval=10",  # ms; by default a backup may wait a second for its log thread
        )
        self._run("mariadb-backup", "--prepare", f"--target-dir={target}", "--use-memory=16M")

    def create_master(self, username: str, password: str, database: str | None) -> list[Statement]:
        """Give the statements that make the master user and the first database."""
        statements: list[Statement] = [
            ("CREATE USER %s@'%%' IDENTIFIED BY %s", [username, password]),
            (f"GRANT {_MASTER_PRIVILEGES} ON *.* TO %s@'%%' WITH GRANT OPTION", [username]),
        ]
        if database:
            quoted = database.replace("%", "%%").replace("`", "``")
            statements.append((f"CREATE DATABASE `{quoted}`", []))
        return statements

    def set_password(self, username: str, password: str) -> Statement:
        """Give the statement that changes a user's password."""
        return "ALTER USER %s@'%%' IDENTIFIED BY %s", [username, password]

    def _run(self, program: str, *arguments: str, script: str = "") -> None:
        run(program, [str(locate(program)), *arguments], script)


def _as_root() -> list[str]:
    # The server refuses to run as root unless told to. It stays root, because its data may lie below folders
    # that the account "mysql" cannot enter.
    return ["--user=root"] if os.geteuid() == 0 else []
