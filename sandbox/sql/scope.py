"""What the columns of a SELECT can mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from duckdb.sqltypes import DuckDBPyType
from sqlglot import exp

from sandbox.sql.calls import call
from sandbox.sql.errors import SqlError
from sandbox.sql.generate import to_duckdb
from sandbox.sql.session import Columns, Session

if TYPE_CHECKING:
    from sandbox.sql.unnest import Chain


def column(name: str, table: str) -> exp.Column:
    """Return the reference to a column, which nothing can misread."""
    return exp.column(exp.to_identifier(name, quoted=True), exp.to_identifier(table, quoted=True))


def taken(value: exp.Expr, fields: Iterable[str]) -> exp.Expr:
    """Return a field of a structure, or of one in it."""
    for name in fields:
        value = call("struct_extract", value, name)
    return value


@dataclass
class Source:
    """Something in a FROM: its columns by lower-case name, each with the expression that it is now.

    `hidden` columns are found by name only, not by a star.
    """

    alias: str
    columns: dict[str, exp.Expr]
    database: str | None = None
    hidden: frozenset[str] = frozenset()

    @property
    def visible(self) -> Iterator[tuple[str, exp.Expr]]:
        """The columns that a star stands for."""
        return ((name, one) for name, one in self.columns.items() if name not in self.hidden)


@dataclass
class Environment:
    """The common table expressions that a query sees, in the order of their definition."""

    session: Session
    definitions: dict[str, exp.CTE] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    recursive: bool = False

    def inner(self) -> Environment:
        """Return one that sees the same, and to which more can be added."""
        return Environment(self.session, dict(self.definitions), dict(self.columns), self.recursive)

    def define(self, cte: exp.CTE, columns: Sequence[str]) -> None:
        """Add a common table expression."""
        self.definitions[cte.alias.lower()] = cte
        self.columns[cte.alias.lower()] = [name.lower() for name in columns]

    def describe(self, query: str) -> Columns:
        """Return the names and types of a query's columns."""
        if not self.definitions:
            return self.session.describe(query)
        known = ", ".join(to_duckdb(cte) for cte in self.definitions.values())
        return self.session.describe(f"WITH {'RECURSIVE ' if self.recursive else ''}{known} {query}")


class Scope:
    """The sources of one SELECT, within those of the SELECTs around it."""

    def __init__(self, environment: Environment, outer: Scope | None) -> None:
        self.environment = environment
        self.outer = outer
        self.sources: list[Source] = []
        self.relation: exp.Expr | None = None
        self.joins: list[exp.Join] = []
        self.merged: set[str] = set()
        self.chain: Chain | None = None
        self._kinds: dict[str, DuckDBPyType | None] = {}

    def find(self, parts: Sequence[str]) -> exp.Expr | None:
        """Return what a dotted name means here or further out: a column, or a field of one.

        Raises SqlError where it could mean more than one column.
        """
        found = self._find_here(parts)
        if found is None:
            return self.outer.find(parts) if self.outer is not None else None
        value, fields = found[0].copy(), found[1]
        if (
            fields
            and self.chain is not None
            and isinstance(value, exp.Column)
            and value.table == self.chain.name
        ):
            return self.chain.field(value.name, fields)
        return taken(value, fields)

    def _find_here(self, parts: Sequence[str]) -> tuple[exp.Expr, Sequence[str]] | None:
        names = [part.lower() for part in parts]
        for source in self.sources:
            if len(names) > 1 and names[0] == source.alias.lower() and names[1] in source.columns:
                return source.columns[names[1]], parts[2:]
            qualified = len(names) > 2 and names[:2] == [source.database, source.alias.lower()]
            if qualified and names[2] in source.columns:
                return source.columns[names[2]], parts[3:]
        having = [source for source in self.sources if names[0] in source.columns]
        if not having:
            return None
        if len(having) > 1 and names[0] not in self.merged:
            raise SqlError("AMBIGUOUS_NAME", f"Column '{parts[0]}' is ambiguous")
        if names[0] in self.merged and self.chain is None:
            return exp.column(exp.to_identifier(names[0], quoted=True)), parts[1:]
        return having[0].columns[names[0]], parts[1:]

    def from_sql(self) -> str:
        """Return the FROM of a query about this scope's types, outer scopes included."""
        parts = []
        scope: Scope | None = self
        while scope is not None:
            if scope.relation is not None:
                joins = " ".join(to_duckdb(join) for join in scope.joins)
                parts.append(f"{to_duckdb(scope.relation)} {joins}")
            scope = scope.outer
        return f" FROM {', '.join(parts)}" if parts else ""

    def kind(self, value: exp.Expr) -> DuckDBPyType | None:
        """Return the type of an expression over the sources; None where it has none by itself."""
        query = f"SELECT {to_duckdb(value)}{self.from_sql()}"
        if query not in self._kinds:
            try:
                self._kinds[query] = self.environment.describe(query)[0][1]
            except SqlError:
                self._kinds[query] = None
        return self._kinds[query]
