"""Steps of a plan, and how Redshift writes them.

Source: https://docs.aws.amazon.com/redshift/latest/dg/c-the-query-plan.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

NESTED_LOOP = (
    "----- Nested Loop Join in the query plan - review the join predicates to avoid Cartesian products -----"
)


@dataclass(frozen=True)
class Node:
    """One step: what it does, what it costs up to its first and last row, and what it reads from.

    `details` are the lines below it, `total` its cost.
    """

    label: str
    rows: int
    width: int
    total: float
    startup: float = 0.0
    details: tuple[str, ...] = ()
    children: tuple[Node, ...] = field(default=())

    def labelled(self, label: str) -> Node:
        """Return the step under another label."""
        return replace(self, label=label)


def written(root: Node) -> list[str]:
    """Return the lines of a plan."""
    lines = list(_lines(root, 0))
    if any("Nested Loop" in line for line in lines):
        lines.append(NESTED_LOOP)
    return lines


def _lines(node: Node, depth: int) -> Iterator[str]:
    indent = " " * (6 * depth - 4) if depth else ""
    arrow = "->  " if depth else ""
    cost = f"(cost={node.startup:.2f}..{node.total:.2f} rows={node.rows} width={node.width})"
    yield f"{indent}{arrow}{node.label}  {cost}"
    for detail in node.details:
        yield f"{' ' * (6 * depth + 2 if depth else 2)}{detail}"
    for child in node.children:
        yield from _lines(child, depth + 1)
