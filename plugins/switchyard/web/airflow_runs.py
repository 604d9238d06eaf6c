"""What Airflow's own database says of a run, for the web server, which has it at hand."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from sqlalchemy import select

from switchyard.web.summary import Run, Step

_HANDED_ON = ("return_value", "planned_calls")


def read_run(dag_id: str, run_id: str) -> Run | None:
    """Read a run, its tasks, and what they have handed on; None where there is no such run."""
    with create_session() as session:
        run = session.scalar(select(DagRun).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id))
        if run is None:
            return None
        results = _results(session, dag_id, run_id)
        tasks = session.scalars(
            select(TaskInstance).where(TaskInstance.dag_id == dag_id, TaskInstance.run_id == run_id)
        )
        return Run(
            dag_id=dag_id,
            run_id=run_id,
            state=_text(run.state) or "queued",
            run_type=_text(run.run_type),
            started_by=run.triggering_user_name,
            queued_at=run.queued_at,
            began_at=run.start_date,
            ended_at=run.end_date,
            logical_date=run.logical_date,
            conf=dict(run.conf or {}),
            steps=[_step(task, results[task.task_id, task.map_index]) for task in tasks],
        )


def _results(session: Any, dag_id: str, run_id: str) -> defaultdict[tuple[str, int], dict[str, Any]]:
    found: defaultdict[tuple[str, int], dict[str, Any]] = defaultdict(dict)
    rows = session.execute(
        select(XComModel.task_id, XComModel.map_index, XComModel.key, XComModel.value).where(
            XComModel.dag_id == dag_id, XComModel.run_id == run_id, XComModel.key.in_(_HANDED_ON)
        )
    )
    for row in rows:
        found[row.task_id, row.map_index][row.key] = XComModel.deserialize_value(row)
    return found


def _step(task: TaskInstance, handed_on: dict[str, Any]) -> Step:
    result = handed_on.get("return_value")
    return Step(
        task_id=task.task_id,
        map_index=task.map_index,
        title=task.task_display_name,
        label=task.rendered_map_index or "",
        state=_text(task.state) or "none",
        tries=task.try_number,
        began_at=task.start_date,
        ended_at=task.end_date,
        result=result if isinstance(result, dict) else {},
        planned=list(handed_on.get("planned_calls") or []),
    )


def _text(value: Any) -> str:
    return str(getattr(value, "value", value) or "")
