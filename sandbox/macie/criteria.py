"""The criteria by which findings are listed, counted and archived, and their order."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.macie.exceptions import ValidationException

Finding = Mapping[str, Any]
ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}


def matches(criteria: Mapping[str, Any] | None, finding: Finding) -> bool:
    """Tell whether a finding meets all criteria, and so any finding where there are none."""
    criterion = (criteria or {}).get("criterion") or {}
    return all(_holds(wanted, list(values(finding, name))) for name, wanted in criterion.items())


def ordered(findings: Iterable[Finding], wanted: Mapping[str, Any] | None) -> list[Finding]:
    """Return findings in the order that is asked for, by default that in which they were made."""
    found = list(findings)
    name = (wanted or {}).get("attributeName")
    if not name:
        return found
    descending = (wanted or {}).get("orderBy") == "DESC"
    return sorted(found, key=lambda one: [str(value) for value in values(one, name)], reverse=descending)


def check(criteria: Mapping[str, Any] | None) -> None:
    """Refuse criteria without a condition."""
    for name, wanted in ((criteria or {}).get("criterion") or {}).items():
        if not any(value is not None for value in wanted.values()):
            raise ValidationException(f"The criterion {name} has no condition")


def values(node: Any, name: str) -> Iterator[Any]:
    """Yield all values of a field, whose name has dots, through the lists on its path."""
    if isinstance(node, list):
        for one in node:
            yield from values(one, name)
        return
    head, _, rest = name.partition(".")
    if not isinstance(node, Mapping) or node.get(head) is None:
        return
    if rest:
        yield from values(node[head], rest)
    else:
        yield from _each(node[head])


def _each(value: Any) -> Iterator[Any]:
    yield from value if isinstance(value, list) else [value]


def _holds(wanted: Mapping[str, Any], held: Sequence[Any]) -> bool:
    texts = {_text(value) for value in held}
    for name, expected in wanted.items():
        if name == "eq" and not texts & set(expected):
            return False
        if name == "neq" and texts & set(expected):
            return False
        if name == "eqExactMatch" and texts != set(expected):
            return False
        if name in ORDERED and not any(ORDERED[name](_number(value), expected) for value in held):
            return False
    return True


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: Any) -> float:
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC).timestamp() * 1000
    return float(value)
