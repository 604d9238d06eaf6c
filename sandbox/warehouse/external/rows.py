"""Rows of remote tables, read through DuckDB as Arrow: many times as fast as drivers in Python."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from functools import cache
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from sandbox.duckdb_extensions import Reader, connect
from sandbox.warehouse.external.databases import Database, RemoteColumn
from sandbox.warehouse.external.mysql import MySQL
from sandbox.warehouse.external.postgres import PostgreSQL

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

NUMBERS = itertools.count(1)
DATABASES: dict[str, type[Database]] = {"mysql": MySQL, "postgres": PostgreSQL}


@cache
def engine(reader: Reader) -> duckdb.DuckDBPyConnection:
    """Return the DuckDB of this process that reads such databases; loading the extension takes a while.

    Each table is read in one thread: more of DuckDB's would only wait, and burn a core over it.
    """
    made = connect(reader)
    for name, value in {"threads": "1", "TimeZone": "'UTC'", **DATABASES[reader].settings}.items():
        made.execute(f"SET GLOBAL {name} = {value}")
    return made


class Remote:
    """A connection to a remote database that reads rows; with a snapshot it sees one moment until it is closed."""

    def __init__(self, database: Database, *, snapshot: bool) -> None:
        """Attach the database; RedshiftError where it does not let the login in."""
        self._database = database
        self._name = f"remote_{next(NUMBERS)}"
        self._open = ExitStack()
        self._cursor = self._open.enter_context(engine(database.reader).cursor())
        self._open.callback(self._end, f"DROP SECRET IF EXISTS {self._name}")
        self._open.callback(self._end, f"DETACH DATABASE IF EXISTS {self._name}")
        try:
            self._run(f"CREATE SECRET {self._name} ({self._secret()})")
            how = f"TYPE {database.reader}, SECRET {self._name}, READ_ONLY"
            self._run(f"ATTACH '{database.attached}' AS {self._name} ({how})")
            if snapshot:
                self._run("BEGIN TRANSACTION")
                self._open.callback(self._end, "ROLLBACK")
        except duckdb.Error as error:
            self.close()
            raise database.failed(str(error)) from error

    def read(self, session: Session, query: str, columns: Sequence[RemoteColumn]) -> pa.Table:
        """Return the rows of a query whose columns are c0, c1, ..., under the names that the columns have."""
        chosen = ", ".join(
            f"CAST(c{number} AS {column.type.engine}) AS {_quoted(column.name)}"
            for number, column in enumerate(columns)
        )
        text = query.replace("'", "''")
        statement = f"SELECT {chosen or 'c0'} FROM {self._database.reader}_query('{self._name}', '{text}')"  # noqa: S608
        try:
            with session.engine.reading(self._cursor):
                return self._cursor.execute(statement).to_arrow_table()
        except duckdb.InterruptException:
            session.engine.check_stopped()
            raise
        except duckdb.Error as error:
            session.engine.check_stopped()
            raise self._database.failed(str(error)) from error

    def close(self) -> None:
        """Let go of the database."""
        self._open.close()

    def _secret(self) -> str:
        login = self._database.login
        options = {
            "type": self._database.reader,
            "host": login.address,
            "port": str(login.port),
            "user": login.user,
            "password": login.password,
            "database": login.database,
        }
        return ", ".join(f"{name} '{_escaped(value)}'" for name, value in options.items())

    def _run(self, statement: str) -> None:
        self._cursor.execute(statement)

    def _end(self, statement: str) -> None:
        with suppress(duckdb.Error):  # the database may be gone by now
            self._cursor.execute(statement)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _escaped(text: str) -> str:
    return text.replace("'", "''")
