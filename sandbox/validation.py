"""What a service's model says of a request: lengths, patterns, enumerations, and what must be there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

BEYOND = (r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF")
"""The characters beyond 16 bits, as models write them for Java, and as Python takes them."""


def problems(shape: Any, request: Mapping[str, Any]) -> str | None:
    """Return how a request breaks the constraints of its input shape, naming all; None where it does not.

    boto3 checks types and required members only; lengths, patterns and enumerations reach the service.
    """
    found = list(_structure(shape, request, ""))
    if not found:
        return None
    return f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: " + "; ".join(found)


def _structure(shape: Any, value: Mapping[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield _problem(None, path + _lower(name), "Member must not be null")
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _any(member, value[name], path + _lower(name))


def _any(shape: Any, value: Any, path: str) -> Iterator[str]:
    if shape.type_name == "structure":
        yield from _structure(shape, value, f"{path}.")
    elif shape.type_name == "list":
        yield from _length(shape, value, path)
        for number, item in enumerate(value, start=1):
            yield from _any(shape.member, item, f"{path}.{number}.member")
    elif shape.type_name == "string":
        yield from _text(shape, str(value), path)
    elif shape.type_name == "integer" and value > shape.metadata.get("max", value):
        limit = shape.metadata["max"]
        yield _problem(value, path, f"Member must have value less than or equal to {limit}")


def _text(shape: Any, value: str, path: str) -> Iterator[str]:
    yield from _length(shape, value, path)
    if shape.enum and value not in shape.enum:
        yield _problem(value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern.replace(*BEYOND), value):
        yield _problem(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _length(shape: Any, value: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        yield _problem(value, path, f"Member must have length greater than or equal to {least}")
    if most is not None and len(value) > most:
        yield _problem(value, path, f"Member must have length less than or equal to {most}")


def _problem(value: Any, path: str, constraint: str) -> str:
    shown = "Value null" if value is None else f"Value '{value}'"
    return f"{shown} at '{path}' failed to satisfy constraint: {constraint}"


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
