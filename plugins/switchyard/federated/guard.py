"""Reading of EXPLAIN: whether the source itself will leave out what lies outside a window.

Redshift prints a node of the plan per line, with ``->`` before all but the first, and what a node has, such as its
filter, on deeper lines below it. Only a filter below the remote scan is sent to the source; one further up is applied
to rows that have crossed the network already.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

_NODE = re.compile(r"^(?P<indent>\s*)(?:->\s+)?(?P<text>\S.*?)(?:\s+\(cost=.*?rows=(?P<rows>\d+).*\))?\s*$")
_REMOTE = re.compile(r"Remote (?:MySQL|PG) Seq Scan (?P<relation>\S+)")
_FILTER = re.compile(r"^\s*Filter: (?P<condition>.*\S)\s*$")
_NOT_ALL = re.compile(r"\b(?:OR|NOT|CASE)\b", re.IGNORECASE)


@dataclass
class Node:
    """A node of a plan: its text, the rows it is thought to give, its filters."""

    text: str
    rows: int = 0
    filters: list[str] = field(default_factory=list)

    @property
    def relation(self) -> str | None:
        """What it reads at a source, with its external schema; None where it is no remote scan."""
        found = _REMOTE.search(self.text)
        return found["relation"] if found else None


@dataclass(frozen=True)
class Verdict:
    """Whether a plan may run, and what a person should know of it."""

    problem: str | None
    rows: int
    warnings: tuple[str, ...] = ()


def read_plan(lines: Iterable[str]) -> list[Node]:
    """Read the lines of a plan into its nodes, in their order."""
    nodes: list[Node] = []
    for line in lines:
        if condition := _FILTER.match(line):
            if nodes:
                nodes[-1].filters.append(condition["condition"])
        elif (not nodes or line.lstrip().startswith("->")) and (found := _NODE.match(line)):
            nodes.append(Node(found["text"], int(found["rows"] or 0)))
    return nodes


def judge(
    lines: Sequence[str], relation: str, watermark: str | None, bounds: tuple[datetime, datetime] | None
) -> Verdict:
    """Judge the plan of a statement that reads one remote table.

    Args:
        lines: what EXPLAIN gave.
        relation: external schema and table, such as ``retail_mysql.customer``.
        watermark: the column of the source that the bounds are of; None for a table that is read whole.
        bounds: first moment read and first moment not read, aware.

    Returns:
        A verdict without a problem where the table is scanned once and both bounds go to the source.
    """
    nodes = read_plan(lines)
    warnings = tuple(f"the plan has a {text}" for text in _suspicious(nodes))
    scans = [node for node in nodes if node.relation]
    wanted = [node for node in scans if node.relation == relation]
    rows = sum(node.rows for node in scans)
    if len(scans) != 1 or len(wanted) != 1:
        found = ", ".join(str(node.relation) for node in scans) or "none"
        return Verdict(f"one remote scan, of {relation}, was expected; the plan has {found}", rows, warnings)
    if watermark is None or bounds is None:
        return Verdict(None, rows, warnings)
    return Verdict(_missing(wanted[0], watermark, bounds), rows, warnings)


def _missing(scan: Node, watermark: str, bounds: tuple[datetime, datetime]) -> str | None:
    if not scan.filters:
        return f"no filter goes to the source, which would send all of its {scan.rows} rows"
    for condition in scan.filters:
        if _NOT_ALL.search(condition):
            return f"the filter at the source is more than a conjunction: {condition}"
        if all(
            moment in _moments(condition, watermark, operator)
            for operator, moment in zip((">=", "<"), bounds, strict=True)
        ):
            return None
    shown = " AND ".join(scan.filters)
    return f"the filter at the source has not both bounds of {watermark}: {shown}"


def _moments(condition: str, column: str, operator: str) -> Iterator[datetime]:
    """The moments that a bare column is compared with by an operator; one inside a function or a cast is not bare."""
    pattern = (
        rf"""(?:^|\(|\bAND\s)\s*(?:"?\w+"?\.)?"?{re.escape(column)}"?\s*{operator}\s*\(*'(?P<moment>[^']+)'"""
    )
    for found in re.finditer(pattern, condition, re.IGNORECASE):
        try:
            moment = datetime.fromisoformat(found["moment"].strip())
        except ValueError:
            continue
        yield moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _suspicious(nodes: Sequence[Node]) -> Iterator[str]:
    for node in nodes:
        if "Nested Loop" in node.text:
            yield "nested loop"
        if re.match(r"(?:XN )?Limit\b", node.text):
            yield "limit, which leaves out no row at the source"
