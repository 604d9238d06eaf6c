"""Scans in a plan: of tables in the warehouse, of remote tables, and of objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from sandbox.warehouse.errors import UNDEFINED_TABLE, RedshiftError
from sandbox.warehouse.explain import estimates
from sandbox.warehouse.explain.nodes import Node
from sandbox.warehouse.external.comparisons import Comparison, compared
from sandbox.warehouse.external.scans import Scan
from sandbox.warehouse.translate import RESOLVED

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

UNKNOWN_ROWS = 1000


class LocalTables:
    """The tables of the warehouse, as far as plans count their rows."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def scan(self, node: exp.Table, filters: Sequence[exp.Expr], shown: Sequence[str]) -> Node:
        """Return the scan of a table; RedshiftError where it is not there."""
        rows, columns = self._size(node)
        name, alias = node.name.lower(), node.alias.lower()
        label = f"XN Seq Scan on {name}" + (f" {alias}" if alias and alias != name else "")
        details = (f"Filter: {estimates.joined(shown)}",) if shown else ()
        found = [one for several in map(_comparison, filters) for one in several]
        left = estimates.remaining(rows, found) if found else rows
        return Node(label, left, 8 * columns, estimates.scan_cost(rows, found), details=details)

    def _size(self, node: exp.Table) -> tuple[int, int]:
        if RESOLVED not in node.meta:
            raise RedshiftError(f'relation "{node.sql()}" does not exist', UNDEFINED_TABLE)
        query = "SELECT estimated_size FROM duckdb_tables() WHERE table_name = ? AND schema_name = ?"
        rows = self._session.run(query, (node.name, node.db))
        return int(rows[0][0]) if rows else UNKNOWN_ROWS, len(node.meta[RESOLVED])


def scanned(scan: Scan, alias: str, filters: Sequence[str]) -> Node:
    """Return the scan of an external table: what another system does, and what is left to Redshift.

    Conditions that were not pushed stand with the upper step.
    """
    table = scan.table
    width = sum(one.type.width for one in table.columns if one.name in scan.columns)
    rows = estimates.remaining(table.rows, scan.pushed)
    cost = estimates.scan_cost(table.rows, scan.pushed)
    kinds = {one.name: one.type for one in table.columns}
    conditions = [estimates.shown(one, kinds[one.column]) for one in scan.pushed]
    pushed = (f"Filter: {estimates.joined(conditions)}",) if conditions else ()
    place = f"{table.schema}.{table.name}"
    label = (
        f"S3 Seq Scan {place} {table.shown}"
        if table.kind == "S3"
        else f"Remote {table.kind} Seq Scan {place}"
    )
    inner = Node(label, rows, width, cost, details=pushed)
    left = max(1, round(rows * estimates.INEQUALITY ** len(filters)))
    details = (f"Filter: {estimates.joined(filters)}",) if filters else ()
    total = cost + estimates.PER_ROW * rows
    return Node(f"XN {table.kind} Query Scan {alias}", left, width, total, details=details, children=(inner,))


def _comparison(condition: exp.Expr) -> list[Comparison]:
    found = compared(condition)
    if found is None:
        return []
    return [Comparison(found[0].name.lower(), operator, values) for operator, values in found[1]]
