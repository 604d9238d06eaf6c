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
from tests.support.page_commands import shown, typed

DAG = "federated_load__daily"
LAST = date(2026, 1, 31)
DAYS = [
    str(LAST - timedelta(days=ago))
    for ago in reversed(range(int(os.environ.get("SWITCHYARD_BACKFILL_DAYS", "3"))))
]
COLUMNS = ("ca_address_sk", "ca_city", "ca_zip", "updated_at")
SINCE = f"{date.fromisoformat(DAYS[0]) - timedelta(days=1)} 23:55:00"
STEP = {"pipeline": "daily", "dag_id": DAG, "task_id": "customer_address.apply_stage"}
LAKE = "s3://switchyard-lake-111111111111-us-west-2"
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
        "publish": {"table": "address_by_day", "every": 1000},
    }
    content |= {"tables": [table], "schedule": {"load": {"cron": "0 0 * * *"}}}
    content["source"]["external_schema"] = "retail_daily"
    content["lake"] |= {
        "prefix": "published/daily/",
        "database": "daily_lake",
        "external_schema": "daily_lake",
    }
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
    assert "failed" not in {run["state"] for run in api.runs(DAG)}, "the schedule's own run is beside them"


@pytest.mark.usefixtures("daily")
def test_the_days_are_measured(metrics):
    """It should have sent, by the page's settings, metrics of the steps and of Airflow's components around them."""
    samples = metrics.flushed()
    sent = [one for one in samples if one.tags.items() >= STEP.items()]
    assert {one.name for one in sent} >= {
        "airflow.switchyard.step.finished",
        "airflow.switchyard.step.duration",
        "airflow.switchyard.load.rows_inserted",
        "airflow.switchyard.load.staleness_seconds",
    }
    assert {one.tags["outcome"] for one in sent if one.name.endswith(".step.finished")} == {"success"}
    behind = [one.value for one in samples if one.name == "airflow.switchyard.load.rows_behind"]
    assert set(behind) == {0.0}
    names = {one.name for one in samples}
    assert names >= {"airflow.scheduler_heartbeat", "airflow.triggerer_heartbeat", "airflow.triggers.running"}


@pytest.mark.usefixtures("daily")
def test_the_days_tell_their_lineage(lineage):
    """It should have sent valid events: what was read and written, columns, counts and what was asserted."""
    for event in lineage.events:
        require_valid(event)
        assert event["job"]["namespace"] == "production", "as the page sets it"
    applied = ended(lineage, "apply_stage")
    assert len(applied) >= len(DAYS)
    [source], [target] = applied[0]["inputs"], applied[0]["outputs"]
    assert source["namespace"].startswith("mysql://")
    assert source["name"] == "tpc.customer_address"
    assert target["name"] == "analytics.retail.address_by_day"
    assert set(target["facets"]["columnLineage"]["fields"]) == set(COLUMNS)
    [checks] = [
        one["inputFacets"]["dataQualityAssertions"] for one in ended(lineage, "reconcile_table")[0]["inputs"]
    ]
    assert all(one["success"] for one in checks["assertions"])
    [written] = ended(lineage, "publish_table")[0]["outputs"]
    assert (written["namespace"], written["name"]) == (LAKE, "published/daily/address_by_day")
    assert [one["name"] for one in written["facets"]["schema"]["fields"]] == list(COLUMNS)
    assert set(written["facets"]["columnLineage"]["fields"]) == set(COLUMNS)
    counts = written["outputFacets"]["outputStatistics"]
    assert all(counts[name] > 0 for name in ("rowCount", "size", "fileCount"))


def ended(lineage, step):
    """Events of the good ends of a step of the table that tell of data."""
    name = f"{DAG}.customer_address.{step}"
    ends = [one for one in lineage.events if (one["eventType"], one["job"]["name"]) == ("COMPLETE", name)]
    return [one for one in ends if one["inputs"]]


@pytest.mark.usefixtures("daily")
def test_a_day_is_logged(stack, api):
    """It should have put the run's identity on the lines of the log, by which the page's command finds a table."""
    run_id = filled(api)[DAYS[-1]]["dag_run_id"]
    folder = stack.home / "task-logs" / f"dag_id={DAG}" / f"run_id={run_id}" / f"task_id={STEP['task_id']}"
    lines = [json.loads(line) for line in (folder / "attempt=1.log").read_text().splitlines()]
    [done] = [one for one in lines if one["event"].startswith("Done: ")]
    identity = {**STEP, "run_id": run_id, "resource": "customer_address", "region": "us-west-2"}
    assert done.items() >= identity.items()
    assert done["stamp"]

    command = (
        shown("observe", "find ").replace("__retail", "__daily").replace('"customer"', '"customer_address"')
    )
    assert '"level":"info"' not in looked_at(stack, command)
    assert f'"run_id":"{run_id}"' in looked_at(stack, command.replace(' and .level != "info"', ""))


def looked_at(stack, command):
    """What a command prints that looks through the logs, by lines without spaces."""
    return typed(stack, command, LOGS=str(stack.home / "task-logs"))
