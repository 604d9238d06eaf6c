"""Kill the tasks that look after a warehouse around all that they do elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.dag_runner import DagRunner
from tests.support.federated_runs import Loads, shipped_tables
from tests.support.kill_figures import require_same_end
from tests.support.kill_points import KillPoints
from tests.support.kill_sample import Nothing, Sample
from tests.support.recovery import REPOSITORY, load_dag

EVERY = 40
"""Kills are around every fortieth call, and the first and last of each operation."""
SHIPPED = REPOSITORY / "include" / "pipelines" / "warehouse_health" / "analytics.yaml"
TABLE = "retail.upkeep"


@pytest.mark.timeout(1200)
def test_killed_runs_end_as_undisturbed_ones(
    make_loads: Callable[..., Loads], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It should find and record the same, and do the same to the tables, whatever call or statement a kill struck."""
    loads = wrong(make_loads, tmp_path)
    watched = KillPoints(loads.folder / "watched", statements=True, stores=True, sample=Nothing())
    undisturbed = look_after(loads, watched)
    assert ("Readers of half-made tables", "warehouse health", False) in undisturbed["checks"]

    loads = wrong(make_loads, tmp_path)
    sample = Sample(EVERY, watched.calls)
    points = KillPoints(loads.folder / "kill-points", statements=True, stores=True, sample=sample)
    require_same_end("warehouse health", look_after(loads, points), undisturbed, points, capsys)

    assert points.struck("before") == points.struck("after")
    operations = {struck.split()[1] for struck in points.struck("before")}
    assert {"ExecuteStatement", "DescribeStatement", "COMMIT"} <= operations


def wrong(make_loads: Callable[..., Loads], folder: Path) -> Loads:
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


def look_after(loads: Loads, points: KillPoints) -> dict[str, Any]:
    """Run the DAG; what it has found, recorded, done, and left running."""
    folder = loads.folder / "health"
    folder.mkdir()
    run = DagRunner(
        load_dag("warehouse_health"),
        folder,
        run_id="manual__1",
        run_after=datetime(2026, 2, 1, tzinfo=UTC),
        before_try=points.install,
    )
    run.run()
    checks = loads.world.ledger("SELECT name, kind, passed FROM switchyard.check_result ORDER BY 1, 2, 3")
    data = loads.world.client("redshift-data")
    pages = data.get_paginator("list_statements").paginate(Status="ALL")
    running = [one["Id"] for page in pages for one in page["Statements"] if one["Status"] in _UNDER_WAY]
    return {
        "states": run.states,
        "checks": [(row["name"], row["kind"], row["passed"]) for row in checks],
        "steps": loads.world.ledger("SELECT task_id, state FROM switchyard.step ORDER BY task_id"),
        "done": run.results["maintain_tables"]["done"],
        "running": running,
    }


_UNDER_WAY = ("SUBMITTED", "PICKED", "STARTED")
