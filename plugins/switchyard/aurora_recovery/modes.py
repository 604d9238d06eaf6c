"""What a restore is for, and as of when: decided once for a run, from what was asked, configured and dated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from switchyard.aurora_recovery.selection import Window
from switchyard.aurora_recovery.untrusted import utc_text
from switchyard.errors import BadInput

Mode = Literal["swap", "test", "keep"]
MODES: tuple[Mode, ...] = get_args(Mode)

USUAL = "usual"
"""Leaves the mode of a run to its date and the configuration: Airflow's form sends a value for every field."""

BACKFILL = "backfill"
"""Airflow's type of the runs that a backfill makes."""
DATED = timedelta(minutes=5)
"""How long before its start the date of a run by hand must lie to mean the past: the form fills in the present."""

Interval = tuple[datetime, datetime]

_MINUTE = re.compile(r"-rp-([0-9]{10})-[0-9a-f]{6}$")

_PURPOSE: dict[Mode, str] = {
    "swap": "gives the live name to the candidate",
    "test": "tears the candidate down again and touches nothing that is live",
    "keep": "leaves the candidate running beside the live one",
}


@dataclass(frozen=True)
class Purpose:
    """What a run is for.

    Attributes:
        mode: the mode in effect.
        because: where it comes from, for people.
        as_of: the instant that the restored data must not be younger than; None for the newest.
    """

    mode: Mode
    because: str
    as_of: datetime | None = None

    def window(self, *, now: datetime, max_age: timedelta, live_time: datetime | None) -> Window:
        """Which recovery points the run may restore where nobody named one.

        Args:
            now: the time of the choice.
            max_age: age beyond which one is stale; a restore as of an instant is of whatever age.
            live_time: source time of what is live; a swap must not replace it by the same or by older data.
        """
        if self.as_of is not None:
            return Window(now=now, not_after=self.as_of)
        return Window(now=now, max_age=max_age, newer_than=live_time if self.mode == "swap" else None)

    def near(self, snapshot: str) -> bool:
        """Whether a recovery point of this name or ARN may be old enough, by its run's minute in the name."""
        minute = _MINUTE.search(snapshot)
        if self.as_of is None or minute is None:
            return True
        return minute[1] <= f"{self.as_of.astimezone(UTC):%y%m%d%H%M}"

    def instance_class(self, *, usual: str | None, asked: str | None, for_tests: str | None) -> str:
        """The class of the restored instances, empty for the source's.

        Args:
            usual: that of the configuration.
            asked: the one that was given with the run.
            for_tests: that of the configuration for tests.
        """
        if asked and asked != usual:
            return asked
        return (for_tests if self.mode == "test" else None) or usual or ""

    def __str__(self) -> str:
        moment = f", as of {utc_text(self.as_of)}" if self.as_of else ""
        return f"Mode {self.mode}{moment} ({self.because}): the run {_PURPOSE[self.mode]}"


def interval_of(
    *, run_type: str, run_after: datetime, logical_date: datetime | None, interval: Interval | None
) -> Interval | None:
    """The data interval of a run; of one by hand with a logical date in the past, that instant.

    Airflow's REST API derives the interval of such a run from its date, its command line from the present.

    Args:
        run_type: Airflow's type of the run.
        run_after: when the run was to begin.
        logical_date: the date that it was given; None without one.
        interval: its data interval as Airflow tells it; None for a run without one.
    """
    if run_type != "manual" or logical_date is None or run_after - logical_date <= DATED:
        return interval
    return interval if interval and run_after - interval[1] > DATED else (logical_date, logical_date)


def purpose(
    *,
    asked: str | None,
    configured: str,
    run_type: str,
    run_after: datetime,
    interval_end: datetime | None,
) -> Purpose:
    """Decide what a run is for.

    Args:
        asked: the mode that was given with the run; None, empty or ``USUAL`` where it was left open.
        configured: the mode of the configuration.
        run_type: Airflow's type of the run.
        run_after: when the run was to begin.
        interval_end: end of its data interval; None for a run without one.

    Raises:
        BadInput: the asked mode is none, or a backfill was asked to swap.
    """
    as_of = _as_of(run_type, run_after, interval_end)
    if asked in (None, "", USUAL):
        if as_of is None:
            return Purpose(_known(configured), "as configured")
        which = "backfilled" if run_type == BACKFILL else "dated"
        return Purpose("test", f"a {which} run tests unless it is asked for more", as_of)
    mode = _known(str(asked))
    if mode == "swap" and run_type == BACKFILL:
        raise BadInput(
            "mode",
            asked,
            "a backfill restores one instant after the other, and each would take the live name",
            "Use test or keep; to go back to an instant for good, start one run with that logical date and mode swap",
        )
    return Purpose(mode, "as the run was asked", as_of)


def why_not(mode: str, wanted: str, what: str) -> str | None:
    """Say why a step that belongs to one mode has nothing to do in another; None where it has."""
    if mode == wanted:
        return None
    return f"{what}: the run is in mode {mode}, and {_PURPOSE[_known(mode)]}"


def _as_of(run_type: str, run_after: datetime, interval_end: datetime | None) -> datetime | None:
    if interval_end is None:
        return None
    by_hand = run_type == "manual" and run_after - interval_end > DATED
    return interval_end if by_hand or run_type == BACKFILL else None


def _known(mode: str) -> Mode:
    if mode not in MODES:
        raise BadInput("mode", mode, "there is no such mode", f"Use one of {', '.join((USUAL, *MODES))}")
    return mode
