"""Which parts of external tables a statement reads: the columns it names, and the conditions that can be pushed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlglot import exp

from sandbox.warehouse.external.comparisons import Comparison, compared, conjuncts, fits
from sandbox.warehouse.external.relations import ExternalTable
from sandbox.warehouse.external.sinking import sink
from sandbox.warehouse.external.sources import Source, Tables, cte_of, owner, selects, sources


@dataclass(frozen=True)
class Scan:
    """One reading of an external table; `node` is where it stands in the statement's tree."""

    node: exp.Table
    table: ExternalTable
    columns: tuple[str, ...]
    pushed: tuple[Comparison, ...]


def find_scans(tree: exp.Expr, tables: Tables) -> list[Scan]:
    """Find what a statement reads from outside, and take the pushed conditions out of it, in place.

    They are not looked at again on top: the other database has decided by its own rules, its collation too.
    """
    sink(tree, tables)
    found: dict[int, Scan] = {}
    for select in selects(tree):
        read = sources(select, tables)
        for one in read:
            if one.table is not None and isinstance(one.node, exp.Table):
                pushed = _take_pushed(select, one, read)
                columns = _wanted(select, one, one.table)
                found[id(one.node)] = Scan(one.node, one.table, columns, pushed)
    return [*found.values(), *_outside_selects(tree, tables, found)]


def _outside_selects(tree: exp.Expr, tables: Tables, known: dict[int, Scan]) -> list[Scan]:
    """Find the tables of DELETE USING and UPDATE FROM, of which all is read."""
    scans = []
    for node in tree.find_all(exp.Table):
        table = tables.external(node) if id(node) not in known and cte_of(node) is None else None
        if table is not None:
            scans.append(Scan(node, table, table.names, ()))
    return scans


def _take_pushed(select: exp.Select, source: Source, read: Sequence[Source]) -> tuple[Comparison, ...]:
    where = select.args.get("where")
    if where is None or source.nullable or source.table is None:
        return ()
    pushed: list[Comparison] = []
    kept: list[exp.Expr] = []
    for one in conjuncts(where.this):
        found = _pushable(one, source, source.table, read)
        pushed += found
        if not found:
            kept.append(one)
    select.set("where", exp.Where(this=exp.and_(*kept, copy=False)) if kept else None)
    return tuple(pushed)


def _pushable(
    condition: exp.Expr, source: Source, table: ExternalTable, read: Sequence[Source]
) -> list[Comparison]:
    form = compared(condition)
    if form is None or owner(form[0], read) is not source:
        return []
    column = table.column(form[0].name)
    if column is None or not column.comparable:
        return []
    values = [value for _, group in form[1] for value in group]
    if not all(fits(column.type, value) for value in values):
        return []
    return [Comparison(column.name, operator, group) for operator, group in form[1]]


def _wanted(select: exp.Select, source: Source, table: ExternalTable) -> tuple[str, ...]:
    named = {one.name for one in select.find_all(exp.Column)}
    joins = select.args.get("joins") or []
    for join in joins:
        named |= {one.name for one in join.args.get("using") or []}
    if _all_of(select, source) or any(
        str(one.args.get("method") or "").upper() == "NATURAL" for one in joins
    ):
        named |= set(table.names)
    return tuple(one.name for one in table.columns if one.name in named)


def _all_of(select: exp.Select, source: Source) -> bool:
    """Tell whether a star of a SELECT stands for a source's columns."""
    return any(
        isinstance(one, exp.Star)
        or (isinstance(one, exp.Column) and one.is_star and one.table == source.alias)
        for one in select.expressions
    )
