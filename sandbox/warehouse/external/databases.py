"""Databases that federated queries read: what stands in them, and how their columns come over."""

from __future__ import annotations

import abc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sandbox.duckdb_extensions import Reader
from sandbox.warehouse.external.comparisons import Comparison, Value, moment
from sandbox.warehouse.external.relations import ExternalColumn, Origin
from sandbox.warehouse.kinds import Kind

PATIENCE = 5
"""Seconds in which a database has to answer."""


@dataclass(frozen=True)
class Login:
    """Where a database listens on this machine and who comes; `host` is the name that messages use for it."""

    address: str
    port: int
    host: str
    named_port: int
    user: str
    password: str = field(repr=False)
    database: str = ""

    def without_password(self, text: str) -> str:
        """Return a text that tells no password."""
        return text.replace(self.password, "***") if self.password else text


@dataclass(frozen=True)
class RemoteColumn:
    """A column of a remote table.

    `read` is what the remote database computes for it, in its SQL, and `raw` the column itself; `comparable` says
    that conditions mean the same there as in the warehouse, so that they can be pushed.
    """

    name: str
    type: Kind
    external_type: str
    raw: str
    read: str
    comparable: bool = True
    nullable: bool = True

    @property
    def described(self) -> ExternalColumn:
        """The column as the warehouse knows it."""
        return ExternalColumn(
            self.name, self.type, self.external_type, comparable=self.comparable, nullable=self.nullable
        )


@dataclass(frozen=True)
class RemoteTable:
    """A remote table that the login may read, with its columns and the number of rows its database believes in."""

    name: str
    columns: tuple[RemoteColumn, ...]
    rows: int


class Database(abc.ABC):
    """A database behind a login; its methods raise RedshiftError in Redshift's words."""

    kind: ClassVar[Origin]
    reader: ClassVar[Reader]
    sign: ClassVar[str] = '"'
    attached: ClassVar[str]
    """What DuckDB is told when it attaches the database."""
    settings: ClassVar[dict[str, str]]
    """Settings of DuckDB for this kind of database."""

    def __init__(self, login: Login, place: str) -> None:
        """Know the way in; `place` is the schema, or in MySQL the database, that the tables are in."""
        self.login = login
        self.place = place

    @contextmanager
    def connected(self) -> Iterator[Any]:
        """Connect, as the leader node does for what it has to know."""
        connection = self.connect()
        try:
            yield connection
        finally:
            connection.close()

    @abc.abstractmethod
    def connect(self) -> Any:
        """Connect with the driver of Python."""

    @abc.abstractmethod
    def table(self, connection: Any, name: str) -> RemoteTable:
        """Describe a table; RedshiftError where it is not there or may not be read."""

    @abc.abstractmethod
    def names(self, connection: Any) -> list[str]:
        """List the tables and views that the login may read."""

    @abc.abstractmethod
    def failed(self, text: str) -> Exception:
        """Return the error for what the reader of rows says."""

    def query(self, table: RemoteTable, columns: Sequence[RemoteColumn], pushed: Sequence[Comparison]) -> str:
        """Return the SQL that reads these columns, called c0, c1, ... so that odd names cannot clash."""
        read = ", ".join(f"{column.read} AS c{number}" for number, column in enumerate(columns)) or "1 AS c0"
        known = {column.name: column.type for column in table.columns}
        places = {column.name: column.raw for column in table.columns}
        conditions = [self._condition(one, known[one.column], places[one.column]) for one in pushed]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"SELECT {read} FROM {self.quoted(self.place)}.{self.quoted(table.name)}{where}"  # noqa: S608

    def quoted(self, name: str) -> str:
        """Quote an identifier as the database does."""
        return f"{self.sign}{name.replace(self.sign, self.sign * 2)}{self.sign}"

    def text_literal(self, text: str) -> str:
        """Write a text as the database does."""
        return "'" + text.replace("'", "''") + "'"

    def _condition(self, one: Comparison, kind: Kind, column: str) -> str:
        values = [self._literal(value, kind) for value in one.values]
        if one.operator == "IN":
            return f"{column} IN ({', '.join(values)})"
        return f"{column} {one.operator} {values[0]}"

    def _literal(self, value: Value, kind: Kind) -> str:
        if value.kind in {"number", "boolean"}:
            return value.text
        if kind.family in {"date", "timestamp", "timestamptz"}:
            return self.text_literal(moment(kind, value) or value.text)
        return self.text_literal(value.text)
