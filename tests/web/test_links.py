"""Links of tasks, as Airflow asks for them at the end of a try."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from airflow.sdk import TaskInstanceState

from switchyard.operators.aurora.snapshots import CreateSnapshotOperator, ShareSnapshotOperator
from switchyard.web.links import ConsoleLink, LedgerLink, run_summary_path

PLACE = {
    "aws_conn_id": "aws_source",
    "account_id": "111111111111",
    "region_name": "us-west-2",
    "timeout": timedelta(minutes=1),
}
SNAPSHOT = "https://console.aws.amazon.com/rds/home?region=us-west-2#db-snapshot:id=orders-1"


def instance(state="success"):
    return SimpleNamespace(
        dag_id="recovery_point__orders",
        run_id="manual__2026-11-22T10:00:00+00:00",
        state=TaskInstanceState(state),
    )


@pytest.fixture
def snapshot():
    return CreateSnapshotOperator(
        task_id="create_snapshot",
        source_id="orders",
        snapshot_id="orders-1",
        pipeline="p",
        stamp="s",
        **PLACE,
    )


@pytest.mark.parametrize("state", ["success", "failed", "deferred", "up_for_retry"])
def test_link_shows_what_a_step_works_on(snapshot, state):
    """It should lead to the console as soon as the step waits, and after its end, good or bad."""
    assert ConsoleLink().get_link(snapshot, ti_key=instance(state)) == SNAPSHOT


def test_no_link_where_a_step_was_skipped(snapshot):
    """It should show neither link for a step that has done nothing."""
    assert ConsoleLink().get_link(snapshot, ti_key=instance("skipped")) == ""
    assert LedgerLink().get_link(snapshot, ti_key=instance("skipped")) == ""


def test_no_link_to_what_a_dry_run_did_not_make(snapshot):
    """It should not lead to a snapshot that was only planned."""
    snapshot.dry_run = True
    assert ConsoleLink().get_link(snapshot, ti_key=instance()) == ""


def test_no_link_where_there_was_nothing_to_do():
    """It should not lead to a share that is not needed."""
    share = {"task_id": "share", "snapshot_id": "orders-1", "target_account_id": "222222222222", **PLACE}
    needed, needless = ShareSnapshotOperator(**share), ShareSnapshotOperator(**share, unneeded="one account")
    assert ConsoleLink().get_link(needed, ti_key=instance()) == SNAPSHOT
    assert ConsoleLink().get_link(needless, ti_key=instance()) == ""


def test_report_of_the_run():
    """It should lead to the run's summary on this Airflow, with the run's id quoted."""
    assert LedgerLink().get_link(None, ti_key=instance()) == (
        "/dags/recovery_point__orders/runs/manual__2026-11-22T10%3A00%3A00%2B00%3A00/plugin/switchyard-run"
    )


def test_report_below_a_path(monkeypatch):
    """It should keep the path below which Airflow is served."""
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "https://example.org/airflow/")
    assert run_summary_path("a", "b") == "/airflow/dags/a/runs/b/plugin/switchyard-run"
