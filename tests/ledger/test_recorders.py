"""What the ledger is told while Airflow runs a DAG."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from switchyard.ledger.recorders import record_run_failure, record_run_success, record_step
from switchyard.run_stamp import run_stamp
from tests.support.ledger import recorded

__all__ = ["recorded"]

BEGAN = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def context():
    """As much of a task's context as the recorders look at."""
    return {
        "dag_run": SimpleNamespace(
            dag_id="restore", run_id="r1", run_after=BEGAN, start_date=BEGAN, end_date=None
        ),
        "ti": SimpleNamespace(dag_id="restore", run_id="r1", task_id="swap", map_index=-1, try_number=2),
        "task": SimpleNamespace(task_display_name="6. Swap the names", pipeline="aurora/orders"),
        "run_id": "r1",
        "params": {"dry_run": False},
        "reason": "task_failure",
    }


@pytest.mark.usefixtures("recorded")
def test_step_passes_through_its_states(context, query):
    """It should keep when the step began while it waits, and when it ended."""
    record_step(context, "running", "", {})
    record_step(context, "waiting", "waiting for the cluster", {})
    (row,) = query("SELECT state, started_at, finished_at, summary FROM switchyard.step")
    assert (row["state"], row["finished_at"], row["summary"]) == ("waiting", None, "waiting for the cluster")
    began = row["started_at"]

    record_step(context, "success", "", {"resource_id": "cluster-1"})
    (row,) = query("SELECT * FROM switchyard.step")
    assert (row["state"], row["title"], row["try_number"]) == ("success", "6. Swap the names", 2)
    assert row["started_at"] == began <= row["finished_at"]
    assert row["result"] == {"resource_id": "cluster-1"}


@pytest.mark.usefixtures("recorded")
def test_run_is_known_from_its_first_step(context, query):
    """It should show a run while it runs, with its pipeline and stamp."""
    record_step(context, "running", "", {})

    (row,) = query("SELECT pipeline, stamp, state, started_at, mode FROM switchyard.run")
    assert row == {
        "pipeline": "aurora/orders",
        "stamp": run_stamp("restore", "r1", BEGAN),
        "state": "running",
        "started_at": BEGAN,
        "mode": None,
    }


@pytest.mark.usefixtures("recorded")
def test_dry_run_is_marked(context, query):
    """It should not let a dry run pass for a real one."""
    context["params"]["dry_run"] = True
    record_step(context, "planned", "3 calls", {})

    assert query("SELECT mode FROM switchyard.run") == [{"mode": "dry run"}]


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize(
    ("end", "outcome"),
    [(record_run_success, ("success", "")), (record_run_failure, ("failed", "task_failure"))],
    ids=["success", "failure"],
)
def test_end_of_a_run(context, query, end, outcome):
    """It should close the run with its outcome."""
    record_step(context, "running", "", {})
    end(context)

    (row,) = query("SELECT state, finished_at, summary FROM switchyard.run")
    assert (row["state"], row["summary"]) == outcome
    assert row["finished_at"] is not None


@pytest.mark.usefixtures("recorded")
def test_end_of_a_run_that_skipped_everything(context, query):
    """It should close the run although Airflow tells no more of it than its DAG and its id."""
    record_step(context, "skipped", "nothing to restore", {})
    record_run_success({"dag": SimpleNamespace(dag_id="restore"), "run_id": "r1", "reason": "success"})

    (row,) = query("SELECT state, finished_at FROM switchyard.run")
    assert row["state"] == "success"
    assert row["finished_at"] is not None


def test_missing_connection_is_no_obstacle(context, monkeypatch, caplog):
    """It should warn where no ledger is configured, and let the step go on."""
    monkeypatch.delenv("AIRFLOW_CONN_SWITCHYARD_LEDGER", raising=False)
    record_step(context, "running", "", {})
    record_run_failure(context)

    assert caplog.text.count("Nothing is recorded in the ledger") == 2
