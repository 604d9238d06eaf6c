"""The reference of configuration files, from their JSON Schemas and the files that are shipped."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from scripts.documentation.places import PIPELINES, SCHEMAS, from_root
from scripts.markdown import block, code, page, table

FOLDER = "reference/configuration"
HEAD = ("field", "takes", "default", "meaning")
LONGEST_EXAMPLE = 60
LIMITS = {
    "exclusiveMinimum": "above {}",
    "exclusiveMaximum": "below {}",
    "pattern": "as `{}`",
}
RANGES = (
    ("minimum", "maximum", ""),
    ("minLength", "maxLength", " characters"),
    ("minItems", "maxItems", " of them"),
)
"""Limits of the schema that make a range, and what they count."""

Schema = Mapping[str, Any]


def pages() -> dict[str, str]:
    """The pages by their place below the folder of the documentation."""
    schemas = {
        path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(SCHEMAS.glob("*.json"))
    }
    written = {f"{FOLDER}/{name}.md": _page(name, schema) for name, schema in schemas.items()}
    return {f"{FOLDER}/index.md": _index(schemas), **written}


def shipped(name: str) -> list[Path]:
    """The files of a kind that come with the project."""
    return sorted((PIPELINES / name).glob("*.yaml"))


def _index(schemas: Mapping[str, Schema]) -> str:
    rows = []
    for name, schema in schemas.items():
        files = ", ".join(f"[{path.name}]({name}.md#{path.stem})" for path in shipped(name))
        rows.append((f"[{code(f'include/pipelines/{name}/NAME.yaml')}]({name}.md)", _words(schema), files))
    return page(
        "# Configuration",
        "One YAML file for each database, synonym set or warehouse says what to run. The name of the file is the "
        "name of the pipeline instance. Editors complete and check it by the JSON Schema that its first line names; "
        "`PYTHONPATH=plugins .venv/bin/python -m switchyard.configuration check` knows also which fields must agree "
        "with each other, and every error names file, field, value and remedy.",
        table(("file", "what it configures", "shipped"), rows),
        "Where two files claim one live cluster, package, replication task, folder or table, both have an error, and "
        "no run that would change it begins until one of them is changed or removed. Runs that have begun go on, and "
        "so do recovery points of both "
        "([why](../../design/0009-nobody-is-preferred-where-two-files-claim-one-thing.md)).",
    )


def _page(name: str, schema: Schema) -> str:
    examples = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in shipped(name)]
    places = _places(schema, examples)
    parts = [
        f"# {name}",
        f"Files of `include/pipelines/{name}`.",
        _words(schema),
        "Fields without a default are required. Examples are from the shipped files, which stand below.",
        "## The file",
        table(HEAD, _rows(schema, "", places)),
    ]
    for section, (where, _) in places.items():
        if section:
            parts += [f"## {code(where)} {{ #{_anchor(where)} }}", _words(schema["$defs"][section])]
            parts.append(table(HEAD, _rows(schema, section, places)))
    for path in shipped(name):
        text = path.read_text(encoding="utf-8")
        parts += [f"## {code(from_root(path))} {{ #{path.stem} }}", block(text, "yaml")]
    return page(*parts)


Places = dict[str, tuple[str, list[Any]]]
"""Where each definition is first used in the file, and the values that shipped files have there."""


def _places(schema: Schema, examples: list[Any]) -> Places:
    places: Places = {"": ("", examples)}
    waiting = [("", schema)]
    while waiting:
        section, definition = waiting.pop(0)
        prefix, values = places[section]
        for field, rules in definition.get("properties", {}).items():
            for kind, suffix in _references(rules):
                if kind not in places:
                    where = f"{prefix}.{field}{suffix}".lstrip(".")
                    places[kind] = (where, _below(values, field))
                    waiting.append((kind, schema["$defs"][kind]))
    return places


def _references(rules: Schema) -> Iterator[tuple[str, str]]:
    """Definitions that a field holds, each with what is added to the field's name for it."""
    if "$ref" in rules:
        yield rules["$ref"].rpartition("/")[2], ""
    for choice in (*rules.get("anyOf", ()), *rules.get("oneOf", ())):
        yield from _references(choice)
    for key, suffix in (("items", "[]"), ("additionalProperties", ".NAME")):
        if isinstance(rules.get(key), dict):
            for kind, more in _references(rules[key]):
                yield kind, suffix + more


def _below(values: list[Any], field: str) -> list[Any]:
    found: list[Any] = []
    for value in values:
        inner = value.get(field) if isinstance(value, dict) else None
        found += inner if isinstance(inner, list) else [inner]
    return [one for one in found if one is not None]


def _rows(schema: Schema, section: str, places: Places) -> Iterator[tuple[str, ...]]:
    definitions = schema.get("$defs", {})
    definition = definitions[section] if section else schema
    needed = definition.get("required", ())
    values = places[section][1]
    for field, rules in sorted(
        definition.get("properties", {}).items(), key=lambda one: one[0] not in needed
    ):
        if section or field != "name":  # the file's own name
            meaning = _words(rules) or " ".join(_words(definitions[kind]) for kind, _ in _references(rules))
            default = "required" if field in needed else _default(rules)
            yield code(field), _takes(rules, places), default, f"{meaning}{_example(values, field)}"


def _anchor(where: str) -> str:
    return where.replace("[]", "").replace(".", "-").lower()


def _words(rules: Schema) -> str:
    return " ".join(str(rules.get("description", "")).replace("``", "`").split())


def _takes(rules: Schema, places: Places) -> str:
    """What a value may be, in words."""
    if "$ref" in rules:
        where = places[rules["$ref"].rpartition("/")[2]][0]
        return f"[{where}](#{_anchor(where)})"
    if "const" in rules:
        return code(json.dumps(rules["const"]))
    if "enum" in rules:
        return " or ".join(code(value) for value in rules["enum"])
    choices = [*rules.get("anyOf", ()), *rules.get("oneOf", ())]
    if choices:
        return " or ".join(dict.fromkeys(_takes(choice, places) for choice in choices))
    return ", ".join([_kind(rules, places), *_limits(rules)])


def _limits(rules: Schema) -> Iterator[str]:
    for low, high, unit in RANGES:
        if low in rules and high in rules:
            yield f"{rules[low]} to {rules[high]}{unit}"
        elif low in rules:
            yield f"{rules[low]} or more{unit}"
        elif high in rules:
            yield f"{rules[high]}{unit} at most"
    yield from (text.format(rules[key]) for key, text in LIMITS.items() if key in rules)


def _kind(rules: Schema, places: Places) -> str:
    if rules.get("type") == "array":
        return f"list of {_takes(rules.get('items', {}), places) or 'anything'}"
    if rules.get("type") == "object":
        inner = rules.get("additionalProperties")
        return f"map of names to {_takes(inner, places)}" if isinstance(inner, dict) and inner else "map"
    names = {"string": "text", "integer": "whole number", "boolean": "`true` or `false`", "null": "`null`"}
    return names.get(str(rules.get("type", "")), str(rules.get("type", "anything")))


def _default(rules: Schema) -> str:
    if "default" not in rules:
        return ""
    if isinstance(rules["default"], dict) and any(_references(rules)):
        return "its defaults"
    return code(json.dumps(rules["default"]))


def _example(values: list[Any], field: str) -> str:
    """What a shipped file says there, where that is short enough to show."""
    for value in (value[field] for value in values if isinstance(value, dict) and field in value):
        text = json.dumps(value, ensure_ascii=False)
        if "{" not in text and len(text) <= LONGEST_EXAMPLE:
            return f" Such as {code(text)}."
    return ""
