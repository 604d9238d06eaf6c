"""Which tables and views a load takes: DMS's table mappings, and the same choice made by ourselves.

Both are made of one configuration, so that what DMS has loaded can be held against what it should have.
Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TableMapping.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NamedTuple, NotRequired, TypedDict

Kind = Literal["table", "view", "all"]


class Filter(TypedDict):
    """Which rows of a table are loaded: ``value``, or ``start`` and ``end`` where the operator is between."""

    column: str
    operator: Literal["eq", "noteq", "gte", "lte", "between", "notbetween", "null", "notnull"]
    value: NotRequired[str | None]
    start: NotRequired[str | None]
    end: NotRequired[str | None]


class Choice(TypedDict):
    """Tables by a pattern, in which % stands for any characters; names are case-sensitive."""

    schema: str
    table: str
    kind: Kind
    exclude_columns: Sequence[str]
    filters: Sequence[Filter]


class Place(NamedTuple):
    """A table or view of the source."""

    schema: str
    table: str
    is_view: bool = False


@dataclass(frozen=True)
class Selected:
    """A table or view that is to be loaded, the filters on its rows, and the columns that are left out."""

    place: Place
    filters: tuple[Filter, ...]
    left_out: frozenset[str] = frozenset()


def table_mappings(choices: Sequence[Choice], excluded: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The mappings as DMS takes them, with rules numbered from 1 in the order of the configuration."""
    rules: list[dict[str, Any]] = []

    def add(rule_type: str, action: str, locator: Mapping[str, str], **more: Any) -> None:
        number = str(len(rules) + 1)
        rules.append(
            {
                "rule-type": rule_type,
                "rule-id": number,
                "rule-name": number,
                "object-locator": dict(locator),
                "rule-action": action,
                **more,
            }
        )

    for choice in choices:
        add("selection", "include", _locator(choice, choice["kind"]), filters=_filters(choice["filters"]))
    for one in excluded:
        add("selection", "exclude", _locator(one, "all"), filters=[])
    for choice in choices:
        for column in choice["exclude_columns"]:
            locator = {**_locator(choice), "column-name": column}
            add("transformation", "remove-column", locator, **{"rule-target": "column"})
    return {"rules": rules}


def same_mappings(wanted: Mapping[str, Any], found: str) -> bool:
    """Say whether a task's mappings, as AWS describes them, are the wanted ones."""
    return bool(json.loads(found or "{}").get("rules") == wanted["rules"])


def select(
    choices: Sequence[Choice], excluded: Sequence[Mapping[str, str]], places: Iterable[Place]
) -> list[Selected]:
    """What DMS would load of these tables and views, sorted by name; the first choice that fits gives the filters."""
    found = []
    for place in sorted(set(places)):
        fitting = [one for one in choices if _fits_kind(one["kind"], place) and _located(one, place)]
        if fitting and not any(_located(one, place) for one in excluded):
            found.append(Selected(place, tuple(fitting[0]["filters"]), _left_out(choices, place)))
    return found


def unmatched(choices: Sequence[Choice], places: Iterable[Place]) -> list[str]:
    """The choices that fit nothing, as ``schema.table``: misspelt, or gone from the source."""
    known = list(places)
    return [
        f"{one['schema']}.{one['table']}"
        for one in choices
        if not any(_fits_kind(one["kind"], place) and _located(one, place) for place in known)
    ]


def _locator(choice: Mapping[str, Any], kind: Kind | None = None) -> dict[str, str]:
    locator = {"schema-name": _literal(choice["schema"]), "table-name": _literal(choice["table"])}
    return locator | ({"table-type": kind} if kind else {})


def _literal(pattern: str) -> str:
    """A pattern in which % alone is a wildcard: DMS also takes _ for any one character, and [ab] for a or b."""
    return "".join(f"[{sign}]" if sign in "_[" else sign for sign in pattern)


def _filters(filters: Sequence[Filter]) -> list[dict[str, Any]]:
    return [
        {
            "filter-type": "source",
            "column-name": one["column"],
            "filter-conditions": [_condition(one)],
        }
        for one in filters
    ]


def _condition(one: Filter) -> dict[str, str]:
    operator = one["operator"]
    if operator in ("between", "notbetween"):
        return {
            "filter-operator": operator,
            "start-value": str(one["start"]),
            "end-value": str(one["end"]),
        }
    return {"filter-operator": operator, **({} if one.get("value") is None else {"value": str(one["value"])})}


def _left_out(choices: Sequence[Choice], place: Place) -> frozenset[str]:
    """Columns that no load takes of a table: what one choice leaves out is gone for all that fit the table."""
    return frozenset(column for one in choices if _located(one, place) for column in one["exclude_columns"])


def _fits_kind(kind: Kind, place: Place) -> bool:
    return kind in ("all", "view" if place.is_view else "table")


def _located(choice: Mapping[str, Any], place: Place) -> bool:
    return _matches(choice["schema"], place.schema) and _matches(choice["table"], place.table)


def _matches(pattern: str, name: str) -> bool:
    return _compiled(pattern).fullmatch(name) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("%"))), re.DOTALL)
