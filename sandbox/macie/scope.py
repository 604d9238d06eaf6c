"""Which objects a job looks at: the terms of its scope, and its sample."""

from __future__ import annotations

import math
import operator
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.macie.exceptions import ValidationException
from sandbox.objects import Stored

Term = Mapping[str, Any]
ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    "EQ": operator.eq,
    "NE": operator.ne,
    "GT": operator.gt,
    "GTE": operator.ge,
    "LT": operator.lt,
    "LTE": operator.le,
}
COMPARATORS: Mapping[str, frozenset[str]] = {
    "OBJECT_KEY": frozenset({"STARTS_WITH"}),
    "OBJECT_EXTENSION": frozenset({"EQ", "NE"}),
    "OBJECT_SIZE": frozenset(ORDERED),
    "OBJECT_LAST_MODIFIED_DATE": frozenset(ORDERED),
}
"""Source: JobScopeTerm in https://docs.aws.amazon.com/macie/latest/APIReference/jobs.html"""


def check(scoping: Mapping[str, Any]) -> None:
    """Refuse terms that Macie does not have."""
    for term in (*_terms(scoping, "includes"), *_terms(scoping, "excludes")):
        simple = term.get("simpleScopeTerm")
        if simple is None:
            if (term.get("tagScopeTerm") or {}).get("comparator") not in {"EQ", "NE"}:
                raise ValidationException("The comparator of a tagScopeTerm must be EQ or NE")
            continue
        key, values = simple.get("key"), simple.get("values") or []
        if simple.get("comparator") not in COMPARATORS.get(str(key), frozenset()):
            raise ValidationException(f"The comparator {simple.get('comparator')} isn't valid for {key}")
        if not values or (key in {"OBJECT_SIZE", "OBJECT_LAST_MODIFIED_DATE"} and len(values) > 1):
            raise ValidationException(f"Wrong number of values for {key}")


def covers(scoping: Mapping[str, Any], stored: Stored) -> bool:
    """Tell whether an object is in scope: all terms that include it hold, and not all that exclude it."""
    excluding = _terms(scoping, "excludes")
    if excluding and all(_holds(term, stored) for term in excluding):
        return False
    return all(_holds(term, stored) for term in _terms(scoping, "includes"))


def sample(objects: Sequence[Stored], percentage: int, seed: str) -> list[Stored]:
    """Return so much of the objects, chosen at random but always the same for a job."""
    if percentage >= 100:
        return list(objects)
    count = math.ceil(len(objects) * percentage / 100)
    chosen = set(random.Random(seed).sample(range(len(objects)), count))  # noqa: S311 - repeatable on purpose
    return [stored for place, stored in enumerate(objects) if place in chosen]


def extension(key: str) -> str:
    """Return what follows the last dot of an object's name; nothing for none."""
    stem, dot, found = key.rpartition("/")[2].rpartition(".")
    return found if dot and stem else ""


def _terms(scoping: Mapping[str, Any], side: str) -> Sequence[Term]:
    return (scoping.get(side) or {}).get("and") or []


def _holds(term: Term, stored: Stored) -> bool:
    if "tagScopeTerm" in term:
        wanted = term["tagScopeTerm"]
        pairs = [(tag["key"], tag["value"]) for tag in wanted.get("tagValues") or []]
        held = any(stored.tags.get(name) == value for name, value in pairs)
        return held is (wanted["comparator"] == "EQ")
    simple = term["simpleScopeTerm"]
    comparator, values = str(simple["comparator"]), list(simple["values"])
    if simple["key"] == "OBJECT_KEY":
        return stored.key.startswith(tuple(values))
    if simple["key"] == "OBJECT_EXTENSION":
        return (extension(stored.key) in values) == (comparator == "EQ")
    if simple["key"] == "OBJECT_SIZE":
        return ORDERED[comparator](stored.size, int(values[0]))
    modified = stored.modified.replace(tzinfo=stored.modified.tzinfo or UTC)
    return ORDERED[comparator](modified, _moment(values[0]))


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=found.tzinfo or UTC)
