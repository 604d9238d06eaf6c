"""Source filters of a selection rule, in the source's SQL.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.Filters.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.dms.sources.columns import Column

COMPARISONS = {"eq": "=", "noteq": "<>", "ste": "<=", "lte": "<=", "gte": ">="}
BETWEEN = {"between": "BETWEEN", "notbetween": "NOT BETWEEN"}
NULLS = {"null": "IS NULL", "notnull": "IS NOT NULL"}
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
NUMERIC = re.compile(r"U?INT\d|REAL\d|NUMERIC")


class UnknownFilter(Exception):
    """A filter names a column that the table does not have, or an operator that DMS does not have."""


def condition(
    one: Mapping[str, Any],
    columns: Mapping[str, Column],
    quote: Callable[[str], str],
    literal: Callable[[str], str],
) -> str:
    """Return one filter, whose conditions are alternatives."""
    name = one["column-name"]
    if name not in columns:
        raise UnknownFilter(f"Filter column '{name}' does not exist")
    column = columns[name]
    if column.is_lob:
        raise UnknownFilter(f"Filter column '{name}' is a LOB column")

    def value(text: Any) -> str:
        is_number = NUMERIC.match(column.kind) and NUMBER.fullmatch(str(text))
        return str(text) if is_number else literal(str(text))

    parts = [_alternative(quote(name), part, value) for part in one["filter-conditions"]]
    return f"({' OR '.join(parts)})"


def _alternative(column: str, part: Mapping[str, Any], value: Callable[[Any], str]) -> str:
    operator = part.get("filter-operator")
    if operator in NULLS:
        return f"{column} {NULLS[operator]}"
    if operator in BETWEEN:
        return f"{column} {BETWEEN[operator]} {value(part['start-value'])} AND {value(part['end-value'])}"
    if operator in COMPARISONS:
        return f"{column} {COMPARISONS[operator]} {value(part['value'])}"
    raise UnknownFilter(f"Filter operator '{operator}' is unknown")
