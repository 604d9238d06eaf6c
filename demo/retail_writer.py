"""Clerks who keep writing to a shop's database while it is loaded elsewhere, some of them slow to commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any, Literal, Self

from demo.clients import Background
from sandbox.seed.tpcds import TABLES, WATERMARK

Kind = Literal["insert", "update", "delete", "move"]
WEIGHTS: Mapping[Kind, int] = {"insert": 45, "update": 46, "delete": 6, "move": 3}
"""How often each is done; a row that moves gets another key."""

CHANGED: Mapping[str, str] = {
    "customer": "c_birth_year",
    "customer_address": "ca_gmt_offset",
    "item": "i_manager_id",
    "store_sales": "ss_quantity",
    "web_sales": "ws_quantity",
}
"""The number that an update raises, by table."""

Connect = Callable[[], Any]
Key = tuple[int, ...]


@dataclass(frozen=True)
class Change:
    """What one transaction did to one row, or would have if it had not been undone.

    `before` is the row's key as it was, or that of the row which a new one is a copy of; `key` is the one it has now.
    """

    table: str
    kind: Kind
    before: Key
    key: Key
    late: bool = False
    undone: bool = False


@dataclass(frozen=True)
class Habits:
    """How clerks work.

    Attributes:
        pause_seconds: between two transactions of a clerk.
        late: part of the transactions that stay open after they have written.
        late_seconds: how long those stay open.
        undone: part of the transactions that are rolled back.
    """

    pause_seconds: float = 0.05
    late: float = 0.1
    late_seconds: float = 2.0
    undone: float = 0.03


@dataclass(frozen=True)
class Desk:
    """Which of how many clerks somebody is; `seed` is what all of them choose by."""

    number: int
    of: int
    seed: int


@dataclass
class _Shelf:
    """The rows of a table that one clerk alone writes, and numbers that are free for new ones."""

    columns: Sequence[str]
    keys: list[Key]
    numbers: Iterator[int] = field(default_factory=count)


class Clerk(Background):
    """Writes to rows that no other clerk touches, in transactions of one row each."""

    def __init__(self, connect: Connect, tables: Sequence[str], desk: Desk, habits: Habits) -> None:
        super().__init__(f"clerk {desk.number}", habits.pause_seconds)
        self._connect = connect
        self._tables = tables
        self._desk = desk
        self._habits = habits
        self._random = Random(desk.seed * 1000 + desk.number)  # noqa: S311 - it only has to repeat itself
        self.changes: list[Change] = []

    def work(self) -> None:
        """Write until it is over; a transaction that is open then is still ended."""
        with closing(self._connect()) as connection, connection.cursor() as cursor:
            cursor.execute(
                "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED" if _is_mysql(cursor) else _PLAIN
            )
            shelves = {table: self._shelf(cursor, table) for table in self._tables}
            connection.commit()
            while not self.pause():
                self._serve(connection, cursor, shelves)

    def _serve(self, connection: Any, cursor: Any, shelves: Mapping[str, _Shelf]) -> None:
        """Make one change, keep it open for a while where the clerk is slow, and commit it or not."""
        table = self._random.choice(self._tables)
        kind = self._random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        late, undone = self._random.random() < self._habits.late, self._random.random() < self._habits.undone
        shelf = shelves[table]
        index = self._random.randrange(len(shelf.keys))
        old, new = shelf.keys[index], (*shelf.keys[index][:-1], next(shelf.numbers))
        cursor.execute(*_statement(table, kind, shelf.columns, old, new))
        if late:
            self._ended.wait(self._habits.late_seconds)
        key = new if kind in ("insert", "move") else old
        if undone:
            connection.rollback()
        else:
            connection.commit()
            if kind == "insert":
                shelf.keys.append(new)
            elif kind == "delete":
                shelf.keys.pop(index)
            else:
                shelf.keys[index] = key
        self.changes.append(Change(table, kind, old, key, late, undone))

    def _shelf(self, cursor: Any, table: str) -> _Shelf:
        key = ", ".join(TABLES[table].key)
        cursor.execute(f"SELECT * FROM {table} WHERE 1 = 0")  # noqa: S608 - a name of this package
        columns = [column[0] for column in cursor.description if column[0] != WATERMARK]
        cursor.execute(f"SELECT {key} FROM {table} ORDER BY {key}")  # noqa: S608 - as above
        keys = [tuple(row) for row in cursor.fetchall()]
        first = max(one[-1] for one in keys) + 1 + self._desk.number
        return _Shelf(columns, keys[self._desk.number :: self._desk.of], count(first, self._desk.of))


class Clerks:
    """Several clerks at once, from the beginning of a with block to its end."""

    def __init__(
        self,
        connect: Connect,
        tables: Sequence[str],
        *,
        clerks: int = 3,
        habits: Habits | None = None,
        seed: int = 1,
    ) -> None:
        """Let nobody work yet.

        Args:
            connect: opens a connection of PyMySQL or psycopg2 that does not commit by itself.
            tables: which tables of `CHANGED` they write to.
            clerks: how many.
            habits: how they work.
            seed: what they do follows from it, how much of it from time.
        """
        habits = habits or Habits()
        self._clerks = [
            Clerk(connect, tables, Desk(number, clerks, seed), habits) for number in range(clerks)
        ]
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        for clerk in self._clerks:
            self._stack.enter_context(clerk)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
        self.check()

    def check(self) -> None:
        """Raise `DemoError` if a clerk had to give up."""
        for clerk in self._clerks:
            clerk.check()

    @property
    def changes(self) -> list[Change]:
        """What has been done so far, in each clerk's order."""
        return [change for clerk in self._clerks for change in tuple(clerk.changes)]

    def tally(self) -> Counter[str]:
        """How many rows have been changed, by kind; "late" and "undone" count beside them."""
        changes = self.changes
        kinds = Counter[str](change.kind for change in changes if not change.undone)
        kinds["late"] = sum(change.late and not change.undone for change in changes)
        kinds["undone"] = sum(change.undone for change in changes)
        return kinds


_PLAIN = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED"


def _is_mysql(cursor: Any) -> bool:
    return type(cursor).__module__.startswith("pymysql")


def _statement(
    table: str, kind: Kind, columns: Sequence[str], old: Key, new: Key
) -> tuple[str, Sequence[int]]:
    """The statement of a change, and its values; a new row is a copy of an old one."""
    key = TABLES[table].key
    where = " AND ".join(f"{column} = %s" for column in key)
    if kind == "insert":
        taken = ", ".join("%s" if column == key[-1] else column for column in columns)
        text = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {taken} FROM {table} WHERE {where}"  # noqa: S608
        return text, (new[-1], *old)
    if kind == "update":
        return f"UPDATE {table} SET {CHANGED[table]} = coalesce({CHANGED[table]}, 0) + 1 WHERE {where}", old  # noqa: S608
    if kind == "move":
        return f"UPDATE {table} SET {key[-1]} = %s WHERE {where}", (new[-1], *old)  # noqa: S608
    return f"DELETE FROM {table} WHERE {where}", old  # noqa: S608
