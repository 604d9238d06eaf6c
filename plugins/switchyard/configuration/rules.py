"""Rules between fields that hold in every pipeline's configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

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


def scheduled(
    schedules: BaseModel, *, past: str | None = None, alone: str | None = None
) -> Iterator[BadInput]:
    """Refuse a schedule that would ask for runs which a pipeline cannot make.

    Args:
        schedules: The section `schedule`.
        past: Why runs that were missed cannot be made up for; None where they can.
        alone: Why there may be one run at once; None where there may be several.
    """
    for name, one in schedules:
        if not getattr(one, "catchup", False):
            continue
        field = f"schedule.{name}.catchup"
        if past is not None:
            yield BadInput(field, True, past, "Set it to false, or remove it.")
        elif one.since is None:
            yield BadInput(
                field,
                True,
                "no day is given from which on missed runs are made up for",
                f"Give schedule.{name}.since, such as 2026-01-31.",
            )
    runs = getattr(schedules, "max_active_runs", 1)
    if alone is not None and runs > 1:
        yield BadInput("schedule.max_active_runs", runs, alone, "Set it to 1, or remove it.")


def chained(asset: str | None, updated: Mapping[str, str | None]) -> Iterator[BadInput]:
    """Refuse a pipeline whose every run would start the next one.

    Args:
        asset: `schedule.asset`, whose update starts a run.
        updated: The assets that such a run updates, by their fields.
    """
    for field, name in updated.items():
        if asset is not None and name == asset:
            yield BadInput(
                "schedule.asset",
                asset,
                f"a run that it starts updates it, as {field}, which starts the next one for ever",
                "Name an asset that another pipeline updates, or give this one's its own name.",
            )


def repeats(lists: Mapping[str, tuple[str, ...]]) -> Iterator[BadInput]:
    """Refuse what a list, given by its field, names twice."""
    for field, values in lists.items():
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            yield BadInput(field, twice[0], "it occurs twice", "Remove one of them.")
