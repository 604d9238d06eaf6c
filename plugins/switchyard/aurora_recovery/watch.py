"""Whether a disaster of this minute would find what the objectives promise, and what of that is news."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from switchyard.aurora_recovery.alerts import Complaint
from switchyard.aurora_recovery.untrusted import utc_text

POINT, DRILL, LOOK = "recovery point", "proved restore", "look"
"""The causes of outages."""

_SHOWN = 5
"""Refused recovery points whose reasons a message repeats."""


@dataclass(frozen=True)
class Sight:
    """What a look found.

    Attributes:
        point_arn: The newest usable recovery point; None where there is none.
        data_as_of: The instant whose data it holds.
        refusals: Why newer ones are of no use, or all where none is usable.
        proved_at: When a restore was last proved; None where none ever was.
        trouble: Why recovery points could not be looked at; empty where they could.
    """

    point_arn: str | None = None
    data_as_of: datetime | None = None
    refusals: tuple[str, ...] = ()
    proved_at: datetime | None = None
    trouble: str = ""


@dataclass(frozen=True)
class Goals:
    """What is promised: the age of the newest usable data, and of the last proof; None asks for no proof."""

    rpo: timedelta
    drill: timedelta | None = None


@dataclass(frozen=True)
class Outage:
    """An outage about which somebody was told, and which nobody was told is over."""

    cause: str
    began_at: datetime


@dataclass(frozen=True)
class News:
    """What is to be told: outages that began, and those that are over; those that go on are no news."""

    begun: tuple[Complaint, ...]
    over: tuple[Outage, ...]


def complaints(sight: Sight, goals: Goals, now: datetime) -> list[Complaint]:
    """Say everything that is amiss, at most one complaint for each cause."""
    return [*_look(sight, now), *_point(sight, goals, now), *_drill(sight, goals, now)]


def news(complaining: Iterable[Complaint], told: Collection[Outage], *, sighted: bool) -> News:
    """Compare what is amiss with what people know already.

    Args:
        complaining: What this look found amiss.
        told: The outages that are open in the ledger.
        sighted: Whether recovery points could be looked at; an outage is not over because nobody could look.
    """
    amiss = {one.cause: one for one in complaining}
    known = {one.cause for one in told}
    ended = [one for one in told if one.cause not in amiss and (sighted or one.cause != POINT)]
    return News(tuple(one for cause, one in amiss.items() if cause not in known), tuple(ended))


def _look(sight: Sight, now: datetime) -> Iterator[Complaint]:
    if sight.trouble:
        yield Complaint(
            cause=LOOK,
            field="recovery points",
            value="not looked at",
            problem=sight.trouble,
            remedy="Look into the log of the step that failed, mend it, and run recovery_watch again",
            since=now,
        )


def _point(sight: Sight, goals: Goals, now: datetime) -> Iterator[Complaint]:
    if sight.trouble:
        return
    refusals = "; ".join(sight.refusals[:_SHOWN])
    if sight.data_as_of is None:
        yield Complaint(
            cause=POINT,
            field="newest usable recovery point",
            value="none",
            problem=refusals or "no snapshot is shared with this account, and none was copied here",
            remedy="Look at the runs of recovery_point in the source account's Airflow, and run it",
            since=now,
        )
    elif now - sight.data_as_of > goals.rpo:
        age = _length(now - sight.data_as_of)
        behind = f"; newer ones are of no use: {refusals}" if refusals else ""
        yield Complaint(
            cause=POINT,
            field="newest usable recovery point",
            value=str(sight.point_arn),
            problem=f"its data of {utc_text(sight.data_as_of)} is {age} old, objectives.rpo_minutes allows "
            f"{_length(goals.rpo)}{behind}",
            remedy="Look at the runs of recovery_point in the source account's Airflow, and run it",
            since=sight.data_as_of + goals.rpo,
        )


def _drill(sight: Sight, goals: Goals, now: datetime) -> Iterator[Complaint]:
    if goals.drill is None:
        return
    remedy = "Run recovery_restore in mode test, and look at the failed runs of it"
    if sight.proved_at is None:
        yield Complaint(
            cause=DRILL,
            field="last proved restore",
            value="none",
            problem="no recovery point of this pipeline was ever proved by a restore",
            remedy=remedy,
            since=now,
        )
    elif now - sight.proved_at > goals.drill:
        yield Complaint(
            cause=DRILL,
            field="last proved restore",
            value=utc_text(sight.proved_at),
            problem=f"it is {_length(now - sight.proved_at)} old, objectives.drill_days allows "
            f"{_length(goals.drill)}",
            remedy=remedy,
            since=sight.proved_at + goals.drill,
        )


def _length(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    if minutes < 180:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 72 * 60 else f"{minutes // 1440} days"
