"""Days of a federated load, filled back with Airflow's command line.

SWITCHYARD_BACKFILL_DAYS=31 fills the whole month back, which takes most of an hour; a month in any order is loaded
without a scheduler by tests/pipelines/test_federated_intervals.py.
"""

from __future__ import annotations

import os
from datetime import date, timedelta

import pytest
import yaml

from demo import account, processes
from demo.airflow_settings import REPOSITORY
from demo.retail import Shop, Warehouse

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
