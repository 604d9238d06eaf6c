"""What stood around the live name before a swap, kept in tags, so that a rollback can give it back.

It lies on the one that was live before, or on the candidate where nobody was. Like the plan of the swap it is
written before anything is changed, and survives every rename.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from switchyard.aurora_recovery.surroundings import Surroundings
from switchyard.errors import StepFailed
from switchyard.operators.aurora import tags

_RECORD = "switchyard:before-swap"
"""Tag that says of which run the record is, of how many parts, and whether the Data API was on; the tags of parts
have a hyphen and a number more."""
_ON, _OFF = "data-api-on", "data-api-off"
_LONGEST_VALUE = 256
_MOST_PARTS = 24
"""Tags that the record may take; a resource has at most 50, and the plan of the swap needs some."""


@dataclass(frozen=True)
class Before:
    """What there was: custom endpoints and scaling, and whether the Data API was on."""

    surroundings: Surroundings
    data_api: bool


def record(rds: Any, arn: str, before: Before, *, stamp: str) -> None:
    """Write it down; harmless to repeat, and whole only when its first tag is there.

    Raises:
        StepFailed: it is larger than tags can hold.
    """
    text = before.surroundings.as_tag_text()
    parts = [text[start : start + _LONGEST_VALUE] for start in range(0, len(text), _LONGEST_VALUE)]
    if len(parts) > _MOST_PARTS:
        raise StepFailed(
            what=f"record of what stands around {arn}",
            found=f"it takes {len(parts)} tags, {_MOST_PARTS} are kept free for it",
            remedy="Remove scaling policies that nobody needs, then clear this task",
        )
    named = {f"{_RECORD}-{number}": part for number, part in enumerate(parts)}
    named[_RECORD] = f"{stamp} {len(parts)} {_ON if before.data_api else _OFF}"
    # One call: RDS adds all tags of a call or none.
    rds.add_tags_to_resource(ResourceName=arn, Tags=tags.tag_list(named))


def recall(found: Mapping[str, str], *, stamp: str) -> Before | None:
    """Read the record of a run back from the tags of what bears it; None where the run made none."""
    words = found.get(_RECORD, "").split()
    if not words or words[0] != stamp:
        return None
    _, count, data_api = words
    text = "".join(found[f"{_RECORD}-{number}"] for number in range(int(count)))
    return Before(Surroundings.from_tag_text(text), data_api == _ON)
