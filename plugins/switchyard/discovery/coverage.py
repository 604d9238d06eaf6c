"""How much of the extract was searched, and what "no findings" means: one of four things.

Findings tell of objects with sensitive data alone. Discovery results have a record for every object in scope, also
for one without sensitive data, and for one that Macie could not read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from switchyard.discovery.manifest import Manifest

COMPLETE = "COMPLETE"
UNSEEN = "UNSEEN"
"""Stands for the status of an object that has no discovery result."""


class Finding(StrEnum):
    """What a run has shown.

    FOUND: sensitive data, and every object was searched. CLEAN: none, and every object was searched.
    UNPROVEN: no discovery results are kept, so that nobody can tell which objects were searched.
    BLIND: some objects were not searched, or not whole. NOTHING: the job had no object in its scope.
    """

    FOUND = "found"
    CLEAN = "clean"
    UNPROVEN = "unproven"
    BLIND = "blind"
    NOTHING = "nothing scanned"


@dataclass(frozen=True)
class Searched:
    """What Macie said of one object: COMPLETE, PARTIAL, SKIPPED or UNSEEN, and why it was not searched whole."""

    key: str
    schema: str
    table: str
    status: str
    reason: str


@dataclass(frozen=True)
class Coverage:
    """What Macie said of each object of a manifest."""

    objects: tuple[Searched, ...]
    has_results: bool
    by_status: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_status", Counter(one.status for one in self.objects))

    @property
    def is_whole(self) -> bool:
        """Whether every object was searched whole."""
        return self.by_status.get(COMPLETE, 0) == len(self.objects)

    @property
    def gaps(self) -> list[Searched]:
        """The objects that were not searched whole."""
        return [one for one in self.objects if one.status != COMPLETE]

    def verdict(self, findings: int) -> Finding:
        """What the run has shown, given the number of records with sensitive data."""
        if not self.objects or (self.has_results and self.by_status.get(UNSEEN) == len(self.objects)):
            return Finding.NOTHING
        if not self.has_results:
            return Finding.UNPROVEN
        if not self.is_whole:
            return Finding.BLIND
        return Finding.FOUND if findings else Finding.CLEAN

    def by_table(self) -> list[dict[str, Any]]:
        """Objects of each table, and how many of them were searched whole."""
        tables: dict[tuple[str, str], list[Searched]] = {}
        for one in self.objects:
            tables.setdefault((one.schema, one.table), []).append(one)
        return [
            {
                "schema_name": schema,
                "table_name": table,
                "objects": len(some),
                "complete": sum(one.status == COMPLETE for one in some),
                "reasons": sorted({one.reason for one in some if one.reason}),
            }
            for (schema, table), some in sorted(tables.items())
        ]


def coverage(manifest: Manifest, statuses: Mapping[str, tuple[str, str]] | None) -> Coverage:
    """Lay the statuses of discovery results, by key with the reason, over a manifest; None where none are kept."""
    told = statuses or {}
    objects = (
        Searched(one.key, one.schema, one.table, *told.get(one.key, (UNSEEN, ""))) for one in manifest.objects
    )
    return Coverage(tuple(objects), statuses is not None)


def statuses(results: Iterable[Mapping[str, Any]], manifest: Manifest) -> dict[str, tuple[str, str]]:
    """Status and reason by key of discovery results; the worse one where an object has several.

    Results of objects that were replaced since the manifest was made do not count.
    """
    etags = {one.key: one.etag for one in manifest.objects}
    found: dict[str, tuple[str, str]] = {}
    for record in results:
        searched = record["resourcesAffected"]["s3Object"]
        key = str(searched["key"])
        if str(searched["eTag"]).strip('"') != etags.get(key):
            continue
        status = record["classificationDetails"]["result"].get("status") or {}
        code = (str(status.get("code") or COMPLETE), str(status.get("reason") or ""))
        if found.get(key, (COMPLETE, ""))[0] == COMPLETE:
            found[key] = code
    return found
