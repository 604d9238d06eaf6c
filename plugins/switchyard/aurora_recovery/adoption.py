"""Which recovery point a dated run stands for: nobody can snapshot the past, but it may have been snapshotted then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from switchyard.aurora_recovery.modes import BACKFILL, DATED, Interval
from switchyard.aurora_recovery.retention import OwnedSnapshot
from switchyard.aurora_recovery.untrusted import utc_text


@dataclass(frozen=True)
class Past:
    """The time that a dated run stands for, from `start` on and before `end`."""

    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"from {utc_text(self.start)} to {utc_text(self.end)}"

    def pick(self, snapshots: Iterable[OwnedSnapshot], *, pipeline: str) -> OwnedSnapshot | None:
        """The newest recovery point of a pipeline that was made in this time; None where there is none."""
        made_then = [
            one
            for one in snapshots
            if (one.pipeline, one.role, one.status) == (pipeline, "recovery-point", "available")
            and one.stamp
            and self.start <= one.source_time < self.end
        ]
        return max(made_then, key=lambda one: (one.source_time, one.snapshot_id), default=None)


def past(
    *,
    run_type: str,
    run_after: datetime,
    interval: Interval | None,
    period: timedelta,
) -> Past | None:
    """Say what time a run stands for; None for a run of the present.

    Args:
        run_type: Airflow's type of the run.
        run_after: when the run was to begin.
        interval: its data interval; None without one. One of no length, as cron schedules give, is taken to last
            for the period.
        period: how often a recovery point is made at least.
    """
    if interval is None:
        return None
    start, end = interval
    if run_type != BACKFILL and not (run_type == "manual" and run_after - end > DATED):
        return None
    return Past(start, end if end > start else start + period)
