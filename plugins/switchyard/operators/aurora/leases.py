"""Which runs need a local copy: a tag of each on the copy, so that no other run's retention or teardown deletes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from switchyard.aurora_recovery.untrusted import utc_text
from switchyard.operators.aurora import tags
from switchyard.operators.aurora.protected import DescribedSnapshot

NEEDED_BY = "switchyard:needed-by-"
"""Beginning of the tags; the stamp of the run follows, and the value says until when a run that died is believed."""


def lease(stamp: str, duration: timedelta) -> dict[str, str]:
    """The tag by which a run says that it needs a copy."""
    return {NEEDED_BY + stamp: utc_text(datetime.now(UTC) + duration)}


def needed_by(own: Mapping[str, str]) -> list[str]:
    """The stamps of the runs that need a copy of these tags now."""
    now = utc_text(datetime.now(UTC))
    return sorted(
        key.removeprefix(NEEDED_BY) for key, until in own.items() if key.startswith(NEEDED_BY) and until > now
    )


def take(rds: Any, copy: DescribedSnapshot, stamp: str, duration: timedelta) -> None:
    """Say that a run needs a copy that is there already; harmless to repeat."""
    if NEEDED_BY + stamp not in copy.tags:
        rds.add_tags_to_resource(ResourceName=copy.arn, Tags=tags.tag_list(lease(stamp, duration)))


def release(rds: Any, copy: DescribedSnapshot, stamp: str) -> None:
    """Say that a run needs a copy no more; harmless to repeat."""
    if NEEDED_BY + stamp in copy.tags:
        rds.remove_tags_from_resource(ResourceName=copy.arn, TagKeys=[NEEDED_BY + stamp])
