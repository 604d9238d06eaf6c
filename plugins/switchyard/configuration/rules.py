"""Rules between fields that hold in every pipeline's configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from switchyard.errors import BadInput

_ARN = re.compile(r"arn:[a-z-]+:(?P<service>[a-z]+):(?P<region>[a-z0-9-]*):(?P<account>[0-9]{12}):")


def belongs(field: str, value: str | None, place: tuple[str, str]) -> Iterator[BadInput]:
    """Refuse an ARN of another account or Region than the place, (account, Region), where it is used."""
    account, region = place
    arn = _ARN.match(value or "")
    if arn is None:
        return
    if arn["region"] != region:
        yield BadInput(
            field,
            value,
            f"it is of Region {arn['region']}, {region} was expected",
            f"Name one of Region {region}.",
        )
    if arn["account"] != account:
        yield BadInput(
            field,
            value,
            f"it is of account {arn['account']}, {account} was expected",
            "Correct the account id.",
        )


def paced(waits: Any) -> Iterator[BadInput]:
    """Refuse to look less often than the shortest step may last.

    Args:
        waits: A section with `poll_interval_seconds` and the section `timeouts_minutes`.
    """
    interval = waits.poll_interval_seconds
    shortest = min(waits.timeouts_minutes.model_dump().values())
    if interval > shortest * 60:
        yield BadInput(
            "waits.poll_interval_seconds",
            interval,
            f"it is longer than the shortest timeout, {shortest:g} minutes",
            "Lower it, or raise that timeout.",
        )


def repeats(lists: Mapping[str, tuple[str, ...]]) -> Iterator[BadInput]:
    """Refuse what a list, given by its field, names twice."""
    for field, values in lists.items():
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            yield BadInput(field, twice[0], "it occurs twice", "Remove one of them.")
