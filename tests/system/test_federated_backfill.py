"""Days of a federated load, filled back with Airflow's command line.

SWITCHYARD_BACKFILL_DAYS=31 fills the whole month back, which takes most of an hour; a month in any order is loaded
without a scheduler by tests/pipelines/test_federated_intervals.py.
"""

from __future__ import annotations

import json
import os
from datetime import date, timedelta

import pytest
import yaml

from demo import account, processes
from demo.airflow_settings import REPOSITORY
from demo.retail import Shop, Warehouse
from tests.support.lineage_rules import require_valid

DAG = "federated_load__daily"
LAST = date(2026, 1, 31)
DAYS = [
    str(LAST - timedelta(days=ago))
    for ago in reversed(range(int(os.environ.get("SWITCHYARD_BACKFILL_DAYS", "4"))))
]
COLUMNS = ("ca_address_sk", "ca_city", "ca_zip", "updated_at")
SINCE = f"{date.fromisoformat(DAYS[0]) - timedelta(days=1)} 23:55:00"
SELECT = f"SELECT {', '.join(COLUMNS)} FROM {{}} WHERE updated_at >= '{SINCE}' ORDER BY 1"
"""What the first day looks back on, and all after it."""

PARSED_SECONDS, FILLED_SECONDS = 150, 150 * len(DAYS)


@pytest.fixture(scope="module")
def daily(stack, api):
    """A pipeline over one table, with a run for each day."""
    stack.sandbox.client().seed("retail")
    shipped = REPOSITORY / "include" / "pipelines" / "federated_load" / "retail.yaml"
    content = yaml.safe_load(shipped.read_text())
    [table] = [one for one in content["tables"] if one["name"] == "customer_address"]
    table["excluded"] = [name for name in table["columns"] if name not in COLUMNS]
    table |= {
        "target": "retail.address_by_day",
        "columns": {name: table["columns"][name] for name in COLUMNS},
        "deletes": {"mode": "hard", "max_fraction": 0.1},
        "reconcile": {"buckets": 4},
    }
    content |= {"tables": [table], "schedule": {"load": {"cron": "0 0 * * *"}}}
    content["source"]["external_schema"] = "retail_daily"
    content.pop("lake")
    content.pop("alert")
    file = stack.home / "pipelines" / "federated_load" / "daily.yaml"
    file.write_text(yaml.safe_dump(content))
    account.wait_for_dag(api, DAG, seconds=PARSED_SECONDS)
    api.unpause(DAG)  # a paused one is not filled back; the schedule's own run of yesterday finds no row
    yield
    file.unlink()


def filled(api):
    """The runs of days that were filled back, by their days."""
    runs = [run for run in api.runs(DAG) if run["run_type"] == "backfill"]
    return {run["logical_date"][:10]: run for run in runs}


def fill_back(stack, api, *options):
    """Fill the days back, and wait until its runs have succeeded; when each has ended."""
    known = {day: run["end_date"] for day, run in filled(api).items()}
    dates = ("--from-date", DAYS[0], "--to-date", DAYS[-1])
    made = stack.airflow("backfill", "create", "--dag-id", DAG, *dates, "--max-active-runs", "2", *options)
    assert made.returncode == 0, made.stderr

    def ended():
        runs = {day: run for day, run in filled(api).items() if run["end_date"] not in (None, known.get(day))}
        assert [day for day, run in runs.items() if run["state"] == "failed"] == []
        return sorted(runs) == DAYS

    processes.wait_until(ended, "the days", seconds=FILLED_SECONDS, poll_seconds=1)
    processes.wait_until(lambda: not under_way(api), "the end of the backfill", seconds=120, poll_seconds=1)


def under_way(api):
    """Backfills that the scheduler has not closed; it takes half a minute, and a DAG may have but one."""
    found = api.get(f"backfills?dag_id={DAG}")["backfills"]
    return [one for one in found if one["completed_at"] is None]


def texts(rows):
    """Rows as texts; those of moments end with their last digit that is not 0."""
    return [tuple(str(value).rstrip("0") for value in row) for row in rows]


@pytest.mark.timeout(2 * FILLED_SECONDS + 300)
@pytest.mark.usefixtures("daily")
def test_days_filled_back_twice(stack, api):
    """It should load each day once, and the same when the days are loaded again, the last one first."""
    shop, warehouse = Shop(stack.sandbox, "mysql"), Warehouse(stack.sandbox, "mysql")
    source = texts(shop.run(SELECT.format("customer_address")))
    fill_back(stack, api)
    assert texts(warehouse.run(SELECT.format("retail.address_by_day"))) == source

    fill_back(stack, api, "--reprocess-behavior", "completed", "--run-backwards")
    assert texts(warehouse.run(SELECT.format("retail.address_by_day"))) == source


@pytest.mark.usefixtures("daily")
def test_a_day_is_observed_from_outside(stack, api, metrics, lineage):
    """It should have sent metrics, lineage and log lines of each day's steps, the values of the load among them."""
    step = {"pipeline": "daily", "dag_id": DAG, "task_id": "customer_address.apply_stage"}
    sent = [one for one in metrics.samples if one.tags.items() >= step.items()]
    assert {one.name for one in sent} >= {
        "airflow.switchyard.step.finished",
        "airflow.switchyard.step.duration",
        "airflow.switchyard.load.rows_inserted",
        "airflow.switchyard.load.staleness_seconds",
    }
    assert {one.tags["outcome"] for one in sent if one.name.endswith(".step.finished")} == {"success"}
    behind = [one.value for one in metrics.samples if one.name == "airflow.switchyard.load.rows_behind"]
    assert set(behind) == {0.0}

    for event in lineage.events:
        require_valid(event)
    ended = [one for one in lineage.events if one["eventType"] == "COMPLETE"]
    applied = [one for one in ended if one["job"]["name"] == f"{DAG}.customer_address.apply_stage"]
    assert len(applied) >= len(DAYS)
    [source], [target] = applied[0]["inputs"], applied[0]["outputs"]
    assert source["namespace"].startswith("mysql://")
    assert source["name"] == "tpc.customer_address"
    assert target["name"] == "analytics.retail.address_by_day"
    assert set(target["facets"]["columnLineage"]["fields"]) == set(COLUMNS)
    compared = [one for one in ended if one["job"]["name"] == f"{DAG}.customer_address.reconcile_table"]
    [checks] = [one["inputFacets"]["dataQualityAssertions"] for one in compared[0]["inputs"]]
    assert all(one["success"] for one in checks["assertions"])

    run_id = filled(api)[DAYS[-1]]["dag_run_id"]
    folder = stack.home / "task-logs" / f"dag_id={DAG}" / f"run_id={run_id}" / f"task_id={step['task_id']}"
    lines = [json.loads(line) for line in (folder / "attempt=1.log").read_text().splitlines()]
    [done] = [one for one in lines if one["event"].startswith("Done: ")]
    identity = {**step, "run_id": run_id, "resource": "customer_address", "region": "us-west-2"}
    assert done.items() >= identity.items()
    assert done["stamp"]
