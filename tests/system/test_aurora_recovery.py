"""Pipeline 1 on the whole stack, started by a person in the browser and by a person on the command line."""

from __future__ import annotations

import json
from functools import partial

import pytest

from demo import account, processes
from demo.aurora_recovery import MARKER, POINT, RESTORE, SOURCE, TARGET, database, started_by_message

POINT_SECONDS, RESTORE_SECONDS = 300, 700


@pytest.fixture(scope="module")
def pipeline(stack, api, orders):
    """Both DAGs, parsed and unpaused; the runs of the restore before the tests."""
    for dag_id in (RESTORE, POINT):
        account.wait_for_dag(api, dag_id, seconds=120)
        api.unpause(dag_id)
    return {run["dag_run_id"] for run in api.runs(RESTORE)}


def has_succeeded(ledger, dag_id, run_id):
    return ledger.one("run", dag_id=dag_id, run_id=run_id)["state"] == "success"


@pytest.mark.usefixtures("pipeline")
def test_dry_run_from_the_command_line_changes_nothing(stack, api):
    """It should print the plan of a recovery point, and leave no snapshot."""
    conf = json.dumps({"dry_run": True})
    done = stack.airflow("dags", "trigger", POINT, "--conf", conf, "--run-id", "dry-by-command")
    assert done.returncode == 0, done.stderr

    account.require_success(api, POINT, "dry-by-command", seconds=POINT_SECONDS)
    plan = api.xcom(POINT, "dry-by-command", "create_snapshot", key="planned_calls")
    assert [call["operation"] for call in plan] == ["CreateDBClusterSnapshot"]
    rds = stack.sandbox.client().client("rds", *SOURCE)
    assert rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"] == []
    ledger = account.Ledger(stack.ledger_dsn)
    assert ledger.one("run", dag_id=POINT, run_id="dry-by-command")["mode"] == "dry run"
    assert ledger.rows("recovery_point", run_id="dry-by-command") == []


def test_recovery_point_from_the_form_swaps_the_live_database(stack, api, pages, pipeline):
    """It should make a recovery point after clicks in the form, and let its message start the restore and swap."""
    source, live = database(stack, *SOURCE), database(stack, *TARGET)
    old, newest = live.ask(MARKER), source.ask(MARKER)
    assert old != newest

    point = pages.trigger(POINT)
    account.require_success(api, POINT, point, seconds=POINT_SECONDS)
    pages.wait_for_text("Success")
    assert pages.screenshot("recovery_point").stat().st_size > 10_000

    restore = started_by_message(api, pipeline)
    account.require_success(api, RESTORE, restore, seconds=RESTORE_SECONDS)
    assert live.ask(MARKER) == newest

    ledger = account.Ledger(stack.ledger_dsn)
    test = ledger.one("recovery_test", dag_id=RESTORE, run_id=restore)
    made = ledger.one("recovery_point", dag_id=POINT, run_id=point)
    assert (test["outcome"], test["snapshot_arn"]) == ("swapped", made["copy_arn"])
    assert test["rpo_seconds"] <= test["rpo_objective_seconds"]
    assert test["rto_seconds"] <= test["rto_objective_seconds"]
    for dag_id, run_id in ((POINT, point), (RESTORE, restore)):
        # The DAG processor records the end of a run a moment after it.
        ended = partial(has_succeeded, ledger, dag_id, run_id)
        processes.wait_until(ended, "the end of the run in the ledger", seconds=60)

    pages.open(f"/dags/{RESTORE}/runs/{restore}")
    pages.wait_for_text("Success")
    assert pages.screenshot("recovery_restore").stat().st_size > 10_000
