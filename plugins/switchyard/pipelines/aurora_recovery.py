"""The two DAGs of an Aurora recovery, as far as configuration decides about them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from airflow.sdk import Asset, AssetOrTimeSchedule, AssetWatcher, CronTriggerTimetable, Param

from switchyard.aurora_recovery.names import RecoveryNames
from switchyard.aurora_recovery.selection import AllowList
from switchyard.configuration.aurora_recovery import AuroraRecovery, Half
from switchyard.configuration.loader import load
from switchyard.configuration.sections import Schedule
from switchyard.ledger.recorders import record_run_failure, record_run_success
from switchyard.messaging.sqs import SqsMessageTrigger
from switchyard.run_stamp import run_stamp

TAGS = ("switchyard", "aurora-recovery")
LONGEST_LOOK_AWAY = 2.0
"""Seconds between two looks while names are changed."""


def recovery_pipelines(half: Half) -> list[AuroraRecovery]:
    """The configured recoveries of which this deployment runs a half; dags/configuration.py tells of broken files."""
    return [one for one in load().instances if isinstance(one, AuroraRecovery) and half in one.halves]


def recovery_point_dag(pipeline: AuroraRecovery) -> dict[str, Any]:
    """Arguments of the DAG that makes recovery points."""
    return _dag(pipeline, "recovery_point", pipeline.source.cluster_id) | {
        "schedule": _timetable(pipeline.schedule.recovery_point),
        "params": {
            "dry_run": _dry_run(),
            **_retention(pipeline),
        },
    }


def recovery_restore_dag(pipeline: AuroraRecovery) -> dict[str, Any]:
    """Arguments of the DAG that restores."""
    return _dag(pipeline, "recovery_restore", pipeline.target.cluster_id) | {
        "schedule": _restore_schedule(pipeline),
        "params": {
            "dry_run": _dry_run(),
            "snapshot_arn": Param(
                None,
                type=["null", "string"],
                pattern=r"^arn:aws[a-z-]*:rds:[a-z0-9-]+:[0-9]{12}:cluster-snapshot:[a-z][a-z0-9-]*$",
                title="Snapshot ARN",
                description="A snapshot that the source account shares; empty takes the newest suitable one.",
            ),
            "instance_class": Param(
                pipeline.target.instance_class,
                type=["null", "string"],
                pattern=r"^db\.[a-z0-9-]+\.[a-z0-9]+$|^db\.serverless$",
                title="Instance class",
                description="Class of the restored instances; empty takes that of the source.",
                section="Candidate",
            ),
            "drain_minutes": Param(
                pipeline.retire.drain_minutes,
                type="integer",
                minimum=0,
                maximum=10_080,
                title="Drain time in minutes",
                description="How long clients may stay on the old cluster before it is retired.",
                section="Old cluster",
            ),
            "final_snapshot": Param(
                pipeline.retire.final_snapshot,
                type="boolean",
                title="Final snapshot",
                description="Snapshot the old cluster, and wait for it, before it is deleted.",
                section="Old cluster",
            ),
            **_retention(pipeline),
        },
    }


def allow_list(pipeline: AuroraRecovery) -> AllowList:
    """What a recovery point must be to be restored by this pipeline."""
    return AllowList(
        pipeline=pipeline.pipeline,
        source_account_id=pipeline.source.account_id,
        own_account_id=pipeline.target.account_id,
        region=pipeline.target.region,
        cluster_id=pipeline.source.cluster_id,
        engine=pipeline.engine,
    )


def within(pipeline: AuroraRecovery, minutes: int) -> dict[str, Any]:
    """Deadline and pace of a step, as an operator takes them."""
    return {
        "timeout": timedelta(minutes=minutes),
        "poll_interval": pipeline.waits.poll_interval_seconds,
    }


def swiftly(pipeline: AuroraRecovery, minutes: int) -> dict[str, Any]:
    """The same for steps during which nobody may bear the live name: they look often, whatever is configured."""
    pace = min(pipeline.waits.poll_interval_seconds, LONGEST_LOOK_AWAY)
    return within(pipeline, minutes) | {"poll_interval": pace}


def _dag(pipeline: AuroraRecovery, half: Half, cluster_id: str) -> dict[str, Any]:
    return {
        "dag_id": f"{half}__{pipeline.name}",
        "dag_display_name": f"{half.replace('_', ' ').capitalize()}: {pipeline.name}",
        "description": pipeline.description,
        "catchup": False,
        "max_active_runs": 1,
        "on_success_callback": record_run_success,
        "on_failure_callback": record_run_failure,
        "tags": [*TAGS, *pipeline.tags],
        "user_defined_macros": {"stamp": _stamp, "names": partial(_names, cluster_id)},
        "default_args": {
            "owner": pipeline.owner,
            "pool": pipeline.pools.default,
            "retries": 3,
            "retry_delay": timedelta(seconds=max(5.0, pipeline.waits.poll_interval_seconds)),
            "retry_exponential_backoff": True,
            "max_retry_delay": timedelta(minutes=10),
        },
    }


def _stamp(dag_run: Any) -> str:
    return run_stamp(dag_run.dag_id, dag_run.run_id, dag_run.run_after)


def _names(cluster_id: str, dag_run: Any) -> RecoveryNames:
    return RecoveryNames.for_run(cluster_id, _stamp(dag_run))


def _timetable(schedule: Schedule | None) -> CronTriggerTimetable | None:
    if schedule is None:
        return None
    # A DAG that is unpaused runs at its next tick, never for one that is past; that holds without a start date alone.
    return CronTriggerTimetable(schedule.cron, timezone=schedule.timezone, run_immediately=timedelta(0))


def _restore_schedule(pipeline: AuroraRecovery) -> Any:
    queue_arn = pipeline.notification.queue_arn
    if not pipeline.restore.start_on_message or queue_arn is None:
        return _timetable(pipeline.schedule.recovery_restore)
    watcher = SqsMessageTrigger(
        queue_arn=queue_arn,
        aws_conn_id=pipeline.target.aws_conn_id,
        account_id=pipeline.target.account_id,
        poll_interval=pipeline.waits.poll_interval_seconds,
    )
    announced = Asset(
        name=f"recovery_points_of_{pipeline.name}",
        watchers=[AssetWatcher(name="announcements", trigger=watcher)],
    )
    timetable = _timetable(pipeline.schedule.recovery_restore)
    return AssetOrTimeSchedule(timetable=timetable, assets=[announced]) if timetable else announced


def _dry_run() -> Param:
    return Param(
        False,
        type="boolean",
        title="Dry run",
        description="Print every call that would change something, and make none.",
    )


def _retention(pipeline: AuroraRecovery) -> dict[str, Param]:
    retention = pipeline.retention
    return {
        "keep_last": Param(
            retention.keep_last,
            type="integer",
            minimum=1,
            maximum=90,
            title="Snapshots to keep",
            description="The newest this many are kept whatever their age.",
            section="Retention",
        ),
        "keep_days": Param(
            retention.keep_days,
            type="integer",
            minimum=0,
            maximum=3650,
            title="Days to keep",
            description="Snapshots younger than this are kept whatever their number.",
            section="Retention",
        ),
    }
