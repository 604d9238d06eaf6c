"""The plan of a query, made by fixed rules from its tree: scans, joins in the order of writing, what stands on top."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from sandbox.warehouse.explain import estimates
from sandbox.warehouse.explain.nodes import Node
from sandbox.warehouse.explain.relations import LocalTables, scanned
from sandbox.warehouse.external.comparisons import conjuncts
from sandbox.warehouse.external.scans import Scan
from sandbox.warehouse.external.sources import Source, Tables, cte_of, owner, sources

SORT_STARTUP = 1_000_000_000_000.0
"""What Redshift adds to the cost of a sort on the leader, so that plans avoid it."""
LITERAL_WIDTH = 32
SCAN = re.compile(r"XN (Seq Scan|\w+ Query Scan)")
SIDES = {"LEFT": "Left ", "RIGHT": "Right ", "FULL": "Full "}


@dataclass(frozen=True)
class Planner:
    """Plans one statement whose external tables were found already; `scans` by the place of the table in the tree."""

    tables: Tables
    local: LocalTables
    scans: Mapping[int, Scan]

    def plan(self, query: exp.Expr) -> Node:
        """Return the plan of a query."""
        if isinstance(query, exp.Subquery):
            return self._ordered(query, self.plan(query.this))
        if isinstance(query, exp.SetOperation):
            return self._ordered(query, self._set_operation(query))
        if isinstance(query, exp.Select):
            return self._select(query)
        return Node("XN Result", 1, 8, estimates.PER_ROW)

    def _set_operation(self, query: exp.SetOperation) -> Node:
        arms = _arms(query)
        children = tuple(
            _over(f'XN Subquery Scan "*SELECT* {number}"', self.plan(arm))
            for number, arm in enumerate(arms, 1)
        )
        rows, total = sum(one.rows for one in children), sum(one.total for one in children)
        append = Node("XN Append", rows, children[0].width, total, children=children)
        if isinstance(query, exp.Union):
            return _over("XN Unique", append) if query.args.get("distinct") else append
        return _over("XN SetOp " + ("Except" if isinstance(query, exp.Except) else "Intersect"), append)

    def _select(self, select: exp.Select) -> Node:
        read = sources(select, self.tables)
        node = self._joined(select, read)
        node = self._grouped(select, node)
        width = sum(self._width(one.unalias(), read) for one in select.expressions) or node.width
        if not any(one.is_star for one in select.expressions):
            node = (
                replace(node, width=width)
                if not node.label.startswith(("XN Seq", "XN S3", "XN My", "XN PG"))
                else node
            )
        return self._ordered(select, node)

    def _width(self, one: exp.Expr, read: Sequence[Source]) -> int:
        if isinstance(one, exp.Literal):
            return LITERAL_WIDTH if one.is_string else 4
        if isinstance(one, exp.Column):
            source = owner(one, read)
            found = source.table.column(one.name.lower()) if source and source.table else None
            return found.type.width if found else 8
        return 8

    # what is read

    def _joined(self, select: exp.Select, read: list[Source]) -> Node:
        where = select.args.get("where")
        conditions = list(conjuncts(where.this if where else None))
        plain = [one for one in conditions if one.find(exp.Query) is None]
        if not read:
            return Node("XN Result", 1, 8, estimates.PER_ROW)
        filters = {number: [] if one.nullable else _of(one, plain, read) for number, one in enumerate(read)}
        node = self._source(read[0], filters[0])
        used = {id(one) for group in filters.values() for one in group}
        open_ = [one for one in plain if id(one) not in used]
        for number, join in enumerate(select.args.get("joins") or [], 1):
            inner = self._source(read[number], filters[number])
            here = [] if join.side else [one for one in open_ if _joins(one, read[: number + 1])]
            node = self._join(node, inner, join, here)
            open_ = [one for one in open_ if one not in here]
        node = _filtered(node, [_text(one) for one in open_])
        for one in conditions:
            if one not in plain:
                node = self._with_subquery(node, one)
        return node

    def _source(self, source: Source, filters: Sequence[exp.Expr]) -> Node:
        shown = tuple(_text(one) for one in filters)
        if isinstance(source.node, exp.Table):
            scan = self.scans.get(id(source.node))
            if scan is not None:
                return scanned(scan, source.alias, shown)
            cte = cte_of(source.node)
            if cte is None:
                return self.local.scan(source.node, filters, shown)
            return _filtered(_over(f"XN Subquery Scan {source.alias}", self.plan(cte.this)), shown)
        if not isinstance(source.node, exp.Subquery):
            return Node(f"XN Function Scan {source.alias}", 1000, 8, 10.0)
        inner = self.plan(source.node.this)
        if _is_simple(source.node.this) and not shown:
            return inner
        return _filtered(_over(f"XN Subquery Scan {source.alias}", inner), shown)

    @staticmethod
    def _join(outer: Node, inner: Node, join: exp.Join, conditions: Sequence[exp.Expr]) -> Node:
        side = str(join.side).upper()
        given = [*conjuncts(join.args.get("on")), *conditions]
        names = [f'("outer".{one.name} = "inner".{one.name})' for one in join.args.get("using") or []]
        names += [
            f'("outer".{one.this.name} = "inner".{one.expression.name})' for one in given if _is_equality(one)
        ]
        rest = tuple(_text(one) for one in given if not _is_equality(one))
        details = (f"Join Filter: {estimates.joined(rest)}",) if rest else ()
        if names:
            rows = max(outer.rows, inner.rows)
            hashed = Node("XN Hash", inner.rows, inner.width, inner.total, inner.total, children=(inner,))
            total = outer.total + inner.total + estimates.PER_ROW * rows
            return Node(
                f"XN Hash {SIDES.get(side, '')}Join DS_BCAST_INNER", rows, outer.width + inner.width, total,
                inner.total, (f"Hash Cond: {estimates.joined(names)}", *details), (outer, hashed),
            )  # fmt: skip
        rows = outer.rows * inner.rows
        total = outer.total + inner.total + estimates.PER_ROW * rows
        label = f"XN Nested Loop {SIDES.get(side, '')}Join DS_BCAST_INNER"
        return Node(label, rows, outer.width + inner.width, total, 0.0, details, (outer, inner))

    def _with_subquery(self, node: Node, condition: exp.Expr) -> Node:
        query = condition.find(exp.Query)
        inner = self.plan(query.unnest() if isinstance(query, exp.Subquery) else query) if query else node
        is_in = isinstance(condition, exp.In | exp.Exists)
        if is_in:
            hashed = Node("XN Hash", inner.rows, inner.width, inner.total, inner.total, children=(inner,))
            total = node.total + inner.total
            return Node("XN Hash IN Join DS_BCAST_INNER", node.rows, node.width, total, inner.total,
                        children=(node, hashed))  # fmt: skip
        hashed_plan = isinstance(condition, exp.Not)
        text = "Filter: (NOT (hashed subplan))" if hashed_plan else f"Filter: {_text(condition)}"
        rows = max(1, node.rows // 2) if hashed_plan else max(1, round(node.rows * estimates.INEQUALITY))
        return Node(
            "XN Result", rows, node.width, node.total + inner.total, 0.0, (text,),
            (node, inner.labelled(f"SubPlan {inner.label}")),
        )  # fmt: skip

    # what stands on top

    def _grouped(self, select: exp.Select, node: Node) -> Node:
        aggregated = any(one.find(exp.AggFunc) for one in select.expressions)
        having = select.args.get("having")
        details = (f"Filter: {_text(having.this)}",) if having else ()
        if select.args.get("group"):
            rows = min(node.rows, estimates.GROUPS)
            node = Node("XN HashAggregate", rows, node.width, node.total + estimates.PER_ROW * node.rows,
                        node.total, details, (node,))  # fmt: skip
        elif aggregated and not any(one.find(exp.Window) for one in select.expressions):
            node = Node("XN Aggregate", 1, 8, node.total + estimates.PER_ROW * node.rows, node.total,
                        details, (node,))  # fmt: skip
        if any(one.find(exp.Window) for one in select.expressions):
            node = _over("XN Window", node)
        return _over("XN Unique", node) if select.args.get("distinct") else node

    @staticmethod
    def _ordered(query: exp.Expr, node: Node) -> Node:
        order = query.args.get("order")
        if order is not None:
            keys = ", ".join(_plain(one.this) for one in order.expressions)
            start = SORT_STARTUP + node.total
            end = start + estimates.PER_ROW * node.rows
            sort = Node("XN Sort", node.rows, node.width, end, start, (f"Sort Key: {keys}",), (node,))
            network = Node("XN Network", node.rows, node.width, end, start, ("Send to leader",), (sort,))
            node = Node("XN Merge", node.rows, node.width, end, start, (f"Merge Key: {keys}",), (network,))
        limit = query.args.get("limit")
        if limit is None or not str(limit.expression.name).isdigit():
            return node
        rows = min(int(limit.expression.name), node.rows)
        total = node.startup + (node.total - node.startup) * rows / max(node.rows, 1)
        return Node("XN Limit", rows, node.width, total, node.startup, (), (node,))


def _over(label: str, node: Node) -> Node:
    return Node(
        label, node.rows, node.width, node.total + estimates.PER_ROW * node.rows, node.startup, (), (node,)
    )


def _filtered(node: Node, filters: Sequence[str]) -> Node:
    if not filters:
        return node
    rows = max(1, round(node.rows * estimates.INEQUALITY ** len(filters)))
    return replace(node, rows=rows, details=(*node.details, f"Filter: {estimates.joined(filters)}"))


def _arms(query: exp.Expr) -> list[exp.Expr]:
    if type(query) is exp.Union and not query.args.get("distinct") and not query.args.get("limit"):
        return [*_arms(query.this), *_arms(query.expression)]
    return [query.this, query.expression] if isinstance(query, exp.SetOperation) else [query]


def _of(source: Source, conditions: Sequence[exp.Expr], read: Sequence[Source]) -> list[exp.Expr]:
    """Return the conditions that name nothing but one source."""
    found = []
    for one in conditions:
        owners = [owner(column, read) for column in one.find_all(exp.Column)]
        if owners and all(each is source for each in owners):
            found.append(one)
    return found


def _joins(condition: exp.Expr, read: Sequence[Source]) -> bool:
    """Tell whether a condition makes two columns of different sources equal, the last of these among them."""
    if not _is_equality(condition):
        return False
    owners = [owner(one, read) for one in (condition.this, condition.expression)]
    return None not in owners and owners[0] is not owners[1] and read[-1] in owners


def _is_equality(condition: exp.Expr) -> bool:
    return (
        isinstance(condition, exp.EQ)
        and isinstance(condition.this, exp.Column)
        and isinstance(condition.expression, exp.Column)
    )


def _is_simple(query: exp.Expr) -> bool:
    """Tell whether a derived table disappears in the query around it."""
    barred = ("group", "having", "distinct", "limit", "order", "qualify")
    return (
        isinstance(query, exp.Select)
        and not any(query.args.get(one) for one in barred)
        and not any(one.find(exp.AggFunc, exp.Window) for one in query.expressions)
    )


def _text(condition: exp.Expr) -> str:
    if isinstance(condition, exp.In) and condition.expressions:
        terms = [f"({_plain(condition.this)} = {_plain(one)})" for one in condition.expressions]
        return f"({' OR '.join(terms)})" if len(terms) > 1 else terms[0]
    return f"({_plain(condition)})"


def _plain(one: exp.Expr) -> str:
    return str(one.sql("postgres", comments=False))
