"""Pipeline 1 on the whole stack: started and answered in the browser, on the command line and through the API."""

from __future__ import annotations

import json
from functools import partial

import pytest

from demo import account, pipelines, processes
from demo.airflow_api import AirflowError
from demo.airflow_settings import APPROVER
from demo.aurora_recovery import MARKER, ORDERS, POINT, RESTORE, SOURCE, TARGET, database, started_by_message
from demo.clients import database as cluster_database

POINT_SECONDS, RESTORE_SECONDS = 300, 700


@pytest.fixture(scope="module")
def pipeline(stack, api, orders):
    """Both DAGs, parsed and unpaused; the runs of the restore before the tests."""
    for dag_id in (RESTORE, POINT):
        account.wait_for_dag(api, dag_id, seconds=120)
        api.unpause(dag_id)
    return {run["dag_run_id"] for run in api.runs(RESTORE)}


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


def approved_by(*people):
    """What makes the pipeline ask these users; everybody with access where there are none."""
    return {"approval": {"swap": True, "retire": True, "approvers": list(people)}}


def answers(ledger, run_id):
    """What the ledger holds of questions and answers, by what was asked about."""
    rows = ledger.rows("recovery_approval", dag_id=RESTORE, run_id=run_id)
    return {row["gate"]: (row["decision"], row["decided_by"], row["comment"]) for row in rows}


def is_recorded(ledger, dag_id, run_id, state="success"):
    # The DAG processor records the end of a run a moment after it.
    return ledger.one("run", dag_id=dag_id, run_id=run_id)["state"] == state


@pytest.mark.usefixtures("orders")
def test_people_decide_whether_a_candidate_takes_the_live_name(stack, api, pages, pipeline):
    """It should change nothing live after a no in the browser, and swap after a yes through the API by who may.

    The recovery point is made after clicks in the form, and its message starts the first restore.
    """
    source, live = database(stack, *SOURCE), database(stack, *TARGET)
    ledger, folder = account.Ledger(stack.ledger_dsn), stack.home / "pipelines"
    old, newest = live.ask(MARKER), source.ask(MARKER)
    assert old != newest

    with pipelines.changed(folder, ORDERS, **approved_by()):
        point = pages.trigger(POINT)
        account.require_success(api, POINT, point, seconds=POINT_SECONDS)
        pages.wait_for_text("Success")
        assert pages.screenshot("recovery_point").stat().st_size > 10_000
        rejected = started_by_message(api, pipeline)
        asked = api.question(RESTORE, rejected, "approve_swap", seconds=RESTORE_SECONDS)
        shown, cells = pages.answer(asked["subject"], "Reject", "not before noon")
        account.require_failure(api, RESTORE, rejected, ["swap_names"], seconds=RESTORE_SECONDS)
    made = ledger.one("recovery_point", dag_id=POINT, run_id=point)
    candidate = api.xcom(RESTORE, rejected, "restore_candidate")["candidate_id"]
    assert f"Recovery point: {made['copy_arn']}" in shown
    assert [cells[cells.index(candidate) + offset] for offset in (0, 1)] == [candidate, "orders"]
    assert cells[cells.index("sql sakila_payments_are_positive.sql") + 3] == "passed"
    assert not {"|", "**", "###"} & set(shown.split()), "it is shown as it was written"
    assert live.ask(MARKER) == old
    assert cluster_database(stack.sandbox, *TARGET, "orders", named=candidate).ask(MARKER) == newest
    assert answers(ledger, rejected) == {"swap": ("rejected", "admin", "not before noon")}
    test = ledger.one("recovery_test", dag_id=RESTORE, run_id=rejected)
    assert (test["outcome"], test["failed_step"], test["approved_by"]) == ("rejected", "swap_names", None)
    recorded = partial(is_recorded, ledger, RESTORE, rejected, "failed")
    processes.wait_until(recorded, "the end of the run in the ledger", seconds=60)

    conf = json.dumps({"snapshot_arn": made["copy_arn"], "drain_minutes": 0})
    done = stack.airflow("dags", "trigger", RESTORE, "--conf", conf, "--run-id", "approved")
    assert done.returncode == 0, done.stderr
    with pipelines.changed(folder, ORDERS, **approved_by(APPROVER)):
        api.question(RESTORE, "approved", "approve_swap", seconds=RESTORE_SECONDS)
        with pytest.raises(AirflowError, match="Airflow answered 403 to PATCH"):
            api.answer(RESTORE, "approved", "approve_swap", "Approve")
        stack.api(APPROVER).decide(
            RESTORE, "approved", "approve_swap", "Approve", seconds=RESTORE_SECONDS, comment="as agreed"
        )
    with pipelines.changed(folder, ORDERS, **approved_by()):
        asked = api.question(RESTORE, "approved", "approve_retire", seconds=RESTORE_SECONDS)
        assert live.ask(MARKER) == newest
        shown, cells = pages.answer(asked["subject"], "Approve")
        account.require_success(api, RESTORE, "approved", seconds=RESTORE_SECONDS)
    assert "with its instances" in shown
    assert cells[cells.index("rows of payment") + 3] == "passed"

    assert answers(ledger, "approved") == {
        "swap": ("approved", APPROVER, "as agreed"),
        "retire": ("approved", "admin", None),
    }
    test = ledger.one("recovery_test", dag_id=RESTORE, run_id="approved")
    assert (test["outcome"], test["snapshot_arn"]) == ("swapped", made["copy_arn"])
    assert test["approved_by"] == APPROVER
    assert test["rpo_seconds"] <= test["rpo_objective_seconds"]
    assert test["rto_seconds"] <= test["rto_objective_seconds"]
    for dag_id, run_id in ((POINT, point), (RESTORE, "approved")):
        recorded = partial(is_recorded, ledger, dag_id, run_id)
        processes.wait_until(recorded, "the end of the run in the ledger", seconds=60)
    console = pages.links(RESTORE, "approved", "check_live")["AWS console"]
    assert console.endswith("/rds/home?region=us-west-1#database:id=orders;is-cluster=true")
    pages.open(f"/dags/{RESTORE}/runs/approved")
    pages.wait_for_text("Success")
    assert pages.screenshot("recovery_restore").stat().st_size > 10_000
