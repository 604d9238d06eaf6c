"""How many rows a plan believes in, and what it takes a step to cost.

The numbers are those that reproduce the plans of
https://aws.amazon.com/blogs/big-data/announcing-amazon-redshift-federated-querying-to-amazon-aurora-mysql-and-amazon-rds-for-mysql/
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import ceil

from sandbox.warehouse.external.comparisons import Comparison, Value, moment
from sandbox.warehouse.kinds import Kind

PER_ROW, PER_TERM = 0.01, 0.0025
EQUAL, RANGE, INEQUALITY = 0.005, 0.005, 1 / 3
GROUPS = 200
LOWER, UPPER = {">", ">="}, {"<", "<="}
CASTS = {
    "date": "date",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
}


def remaining(rows: int, pushed: Iterable[Comparison]) -> int:
    """Return how many of so many rows are believed to meet conditions."""
    share = 1.0
    by_column: dict[str, list[Comparison]] = defaultdict(list)
    for one in pushed:
        by_column[one.column].append(one)
    for group in by_column.values():
        share *= _share(group)
    return max(1, ceil(rows * share))


def _share(group: Sequence[Comparison]) -> float:
    operators = {one.operator for one in group}
    if operators & LOWER and operators & UPPER:
        return RANGE
    share = 1.0
    for one in group:
        if one.operator in {"=", "IN"}:
            share *= 1 - (1 - EQUAL) ** one.terms
        else:
            share *= 1 - EQUAL if one.operator == "<>" else INEQUALITY
    return share


def scan_cost(rows: int, pushed: Iterable[Comparison]) -> float:
    """Return what it costs to look at so many rows and to compare them."""
    return rows * (PER_ROW + PER_TERM * sum(one.terms for one in pushed))


def shown(comparison: Comparison, kind: Kind) -> str:
    """Write a condition as plans do."""
    column = f"({comparison.column})::text" if kind.family == "text" else comparison.column
    values = [_shown(value, kind) for value in comparison.values]
    if comparison.operator != "IN":
        return f"({column} {comparison.operator} {values[0]})"
    terms = [f"({column} = {value})" for value in values]
    return f"({' OR '.join(terms)})" if len(terms) > 1 else terms[0]


def _shown(value: Value, kind: Kind) -> str:
    if value.kind in {"number", "boolean"}:
        return value.text
    text = (moment(kind, value) if kind.family in CASTS else None) or value.text
    return f"'{text.replace(chr(39), chr(39) * 2)}'::{CASTS.get(kind.family, 'text')}"


def joined(conditions: Sequence[str]) -> str:
    """Write conditions that must all hold."""
    return f"({' AND '.join(conditions)})" if len(conditions) > 1 else conditions[0]
