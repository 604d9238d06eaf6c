"""What transformation rules make of a table: its name and its columns at the target.

Source: CHAP_Tasks.CustomizingTasks.TableMapping.SelectionTransformation.Transformations in DMS's user guide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sandbox.dms import patterns
from sandbox.dms.mappings import Place, Rule
from sandbox.dms.sources.columns import Column, quoted, text_literal

NAMING: Mapping[str, Callable[[str, str, str], str]] = {
    "rename": lambda name, value, old: value,  # noqa: ARG005 - all are called alike
    "convert-lowercase": lambda name, value, old: name.lower(),  # noqa: ARG005
    "convert-uppercase": lambda name, value, old: name.upper(),  # noqa: ARG005
    "add-prefix": lambda name, value, old: value + name,  # noqa: ARG005
    "remove-prefix": lambda name, value, old: name.removeprefix(value),  # noqa: ARG005
    "replace-prefix": lambda name, value, old: (
        value + name.removeprefix(old) if name.startswith(old) else name
    ),
    "add-suffix": lambda name, value, old: name + value,  # noqa: ARG005
    "remove-suffix": lambda name, value, old: name.removesuffix(value),  # noqa: ARG005
    "replace-suffix": lambda name, value, old: name.removesuffix(old) + value if name.endswith(old) else name,
}
"""The name at the target, from the name, the rule's value and its old value."""

ADDED_KINDS = {
    "string": "STRING",
    "int1": "INT1",
    "int2": "INT2",
    "int4": "INT4",
    "int8": "INT8",
    "real8": "REAL8",
    "datetime": "DATETIME",
    "date": "DATE",
    "boolean": "BOOLEAN",
}
VARIABLE = re.compile(r"\$(?P<name>[A-Za-z_]\w*)")


@dataclass(frozen=True)
class Shape:
    """A table at the target."""

    schema: str
    table: str
    columns: tuple[Column, ...]


def shape(rules: Sequence[Rule], place: Place, columns: Sequence[Column]) -> Shape:
    """Return how a table of the source looks at the target."""
    mine = [rule for rule in rules if _about(rule, place)]
    shaped = [changed for one in columns for changed in _column(mine, one)]
    shaped += [_added(rule, place, columns) for rule in mine if rule["rule-action"] == "add-column"]
    return Shape(
        _named(_at(mine, "schema"), place.schema), _named(_at(mine, "table"), place.name), tuple(shaped)
    )


def _about(rule: Rule, place: Place) -> bool:
    locator = rule["object-locator"]
    at_schema = patterns.matches(locator["schema-name"], place.schema)
    return at_schema and (
        rule.get("rule-target") == "schema" or patterns.matches(locator.get("table-name", "%"), place.name)
    )


def _at(rules: Iterable[Rule], target: str) -> list[Rule]:
    return [rule for rule in rules if rule.get("rule-target") == target]


def _named(rules: Iterable[Rule], name: str) -> str:
    for rule in rules:
        if rule["rule-action"] in NAMING:
            return NAMING[rule["rule-action"]](
                name, str(rule.get("value", "")), str(rule.get("old-value", ""))
            )
    return name


def _column(rules: Sequence[Rule], column: Column) -> list[Column]:
    """Return a column as it is at the target, or nothing where it is removed there."""
    of_columns = _at(rules, "column")
    fitting = [
        rule
        for rule in of_columns
        if rule["rule-action"] != "add-column"
        and patterns.matches(rule["object-locator"].get("column-name", "%"), column.name)
    ]
    if any(rule["rule-action"] == "remove-column" for rule in fitting):
        return []
    only = [rule for rule in of_columns if rule["rule-action"] == "include-column"]
    if only and not any(rule in fitting for rule in only):
        return []
    return [replace(column, target=_named(fitting, column.name))]


def _added(rule: Rule, place: Place, columns: Sequence[Column]) -> Column:
    """Return a column that is computed from others by an expression, such as "$first||' '||$last"."""
    kind = rule.get("data-type", {}).get("type", "string")
    if kind not in ADDED_KINDS:
        raise NotImplementedError(f"add-column with data type {kind}")
    names = {column.name for column in columns}
    known = {
        "AR_M_SOURCE_SCHEMA": text_literal(place.schema),
        "AR_M_SOURCE_TABLE_NAME": text_literal(place.name),
    }

    def value(variable: re.Match[str]) -> str:
        name = variable["name"]
        if name in known:
            return known[name]
        return quoted(name) if name in names else "NULL"

    computed = VARIABLE.sub(value, rule["expression"])
    return Column(name=rule["value"], kind=ADDED_KINDS[kind], computed=computed)
