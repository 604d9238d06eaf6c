"""The two DAGs of an Aurora recovery, as far as configuration decides about them."""

from __future__ import annotations

from functools import partial
from typing import Any

from airflow.sdk import Asset, AssetWatcher, Param

from switchyard.aurora_recovery.modes import MODES, USUAL
from switchyard.aurora_recovery.names import RecoveryNames
from switchyard.aurora_recovery.selection import AllowList
from switchyard.configuration.aurora_recovery import AuroraRecovery, Half
from switchyard.configuration.loader import load
from switchyard.ledger.recovery_rows import Gate
from switchyard.messaging.sqs import SqsMessageTrigger
from switchyard.operators.aurora.protected import snapshot_arn
from switchyard.operators.aurora.step import PROTECTED
from switchyard.pipelines.common import dag_arguments, dry_run, number, stamp, within
from switchyard.pipelines.recovery_watch import TAGS, recovery_point_deadline, recovery_restore_deadline
from switchyard.pipelines.schedules import at_any, started_by, timetable

MODE_NAMES = {
    "swap": "swap: the candidate takes the live name",
    "test": "test: a drill, proved and torn down",
    "keep": "keep: the candidate stays beside the live one",
}
"""What the form shows for each mode."""
LONGEST_LOOK_AWAY = 2.0
"""Seconds between two looks while names are changed."""
_END = r"$(?!\n)"
"""The end of a text in the form's patterns: to Python, which checks them, $ also stands before a last line feed."""


def recovery_pipelines(half: Half) -> list[AuroraRecovery]:
    """The configured recoveries of which this deployment runs a half; dags/configuration.py tells of broken files."""
    return [one for one in load().of(AuroraRecovery) if half in one.halves]


def recovery_point_dag(pipeline: AuroraRecovery) -> dict[str, Any]:
    """Arguments of the DAG that makes recovery points."""
    return _dag(pipeline, "recovery_point", pipeline.source.identifier) | {
        **started_by(pipeline.schedule.recovery_point),
        **recovery_point_deadline(pipeline),
        "params": {
            "dry_run": dry_run(),
            **_retention(pipeline),
        },
    }


def recovery_restore_dag(pipeline: AuroraRecovery) -> dict[str, Any]:
    """Arguments of the DAG that restores."""
    snapshots = PROTECTED[pipeline.kind].snapshots.resource_type
    return _dag(pipeline, "recovery_restore", pipeline.target.identifier) | {
        **started_by(pipeline.schedule.recovery_restore),
        "schedule": _restore_schedule(pipeline),
        **recovery_restore_deadline(pipeline),
        "params": {
            "dry_run": dry_run(),
            "snapshot_arn": Param(
                None,
                type=["null", "string"],
                pattern=rf"^arn:aws[a-z-]*:rds:[a-z0-9-]+:[0-9]{{12}}:{snapshots}:[a-z][a-z0-9-]*{_END}",
                title="Snapshot ARN",
                description="A snapshot that the source account shares, such as "
                f"arn:aws:rds:{pipeline.target.region}:{pipeline.source.account_id}:{snapshots}:NAME; "
                "left empty, the newest suitable one.",
            ),
            "mode": Param(
                USUAL,
                type="string",
                enum=[USUAL, *MODES],
                values_display={USUAL: f"usual: {pipeline.restore.mode}; test, where the run is dated back"}
                | MODE_NAMES,
                title="Mode",
                description="What is done with the candidate, which is the restored database, once it has passed its "
                "checks. A run is dated back by a backfill, or by a logical date in the past.",
            ),
            "instance_class": Param(
                pipeline.target.instance_class,
                type=["null", "string"],
                pattern=rf"^db\.(?:[a-z0-9-]+\.[a-z0-9]+|serverless){_END}",
                title="Instance class",
                description="Class of the restored instances, such as db.r6g.large; left empty, that of the source.",
                section="Candidate",
            ),
            "drain_minutes": number(
                pipeline.retire.drain_minutes,
                at_least=0,
                at_most=10_080,
                title="Drain time, minutes",
                description="How long clients may stay on the old database before it is retired.",
                section="Old database",
            ),
            "final_snapshot": Param(
                pipeline.retire.final_snapshot,
                type="boolean",
                title="Final snapshot",
                description="Snapshot the old database, and wait for the snapshot, before it is deleted.",
                section="Old database",
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
        source_id=pipeline.source.identifier,
        engine=pipeline.engine,
        share_region=pipeline.announced_region,
    )


def source_snapshot_arn(pipeline: AuroraRecovery, snapshot_id: str) -> str:
    """The ARN of a recovery point where it is made, whether or not it exists yet."""
    source = pipeline.source
    return snapshot_arn(
        PROTECTED[pipeline.kind].snapshots,
        region=source.region,
        account_id=source.account_id,
        snapshot_id=snapshot_id,
    )


def restore_overrides(pipeline: AuroraRecovery, instance_class: Any) -> dict[str, Any]:
    """What wins over the manifest in the restore; for a plain instance also the class that the run decided on."""
    chosen = {"DBInstanceClass": instance_class} if pipeline.kind == "instance" else {}
    return pipeline.restore_overrides | chosen


def instance_overrides(pipeline: AuroraRecovery, instance_class: Any) -> dict[str, Any]:
    """What wins over the manifest in a cluster's instances, with the class that the run decided on."""
    return pipeline.instance_overrides | {"DBInstanceClass": instance_class}


def approval(pipeline: AuroraRecovery, gate: Gate) -> dict[str, Any]:
    """Who is asked at a gate, and for how long."""
    asked = pipeline.approval
    return {
        "asked": asked.swap if gate == "swap" else asked.retire,
        "deadline_minutes": asked.deadline_minutes,
        "default": asked.default,
        "approvers": asked.approvers,
        "params": {
            "comment": Param(
                None,
                type=["null", "string"],
                maxLength=500,
                title="Comment",
                description="Kept with the answer in the ledger.",
            )
        },
    }


def swiftly(pipeline: AuroraRecovery, minutes: int) -> dict[str, Any]:
    """The same for steps during which nobody may bear the live name: they look often, whatever is configured."""
    pace = min(pipeline.waits.poll_interval_seconds, LONGEST_LOOK_AWAY)
    return within(pipeline, minutes) | {"poll_interval": pace}


def _dag(pipeline: AuroraRecovery, half: Half, protected_id: str) -> dict[str, Any]:
    arguments = dag_arguments(pipeline, half, TAGS)
    arguments["user_defined_macros"] |= {"names": partial(_names, protected_id)}
    return arguments


def _names(protected_id: str, dag_run: Any) -> RecoveryNames:
    return RecoveryNames.for_run(protected_id, stamp(dag_run))


def recovery_point_outlets(pipeline: AuroraRecovery) -> list[Asset]:
    """The asset that is updated once a recovery point is announced."""
    return _named(pipeline.notification.asset)


def proof_outlets(pipeline: AuroraRecovery) -> list[Asset]:
    """The asset that is updated once a restore is proved."""
    return _named(pipeline.alert.asset)


def _named(asset: str | None) -> list[Asset]:
    return [Asset(asset)] if asset else []


def _restore_schedule(pipeline: AuroraRecovery) -> Any:
    news = [*_announced(pipeline), *_named(pipeline.schedule.asset)]
    return at_any(timetable(pipeline.schedule.recovery_restore), *news)


def _announced(pipeline: AuroraRecovery) -> list[Asset]:
    """The asset that the messages of the queue update, where a restore is to start for each."""
    queue_arn = pipeline.notification.queue_arn
    if not pipeline.restore.start_on_message or queue_arn is None:
        return []
    watcher = SqsMessageTrigger(
        queue_arn=queue_arn,
        aws_conn_id=pipeline.target.aws_conn_id,
        account_id=pipeline.target.account_id,
        poll_interval=pipeline.waits.poll_interval_seconds,
    )
    watchers = [AssetWatcher(name="announcements", trigger=watcher)]
    return [Asset(name=f"recovery_points_of_{pipeline.name}", watchers=watchers)]


def _retention(pipeline: AuroraRecovery) -> dict[str, Param]:
    retention = pipeline.retention
    return {
        "keep_last": number(
            retention.keep_last,
            at_least=1,
            at_most=90,
            title="Snapshots to keep",
            description="So many of the newest are kept, whatever their age.",
            section="Retention",
        ),
        "keep_days": number(
            retention.keep_days,
            at_least=0,
            at_most=3650,
            title="Days to keep",
            description="Snapshots that are younger are kept, whatever their number.",
            section="Retention",
        ),
    }
