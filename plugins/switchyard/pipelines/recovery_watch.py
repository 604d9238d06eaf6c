"""The DAG that watches over recoveries, and the deadlines of the two others, as far as configuration decides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from switchyard.configuration.aurora_recovery import AuroraRecovery
from switchyard.configuration.cron import longest_gap
from switchyard.operators.aurora.deadlines import tell_missed_deadline
from switchyard.pipelines.common import dag_arguments, dry_run
from switchyard.pipelines.notices import deadlines
from switchyard.pipelines.schedules import started_by

TAGS = ("switchyard", "aurora-recovery")
PROOF = "check_live"
"""The step of recovery_restore that proves the live endpoint; what comes after it takes no time from anybody."""

_POINT = "Look at the run in Airflow: what it waits for stands in the log of its last step, and in the ledger"
_RESTORE = (
    "Look at the run in Airflow: a step that waits says for what; docs/how-to/recover-a-half-swap.md goes on"
)


class TimedDag(DAG):
    """A DAG with a deadline, which `airflow dags test` runs without it: no scheduler is there to watch it.

    Airflow 3.3.2 fails at the end of such a run, after its last task has succeeded, as it looks for the deadline's row
    by a description of it (https://github.com/apache/airflow/issues/73428).
    """

    def test(self, *args: Any, **kwargs: Any) -> Any:
        """Run it once, as `airflow dags test` does; see ``DAG.test``."""
        deadline, self.deadline = self.deadline, None
        try:
            return super().test(*args, **kwargs)
        finally:
            self.deadline = deadline


def recovery_watch_dag(pipeline: AuroraRecovery) -> dict[str, Any]:
    """Arguments of the DAG that watches."""
    return dag_arguments(pipeline, "recovery_watch", TAGS) | {
        **started_by(pipeline.schedule.recovery_watch),
        "params": {"dry_run": dry_run()},
    }


def recovery_point_deadline(pipeline: AuroraRecovery) -> dict[str, Any]:
    """Tell people when a recovery point is so late that the one before it becomes older than the RPO allows."""
    minutes = pipeline.alert.recovery_point_minutes or _spare_minutes(pipeline)
    place = {
        "topic_arn": pipeline.alert.source_topic_arn,
        "aws_conn_id": pipeline.source.aws_conn_id,
        "account_id": pipeline.source.account_id,
        "region_name": pipeline.recovery_region,
    }
    return _deadline(pipeline, "objectives.rpo_minutes", minutes, _POINT, place)


def recovery_restore_deadline(pipeline: AuroraRecovery) -> dict[str, Any]:
    """Tell people when a restore has not proved the live endpoint within the RTO."""
    minutes = pipeline.alert.recovery_restore_minutes or pipeline.objectives.rto_minutes
    place = {
        "topic_arn": pipeline.alert.target_topic_arn,
        "aws_conn_id": pipeline.target.aws_conn_id,
        "account_id": pipeline.target.account_id,
        "region_name": pipeline.target.region,
        "proof": PROOF,
    }
    return _deadline(pipeline, "objectives.rto_minutes", minutes, _RESTORE, place)


def _spare_minutes(pipeline: AuroraRecovery) -> float:
    """Minutes a run may take: the age that the RPO allows, less what the point before has when the run begins."""
    schedule = pipeline.schedule.recovery_point
    age = longest_gap(schedule.cron).total_seconds() / 60 if schedule else 0.0
    return max(1.0, pipeline.objectives.rpo_minutes - age)


def _deadline(
    pipeline: AuroraRecovery, objective: str, minutes: float, remedy: str, place: dict[str, Any]
) -> dict[str, Any]:
    """The DAG's argument; runs by hand and by message have no logical date, so that queueing starts the clock."""
    told = {"pipeline": pipeline.pipeline, "objective": objective, "minutes": minutes, "remedy": remedy}
    alert = DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(minutes=minutes),
        callback=AsyncCallback(tell_missed_deadline, kwargs=told | place),
    )
    return {"deadline": [alert, *deadlines(pipeline)]}
