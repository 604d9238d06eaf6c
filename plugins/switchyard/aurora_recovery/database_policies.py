"""Policies that let people log in to a database by IAM, which name a cluster by its resource id.

A swap gives the live name to a cluster of another id, so that such a policy must list both: the old one for the
way back, the new one for what is live now. https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
"""

from __future__ import annotations

import copy
import fnmatch
import json
from collections.abc import Mapping, Sequence
from typing import Any

MOST_VERSIONS = 5
"""Versions that a managed policy may have (IAM user guide, "IAM and AWS STS quotas")."""
MOST_CHARACTERS = 6144
"""Characters of a managed policy, white space not counted (same page)."""


def with_resource_id(document: Mapping[str, Any], *, old: str, new: str) -> dict[str, Any]:
    """Return the policy with the new resource id wherever the old one is named; nothing else changes.

    Args:
        document: The policy's document.
        old: Resource id of the cluster or instance that was live.
        new: That of the one which is.
    """
    changed = copy.deepcopy(dict(document))
    for statement in _statements(changed):
        for field in ("Resource", "NotResource"):
            if field in statement:
                statement[field] = _extended(statement[field], old, new)
    return changed


def admits(document: Mapping[str, Any], resource_id: str) -> bool:
    """Say whether a statement of the policy names the database user of this resource id, by a wildcard perhaps."""
    return any(
        _id_matches(resource, resource_id)
        for statement in _statements(document)
        for resource in _listed(statement.get("Resource", []))
    )


def size(document: Mapping[str, Any]) -> int:
    """Count the characters that IAM counts."""
    return len("".join(json.dumps(document, separators=(",", ":")).split()))


def oldest_to_delete(versions: Sequence[Mapping[str, Any]]) -> str | None:
    """Name the version that has to go before another one fits; None where there is room."""
    if len(versions) < MOST_VERSIONS:
        return None
    others = [one for one in versions if not one["IsDefaultVersion"]]
    return str(min(others, key=lambda one: int(one["VersionId"].removeprefix("v")))["VersionId"])


def _extended(resources: Any, old: str, new: str) -> Any:
    listed = _listed(resources)
    kept: list[str] = []
    for resource in listed:
        twin = resource.replace(f":dbuser:{old}/", f":dbuser:{new}/")
        kept += [resource] if twin in listed else [resource, twin]
    return resources if kept == listed else kept


def _id_matches(resource: str, resource_id: str) -> bool:
    named = resource.partition(":dbuser:")[2].partition("/")[0]
    return resource == "*" or (bool(named) and fnmatch.fnmatchcase(resource_id, named))


def _statements(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = document.get("Statement", [])
    return [found] if isinstance(found, dict) else list(found)


def _listed(resources: Any) -> list[str]:
    return [resources] if isinstance(resources, str) else list(resources)
