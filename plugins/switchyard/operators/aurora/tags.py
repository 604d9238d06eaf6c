"""The tags by which the pipeline knows its own clusters, instances and snapshots again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from switchyard.errors import NotAllowed

PIPELINE = "switchyard:pipeline"
RUN = "switchyard:run"
ROLE = "switchyard:role"
LIVE = "live"
"""The role of a cluster whose live endpoint was verified; until then it is a candidate."""
MODE = "switchyard:mode"
"""What a candidate was made for: swap, test or keep; only one that was made for a test is ever torn down."""
SOURCE_TIME = "switchyard:source-time"
MANIFEST_SHA256 = "switchyard:manifest-sha256"
RESTORED_FROM = "switchyard:restored-from"
PROVED = "switchyard:proved"
FINAL_NAME = "switchyard:final-name"
ORIGINAL_NAME = "switchyard:original-name"
SWAP_DIRECTION = "switchyard:swap-direction"
SWAP_RUN = "switchyard:swap-run"
SWAP_PLAN = "switchyard:swap-plan-"
"""Beginning of the tags that hold the plan on the candidate; a number follows."""


def tags_of(resource: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a described cluster, instance or snapshot, by key."""
    return {tag["Key"]: tag["Value"] for tag in resource.get("TagList") or []}


def source_time_of(tags: Mapping[str, str]) -> datetime | None:
    """The instant whose data a resource of these tags holds; None where no run of ours wrote one."""
    try:
        moment = datetime.fromisoformat(tags.get(SOURCE_TIME, ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags in the form that the RDS API takes."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def require_own(tags: Mapping[str, str], *, pipeline: str, run: str, what: str) -> None:
    """Refuse a resource that bears a name of this run but was made by somebody else.

    Raises:
        NotAllowed: its tags are not this pipeline's and this run's.
    """
    if tags.get(PIPELINE) == pipeline and tags.get(RUN) == run:
        return
    raise NotAllowed(
        what=f"adopting {what}",
        found=f"tags {PIPELINE}={tags.get(PIPELINE)}, {RUN}={tags.get(RUN)}; wanted {pipeline}, {run}",
        remedy="Delete or rename it if nobody needs it, then clear this task",
    )
