"""Custom data identifiers and allow lists: what an account defines for its jobs.

Sources: https://docs.aws.amazon.com/macie/latest/APIReference/custom-data-identifiers.html and
https://docs.aws.amazon.com/macie/latest/APIReference/allow-lists.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.macie.detectors import CUSTOM, SEVERITIES, Allowed, Detector
from sandbox.macie.exceptions import ValidationException
from sandbox.objects import AccessDenied, KeyUnusable, NoSuchBucket, NoSuchKey, Objects
from sandbox.transitions import now

LONGEST_REGEX = 512
MOST_WORDS = 100_000
LARGEST_LIST = 35 * 2**20


@dataclass
class CustomIdentifier:
    """A custom data identifier; one that was deleted is kept for the jobs that used it."""

    key: str
    arn: str
    wanted: Mapping[str, Any]
    tags: dict[str, str]
    created_at: datetime = field(default_factory=now)
    deleted: bool = False

    @property
    def detector(self) -> Detector:
        """What a job looks for with it."""
        return detector(self.key, self.wanted)

    def described(self) -> dict[str, Any]:
        """Return what GetCustomDataIdentifier tells."""
        kept = ("regex", "keywords", "ignoreWords", "maximumMatchDistance", "severityLevels")
        return (
            self.listed()
            | {name: self.wanted.get(name) for name in kept}
            | {
                "deleted": self.deleted,
                "tags": self.tags,
                "maximumMatchDistance": self.wanted.get("maximumMatchDistance") or 50,
            }
        )

    def listed(self) -> dict[str, Any]:
        """Return what lists tell of it."""
        return {
            "id": self.key,
            "arn": self.arn,
            "name": self.wanted["name"],
            "description": self.wanted.get("description"),
            "createdAt": self.created_at,
        }


def detector(key: str, wanted: Mapping[str, Any]) -> Detector:
    """Return what such an identifier looks for; ValidationException for values that Macie does not take."""
    check_regex(wanted["regex"])
    keywords, ignored = wanted.get("keywords") or [], wanted.get("ignoreWords") or []
    if len(keywords) > 50 or not all(3 <= len(word) <= 90 for word in keywords):
        raise ValidationException("keywords must be as many as 50 of 3-90 characters")
    if len(ignored) > 10 or not all(4 <= len(word) <= 90 for word in ignored):
        raise ValidationException("ignoreWords must be as many as 10 of 4-90 characters")
    distance = wanted.get("maximumMatchDistance") or 50
    if not 1 <= distance <= 300:
        raise ValidationException("maximumMatchDistance must be between 1 and 300")
    return Detector(
        key=key,
        name=wanted.get("name", ""),
        category=CUSTOM,
        pattern=wanted["regex"],
        keywords=tuple(keywords),
        distance=distance,
        either_side=False,
        ignore_words=tuple(ignored),
        levels=_levels(wanted.get("severityLevels") or []),
    )


def check_regex(pattern: str) -> None:
    """Refuse a pattern that RE2 does not take, that is too long or that matches nothing at all."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not 1 <= len(pattern) <= LONGEST_REGEX:
        raise ValidationException(f"The regex must have 1-{LONGEST_REGEX} characters")
    try:
        empty = pc.match_substring_regex(pa.array([""]), f"^(?:{pattern})$")[0].as_py()
        re.compile(pattern, re.ASCII)
    except (pa.ArrowInvalid, re.error) as error:
        raise ValidationException(f"The regex isn't valid: {error}") from error
    if empty:
        raise ValidationException("The regex can't match an empty string")


def _levels(levels: list[Mapping[str, Any]]) -> tuple[tuple[int, str], ...]:
    if not levels:
        return ((1, "MEDIUM"),)
    found = sorted(
        ((int(level["occurrencesThreshold"]), str(level["severity"])) for level in levels),
        key=lambda level: SEVERITIES.index(level[1]),
    )
    thresholds = [threshold for threshold, _ in found]
    if len({severity for _, severity in found}) < len(found) or thresholds != sorted(set(thresholds)):
        raise ValidationException("occurrencesThreshold must ascend from LOW to HIGH, once per severity")
    return tuple(found)


@dataclass
class AllowList:
    """An allow list: a pattern, or words in an object."""

    key: str
    arn: str
    name: str
    criteria: Mapping[str, Any]
    description: str | None
    tags: dict[str, str]
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)

    def change(self, name: str, description: str | None, criteria: Mapping[str, Any]) -> None:
        """Change it; its kind stays."""
        if set(criteria) != set(self.criteria):
            raise ValidationException("The type of criteria can't be changed")
        check_criteria(criteria)
        self.name, self.description, self.criteria = name, description, criteria
        self.updated_at = now()

    def read(self, objects: Objects) -> tuple[str, frozenset[str]]:
        """Return (status, words) of the list as it is now; words in lower case, none for a pattern."""
        place = self.criteria.get("s3WordsList")
        if place is None:
            return "OK", frozenset()
        try:
            content = objects.read(place["bucketName"], place["objectKey"])
        except (NoSuchBucket, NoSuchKey):
            return "S3_OBJECT_NOT_FOUND", frozenset()
        except (AccessDenied, KeyUnusable):
            return "S3_OBJECT_ACCESS_DENIED", frozenset()
        words = [word.strip().lower() for word in content.decode(errors="replace").splitlines()]
        words = [word for word in words if word]
        if not words:
            return "S3_OBJECT_EMPTY", frozenset()
        if len(words) > MOST_WORDS or len(content) > LARGEST_LIST:
            return "S3_OBJECT_OVERSIZE", frozenset()
        return "OK", frozenset(words)

    def listed(self) -> dict[str, Any]:
        """Return what lists tell of it."""
        return {
            "id": self.key,
            "arn": self.arn,
            "name": self.name,
            "description": self.description,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
        }

    def described(self, objects: Objects) -> dict[str, Any]:
        """Return what GetAllowList tells."""
        status = {"code": self.read(objects)[0]}
        return self.listed() | {"criteria": self.criteria, "status": status, "tags": self.tags}


def check_criteria(criteria: Mapping[str, Any]) -> None:
    """Refuse criteria that are not one of a pattern and a list of words."""
    if len(criteria) != 1:
        raise ValidationException("criteria must specify either a regex or an s3WordsList")
    if criteria.get("regex"):
        check_regex(criteria["regex"])


def allowed(lists: list[AllowList], objects: Objects) -> Allowed:
    """Return what these lists let pass; those that cannot be read let nothing pass."""
    patterns = [re.compile(one.criteria["regex"], re.ASCII) for one in lists if one.criteria.get("regex")]
    words = frozenset[str]().union(*(one.read(objects)[1] for one in lists))
    return Allowed(tuple(patterns), words)
