"""Moving conditions on a view or a derived table to where its rows are read, as Redshift's published plans do.

Source: the plan of the view in
https://aws.amazon.com/blogs/big-data/announcing-amazon-redshift-federated-querying-to-amazon-aurora-mysql-and-amazon-rds-for-mysql/
"""

from __future__ import annotations

from sqlglot import exp

from sandbox.warehouse.external.comparisons import compared, conjuncts
from sandbox.warehouse.external.sources import Source, Tables, outputs, owner, renamed, selects, sources

FENCES = ("group", "having", "distinct", "limit", "offset", "qualify", "windows", "pivots", "into")
"""Clauses that a condition cannot pass without changing the result."""


def sink(tree: exp.Expr, tables: Tables) -> None:
    """Move, in place, each condition on a derived table's column into the queries that it is made of."""
    for select in selects(tree):
        where = select.args.get("where")
        if where is None:
            continue
        found = sources(select, tables)
        kept = [one for one in conjuncts(where.this) if not _sunk(one, found, tables)]
        select.set("where", exp.Where(this=exp.and_(*kept, copy=False)) if kept else None)


def _sunk(condition: exp.Expr, found: list[Source], tables: Tables) -> bool:
    read = compared(condition)
    if read is None:
        return False
    column = read[0]
    source = owner(column, found)
    if source is None or source.nullable or not isinstance(source.node, exp.Subquery):
        return False
    names = renamed(source.node, None) or _names(source.node, tables)
    name = column.name
    if names is None or names.count(name) != 1:
        return False
    places = _places(source.node.this, names.index(name), tables)
    if not places:
        return False
    for select, inner in places:
        moved = condition.copy()
        target = compared(moved)
        if target is None:
            return False
        target[0].replace(inner.copy())
        select.where(moved, copy=False)
    return True


def _names(node: exp.Subquery, tables: Tables) -> tuple[str, ...] | None:
    found = outputs(node.this, tables)
    return None if found is None else tuple(name for name, _ in found)


def _places(query: exp.Expr, position: int, tables: Tables) -> list[tuple[exp.Select, exp.Column]]:
    """Return the queries that a condition on a column may move to, each with that column; none where one bars it."""
    if isinstance(query, exp.Subquery):
        return _places(query.this, position, tables)
    if any(query.args.get(fence) for fence in FENCES if not isinstance(query, exp.Union)):
        return []
    if isinstance(query, exp.Union):
        if query.args.get("limit") or query.args.get("offset"):
            return []
        left, right = (_places(arm, position, tables) for arm in (query.this, query.expression))
        return left + right if left and right else []
    if not isinstance(query, exp.Select) or _computes(query):
        return []
    found = outputs(query, tables)
    column = found[position][1] if found and position < len(found) else None
    return [(query, column)] if column is not None else []


def _computes(query: exp.Select) -> bool:
    return any(one.find(exp.AggFunc, exp.Window) for one in query.expressions)
