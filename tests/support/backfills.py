"""Backfills of a stack's DAGs by the command line, from the schedule to Airflow's end of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from demo import processes
from demo.airflow_api import AirflowApi
from demo.stack import Stack
from tests.support.page_commands import typed

PARSED_SECONDS, FILLED_SECONDS = 120, 600


def schedule_as(api: AirflowApi, dag_id: str, expected: str | None) -> None:
    """Have a DAG parsed again, and wait until Airflow shows this schedule of it."""
    api.parse_again(dag_id)
    processes.wait_until(
        lambda: (api.dag(dag_id) or {})["timetable_summary"] == expected,
        f"the schedule of {dag_id}",
        seconds=PARSED_SECONDS,
        poll_seconds=0.5,
    )


def fill_back(stack: Stack, dag_id: str, command: str) -> dict[datetime, dict[str, Any]]:
    """Type a command that fills a DAG back, and wait until Airflow has closed it; all filled runs by their moments."""
    api = stack.api()
    typed(stack, command)

    def closed() -> bool:
        # Airflow takes up to half a minute for it, and refuses the next one until then.
        found = api.get(f"backfills?dag_id={dag_id}")["backfills"]
        return all(one["completed_at"] is not None for one in found)

    processes.wait_until(closed, "the end of the backfill", seconds=FILLED_SECONDS, poll_seconds=1)
    runs = [run for run in api.runs(dag_id) if run["run_type"] == "backfill"]
    return {datetime.fromisoformat(run["logical_date"]): run for run in runs}
