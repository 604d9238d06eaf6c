"""Verified TLS connections to MySQL and PostgreSQL, and the few ways the pipelines query them."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.errors
import psycopg2.extensions
import psycopg2.extras
import pymysql
import pymysql.cursors

from switchyard.databases.logins import Login
from switchyard.discretion import without_values
from switchyard.errors import BadInput, CheckFailed
from switchyard.sql import Engine

CA_BUNDLE_VARIABLE = "SWITCHYARD_DB_CA_BUNDLE"
CONNECT_TIMEOUT_SECONDS = 10
READ_TIMEOUT_SECONDS = 600
ROWS_AT_A_TIME = 2_000
"""Rows that a stream keeps in memory."""
_MYSQL_SERVER_GOES = {1040, 1053, 1077, 1158, 1159, 1160, 1161, 1927}
"""Server errors of MySQL and MariaDB that end or refuse a connection, whatever the statement is."""
_MYSQL_CLIENT_ERRORS = range(2000, 3000)
_MYSQL_FULL = {3, 1021, 1114}
"""EE_WRITE, ER_DISK_FULL and ER_RECORD_FILE_FULL: a disk, or what a temporary table may take of it, is full."""


def ca_bundle() -> Path:
    """Path of the PEM file with the certificate authorities that sign database certificates.

    Raises:
        BadInput: the variable is not set or names no file; connections without verification are not made.
    """
    named = os.environ.get(CA_BUNDLE_VARIABLE, "")
    if named and Path(named).is_file():
        return Path(named)
    raise BadInput(
        field=CA_BUNDLE_VARIABLE,
        value=named or "not set",
        problem="database certificates cannot be verified without it",
        remedy="Set it to the path of Amazon's global-bundle.pem on every worker",
    )


@dataclass(frozen=True)
class Stream:
    """The rows of a statement, each a value by column; to be iterated once."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


class Database:
    """One open, read-only use of a database; `address` is host and port, where they are known."""

    def __init__(self, connection: Any, engine: Engine, address: str = "") -> None:
        self.address = address
        self._connection = connection
        self._unbuffered = _mysql_unbuffered if engine == "mysql" else _postgres_unbuffered

    def rows(self, statement: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Run one statement with bound values; rows as dictionaries by column name.

        Raises:
            CheckFailed: the database refuses the statement, as when it names a table that is not there.
            pymysql.err.OperationalError, psycopg2.OperationalError: the connection is lost.
        """
        with _explained(statement), self._connection.cursor() as cursor:
            cursor.execute(statement, values)
            return [dict(row) for row in cursor.fetchall()]

    @contextmanager
    def stream(self, statement: str, values: Mapping[str, Any] | None = None) -> Iterator[Stream]:
        """Run one statement and hand its rows on as they come; those still to come stay on the server.

        Nothing else can be asked of the database inside the block.

        Raises:
            CheckFailed: the database refuses the statement, or two of its columns have one name.
            pymysql.err.OperationalError, psycopg2.OperationalError: the connection is lost.
        """
        with _explained(statement), self._unbuffered(self._connection) as cursor:
            cursor.execute(statement, values)
            first = cursor.fetchmany(ROWS_AT_A_TIME)  # PostgreSQL tells the columns with the first rows only
            yield Stream(_names(statement, cursor.description), _remaining(cursor, first))

    def columns(self, statement: str) -> tuple[str, ...]:
        """Names of the columns of a statement's rows, without reading any; errors as in ``stream``."""
        without_rows = f"SELECT * FROM (\n{statement.strip().rstrip(';')}\n) AS no_rows LIMIT 0"  # noqa: S608 - the statement is a file of the project
        with _explained(statement), self._connection.cursor() as cursor:
            cursor.execute(without_rows)
            return _names(statement, cursor.description)

    def value(self, statement: str, values: Mapping[str, Any] | None = None) -> Any:
        """Run a statement that yields one row, and return its first column."""
        (row,) = self.rows(statement, values)
        return next(iter(row.values()))


@contextmanager
def connect(
    engine: Engine, host: str, port: int, login: Login, *, verify_host_name: bool = True
) -> Iterator[Database]:
    """Open a read-only session over verified TLS.

    Args:
        engine: "mysql" or "postgres".
        host: endpoint as RDS reports it.
        port: TCP port.
        login: from `read_login`.
        verify_host_name: False verifies the certificate's authority alone. A cluster that was renamed bears the
            certificate of its old name until it is stopped and started (Aurora User Guide, "Modifying").

    Raises:
        pymysql.err.OperationalError, psycopg2.OperationalError: nothing answers, or the login is refused.
    """
    opener = _mysql if engine == "mysql" else _postgres
    with closing(opener(host, port, login, verify_host_name)) as connection:
        yield Database(connection, engine, f"{host}:{port}")


_COMPARE = "Compare the database with the tables, columns and checks in the pipeline's configuration"
_MAKE_ROOM = "Make room on the database's disk, or give it more storage; then clear the task"


@contextmanager
def _explained(statement: str) -> Iterator[None]:
    """Tell a refused statement, which a person must mend, from a lost connection."""
    try:
        yield
    except (pymysql.err.Error, psycopg2.Error) as error:
        full = _disk_is_full(error)
        if _connection_is_lost(error) and not full:
            raise
        told = _first_line(error)
        refused = CheckFailed(
            what=_running(statement),
            found=f"{type(error).__name__}: {without_values(told)}",
            remedy=_MAKE_ROOM if full else _COMPARE,
        )
        # A traceback shows the cause too, which must not quote a row either.
        raise refused from (error if without_values(str(error)) == str(error) else None)


def _running(statement: str) -> str:
    lines = (line for line in statement.splitlines() if not line.lstrip().startswith("--"))
    return f"running {' '.join(' '.join(lines).split())}"


def _first_line(error: Exception) -> str:
    said = " ".join(map(str, error.args)) if isinstance(error, pymysql.err.Error) else str(error)
    return next(iter(said.strip().splitlines()), "")  # PostgreSQL goes on to draw where the fault is


def _names(statement: str, description: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    names = tuple(str(column[0]) for column in description)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CheckFailed(
            what=_running(statement),
            found=f"two columns are called {twice[0]}",
            remedy="Give each column of the statement a name of its own",
        )
    return names


def _remaining(cursor: Any, batch: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    while batch:
        yield from batch
        batch = cursor.fetchmany(ROWS_AT_A_TIME)


@contextmanager
def _mysql_unbuffered(connection: Any) -> Iterator[Any]:
    cursor = connection.cursor(pymysql.cursors.SSCursor)
    try:
        yield cursor
        cursor.close()
    finally:
        # PyMySQL's cursors and results read what is left of theirs when they are collected, also of a lost connection.
        if cursor._result is not None:
            cursor._result.unbuffered_active = False
        cursor.connection = None


@contextmanager
def _postgres_unbuffered(connection: Any) -> Iterator[Any]:
    connection.autocommit = False  # a cursor of the server lives in a transaction
    try:
        with connection.cursor("switchyard", cursor_factory=psycopg2.extensions.cursor) as cursor:
            yield cursor
    finally:
        if not connection.closed:
            connection.rollback()
            connection.autocommit = True


def _disk_is_full(error: Exception) -> bool:
    if isinstance(error, psycopg2.Error):
        return isinstance(error, psycopg2.errors.DiskFull)
    return bool(error.args) and error.args[0] in _MYSQL_FULL


def _connection_is_lost(error: Exception) -> bool:
    if isinstance(error, (pymysql.err.InterfaceError, psycopg2.InterfaceError)):
        return True
    # PyMySQL calls most refusals of a statement operational as well: only the number tells.
    if isinstance(error, pymysql.err.OperationalError):
        number = error.args[0]
        return number in _MYSQL_SERVER_GOES or number in _MYSQL_CLIENT_ERRORS
    return isinstance(error, psycopg2.OperationalError)


def _mysql(host: str, port: int, login: Login, verify_host_name: bool) -> Any:
    context = ssl.create_default_context(cafile=str(ca_bundle()))
    context.check_hostname = verify_host_name
    return pymysql.connect(
        host=host,
        port=port,
        user=login.username,
        password=login.password,
        database=login.database,
        ssl=context,
        charset="utf8mb4",
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        read_timeout=READ_TIMEOUT_SECONDS,
        init_command="SET SESSION TRANSACTION READ ONLY",
        cursorclass=pymysql.cursors.DictCursor,
    )


def _postgres(host: str, port: int, login: Login, verify_host_name: bool) -> Any:
    connection = psycopg2.connect(
        host=host,
        port=port,
        user=login.username,
        password=login.password,
        dbname=login.database,
        sslmode="verify-full" if verify_host_name else "verify-ca",
        sslrootcert=str(ca_bundle()),
        connect_timeout=CONNECT_TIMEOUT_SECONDS,
        options="-c timezone=UTC",
        cursor_factory=psycopg2.extras.RealDictCursor,
    )
    connection.set_session(readonly=True, autocommit=True)
    return connection
