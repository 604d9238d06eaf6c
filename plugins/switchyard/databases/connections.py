"""Verified TLS connections to MySQL and PostgreSQL, and the few ways the pipelines query them."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.extras
import pymysql
import pymysql.cursors

from switchyard.databases.logins import Login
from switchyard.errors import BadInput, CheckFailed
from switchyard.sql import Engine

CA_BUNDLE_VARIABLE = "SWITCHYARD_DB_CA_BUNDLE"
CONNECT_TIMEOUT_SECONDS = 10
READ_TIMEOUT_SECONDS = 600
_MYSQL_SERVER_GOES = {1040, 1053, 1077, 1158, 1159, 1160, 1161, 1927}
"""Server errors of MySQL and MariaDB that end or refuse a connection, whatever the statement is."""
_MYSQL_CLIENT_ERRORS = range(2000, 3000)


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


class Database:
    """One open, read-only use of a database."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def rows(self, statement: str, values: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Run one statement with bound values; rows as dictionaries by column name.

        Raises:
            CheckFailed: the database refuses the statement, as when it names a table that is not there.
            pymysql.err.OperationalError, psycopg2.OperationalError: the connection is lost.
        """
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement, values)
                return [dict(row) for row in cursor.fetchall()]
        except (pymysql.err.Error, psycopg2.Error) as error:
            if _connection_is_lost(error):
                raise
            raise CheckFailed(
                what=f"running {' '.join(statement.split())}",
                found=f"{type(error).__name__}: {error}".strip(),
                remedy="Compare the database with the tables, columns and checks in the pipeline's configuration",
            ) from error

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
        yield Database(connection)


def _connection_is_lost(error: Exception) -> bool:
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
