"""A warehouse that is not well, and runs of the DAG that looks after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from tests.support.dag_runner import DagRunner
from tests.support.federated_runs import Loads, shipped_tables
from tests.support.recovery import REPOSITORY, load_dag

SHIPPED = REPOSITORY / "include" / "pipelines" / "warehouse_health" / "analytics.yaml"
TABLE = "retail.upkeep"
_UNDER_WAY = ("SUBMITTED", "PICKED", "STARTED")


def ailing(make_loads: Callable[..., Loads], folder: Path) -> Loads:
    """A warehouse in which anybody may look into the staging schema, and a table has no statistics."""
    loads = make_loads("retail", shipped_tables("retail", "date_dim"))
    content = yaml.safe_load(SHIPPED.read_text())
    content |= {"tables": [TABLE], "waits": {"poll_interval_seconds": 0.1}}
    content["limits"] = {"least_rows": 0, "stats_off_percent": 0.0}
    file = folder / "pipelines" / "warehouse_health" / "analytics.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(yaml.safe_dump(content))
    loads.world.ask("GRANT USAGE ON SCHEMA etl_stage TO PUBLIC")
    loads.world.ask(f"CREATE TABLE {TABLE} (id bigint)")
    loads.world.ask(f"INSERT INTO {TABLE} VALUES (1), (2)")
    return loads


def upkeep(loads: Loads, **options: Any) -> DagRunner:
    """A run of the DAG that is not begun yet; `options` are the runner's."""
    folder = loads.folder / "health"
    folder.mkdir()
    run_after = datetime(2026, 2, 1, tzinfo=UTC)
    return DagRunner(load_dag("warehouse_health"), folder, run_id="manual__1", run_after=run_after, **options)


def end_state(loads: Loads, run: DagRunner) -> dict[str, Any]:
    """What the run has found, recorded, done, and left running."""
    ledger = loads.world.ledger
    checks = ledger("SELECT name, kind, passed FROM switchyard.check_result ORDER BY 1, 2, 3")
    data = loads.world.client("redshift-data")
    pages = data.get_paginator("list_statements").paginate(Status="ALL")
    return {
        "states": run.states,
        "ledger": {
            "check_result": [(row["name"], row["kind"], row["passed"]) for row in checks],
            "step": ledger("SELECT task_id, state FROM switchyard.step ORDER BY task_id"),
        },
        "done": run.results["maintain_tables"]["done"],
        "running": [one["Id"] for page in pages for one in page["Statements"] if one["Status"] in _UNDER_WAY],
    }
