"""What a query reads from, and which of it a column's name means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlglot import exp

from sandbox.warehouse.external.relations import ExternalTable

Names = tuple[str, ...]
Output = tuple[str, exp.Column | None]
"""A column of a result: its name, and the column that it passes on unchanged, if any."""


@dataclass(frozen=True)
class Tables:
    """Where tables are looked up: those outside the warehouse, and the columns of those in it."""

    external: Callable[[exp.Table], ExternalTable | None]
    local: Callable[[exp.Table], Names | None]


@dataclass(frozen=True)
class Source:
    """One thing that a SELECT reads from.

    `columns` is None where they are not known; `nullable` says that an outer join may put nulls for it.
    """

    alias: str
    node: exp.Expr
    columns: Names | None
    nullable: bool
    table: ExternalTable | None = None


def sources(select: exp.Select, tables: Tables) -> list[Source]:
    """List what a SELECT reads from, in order."""
    start = select.args.get("from_")
    if start is None:
        return []
    joins = select.args.get("joins") or []
    sides = [""] + [str(one.side).upper() for one in joins]
    nodes = [start.this] + [one.this for one in joins]
    found = []
    for number, node in enumerate(nodes):
        later = sides[number + 1 :]
        nullable = sides[number] in {"LEFT", "FULL"} or any(side in {"RIGHT", "FULL"} for side in later)
        found.append(_source(node, tables, nullable=nullable))
    return found


def _source(node: exp.Expr, tables: Tables, *, nullable: bool) -> Source:
    alias = node.alias_or_name
    if isinstance(node, exp.Table):
        table = None if cte_of(node) is not None else tables.external(node)
        return Source(alias, node, _columns(node, table, tables), nullable, table)
    if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query):
        return Source(alias, node, renamed(node, names_of(node.this, tables)), nullable)
    return Source(alias, node, None, nullable)


def _columns(node: exp.Table, table: ExternalTable | None, tables: Tables) -> Names | None:
    if table is not None:
        return table.names
    cte = cte_of(node)
    if cte is None:
        return tables.local(node)
    return renamed(cte, names_of(cte.this, tables)) if isinstance(cte.this, exp.Query) else None


def renamed(node: exp.Expr, names: Names | None) -> Names | None:
    """Return the names that an alias with columns gives, or those there are."""
    alias = node.args.get("alias")
    given = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    return tuple(one.name for one in given) if given else names


def cte_of(table: exp.Table) -> exp.CTE | None:
    """Return what WITH calls by a table's name where the table stands; None where nothing."""
    if table.args.get("db"):
        return None
    at: exp.Expr | None = table
    while at is not None:
        clause = at.args.get("with_")
        for one in clause.expressions if clause else ():
            if one.alias == table.name and table.find_ancestor(exp.CTE) is not one:
                found: exp.CTE = one
                return found
        at = at.parent
    return None


def names_of(query: exp.Expr, tables: Tables) -> Names | None:
    """Return the names of a query's columns; None where a star stands for columns that are not known."""
    found = outputs(query, tables)
    return None if found is None else tuple(name for name, _ in found)


def outputs(query: exp.Expr, tables: Tables) -> list[Output] | None:
    """Return a query's columns in order; None where a star stands for columns that are not known."""
    while isinstance(query, exp.SetOperation | exp.Subquery):
        query = query.this
    if not isinstance(query, exp.Select):
        return None
    found: list[Output] = []
    for one in query.expressions:
        if one.is_star and not isinstance(one.unalias(), exp.Count):
            spread = _spread(one, sources(query, tables))
            if spread is None:
                return None
            found += spread
        else:
            plain = one.unalias()
            found.append((one.alias_or_name, plain if isinstance(plain, exp.Column) else None))
    return found


def _spread(star: exp.Expr, found: Sequence[Source]) -> list[Output] | None:
    asked = star.table if isinstance(star, exp.Column) else ""
    spread: list[Output] = []
    for one in found:
        if asked and one.alias != asked:
            continue
        if one.columns is None:
            return None
        spread += [(name, exp.column(name, table=one.alias, quoted=True)) for name in one.columns]
    return spread


def owner(column: exp.Column, found: Sequence[Source]) -> Source | None:
    """Return the source that a column is from; None where that is not sure."""
    if column.table:
        return next((one for one in found if one.alias == column.table), None)
    if len(found) == 1:
        one = found[0]
        return one if one.columns is None or column.name in one.columns else None
    holding = [one for one in found if one.columns is None or column.name in one.columns]
    return holding[0] if len(holding) == 1 and holding[0].columns is not None else None


def selects(tree: exp.Expr) -> Iterator[exp.Select]:
    """Yield all SELECTs of a statement, each before those within it."""
    yield from list(tree.find_all(exp.Select, bfs=True))
