"""When the DAGs of every pipeline run by themselves, and when a run of them is late."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import Asset, AssetAny, AssetOrTimeSchedule
from airflow.sdk.bases.timetable import BaseTimetable
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from switchyard.configuration.schedules import Schedule
from switchyard.operators.aurora.deadlines import tell_missed_deadline
from switchyard.pipelines.notices import deadlines
from switchyard.pipelines.timetables import Ticks, TicksOrNews

LATE = timedelta(minutes=1)
"""How late Airflow may be to make the first run of a schedule, whose tick is past by then and would be left out."""


def timetable(schedule: Schedule | None) -> Ticks | None:
    """The time part of a DAG's schedule; None where it never runs by itself."""
    if schedule is None:
        return None
    # A DAG that is unpaused for the first time waits for its next tick; that holds without a start date alone.
    return Ticks(schedule.cron, timezone=schedule.timezone, run_immediately=LATE)


def started_by(
    schedule: Schedule | None, asset: str | None = None, *, times: BaseTimetable | Ticks | None = None
) -> dict[str, Any]:
    """Arguments of a DAG about when it starts by itself: at times, at events of an asset, at both, or never.

    Args:
        schedule: the times, as configured.
        asset: the name of the asset.
        times: the timetable that makes runs of the schedule; ``timetable`` does where none is given.
    """
    times = times or timetable(schedule)
    when = at_any(times, *([Asset(asset)] if asset else []))
    if schedule is None or schedule.since is None:
        return {"schedule": when}
    since = datetime.combine(schedule.since, time(), ZoneInfo(schedule.timezone))
    return {"schedule": when, "start_date": since, "catchup": schedule.catchup}


def at_any(times: BaseTimetable | Ticks | None, *assets: Asset) -> Any:
    """The schedule of a DAG that runs at these times and at an event of any of these assets; None for neither."""
    if not assets:
        return times
    news: Any = assets[0] if len(assets) == 1 else AssetAny(*assets)
    if isinstance(times, Ticks):
        return TicksOrNews(timetable=times, assets=news)
    return AssetOrTimeSchedule(timetable=times, assets=news) if times else news


def late_after(
    pipeline: Any, *, region_name: str, aws_conn_id: str, account_id: str, topic_arn: str | None = None
) -> dict[str, Any]:
    """The argument of a DAG that tells people of a run which is not over in time; empty where there is no limit.

    Runs by hand and by asset have no logical date, so that queueing starts the clock.

    Args:
        pipeline: the configuration, with its section ``schedule``.
        region_name: Region of the topic.
        aws_conn_id: the Airflow connection that leads to it.
        account_id: its account, 12 digits.
        topic_arn: where the alert goes; None tells the log, and Airflow's pages, alone.
    """
    minutes = pipeline.schedule.deadline_minutes
    if minutes is None:
        return {}
    told = {
        "pipeline": pipeline.pipeline,
        "objective": "schedule.deadline_minutes",
        "minutes": minutes,
        "remedy": "Look at the run in Airflow: a step that waits says for what",
        "topic_arn": topic_arn,
        "aws_conn_id": aws_conn_id,
        "account_id": account_id,
        "region_name": region_name,
    }
    alert = DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(minutes=minutes),
        callback=AsyncCallback(tell_missed_deadline, kwargs=told),
    )
    return {"deadline": [alert, *deadlines(pipeline)]}
