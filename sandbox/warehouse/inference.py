"""Types of expressions as Redshift sees them, where the engine has lost or never had them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from sqlglot import exp

from sandbox.warehouse.kinds import INTEGERS, LONGEST, TEXTS, Kind, of_cast

Columns = Mapping[str, Kind | None]
"""What a table or a subquery has, in order; None where the type is not known."""
Environment = Mapping[str, Columns]
"""The sources that an expression may name, by alias."""

SAME = (
    exp.Min, exp.Max, exp.AnyValue, exp.Upper, exp.Lower, exp.Trim, exp.Left, exp.Right, exp.Substring, exp.Lag,
    exp.Lead, exp.FirstValue, exp.LastValue, exp.Paren, exp.Neg, exp.Abs, exp.Nullif, exp.Window, exp.Alias,
    exp.Initcap, exp.IgnoreNulls, exp.RespectNulls, exp.Distinct, exp.Filter,
)  # fmt: skip
"""Expressions that have their argument's type."""
FIXED: Sequence[tuple[tuple[type[exp.Expr], ...], Kind]] = (
    ((exp.Count, exp.ApproxDistinct, exp.RowNumber, exp.DateDiff, exp.TsOrDsDiff), Kind("int8")),
    ((exp.Length, exp.StrPosition, exp.Extract), Kind("int4")),
    ((exp.Predicate, exp.Connector, exp.Not, exp.Boolean), Kind("bool")),
    ((exp.CurrentDate, exp.LastDay, exp.TsOrDsToDate, exp.StrToDate), Kind("date")),
    ((exp.TimestampTrunc, exp.DateTrunc, exp.TsOrDsAdd, exp.DateAdd, exp.CurrentTimestamp, exp.StrToTime),
     Kind("timestamp")),
    ((exp.MD5,), Kind("varchar", 32)),
    ((exp.SHA,), Kind("varchar", 40)),
    ((exp.SHA2,), Kind("varchar", 128)),
)  # fmt: skip


class Inference:
    """Finds types; `columns_of` says what a named table has."""

    def __init__(self, columns_of: Callable[[exp.Table], Columns]) -> None:
        self._columns_of = columns_of
        self._environments: dict[int, Environment] = {}

    def look(self, statement: exp.Expr) -> Columns:
        """Look at a whole statement; return the columns of a query, and none of other statements."""
        if isinstance(statement, exp.Query):
            return self.outputs(statement)
        sources = self.sources(statement, {})
        self._environments[id(statement)] = sources
        for query in statement.find_all(exp.Query):
            if query.find_ancestor(exp.Query) is None:
                self.outputs(query, sources)
        return {}

    def outputs(self, query: exp.Expr, outer: Environment | None = None) -> Columns:
        """Return the columns of a query; `outer` holds the common table expressions and outer sources in sight."""
        outer = {**(outer or {})}
        for cte in query.ctes if isinstance(query, exp.Query) else ():
            names = [one.name.lower() for one in cte.args["alias"].args.get("columns") or ()]
            outer[f"with {cte.alias.lower()}"] = _renamed(self.outputs(cte.this, outer), names)
        if isinstance(query, exp.SetOperation):
            first, second = self.outputs(query.left, outer), self.outputs(query.right, outer)
            return {
                name: wider(kind, other)
                for (name, kind), other in zip(
                    first.items(), [*second.values(), *[None] * len(first)], strict=False
                )
            }
        if isinstance(query, exp.Subquery):
            return self.outputs(query.this, outer)
        return self._select(query, outer) if isinstance(query, exp.Select) else {}

    def _select(self, select: exp.Select, outer: Environment) -> Columns:
        sources = self.sources(select, outer)
        environment = {**outer, **sources}
        self._environments[id(select)] = environment
        found: dict[str, Kind | None] = {}
        for one in select.expressions:
            if isinstance(one, exp.Star):
                for columns in sources.values():
                    found.update(columns)
            elif isinstance(one, exp.Column) and isinstance(one.this, exp.Star):
                found.update(sources.get(one.table.lower(), {}))
            else:
                found[one.alias_or_name.lower()] = self.kind(one, environment)
        return found

    def sources(self, statement: exp.Expr, outer: Environment) -> Environment:
        """Return what the FROM clause of a statement offers, by alias."""
        found: dict[str, Columns] = {}
        for source in _sources(statement):
            alias = source.alias_or_name.lower()
            if isinstance(source, exp.Table):
                known = outer.get(f"with {alias}" if not source.alias else f"with {source.name.lower()}")
                columns = known if known is not None and not source.db else self._columns_of(source)
            else:
                columns = self.outputs(source, {**outer, **found})
            names = [
                one.name.lower() for one in (source.alias_column_names and source.args["alias"].columns) or ()
            ]
            found[alias] = _renamed(columns, names)
        return found

    def environment(self, node: exp.Expr) -> Environment:
        """Return the sources in sight of an expression in a query that was looked at."""
        around = node.parent
        while around is not None:
            if id(around) in self._environments:
                return self._environments[id(around)]
            around = around.parent
        return {}

    def of(self, node: exp.Expr | None) -> Kind | None:
        """Return the type of an expression in a query that was looked at."""
        if node is None:
            return None
        return self.kind(node, self.environment(node))

    def kind(self, node: exp.Expr | None, environment: Environment) -> Kind | None:
        """Return the type of an expression; None where it is not known."""
        if node is None:
            return None
        if isinstance(node, exp.Column):
            return _column(node, environment)
        if isinstance(node, exp.Cast):
            return of_cast(node.to)
        if isinstance(node, exp.Literal):
            return _literal(node)
        if isinstance(node, exp.Subquery):
            return next(iter(self.outputs(node.this, environment).values()), None)
        return self._composed(node, environment)

    def _composed(self, node: exp.Expr, environment: Environment) -> Kind | None:
        if isinstance(node, exp.Sum | exp.Avg):
            return aggregated(node, self.kind(node.this, environment))
        for types, kind in FIXED:
            if isinstance(node, types):
                return kind
        if isinstance(node, SAME):
            return self.kind(
                node.expressions[0] if isinstance(node, exp.Distinct) else node.this, environment
            )
        if isinstance(
            node, exp.Coalesce | exp.Case | exp.If | exp.Add | exp.Sub | exp.Mul | exp.Div | exp.Mod
        ):
            parts = [self.kind(part, environment) for part in _alternatives(node)]
            return _widest(parts, node)
        if isinstance(node, exp.DPipe | exp.Concat):
            parts = [self.kind(part, environment) for part in node.iter_expressions()]
            known = [part.length for part in parts if part is not None and part.name in TEXTS]
            return Kind("varchar", min(sum(known), LONGEST)) if len(known) == len(parts) else None
        return None


def wider(one: Kind | None, other: Kind | None) -> Kind | None:
    """Return the type that holds values of both; None where that is not known."""
    if one is None or other is None or one == other:
        return one if other is None else other
    both = {one.name, other.name}
    if both <= set(TEXTS):
        return Kind("varchar", max(one.length, other.length))
    if both <= set(INTEGERS):
        return max(one, other, key=lambda kind: INTEGERS.index(kind.name))
    if both == {"numeric"}:
        scale = max(one.scale, other.scale)
        whole = max(one.precision - one.scale, other.precision - other.scale)
        return Kind("numeric", precision=min(38, whole + scale), scale=scale)
    if both & {"float4", "float8"}:
        return Kind("float8")
    return next((kind for kind in (one, other) if kind.name == "numeric"), None)


def _widest(parts: Sequence[Kind | None], node: exp.Expr) -> Kind | None:
    if isinstance(node, exp.Binary) and any(part is None for part in parts):
        return None
    found = parts[0] if parts else None
    for part in parts[1:]:
        found = wider(found, part)
    return found


def aggregated(node: exp.Expr, kind: Kind | None) -> Kind | None:
    """Return what sums and averages are of.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_SUM.html
    """
    if kind is None:
        return None
    if kind.name == "numeric":
        return Kind("numeric", precision=38, scale=kind.scale)
    if kind.name in {"float4", "float8"}:
        return Kind("float8")
    if kind.name == "int8" and isinstance(node, exp.Sum):
        return Kind("numeric", precision=38)
    return Kind("int8") if kind.name in INTEGERS else None


def _alternatives(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Case):
        branches = [branch.args["true"] for branch in node.args["ifs"]]
        return branches + ([node.args["default"]] if node.args.get("default") else [])
    if isinstance(node, exp.If):
        return [one for one in (node.args.get("true"), node.args.get("false")) if one]
    if isinstance(node, exp.Coalesce):
        return [node.this, *node.expressions]
    return [node.this, node.expression]


def _column(node: exp.Column, environment: Environment) -> Kind | None:
    name, table = node.name.lower(), node.table.lower()
    if table:
        return environment.get(table, {}).get(name)
    return next((columns[name] for columns in environment.values() if columns.get(name)), None)


def _literal(node: exp.Literal) -> Kind:
    text = node.name
    if node.is_string:
        return Kind("varchar", max(1, len(text.encode())))
    whole, point, fraction = text.partition(".")
    if "e" in text.lower():
        return Kind("float8")
    if point:
        return Kind(
            "numeric", precision=min(38, len(whole.lstrip("0")) + len(fraction) or 1), scale=len(fraction)
        )
    return Kind("int4" if int(text) < 1 << 31 else "int8")


def _sources(statement: exp.Expr) -> Iterator[exp.Expr]:
    start = statement.args.get("from_")
    if start is not None:
        yield start.this
        yield from (join.this for join in start.this.args.get("joins") or ())
    yield from (join.this for join in statement.args.get("joins") or ())
    using = statement.args.get("using")
    yield from using if isinstance(using, list) else [using] if isinstance(using, exp.Expr) else []
    if isinstance(statement, exp.Update | exp.Delete | exp.Merge):
        yield statement.this


def _renamed(columns: Columns, names: Sequence[str]) -> Columns:
    old = list(columns.items())
    return {**dict(zip(names, (kind for _, kind in old), strict=False)), **dict(old[len(names) :])}
