"""One database of a cluster or workgroup, with the engine behind it."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow

from sandbox.warehouse.external import registry
from sandbox.warehouse.external.reads import new_log
from sandbox.warehouse.history import History
from sandbox.warehouse.isolation import Isolation, Level
from sandbox.warehouse.locks import Locks
from sandbox.warehouse.parts import PARTS
from sandbox.warehouse.session import Session
from sandbox.warehouse.statistics import Statistics
from sandbox.warehouse.surroundings import Surroundings
from sandbox.warehouse.users import Users

MEMORY = "600MB"
"""Beyond this a statement spills to disk."""
THREADS = 2
CONFIGURATION = {
    "memory_limit": MEMORY,
    "threads": str(THREADS),
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
LIKE_REDSHIFT = (
    "SET GLOBAL integer_division = true",
    "SET GLOBAL default_null_order = 'nulls_last_on_asc_first_on_desc'",
    "SET GLOBAL TimeZone = 'UTC'",
    "SET GLOBAL python_enable_replacements = false",
)
MACROS = Path(__file__).with_name("macros.sql")
ANCHOR = "redshift_anchor"
"""A table that is touched so that DuckDB takes its snapshot."""
FIRST_QUERY, FIRST_PROCESS, FIRST_TRANSACTION, FIRST_TABLE = 1001, 1073742001, 5001, 110201


class Warehouse:
    """A database with its tables, settings, sessions and history; safe to use from several threads.

    `name` is the cluster's or workgroup's, `database` the database's; without a `path` it lives in memory.
    """

    def __init__(
        self,
        name: str,
        database: str,
        account: str,
        region: str,
        surroundings: Surroundings,
        *,
        path: Path | None = None,
        isolation: Level = "SNAPSHOT",
    ) -> None:
        self.name = name
        self.database = database
        self.account = account
        self.region = region
        self.surroundings = surroundings
        self.parts = PARTS
        self.users = Users()
        self.locks = Locks()
        self.isolation = Isolation(isolation, surroundings.now)
        self.history = History()
        self.statistics = Statistics()
        self.queries = itertools.count(FIRST_QUERY)
        self.processes = itertools.count(FIRST_PROCESS)
        self.transactions = itertools.count(FIRST_TRANSACTION)
        self._oids: dict[str, int] = {}
        self._planted: dict[str, list[Mapping[str, Any]]] = {}
        self.reads = new_log()
        self._sessions: set[Session] = set()
        self._entrance = threading.Lock()
        self._engine = duckdb.connect(config={**CONFIGURATION})
        self._prepare(path)

    def _prepare(self, path: Path | None) -> None:
        for setting in LIKE_REDSHIFT:
            self._engine.execute(setting)
        self._engine.execute(MACROS.read_text())
        where = str(path or ":memory:").replace("'", "''")
        self._engine.execute(f"""ATTACH '{where}' AS "{self.database}" """)
        self._engine.execute(f"""CREATE SCHEMA IF NOT EXISTS "{self.database}".public""")
        self._engine.execute(
            f"""CREATE TABLE IF NOT EXISTS "{self.database}".main.{ANCHOR} (nothing BOOLEAN)"""
        )
        catalogue = self.connection()
        for statement in registry.SETUP:
            catalogue.execute(statement)

    @property
    def snapshot(self) -> str:
        """The statement that takes DuckDB's snapshot."""
        return f"""SELECT 1 FROM "{self.database}".main.{ANCHOR}"""  # noqa: S608 -- the database's own name

    def session(self, user: str) -> Session:
        """Log a user in."""
        self.users.add(user)
        session = Session(self, user)
        with self._entrance:
            self._sessions.add(session)
        return session

    def connection(self) -> duckdb.DuckDBPyConnection:
        """Return a new connection of DuckDB that sees this database first, and the sandbox's own functions."""
        connection = self._engine.cursor()
        connection.execute(f"""SET search_path = '"{self.database}".public,memory.main'""")
        return connection

    def oid(self, relation: str) -> int:
        """Return the number of a table or view that is named with its schema."""
        with self._entrance:
            return self._oids.setdefault(relation, FIRST_TABLE + len(self._oids))

    @contextmanager
    def looking(self, user: str) -> Iterator[Session]:
        """Lend a session that sees everything as it is now, for a look from outside of a transaction."""
        session = Session(self, user)
        try:
            yield session
        finally:
            session.close()

    @property
    def sessions(self) -> list[Session]:
        """Everybody who is logged in, by process id."""
        with self._entrance:
            return sorted(self._sessions, key=lambda session: session.pid)

    def leave(self, session: Session) -> None:
        """Forget a session that has ended."""
        with self._entrance:
            self._sessions.discard(session)

    def plant(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows to a system table, such as stl_alert_event_log; columns that a row leaves out are null there.

        Raises:
            KeyError: there is no such system table, or a row has columns that it has not.
            ValueError: a value is none for its column.
        """
        if table not in self.parts.system_tables:
            raise KeyError(f"there is no system table {table}")
        known = self.parts.system_tables[table].columns
        added = []
        for row in rows:
            if unknown := set(row) - set(known):
                raise KeyError(f"{table} has no columns {', '.join(sorted(unknown))}")
            added.append(
                {name: moment(value) if known[name] == "TIMESTAMP" else value for name, value in row.items()}
            )
        arrow([[row.get(name) for name in known] for row in added], known)
        self._planted.setdefault(table, []).extend(added)

    def system_rows(self, session: Session, table: str) -> pyarrow.Table:
        """Return the rows of a system table as a session sees them."""
        system = self.parts.system_tables[table]
        names = list(system.columns)
        planted = [[row.get(name) for name in names] for row in self._planted.get(table, ())]
        return arrow([*system.rows(session), *planted], system.columns)

    def close(self) -> None:
        """End all sessions and the engine."""
        for session in self.sessions:
            session.interrupt()
            session.close()
        with suppress(duckdb.Error):
            self._engine.close()


DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
ARROW = {
    "BOOLEAN": pyarrow.bool_(), "SMALLINT": pyarrow.int16(), "INTEGER": pyarrow.int32(), "BIGINT": pyarrow.int64(),
    "DOUBLE": pyarrow.float64(), "VARCHAR": pyarrow.string(), "TIMESTAMP": pyarrow.timestamp("us"),
}  # fmt: skip


def moment(value: Any) -> Any:
    """Return a moment that may be written as text in the form of ISO 8601."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def arrow(rows: Sequence[Sequence[Any]], columns: Mapping[str, str]) -> pyarrow.Table:
    """Return rows as a table of Arrow; moments lose their zone."""
    arrays = []
    for place, kind in enumerate(columns.values()):
        values = [row[place] for row in rows]
        if kind == "TIMESTAMP":
            values = [value.replace(tzinfo=None) if value is not None else None for value in values]
        if sizes := DECIMAL.fullmatch(kind):
            precision, scale = int(sizes[1]), int(sizes[2])
            exact = [None if value is None else round(Decimal(value), scale) for value in values]
            arrays.append(pyarrow.array(exact, type=pyarrow.decimal128(precision, scale)))
        else:
            arrays.append(pyarrow.array(values, type=ARROW[kind]))
    return pyarrow.table(arrays, names=list(columns))
