"""The managed data identifiers of `managed.yaml`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from sandbox.macie.detectors import Detector
from sandbox.macie.exceptions import ValidationException

SELECTORS = ("ALL", "EXCLUDE", "INCLUDE", "NONE", "RECOMMENDED")


@cache
def detectors() -> Mapping[str, Detector]:
    """Return all managed identifiers by id."""
    content = yaml.safe_load(Path(__file__).with_name("managed.yaml").read_text("utf-8"))
    given = "|".join(spelling for name in content["given_names"] for spelling in (name, name.upper()))
    return {row["id"]: _detector(row, content["levels"], given) for row in content["identifiers"]}


@cache
def recommended() -> frozenset[str]:
    """Return the ids of those that a job uses which does not choose."""
    content = yaml.safe_load(Path(__file__).with_name("managed.yaml").read_text("utf-8"))
    return frozenset(row["id"] for row in content["identifiers"] if row.get("recommended", True))


def select(selector: str, ids: Sequence[str]) -> list[Detector]:
    """Return the identifiers that a job chooses; ValidationException for a choice that contradicts itself."""
    known = detectors()
    if selector in {"INCLUDE", "EXCLUDE"} and not ids:
        raise ValidationException(f"managedDataIdentifierIds must be specified with the selector {selector}")
    if selector not in {"INCLUDE", "EXCLUDE"} and ids:
        raise ValidationException(f"managedDataIdentifierIds can't be specified with the selector {selector}")
    unknown = sorted(set(ids) - set(known))
    if unknown:
        raise ValidationException(f"Unknown managed data identifiers: {', '.join(unknown)}")
    wanted = {
        "ALL": set(known),
        "EXCLUDE": set(known) - set(ids),
        "INCLUDE": set(ids),
        "NONE": set[str](),
        "RECOMMENDED": set(recommended()),
    }[selector]
    return [known[key] for key in known if key in wanted]


def _detector(row: Mapping[str, Any], levels: Mapping[str, Any], given: str) -> Detector:
    return Detector(
        key=row["id"],
        name=row["id"],
        category=row["category"],
        pattern=row["pattern"].replace("{given}", given),
        keywords=tuple(str(word) for word in row.get("keywords", ())),
        check=row.get("check"),
        levels=tuple((int(least), severity) for least, severity in levels[row["levels"]]),
    )
