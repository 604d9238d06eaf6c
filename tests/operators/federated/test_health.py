"""The checks of a warehouse's health, on a warehouse that has something wrong with it."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from switchyard.configuration.loader import load
from switchyard.configuration.warehouse_health import WarehouseHealth
from switchyard.federated.health import CHECKS
from switchyard.operators.federated.health import CheckHealthOperator, MaintainTablesOperator
from switchyard.pipelines.warehouse_health import place
from switchyard.sql import include_folder
from tests.support.redshift_steps import Task

[PIPELINE] = load(include_folder() / "pipelines").of(WarehouseHealth)
SENSITIVE = {
    "commit_seconds": 0, "copy_seconds": 0, "least_rows": 0, "unsorted_percent": 0.0, "stats_off_percent": 0.0,
    "lock_seconds": 0, "unscanned_mb": 1, "query_seconds": 0,
}  # fmt: skip


@pytest.fixture
def steps(mysql, request):
    """The steps of one run; limits and tables may be others than the shipped ones."""
    run_id = f"manual__{request.node.name}"

    def make(kind, *, run=run_id, limits=SENSITIVE, **arguments):
        given = place(PIPELINE)
        given["limits"] |= limits
        common = {
            "pipeline": PIPELINE.pipeline,
            "stamp": "2602010000-aaaaaa",
            "timeout": timedelta(seconds=60),
        }
        task = Task(None, kind, {**given, **common, **arguments})
        dag_run = SimpleNamespace(dag_id="warehouse_health__test", run_id=run)
        task.context = lambda: {**Task.context(task), "dag_run": dag_run}
        return task

    return make


@pytest.fixture
def check(steps):
    """Make a check and return what it hands on."""

    def run(name, **more):
        given = {"staging_users": [], **more}
        return steps(CheckHealthOperator, check=name, task_id=f"check_{name}", **given).run()

    return run


@pytest.mark.parametrize("name", [one.name for one in CHECKS if one.name != "definitions"])
def test_every_check_can_be_made(check, mysql, name):
    """It should get an answer from the warehouse to each, whatever it is, and record it."""
    found = check(name)
    assert "permission denied" in str(found["findings"]) or found["count"] == len(found["findings"])
    rows = mysql.ledger(
        "SELECT passed FROM switchyard.check_result WHERE kind = 'warehouse health'"
        f" AND task_id = 'check_{name}' AND run_id = 'manual__test_every_check_can_be_made[{name}]'"
    )
    assert [row["passed"] for row in rows] == [found["count"] == 0]


def test_a_view_that_may_not_be_read_is_no_verdict(check, mysql):
    """It should say that it could not look and who must let it, and not what to do about commits."""
    found = check("commits")
    assert found["summary"].startswith(
        "not looked at: ERROR: permission denied for relation sys_transaction_history."
    )
    assert found["action"].startswith("Let the warehouse's user see it")
    [row] = mysql.ledger(
        "SELECT detail FROM switchyard.check_result WHERE task_id = 'check_commits'"
        " AND run_id = 'manual__test_a_view_that_may_not_be_read_is_no_verdict'"
    )
    assert "queue of their own" not in row["detail"]


def test_readers_of_half_made_tables_are_found(check, mysql):
    """It should name who may look into the staging schema, but for those who may."""
    mysql.ask("GRANT USAGE ON SCHEMA etl_stage TO PUBLIC")
    [found] = check("privileges")["findings"]
    assert "public has USAGE on etl_stage" in found.replace("usage", "USAGE")
    assert check("privileges", staging_users=["public"])["count"] == 0


def test_definitions_are_handed_on(check, mysql):
    """It should hand on what makes each configured table anew."""
    mysql.ask("CREATE TABLE retail.kept (id bigint NOT NULL, note varchar(20))")
    found = check("definitions", tables=["retail.never_made", "retail.kept"])
    assert found["findings"] == ["retail.never_made has no definition"]
    assert "varchar(20)" in found["definitions"]["retail.kept"].replace("character varying", "varchar")


def test_tables_are_maintained_where_it_is_due(steps, mysql):
    """It should analyse and sort what it was told to, each by itself, as far as it may."""
    mysql.ask("CREATE TABLE retail.upkeep (id bigint)")
    wanted = {"analyze": ["retail.upkeep"], "vacuum": ["retail.upkeep"]}
    task = steps(MaintainTablesOperator, wanted=wanted, maintenance={"analyze": True, "vacuum": True})
    assert task.run()["done"] == ["vacuum retail.upkeep", "analyze retail.upkeep"]
    task = steps(MaintainTablesOperator, wanted=wanted, maintenance={"analyze": True, "vacuum": False})
    assert task.run()["done"] == ["analyze retail.upkeep"]
    task = steps(MaintainTablesOperator, wanted=None, maintenance={"analyze": True, "vacuum": True})
    assert task.run()["summary"] == "nothing was due"
