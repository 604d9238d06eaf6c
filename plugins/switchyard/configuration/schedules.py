"""When DAGs run by themselves, as every pipeline's configuration says it."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from switchyard.configuration import types as t


class Schedule(t.Section):
    """When a DAG runs by itself."""

    cron: t.Cron = Field(description="Five cron fields, or @hourly, @daily, @weekly, @monthly.")
    timezone: t.Timezone = Field("UTC", description="Time zone of the cron fields.")
    since: date | None = Field(
        None, description="First day of the schedule, in its time zone; null begins when the DAG is unpaused."
    )
    catchup: bool = Field(
        False,
        description="Whether runs that were missed since that day are made up for, where a pipeline can do that.",
    )


class Runs(t.Section):
    """How many runs of a DAG there may be, and how long one may take."""

    max_active_runs: int = Field(1, ge=1, le=16, description="Runs at once, those of backfills aside.")
    deadline_minutes: float | None = Field(
        None,
        ge=1,
        le=525_600,
        description="Minutes after which a run that is not over is late, which is told; null: no such limit.",
    )
