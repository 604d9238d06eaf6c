"""Tells the ledger what Airflow runs: each state of a step, and the end of a run."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from switchyard.errors import BadInput
from switchyard.ledger.connection import from_airflow
from switchyard.ledger.rows import RunRow, RunState, StepRow, StepState
from switchyard.ledger.writer import Ledger
from switchyard.run_stamp import run_stamp

_OPEN = ("running", "waiting")

log = logging.getLogger(__name__)


def record_step(context: Any, state: str, summary: str, result: Mapping[str, Any]) -> None:
    """Record a step's state in the ledger of the connection ``switchyard_ledger``, and that its run runs.

    Without that connection, or while the ledger is away, it logs a warning and nothing else happens.
    """
    ledger = _ledger()
    if ledger is None:
        return
    step = _step(context, cast(StepState, state), summary, result)
    ledger.record_step_of_run(_running_run(context), step)


def record_run_success(context: Any) -> None:
    """Record that a run succeeded; for ``on_success_callback`` of a DAG."""
    _record_end(context, "success")


def record_run_failure(context: Any) -> None:
    """Record that a run failed; for ``on_failure_callback`` of a DAG."""
    _record_end(context, "failed")


def _ledger() -> Ledger | None:
    try:
        return from_airflow()
    except BadInput as error:
        log.warning("Nothing is recorded in the ledger: %s", error)
        return None


def _running_run(context: Any) -> RunRow:
    run, task = context["dag_run"], context["task"]
    row = RunRow(dag_id=run.dag_id, run_id=run.run_id, state="running", finished_at=None)
    if run.start_date:
        row["started_at"] = run.start_date
    if pipeline := getattr(task, "pipeline", None):
        row["pipeline"] = pipeline
    row["stamp"] = run_stamp(run.dag_id, run.run_id, run.run_after)
    if context["params"].get("dry_run"):
        row["mode"] = "dry run"
    return row


def _step(context: Any, state: StepState, summary: str, result: Mapping[str, Any]) -> StepRow:
    instance, now = context["ti"], datetime.now(UTC)
    row = StepRow(
        dag_id=instance.dag_id,
        run_id=instance.run_id,
        task_id=instance.task_id,
        map_index=instance.map_index,
        title=context["task"].task_display_name,
        state=state,
        try_number=instance.try_number,
        summary=summary,
        finished_at=None if state in _OPEN else now,
        result=result,
    )
    if state == "running":
        row["started_at"] = now
    return row


def _record_end(context: Any, state: RunState) -> None:
    ledger = _ledger()
    if ledger is None:
        return
    # Of a run whose steps were all skipped, Airflow tells no more than its DAG and its id.
    run = context.get("dag_run")
    ledger.record_run(
        dag_id=run.dag_id if run else context["dag"].dag_id,
        run_id=context["run_id"],
        state=state,
        finished_at=(run and run.end_date) or datetime.now(UTC),
        summary="" if state == "success" else str(context.get("reason") or ""),
    )
