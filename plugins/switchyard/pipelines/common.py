"""What the DAGs of every pipeline have in common."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from airflow.sdk import Param

from switchyard.ledger.recorders import record_run_failure, record_run_success, record_step
from switchyard.observability.stats import send_step
from switchyard.operators.recorders import step_recorders
from switchyard.pipelines.notices import callbacks, deadlines
from switchyard.run_stamp import run_stamp

for recorder in (record_step, send_step):
    if recorder not in step_recorders:  # this module may be loaded anew in one process
        step_recorders.append(recorder)


def dag_arguments(pipeline: Any, name: str, tags: Sequence[str]) -> dict[str, Any]:
    """Arguments of a DAG of a pipeline instance: identity, one run at a time, retries, records of its end.

    Args:
        pipeline: the instance's configuration, with the sections ``waits`` and ``pools``.
        name: the DAG's name, that of its file.
        tags: those of the pipeline; the instance adds its own.
    """
    return {
        "dag_id": f"{name}__{pipeline.name}",
        "dag_display_name": f"{name.replace('_', ' ').capitalize()}: {pipeline.name}",
        "description": pipeline.description,
        "catchup": False,
        "max_active_runs": pipeline.schedule.max_active_runs,
        "on_success_callback": [record_run_success, *callbacks(pipeline, "success")],
        "on_failure_callback": [record_run_failure, *callbacks(pipeline, "failure")],
        "deadline": deadlines(pipeline) or None,
        "tags": [*tags, *pipeline.tags],
        "user_defined_macros": {"stamp": stamp},
        "default_args": {
            "owner": pipeline.owner,
            "pool": pipeline.pools.default,
            "retries": 3,
            "retry_delay": timedelta(seconds=max(5.0, pipeline.waits.poll_interval_seconds)),
            "retry_exponential_backoff": True,
            "max_retry_delay": timedelta(minutes=10),
            "refusal": pipeline.refusal(name),
        },
    }


def within(pipeline: Any, minutes: float) -> dict[str, Any]:
    """Deadline and pace of a step, as an operator takes them."""
    return {
        "timeout": timedelta(minutes=minutes),
        "poll_interval": pipeline.waits.poll_interval_seconds,
    }


def stamp(dag_run: Any) -> str:
    """The run's stamp, for templates."""
    return run_stamp(dag_run.dag_id, dag_run.run_id, dag_run.run_after)


def dry_run() -> Param:
    """The form's first field."""
    return Param(
        False,
        type="boolean",
        title="Dry run",
        description="Change nothing. The run's summary lists the calls that would change something.",
    )


def number(
    default: float, *, at_least: float, at_most: float, title: str, description: str, **schema: Any
) -> Param:
    """A field for a number, whose limits Airflow's form keeps but does not show, so that the description says them.

    Args:
        default: what stands in it.
        at_least: the smallest number that is taken.
        at_most: the largest.
        title: what stands beside it, with the unit.
        description: what it means, as whole sentences.
        schema: more of the field's schema, such as ``section`` and ``type``.
    """
    wanted: dict[str, Any] = {"type": "integer", "minimum": at_least, "maximum": at_most} | schema
    limits = f"From {at_least:,} to {at_most:,}."
    return Param(default, **wanted, title=title, description=f"{description} {limits}")
