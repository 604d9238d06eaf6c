"""Running queries: what they return is described before it is computed, and goes to files, not through memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from duckdb.sqltypes import DuckDBPyType
from sqlglot import exp

from sandbox.sql.catalogue import Catalogue, Table
from sandbox.sql.errors import SqlError
from sandbox.sql.generate import to_duckdb
from sandbox.sql.projection import injected
from sandbox.sql.resolve import Parse, Resolver
from sandbox.sql.scans import files, relation
from sandbox.sql.session import Session
from sandbox.sql.text import text_rows
from sandbox.sql.types import native, quoted

UNNAMED = "column without a name"
CODECS = {"SNAPPY", "GZIP", "ZSTD", "LZ4", "UNCOMPRESSED"}


@dataclass(frozen=True)
class Output:
    """A column of a result; `constant_null` says that it is nothing but NULL, which fits any type."""

    name: str
    kind: DuckDBPyType
    named: bool = True
    constant_null: bool = False


@dataclass(frozen=True)
class Prepared:
    """A query in DuckDB's SQL, and its columns in order."""

    sql: str
    columns: tuple[Output, ...]


@dataclass(frozen=True)
class Written:
    """A file with rows of one partition, whose values are as text."""

    path: Path
    values: tuple[str, ...] = ()


class Engine:
    """Runs the queries of one statement over the tables of a catalogue."""

    def __init__(self, session: Session, catalogue: Catalogue, parse_view: Parse, now: datetime) -> None:
        self._session = session
        self._catalogue = catalogue
        self._resolver = Resolver(session, catalogue, parse_view)
        self._now = now
        self._opened: set[str] = set()

    def prepare(self, query: exp.Query, database: str, text: str) -> Prepared:
        """Translate a query, having looked at all names and types in it, and open the tables it reads.

        Raises SqlError, and Unparsable for a view that cannot be read any more.
        """
        prepared = self.validated(query, database, text)
        for name, table in self._resolver.scans.items():
            if name not in self._opened:
                self._open(name, table)
        return prepared

    def validated(self, query: exp.Query, database: str, text: str) -> Prepared:
        """Do the same without a look at the tables' objects: the result has columns, and cannot be run."""
        first = _first(query)
        nulls = _name_outputs(first)
        resolved = to_duckdb(self._resolver.resolve(query, database, text))
        columns = []
        for number, (name, kind) in enumerate(self._session.describe(resolved)):
            named = name != UNNAMED and not isinstance(first, exp.Values)
            shown = name if named else f"_col{number}"
            columns.append(Output(shown, kind, named=named, constant_null=number in nulls))
        return Prepared(_in_known_types(resolved, columns), tuple(columns))

    def _open(self, name: str, table: Table) -> None:
        for key in injected(table):
            if key not in self._resolver.compared:
                raise SqlError(
                    "CONSTRAINT_VIOLATION",
                    f"For the injected projected partition column {key}, the WHERE clause must contain only static "
                    "equality conditions, and at least one such condition must be present.",
                )
        found = files(self._catalogue, self._session.lake.objects, table, self._now)
        self._session.define(name, relation(self._session, table, found, path=self._resolver.paths))
        self._opened.add(name)

    def plan(self, prepared: Prepared, kind: str) -> str:
        """Return how DuckDB would compute a result, as "text" or "json"."""
        option = " (FORMAT json)" if kind == "json" else ""
        return str(self._session.execute(f"EXPLAIN{option} {prepared.sql}", counted=False)[0][1])

    def to_csv(self, prepared: Prepared, path: Path) -> int:
        """Write a result as CSV, all values in quotes but nulls, without a header; return the number of rows."""
        query = text_rows(prepared.sql, [(one.name, one.kind) for one in prepared.columns])
        options = "FORMAT csv, HEADER false, FORCE_QUOTE *, NULLSTR ''"
        return self._copied(f"COPY ({query}) TO '{path}' ({options})", ordered=True)

    def to_files(
        self, prepared: Prepared, folder: Path, options: str, keys: Sequence[str] = ()
    ) -> tuple[int, list[Written]]:
        """Write a result as data, a file per combination of the keys' values; return the rows and the files.

        `options` are those of DuckDB's COPY, such as "FORMAT parquet". The keys' columns are not in the files.
        """
        if not keys:
            path = folder / "rows"
            rows = self._copied(f"COPY ({prepared.sql}) TO '{path}' ({options})", ordered=False)
            return rows, [Written(path)] if rows else []
        listed = ", ".join(quoted(key) for key in keys)
        target = folder / "partitions"
        rows = self._copied(
            f"COPY ({prepared.sql}) TO '{target}' ({options}, PARTITION_BY ({listed}))", ordered=False
        )
        found = sorted(path for path in target.rglob("*") if path.is_file())
        return rows, [Written(path, _values(path.relative_to(target))) for path in found]

    def _copied(self, statement: str, *, ordered: bool) -> int:
        return int(self._session.execute(statement, ordered=ordered)[0][0])


def reshaped(given: Prepared, columns: Sequence[tuple[str, DuckDBPyType, int | None]]) -> Prepared:
    """Return a query's rows in other columns: each with its name, its type and its place in the query, if any."""
    values = ", ".join(
        f"CAST({'NULL' if place is None else f'c{place}'} AS {kind}) AS {quoted(name)}"
        for name, kind, place in columns
    )
    names = ", ".join(f"c{number}" for number in range(len(given.columns)))
    outputs = tuple(Output(name, kind) for name, kind, _ in columns)
    return Prepared(f"SELECT {values} FROM ({given.sql}) AS given({names})", outputs)


def _values(path: Path) -> tuple[str, ...]:
    from urllib.parse import unquote

    return tuple(unquote(folder.partition("=")[2]) for folder in path.parts[:-1])


def _first(query: exp.Expr) -> exp.Expr:
    """Return the query that names the columns."""
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    return query


def _name_outputs(query: exp.Expr) -> set[int]:
    """Mark the columns that have no name, and return the positions of those that are constantly null."""
    nulls = set()
    if isinstance(query, exp.Select):
        for number, one in enumerate(list(query.expressions)):
            if isinstance(one.unalias(), exp.Null):
                nulls.add(number)
            if not isinstance(one, exp.Alias | exp.Column | exp.Dot | exp.Star):
                query.expressions[number].replace(exp.alias_(one.copy(), UNNAMED, quoted=True))
    return nulls


def _in_known_types(query: str, columns: Sequence[Output]) -> str:
    """Return the query with its columns in types that Trino has, under the names of the result."""
    names = ", ".join(f"c{number}" for number in range(len(columns)))
    values = ", ".join(
        f"CAST(c{number} AS {native(one.kind)}) AS {quoted(one.name)}" for number, one in enumerate(columns)
    )
    return f"SELECT {values} FROM ({query}) AS known({names})"
