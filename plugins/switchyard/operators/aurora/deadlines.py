"""What the triggerer does when a run of a recovery is not over in time."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from asgiref.sync import sync_to_async

from switchyard.aurora_recovery.alerts import Alert, Complaint
from switchyard.aws.connections import async_client
from switchyard.errors import SwitchyardError
from switchyard.ledger.connection import DEFAULT_CONN_ID
from switchyard.ledger.watching import watching_from_airflow

log = logging.getLogger(__name__)


async def tell_missed_deadline(
    *,
    pipeline: str,
    objective: str,
    minutes: float,
    remedy: str,
    topic_arn: str | None,
    aws_conn_id: str,
    account_id: str,
    region_name: str,
    proof: str | None = None,
    ledger_conn_id: str = DEFAULT_CONN_ID,
    context: Mapping[str, Any] | None = None,
) -> str:
    """Publish that a run is late; Airflow calls it once for a run that is not over at its deadline.

    Args:
        pipeline: the pipeline instance.
        objective: field of the configuration that the deadline is derived from.
        minutes: the time that the run had.
        remedy: what a person does about it.
        topic_arn: where the alert goes; None tells the log alone.
        aws_conn_id: the Airflow connection that leads to the topic.
        account_id: account of the topic, 12 digits.
        region_name: Region of the topic.
        proof: the step whose end meets the objective, whatever the run does after it.
        ledger_conn_id: the ledger that knows how steps ended.
        context: Airflow's, with the run.

    Returns:
        What was done, which Airflow keeps beside the callback.
    """
    run = (context or {}).get("dag_run") or {}
    # A run is described as the REST API does it.
    dag_id, run_id = str(run.get("dag_id", "")), str(run.get("dag_run_id", ""))
    if proof and await _has_proved(ledger_conn_id, dag_id, run_id, proof):
        return f"{proof} of {run_id} ended in time"
    now = datetime.now(UTC)
    complaint = Complaint(
        cause=objective,
        field=objective,
        value=f"run {run_id} of {dag_id}",
        problem=f"it is not {'at the end of ' + proof if proof else 'over'} after {minutes:g} minutes",
        remedy=remedy,
        since=now - timedelta(minutes=minutes),
    )
    alert = Alert("deadline missed", pipeline, complaint, now)
    log.warning("%s: %s", alert.subject, complaint)
    if topic_arn is None:
        return "logged"
    place = {"aws_conn_id": aws_conn_id, "account_id": account_id, "region_name": region_name}
    async with async_client("sns", **place) as sns:
        await sns.publish(TopicArn=topic_arn, Subject=alert.subject, Message=alert.to_json())
    return f"told {topic_arn}"


async def _has_proved(conn_id: str, dag_id: str, run_id: str, task_id: str) -> bool:
    def read() -> bool:
        return watching_from_airflow(conn_id).has_proved(dag_id, run_id, task_id)

    try:
        return await sync_to_async(read)()
    except SwitchyardError as error:
        log.warning(
            "Whether %s of %s has ended is not known, so it counts as late: %s", task_id, run_id, error
        )
        return False
