"""The readable account of a demo: what ran, how long it took, what is where."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any

import psycopg2
import psycopg2.extras
from psycopg2 import sql

from demo import processes
from demo.airflow_api import AirflowApi
from demo.airflow_settings import APPROVER
from demo.clients import Phase
from demo.processes import DemoError
from demo.stack import Stack

REPORTS = "include/sql/reports"
STEP_WIDTH, REASON_WIDTH = 50, 110


LOOKS: Mapping[str, str] = {
    "sensitive_data_discovery": (
        "register  .venv/bin/python -m scripts.in_demo python -m demo.customers ask register_now"
    ),
    "federated_loads": (
        "warehouse .venv/bin/python -m scripts.in_demo python -m demo.retail warehouse "
        '"SELECT count(*) FROM retail.web_sales"'
    ),
}
"""What to run, by the story that made it."""


def title(text: str) -> None:
    """Print a heading."""
    print(f"\n{text}\n{'-' * len(text)}", flush=True)


def line(text: str) -> None:
    """Print a line below a heading."""
    print(f"  {text}", flush=True)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table, the first column to the left and the others to the right."""
    lines = [head, *rows]
    widths = [max(len(each[column]) for each in lines) for column in range(len(head))]
    for first, *others in lines:
        cells = [
            first.ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)),
        ]
        line("  ".join(cells).rstrip())


def duration(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min"


class Ledger:
    """Reads the ledger's tables."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn

    def rows(self, table_name: str, **key: str) -> list[dict[str, Any]]:
        """Rows of a table whose columns have these values."""
        conditions = [sql.SQL("{} = %s").format(sql.Identifier(column)) for column in key]
        statement = sql.SQL("SELECT * FROM {} WHERE {}").format(
            sql.Identifier("switchyard", table_name), sql.SQL(" AND ").join(conditions)
        )
        by_name = psycopg2.extras.RealDictCursor
        with (
            closing(psycopg2.connect(self._dsn)) as connection,
            connection.cursor(cursor_factory=by_name) as cursor,
        ):
            cursor.execute(statement, list(key.values()))
            return [dict(row) for row in cursor.fetchall()]

    def one(self, table_name: str, **key: str) -> dict[str, Any]:
        """The only such row.

        Raises:
            DemoError: there is none.
        """
        found = self.rows(table_name, **key)
        if len(found) != 1:
            raise DemoError(f"the ledger holds {len(found)} rows in {table_name} for {key}, not one")
        return found[0]


def steps(ledger: Ledger, dag_id: str, run_id: str) -> None:
    """Print a run's steps with their durations, as the ledger has them."""
    rows = [
        (
            step["title"],
            step["state"] if step["try_number"] == 1 else f"{step['state']}, try {step['try_number']}",
            duration((step["finished_at"] - step["started_at"]).total_seconds()),
        )
        for step in _numbered(ledger, dag_id, run_id)
    ]
    table(("step", "state", "took"), rows)
    skips(ledger, dag_id, run_id)


def skips(ledger: Ledger, dag_id: str, run_id: str) -> None:
    """Print why steps of a run had nothing to do, where the ledger has a reason."""
    reasons: dict[str, list[str]] = {}
    for step in sorted(ledger.rows("step", dag_id=dag_id, run_id=run_id), key=lambda one: one["started_at"]):
        if step["state"] == "skipped" and step["summary"]:
            what, _, why = step["summary"].partition(": ")
            reasons.setdefault(why or what, []).append(step["title"].partition(".")[0])
    for reason, numbers in reasons.items():
        what = f"skipped {', '.join(numbers)}: {reason}"
        for text in textwrap.wrap(what, REASON_WIDTH, subsequent_indent="  "):
            line(text)


def steps_by_group(ledger: Ledger, dag_id: str, run_id: str) -> None:
    """Print a run whose steps repeat for each group of tasks: one row for each step, one column for each group."""
    cells: dict[str, dict[str, str]] = {}
    for step in _numbered(ledger, dag_id, run_id):
        group = step["task_id"].rpartition(".")[0]
        seconds = duration((step["finished_at"] - step["started_at"]).total_seconds())
        said = seconds if step["state"] == "success" else f"{step['state']}, {seconds}"
        cells.setdefault(step["title"].removesuffix(f": {group}"), {})[group] = said
    groups = sorted({group for row in cells.values() for group in row})
    rows = [
        (textwrap.shorten(name, STEP_WIDTH, placeholder=" ..."), *(row.get(group, "") for group in groups))
        for name, row in cells.items()
    ]
    table(("step", *(group or "all tables" for group in groups)), rows)


def _numbered(ledger: Ledger, dag_id: str, run_id: str) -> list[dict[str, Any]]:
    """A run's steps in the order of their numbers, below a heading that names the run."""
    run = ledger.one("run", dag_id=dag_id, run_id=run_id)
    title(f"{dag_id}, run {run['stamp']}")
    found = ledger.rows("step", dag_id=dag_id, run_id=run_id)
    return sorted(found, key=lambda step: (int(step["title"].partition(".")[0]), step["started_at"]))


def phases(observed: Iterable[Phase], marker: str) -> None:
    """Print what a reader saw, phase by phase."""
    for phase in observed:
        if phase.gap:
            errors = ", ".join(f"{count} {error}" for error, count in phase.errors.items())
            line(f"  nothing for at most {phase.seconds * 1000:.0f} ms ({errors})")
        else:
            line(f"  {marker} {phase.marker} for {duration(phase.seconds)}")


def wait_for_dag(api: AirflowApi, dag_id: str, *, seconds: float) -> None:
    """Wait until a DAG has been parsed.

    Raises:
        DemoError: it cannot be; the message is the import error.
    """

    def parsed() -> bool:
        if errors := api.import_errors():
            name, trace = next(iter(errors.items()))
            raise DemoError(f"{name} cannot be imported: {trace.strip()}")
        return api.dag(dag_id) is not None

    processes.wait_until(parsed, f"the DAG {dag_id}", seconds=seconds, poll_seconds=0.5)


def require_success(api: AirflowApi, dag_id: str, run_id: str, *, seconds: float) -> None:
    """Wait for the end of a run.

    Raises:
        DemoError: it failed; the message names the failed task and ends with its log.
    """
    if api.wait_for_run(dag_id, run_id, seconds=seconds)["state"] == "success":
        return
    failed = next(task for task in api.tasks(dag_id, run_id) if task["state"] == "failed")
    log = api.log(dag_id, run_id, failed["task_id"], failed["try_number"], map_index=failed["map_index"])
    raise DemoError(f"{dag_id} failed in {failed['task_id']}. The end of its log:\n{log}")


def require_failure(
    api: AirflowApi, dag_id: str, run_id: str, task_ids: Collection[str], *, seconds: float
) -> None:
    """Wait for the end of a run that must fail in these tasks and in no others.

    Raises:
        DemoError: it ended otherwise.
    """
    state = api.wait_for_run(dag_id, run_id, seconds=seconds)["state"]
    failed = sorted(task["task_id"] for task in api.tasks(dag_id, run_id) if task["state"] == "failed")
    if failed != sorted(task_ids):
        wanted, found = ", ".join(sorted(task_ids)), ", ".join(failed) or "nothing"
        raise DemoError(f"{dag_id} ended as {state}: {found} failed where {wanted} had to")


def where_to_look(stack: Stack, stories: Collection[str]) -> None:
    """Print what to open and to run to see more of the stories that were told."""
    title("Where to look")
    line(f"Airflow   {stack.url}, user {stack.username}, password {stack.password}")
    line(f"          user {APPROVER}, who may answer what runs ask, password {stack.passwords[APPROVER]}")
    line(f"ledger    psql '{stack.ledger_dsn}' -f {REPORTS}/run_summary.sql (and the others there)")
    for story, shown in LOOKS.items():
        if story in stories:
            line(shown)
    line(f"logs      {stack.home / 'log'}, {stack.home / 'task-logs'}")
