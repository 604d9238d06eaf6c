"""Custom identifiers: what Macie shall find besides its own, as configured, and whether Macie has it already.

Macie's custom identifiers cannot be changed, and several may bear one name: one with the same definition is used,
otherwise one more is made.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

DISTANCE = 50
"""Characters between keyword and text unless said otherwise (botocore, CreateCustomDataIdentifier)."""


class Level(TypedDict):
    """From how many occurrences on a finding has a severity: LOW, MEDIUM or HIGH."""

    occurrences: int
    severity: str


class Identifier(TypedDict):
    """A custom identifier with texts that it must find and texts that it must not."""

    name: str
    description: NotRequired[str]
    regex: str
    keywords: Sequence[str]
    ignore_words: Sequence[str]
    distance: int
    severity_levels: Sequence[Level]
    finds: Sequence[str]
    not_finds: Sequence[str]


def definition(identifier: Identifier) -> dict[str, Any]:
    """What makes an identifier what it is, as CreateCustomDataIdentifier takes it."""
    levels = [
        {"occurrencesThreshold": one["occurrences"], "severity": one["severity"]}
        for one in sorted(identifier["severity_levels"], key=lambda one: one["occurrences"])
    ]
    wanted = {
        "regex": identifier["regex"],
        "keywords": sorted(identifier["keywords"]),
        "ignoreWords": sorted(identifier["ignore_words"]),
        "maximumMatchDistance": identifier["distance"],
        "severityLevels": levels,
    }
    return {name: value for name, value in wanted.items() if value}


def creation(identifier: Identifier) -> dict[str, Any]:
    """The arguments of CreateCustomDataIdentifier; the token makes a repeated call the same identifier."""
    wanted = definition(identifier)
    digest = hashlib.sha256(json.dumps([identifier["name"], wanted], sort_keys=True).encode()).hexdigest()
    return {
        "clientToken": digest,
        "name": identifier["name"],
        "description": identifier.get("description") or f"{identifier['name']}, kept by Switchyard",
        "tags": {"switchyard:definition": digest[:16]},
        **wanted,
    }


def trial(identifier: Identifier, text: str) -> dict[str, Any]:
    """The arguments of TestCustomDataIdentifier for one text."""
    wanted = definition(identifier)
    wanted.pop("severityLevels", None)
    return {**wanted, "sampleText": text}


def is_same(identifier: Identifier, found: Mapping[str, Any]) -> bool:
    """Say whether what GetCustomDataIdentifier describes has the configured definition."""
    there = {
        "regex": found.get("regex"),
        "keywords": sorted(found.get("keywords") or ()),
        "ignoreWords": sorted(found.get("ignoreWords") or ()),
        "maximumMatchDistance": found.get("maximumMatchDistance", DISTANCE),
        "severityLevels": sorted(
            found.get("severityLevels") or (), key=lambda one: one["occurrencesThreshold"]
        ),
    }
    wanted = definition(identifier)
    levels = wanted.get("severityLevels")
    if levels is None:
        there.pop("severityLevels")  # Macie fills in its own: medium from the first occurrence on
    return bool(found.get("name") == identifier["name"] and not found.get("deleted")) and wanted == {
        name: value for name, value in there.items() if value
    }
