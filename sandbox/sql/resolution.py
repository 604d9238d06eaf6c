"""From names to tables, columns and types: a parsed query becomes one that DuckDB runs and Trino would have run.

Every name is looked up as Trino does it, which is stricter than DuckDB: a column is no output alias, a number is
not compared with text. Tables become scans, views their queries, and chains of UNNEST nested sub-selects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from sandbox.sql.catalogue import Table
from sandbox.sql.errors import NotSupported, SqlError
from sandbox.sql.generate import to_duckdb
from sandbox.sql.places import Text, placed_as
from sandbox.sql.scans import PATH
from sandbox.sql.scope import Environment, Scope, Source, column, taken
from sandbox.sql.typed import Types
from sandbox.sql.unnest import flatten

if TYPE_CHECKING:
    from sandbox.sql.resolve import Resolver

CATALOGUES = {"", "awsdatacatalog"}
OWN_PARTS = {"from_", "joins", "with_"}
UNRESOLVED = "cannot be resolved or requester is not authorized to access requested resources"


class Resolution:
    """Resolves what was parsed from one text, whose tables a `Resolver` knows."""

    def __init__(self, resolver: Resolver, database: str, text: str) -> None:
        self._resolver = resolver
        self._database = database
        self._text = Text(text)

    def query(self, query: exp.Query, environment: Environment, outer: Scope | None) -> exp.Query:
        """Resolve a query in place and return it; `outer` is the SELECT around it whose columns it sees."""
        if query.args.get("with_"):
            environment = self._with(query, environment)
        if isinstance(query, exp.SetOperation):
            for side in ("this", "expression"):
                query.set(side, self.query(query.args[side], environment, outer))
        elif isinstance(query, exp.Subquery):
            query.set("this", self.query(query.this, environment, outer))
        elif isinstance(query, exp.Select):
            self._select(query, environment, outer)
        elif isinstance(query, exp.Values):
            self._expressions(query.expressions, Scope(environment, outer))
        else:
            raise NotSupported(f"the sandbox cannot run {type(query).__name__} here")
        return query

    def _with(self, query: exp.Query, environment: Environment) -> Environment:
        environment = environment.inner()
        clause = query.args["with_"]
        recursive = bool(clause.args.get("recursive"))
        environment.recursive = environment.recursive or recursive
        for cte in clause.expressions:
            inner = environment.inner()
            if recursive and isinstance(cte.this, exp.SetOperation):
                anchor = self.query(cte.this.this.copy(), environment, None)
                inner.define(_named(cte, anchor), self._columns(anchor, cte, environment))
            resolved = self.query(cte.this, inner, None)
            cte.set("this", resolved)
            environment.define(cte, self._columns(resolved, cte, inner))
        return environment

    def _columns(self, query: exp.Expr, aliased: exp.Expr, environment: Environment) -> list[str]:
        """Return the names of a query's columns, which an alias may give anew."""
        names = [name for name, _ in environment.describe(f"SELECT * FROM ({to_duckdb(query)}) AS q")]
        return self._renamed(names, aliased)

    def _renamed(self, names: list[str], aliased: exp.Expr) -> list[str]:
        alias = aliased.args.get("alias")
        given = [one.name for one in alias.columns] if alias else []
        if given and len(given) != len(names):
            raise SqlError(
                "MISMATCHED_COLUMN_ALIASES",
                f"{self._text.place(aliased)}Column alias list has {len(given)} entries but '{aliased.alias}' has "
                f"{len(names)} columns available",
            )
        return [name.lower() for name in given or names]

    # FROM

    def _select(self, select: exp.Select, environment: Environment, outer: Scope | None) -> None:
        scope = Scope(environment, outer)
        first = select.args.get("from_")
        self._item(first.this if first else None, None, scope)
        for join in select.args.get("joins") or []:
            self._item(join.this, join, scope)
        select.set("from_", exp.From(this=scope.relation) if scope.relation is not None else None)
        select.set("joins", scope.joins)
        outputs = {one.alias for one in select.expressions if isinstance(one, exp.Alias)}
        outputs |= {one.name for one in select.expressions if isinstance(one, exp.Column)}
        select.set("expressions", [out for one in select.expressions for out in self._outputs(one, scope)])
        for part in set(select.args) - OWN_PARTS - {"expressions"}:
            aliases = {name.lower() for name in outputs} if part == "order" else set()
            select.set(part, self._expressions(select.args[part], scope, aliases))
        Types(scope, self._text.place).check(select)

    def _item(self, item: exp.Expr | None, join: exp.Join | None, scope: Scope) -> None:
        """Add an item of a FROM to a scope."""
        if item is None:
            return
        if isinstance(item, exp.Unnest):
            item.set("expressions", self._expressions(item.expressions, scope))
            flatten(scope, item, join, self._resolver.next_unnest())
            return
        relation = self._relation(item, scope)
        if join is None:
            scope.relation = relation
            return
        join.set("this", relation)
        scope.merged |= {one.name.lower() for one in join.args.get("using") or []}
        if join.args.get("on"):
            join.set("on", self._expressions(join.args["on"], scope))
        scope.joins.append(join)

    def _relation(self, item: exp.Expr, scope: Scope) -> exp.Expr:
        nested = item.args.pop("joins", None) or []
        if isinstance(item, exp.Table):
            relation = self._table(item, scope)
        elif isinstance(item, exp.Subquery) and not isinstance(item.this, exp.Query):
            item.set("this", self._relation(item.this, scope))
            relation = item
        elif isinstance(item, exp.Lateral):
            relation = self._lateral(item, scope)
        elif isinstance(item, exp.Subquery | exp.Values):
            if isinstance(item, exp.Subquery):
                item.set("this", self.query(item.this, scope.environment, None))
            else:
                self._expressions(item.expressions, Scope(scope.environment, None))
            self._add(scope, item, self._columns(_bare(item), item, scope.environment))
            relation = item
        else:
            raise NotSupported(f"the sandbox cannot read from {type(item).__name__}")
        for join in nested:
            join.set("this", self._relation(join.this, scope))
            scope.merged |= {one.name.lower() for one in join.args.get("using") or []}
            if join.args.get("on"):
                join.set("on", self._expressions(join.args["on"], scope))
        if nested:
            relation.set("joins", nested)
        return relation

    def _add(self, scope: Scope, item: exp.Expr, names: Iterable[str], database: str | None = None) -> None:
        if not item.alias:
            item.set(
                "alias",
                exp.TableAlias(this=exp.to_identifier(f"anonymous {len(scope.sources)}", quoted=True)),
            )
        columns: dict[str, exp.Expr] = {name: column(name, item.alias) for name in names}
        scope.sources.append(Source(item.alias, columns, database))

    def _lateral(self, item: exp.Lateral, scope: Scope) -> exp.Expr:
        item.set("this", self.query(item.this, scope.environment, scope))
        query = f"SELECT q.*{scope.from_sql()}, LATERAL {to_duckdb(item.this)} AS q"
        names = [name for name, _ in scope.environment.describe(query)]
        self._add(scope, item, self._renamed(names, item))
        return item

    def _table(self, item: exp.Table, scope: Scope) -> exp.Expr:
        if not isinstance(item.this, exp.Identifier):
            called = item.this
            name = called.name if isinstance(called, exp.Anonymous) else called.key
            raise SqlError("FUNCTION_NOT_FOUND", f"Table function '{name.lower()}' not registered")
        name = item.name.lower()
        environment = scope.environment
        if not item.db and name in environment.definitions:
            if not item.alias:
                item.set("alias", exp.TableAlias(this=exp.to_identifier(item.name)))
            self._add(scope, item, self._renamed(environment.columns[name], item))
            return item
        catalogue, database = item.catalog.lower(), item.db.lower() or self._database
        if catalogue not in CATALOGUES:
            raise SqlError(
                "CATALOG_NOT_FOUND", f"{self._text.place(item)}Catalog '{catalogue}' does not exist"
            )
        table = self._text.locating(item, lambda: self._resolver.table(database, name))
        if table.view is not None:
            return self._view(item, table, scope)
        scan = exp.Table(this=exp.to_identifier(self._resolver.scan(table)), sample=item.args.get("sample"))
        alias = item.args.get("alias") or exp.TableAlias(this=exp.to_identifier(name, quoted=True))
        plain = [one.name for one in table.all_columns]
        names = self._renamed(plain, item)
        if alias.columns:
            alias.set("columns", [*alias.columns, exp.to_identifier(PATH, quoted=True)])
        scan.set("alias", alias)
        hidden = [PATH] if self._resolver.paths else []
        self._add(scope, scan, [*names, *hidden], database)
        scope.sources[-1].hidden = frozenset(hidden)
        return scan

    def _view(self, item: exp.Table, table: Table, scope: Scope) -> exp.Expr:
        query = self._resolver.view(table)
        alias = item.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name, quoted=True))
        subquery = exp.Subquery(this=query, alias=alias)
        names = [one.name for one in table.columns]
        if not alias.columns:
            alias.set("columns", [exp.to_identifier(name, quoted=True) for name in names])
        self._add(scope, subquery, self._renamed(names, subquery), table.database)
        return subquery

    # expressions

    def _outputs(self, one: exp.Expr, scope: Scope) -> list[exp.Expr]:
        """Return a column of the result, resolved and named; a star as the columns it stands for."""
        star = isinstance(one, exp.Star) or (isinstance(one, exp.Column) and isinstance(one.this, exp.Star))
        if star:
            return self._star(one, scope)
        resolved = self._expressions(one, scope)
        plain = isinstance(one, exp.Dot) or (isinstance(one, exp.Column) and resolved is not one)
        if plain and not isinstance(resolved, exp.Alias):
            name = one.expression.name if isinstance(one, exp.Dot) else one.name
            return [exp.alias_(resolved, name.lower(), quoted=True)]
        return [resolved]

    def _star(self, star: exp.Expr, scope: Scope) -> list[exp.Expr]:
        alias = star.args["table"].name.lower() if isinstance(star, exp.Column) else None
        sources = [one for one in scope.sources if alias in (None, one.alias.lower())]
        if not sources and alias is None:
            raise SqlError("COLUMN_NOT_FOUND", "SELECT * not allowed in queries without FROM clause")
        if not sources:
            raise SqlError("TABLE_NOT_FOUND", f"{self._text.place(star)}Unable to resolve reference {alias}")
        merged = [] if alias else sorted(scope.merged)
        columns = [(name, found) for name in merged if (found := scope.find([name]))]
        columns += [one for source in sources for one in source.visible if one[0] not in merged]
        return [exp.alias_(value.copy(), name, quoted=True) for name, value in columns]

    def _expressions(self, node: Any, scope: Scope, aliases: Collection[str] = ()) -> Any:
        """Resolve what is in an expression, or in several, and return what it has become."""
        if isinstance(node, list):
            return [self._expressions(one, scope, aliases) for one in node]
        if not isinstance(node, exp.Expr):
            return node
        if isinstance(node, exp.Query):
            return self.query(node, scope.environment, scope)
        if isinstance(node, exp.Column | exp.Dot):
            return self._column(node, scope, aliases)
        for name, value in list(node.args.items()):
            if isinstance(value, exp.Expr) or (isinstance(value, list) and value):
                node.set(name, self._expressions(value, scope, aliases))
        return node

    def _column(self, node: exp.Column | exp.Dot, scope: Scope, aliases: Collection[str]) -> exp.Expr:
        fields: list[str] = []
        inner: exp.Expr = node
        while isinstance(inner, exp.Dot):
            if not isinstance(inner.expression, exp.Identifier):
                raise NotSupported(f"the sandbox cannot read {inner.sql('trino')}")
            fields.insert(0, inner.expression.name)
            inner = inner.this
        if not isinstance(inner, exp.Column):
            return taken(self._expressions(inner, scope, aliases), fields)
        parts = [part.name for part in inner.parts] + fields
        if len(parts) == 1 and parts[0].lower() in aliases:
            return inner
        found = self._text.locating(inner, lambda: scope.find(parts))
        if found is None:
            raise SqlError(
                "COLUMN_NOT_FOUND", f"{self._text.place(inner)}Column '{'.'.join(parts)}' {UNRESOLVED}"
            )
        return placed_as(found, inner)


def _named(cte: exp.CTE, query: exp.Expr) -> exp.CTE:
    copied = cte.copy()
    copied.set("this", query)
    return copied


def _bare(item: exp.Expr) -> exp.Expr:
    """Return the query of a FROM's item without its alias."""
    if isinstance(item, exp.Subquery):
        query: exp.Expr = item.this
        return query
    copied = item.copy()
    copied.set("alias", None)
    return copied
