"""The tables and views of a statement's queries, each of which becomes one that DuckDB runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from sandbox.sql.catalogue import Catalogue, Table
from sandbox.sql.errors import SqlError
from sandbox.sql.resolution import Resolution
from sandbox.sql.scans import PATH
from sandbox.sql.scope import Environment
from sandbox.sql.session import Session
from sandbox.sql.types import parse_hive

Parse = Callable[[str], exp.Query]


class Resolver:
    """Resolves the queries of one statement.

    `scans` are the tables that they read, by the names under which the session knows them, `paths` says whether
    the hidden column with an object's path is asked for, and `compared` holds the names of columns that are
    compared for equality with something constant.
    """

    def __init__(self, session: Session, catalogue: Catalogue, parse: Parse) -> None:
        self._session = session
        self._catalogue = catalogue
        self._parse = parse
        self._names: dict[tuple[str, str], str] = {}
        self._unnested = 0
        self.scans: dict[str, Table] = {}
        self.paths = False
        self.compared: set[str] = set()

    def resolve(self, query: exp.Query, database: str, text: str) -> exp.Query:
        """Resolve a query in place and return it; `text` is what it was parsed from.

        Raises SqlError for what Trino would not run.
        """
        self.paths = self.paths or any(one.name == PATH for one in query.find_all(exp.Column))
        self.compared |= set(_compared(query))
        return Resolution(self, database, text).query(query, Environment(self._session), None)

    def scan(self, table: Table) -> str:
        """Return the session's name of a table."""
        key = (table.database, table.name)
        if key not in self._names:
            name = f"scan_{len(self._names)}"
            self._names[key] = name
            self.scans[name] = table
            columns = [(one.name, parse_hive(one.type)) for one in table.all_columns]
            self._session.create(name, [*columns, (PATH, parse_hive("string"))])
        return self._names[key]

    def table(self, database: str, name: str) -> Table:
        """Look a table up; SqlError where it is not there."""
        found = self._catalogue.table(database, name)
        if found is None:
            if not self._catalogue.has_database(database):
                raise SqlError("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist")
            raise SqlError("TABLE_NOT_FOUND", f"Table 'awsdatacatalog.{database}.{name}' does not exist")
        return found

    def view(self, table: Table) -> exp.Query:
        """Return a view's query, resolved in the database that it was made in."""
        text = table.view or ""
        return self.resolve(self._parse(text), table.view_database or table.database, text)

    def next_unnest(self) -> int:
        """Return the number of the next chain of UNNEST."""
        self._unnested += 1
        return self._unnested


def _compared(query: exp.Query) -> Iterator[str]:
    for one in query.find_all(exp.EQ, exp.In):
        others = one.expressions if isinstance(one, exp.In) else [one.expression]
        if isinstance(one.this, exp.Column) and all(isinstance(other, exp.Literal) for other in others):
            yield one.this.name.lower()
