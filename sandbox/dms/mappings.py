"""Table mappings: which tables and views a task loads, under which names, with which columns, rows and tags.

Source: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Tasks.CustomizingTasks.TableMapping.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.dms import patterns
from sandbox.dms.exceptions import InvalidParameterValue

ACTIONS: Mapping[str, frozenset[str]] = {
    "selection": frozenset({"include", "exclude", "explicit"}),
    "transformation": frozenset(
        {
            "rename",
            "remove-column",
            "include-column",
            "add-column",
            "convert-lowercase",
            "convert-uppercase",
            "add-prefix",
            "remove-prefix",
            "replace-prefix",
            "add-suffix",
            "remove-suffix",
            "replace-suffix",
            "define-primary-key",
        }
    ),
    "post-processing": frozenset({"add-tag"}),
}
KINDS = {"table", "view", "all"}

Rule = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """A table or view of the source."""

    schema: str
    name: str
    is_view: bool = False


@dataclass(frozen=True)
class Selected:
    """A table or view to load: the rows that one of the rules lets pass, each a list of filters."""

    place: Place
    filters: Sequence[Mapping[str, Any]]
    order: int = 0


@dataclass(frozen=True)
class Mappings:
    """The rules of a task."""

    selections: tuple[Rule, ...]
    transformations: tuple[Rule, ...]
    tagging: tuple[Rule, ...]

    def select(self, places: Sequence[Place]) -> list[Selected]:
        """Return what is to be loaded, those with the higher load-order first."""
        found = [one for one in map(self._select, places) if one is not None]
        return sorted(found, key=lambda one: (-one.order, one.place.schema, one.place.name))

    def _select(self, place: Place) -> Selected | None:
        fitting = [rule for rule in self.selections if _fits(rule, place)]
        included = [rule for rule in fitting if rule["rule-action"] != "exclude"]
        if not included or len(included) < len(fitting):
            return None
        order = max(int(rule.get("load-order", 0)) for rule in included)
        return Selected(place, included[0].get("filters") or (), order)

    def tags(self, place: Place, target_schema: str, target_table: str) -> dict[str, str]:
        """Return the tags of a table's objects: those of the rule that fits it best, else of the first."""
        fitting = [rule for rule in self.tagging if _located(rule, place)]
        if not fitting:
            return {}
        best = max(fitting, key=_exactness)
        names = {"${schema-name}": target_schema, "${table-name}": target_table}
        return {_filled(tag["key"], names): _filled(tag["value"], names) for tag in best["tag-set"]}


def parse(text: str) -> Mappings:
    """Read table mappings.

    Raises:
        InvalidParameterValue: they are no JSON, or have a rule that DMS refuses.
        NotImplementedError: a rule is of a kind that the sandbox does not follow.
    """
    try:
        rules = json.loads(text)["rules"]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidParameterValue(f"Invalid table mappings document: {type(error).__name__}") from error
    seen: set[str] = set()
    for rule in rules:
        _check(rule, seen)
    kinds = {kind: tuple(rule for rule in rules if rule["rule-type"] == kind) for kind in ACTIONS}
    if not any(rule["rule-action"] != "exclude" for rule in kinds["selection"]):
        raise InvalidParameterValue(
            "Error in mapping rules. At least one selection rule must include something"
        )
    return Mappings(kinds["selection"], kinds["transformation"], kinds["post-processing"])


def _check(rule: Rule, seen: set[str]) -> None:
    number = str(rule.get("rule-id"))
    problem = _problem(rule, number, seen)
    if problem:
        raise InvalidParameterValue(
            f"Error in mapping rules. Rule with ruleId = {number} failed validation. {problem}"
        )
    seen.add(number)
    kind, action = rule["rule-type"], rule["rule-action"]
    if kind not in ACTIONS or action not in ACTIONS[kind]:
        raise NotImplementedError(f"table mappings with {kind} rules of action {action}")


def _problem(rule: Rule, number: str, seen: set[str]) -> str | None:
    locator = rule.get("object-locator") or {}
    problems = {
        "Numeric rule id expected": not number.isdigit(),
        "Rule id is used twice": number in seen,
        "rule-name is missing": not rule.get("rule-name"),
        "rule-type is missing": not rule.get("rule-type"),
        "rule-action is missing": not rule.get("rule-action"),
        "object-locator needs a schema-name": not locator.get("schema-name"),
        "table-type must be table, view or all": locator.get("table-type", "table") not in KINDS,
        "a selection needs a table-name": rule.get("rule-type") == "selection"
        and not locator.get("table-name"),
        "filters need a column-name and filter-conditions": not all(map(_whole, rule.get("filters") or ())),
    }
    return next((problem for problem, present in problems.items() if present), None)


def _whole(one: Mapping[str, Any]) -> bool:
    return (
        bool(one.get("column-name") and one.get("filter-conditions")) and one.get("filter-type") == "source"
    )


def _fits(rule: Rule, place: Place) -> bool:
    kind = rule["object-locator"].get("table-type", "table")
    return kind in {"all", "view" if place.is_view else "table"} and _located(rule, place)


def _located(rule: Rule, place: Place) -> bool:
    locator = rule["object-locator"]
    return patterns.matches(locator["schema-name"], place.schema) and patterns.matches(
        locator.get("table-name", "%"), place.name
    )


def _exactness(rule: Rule) -> int:
    locator = rule["object-locator"]
    return sum(patterns.exact(locator.get(name, "%")) for name in ("schema-name", "table-name"))


def _filled(text: str, names: Mapping[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(name, value)
    return text
