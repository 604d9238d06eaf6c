"""YAML as people mean it: no octal account numbers, no dates, no yes and no, no field twice."""

from __future__ import annotations

import re
from typing import Any

import yaml

MOST_VALUES = 10_000
"""Values of a configuration file; a full one has about 150."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _PlainLoader(_Loader):  # type: ignore[misc,valid-type]
    """Knows text, whole and decimal numbers, true, false, null, lists and mappings (the core of YAML 1.2)."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own way


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"-?(?:0|[1-9][0-9]*)", "-0123456789"),
    ("float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+", "-0123456789"),
):
    _PlainLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first)
    )


def _mapping(loader: Any, node: Any) -> dict[Any, Any]:
    seen: set[str] = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a field name must be text", key.start_mark)
        if key.value in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the field {key.value} occurs twice", key.start_mark
            )
        seen.add(key.value)
    return {
        loader.construct_scalar(key): loader.construct_object(value, deep=True) for key, value in node.value
    }


_PlainLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def parse(text: str) -> Any:
    """Parse one YAML document.

    Raises:
        yaml.YAMLError: It is no YAML, holds a field twice, or unfolds to more than any configuration holds; a
            MarkedYAMLError knows the place.
    """
    try:
        data = yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - built on the safe loader
    except (ValueError, RecursionError) as error:
        raise yaml.YAMLError(str(error)) from error
    _check_size(data)
    return data


def _check_size(data: Any) -> None:
    """Refuse references that contain themselves or multiply: few characters can stand for a whole memory."""
    waiting, seen = [data], 0
    while waiting:
        value = waiting.pop()
        seen += 1
        if seen > MOST_VALUES:
            raise yaml.YAMLError(f"its references unfold to more than {MOST_VALUES} values")
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
