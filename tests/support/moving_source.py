"""A table that is never at rest, in a real database, over a time of its own: the same writes in every run.

Transactions bear the moment at which they write and commit up to `LONGEST` later; meanwhile they are open, on a
connection each, and nobody else sees what they have written. Moments have whole seconds, so that many rows share one
and some fall on the boundaries of windows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

LONGEST = timedelta(seconds=290)
OPEN_AT_ONCE = 12
LATE, UNDONE = 0.15, 0.03
TABLE, KEY = "basket", ("basket_id", "line")
COLUMNS = {
    "basket_id": "bigint",
    "line": "integer",
    "quantity": "integer",
    "price": "decimal(9,2)",
    "note": "varchar(40)",
    "updated_at": "timestamp",
}
"""Columns with their types in Redshift."""

MAKE = (
    f"CREATE TABLE {TABLE} (basket_id BIGINT NOT NULL, line INTEGER NOT NULL, quantity INTEGER, price DECIMAL(9,2), "
    "note VARCHAR(40), updated_at {moment} NOT NULL DEFAULT CURRENT_TIMESTAMP{update}, PRIMARY KEY (basket_id, line))",
    f"CREATE INDEX {TABLE}_updated_at ON {TABLE} (updated_at)",
)
MOMENTS = {
    "mysql": {"moment": "DATETIME", "update": " ON UPDATE CURRENT_TIMESTAMP"},
    "postgres": {"moment": "TIMESTAMP(0)", "update": ""},
}
READ_COMMITTED = {
    "mysql": "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "postgres": "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED",
}
NOTES = ("plain", 'it\'s "quoted"', "back\\slash", "tab\there", "Ünïcödé 籠", "", None)

Kind = Literal["insert", "update", "delete", "move", "return"]
Key = tuple[int, int]
Row = tuple[Any, ...]


@dataclass
class _Open:
    """A transaction that has written and not committed."""

    connection: Any
    due: datetime
    note: Callable[[], None]
    undone: bool
    keys: tuple[Key, ...]


@dataclass
class MovingSource:
    """The table with its writers; `connect` opens connections that do not commit by themselves."""

    connect: Callable[[], Any]
    engine: Literal["mysql", "postgres"]
    rng: Random
    rows: set[Key] = field(default_factory=set)
    """Keys of committed rows."""
    gone: list[Key] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    """How many transactions there were of each kind; "late" and "undone" count beside them."""
    _open: list[_Open] = field(default_factory=list)
    _idle: list[Any] = field(default_factory=list)
    _baskets: int = 0

    def make(self) -> None:
        """Make the table, empty."""
        with self._connection() as connection:
            for statement in MAKE:
                connection.cursor().execute(statement.format(**MOMENTS[self.engine]))
            connection.commit()

    def write(self, start: datetime, end: datetime, transactions: int) -> None:
        """Let the time from `start` to `end` pass with so many transactions in it."""
        span = (end - start).total_seconds()
        for moment in sorted(
            start + timedelta(seconds=self.rng.uniform(0, span)) for _ in range(transactions)
        ):
            self.end_until(moment)
            self._transact(moment)
        self.end_until(end)

    def end_until(self, moment: datetime | None) -> None:
        """Commit or undo what is due by then, in order; all that is open where it is None."""
        for one in sorted(self._open, key=lambda one: one.due):
            if moment is None or one.due <= moment:
                self._end(one)

    def close(self) -> None:
        """End all transactions, and close the connections."""
        self.end_until(None)
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    def content(self) -> list[Row]:
        """All committed rows, by key."""
        with self._connection() as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM {TABLE} ORDER BY {', '.join(KEY)}")
            found = [tuple(row) for row in cursor.fetchall()]
            connection.rollback()
        return found

    def _transact(self, moment: datetime) -> None:
        kind, key = self._choose()
        late = len(self._open) < OPEN_AT_ONCE and self.rng.random() < LATE
        connection = self._take()
        new = self._new_key() if kind in ("insert", "move") else key
        with connection.cursor() as cursor:
            cursor.execute(*self._statement(kind, key, new, moment.replace(microsecond=0)))
        due = moment + LONGEST * self.rng.random() if late else moment
        undone = self.rng.random() < UNDONE
        one = _Open(connection, due, lambda: self._note(kind, key, new), undone, (key, new))
        self._open.append(one)
        self.done.update([kind, *["late"] * late, *["undone"] * undone])
        if not late:
            self._end(one)

    def _choose(self) -> tuple[Kind, Key]:
        """What to do to which row; rows that an open transaction holds are left alone."""
        held = {key for one in self._open for key in one.keys}
        kind = self.rng.choices(("insert", "update", "delete", "move", "return"), (35, 40, 12, 8, 5))[0]
        keys = sorted(self.gone if kind == "return" else self.rows)
        if kind != "insert" and keys:
            key = self.rng.choice(keys)
            if key not in held:
                return kind, key
        return "insert", (0, 0)

    def _new_key(self) -> Key:
        self._baskets += 1
        return self._baskets // 3, self._baskets % 3

    def _statement(self, kind: Kind, key: Key, new: Key, moment: datetime) -> tuple[str, tuple[Any, ...]]:
        values = (self.rng.randint(1, 99), self.rng.randint(0, 99_999) / 100, self.rng.choice(NOTES), moment)
        where = " AND ".join(f"{column} = %s" for column in KEY)
        if kind in ("insert", "return"):
            return f"INSERT INTO {TABLE} VALUES (%s, %s, %s, %s, %s, %s)", (*new, *values)
        if kind == "delete":
            return f"DELETE FROM {TABLE} WHERE {where}", key
        assigned = ", ".join(f"{column} = %s" for column in COLUMNS)
        return f"UPDATE {TABLE} SET {assigned} WHERE {where}", (*new, *values, *key)

    def _note(self, kind: Kind, key: Key, new: Key) -> None:
        if kind in ("delete", "move"):
            self.rows.discard(key)
            self.gone.append(key)
        if kind == "return":
            self.gone.remove(key)
        if kind != "delete":
            self.rows.add(new)

    def _end(self, one: _Open) -> None:
        if one.undone:
            one.connection.rollback()
        else:
            one.connection.commit()
            one.note()
        self._open.remove(one)
        self._idle.append(one.connection)

    def _take(self) -> Any:
        if self._idle:
            return self._idle.pop()
        connection = self.connect()
        with connection.cursor() as cursor:
            cursor.execute(READ_COMMITTED[self.engine])
        connection.commit()
        return connection

    @contextmanager
    def _connection(self) -> Iterator[Any]:
        connection = self._take()
        yield connection
        self._idle.append(connection)
