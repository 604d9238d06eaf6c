"""The ledger's writer, against a real PostgreSQL server."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from switchyard.errors import BadInput
from switchyard.ledger import CheckRow, Ledger, LedgerUnavailable
from switchyard.ledger.writer import LedgerAway

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RUN = {"dag_id": "recovery_point__orders", "run_id": "manual__1"}
STEP = {**RUN, "task_id": "create_snapshot", "map_index": -1}
SNAPSHOT = "arn:aws:rds:us-west-2:111111111111:cluster-snapshot:orders-rp-2611201200-abc123"
POINT = {"snapshot_arn": SNAPSHOT, "pipeline": "aurora_recovery/orders"}


@pytest.fixture
def ledger(ledger_dsn):
    return Ledger(ledger_dsn)


@pytest.fixture
def lost_ledger(postgres):
    return Ledger(postgres.dsn("a_database_that_does_not_exist"))


def test_repeated_step_updates_its_own_row(ledger, query):
    """It should keep one row per step through its tries, with what the last one said."""
    ledger.record_step(**STEP, state="failed", try_number=1, finished_at=NOON, summary="throttled")
    ledger.record_step(**STEP, state="running", try_number=2, started_at=NOON, finished_at=None)

    (row,) = query("SELECT * FROM switchyard.step")
    assert (row["state"], row["try_number"], row["finished_at"]) == ("running", 2, None)
    assert row["summary"] == "throttled", "a column that is left out keeps its value"


def test_mapped_tasks_have_rows_of_their_own(ledger, query):
    """It should tell the instances of a mapped task apart."""
    ledger.record_step(**STEP | {"map_index": 0}, state="success")
    ledger.record_step(**STEP | {"map_index": 1}, state="failed")

    assert query("SELECT map_index, state FROM switchyard.step ORDER BY 1") == [
        {"map_index": 0, "state": "success"},
        {"map_index": 1, "state": "failed"},
    ]


def test_step_of_an_unrecorded_run_brings_its_run(ledger, query):
    """It should record a step although the ledger was away when its run began."""
    ledger.record_step(**STEP, state="success")
    ledger.record_run(**RUN, pipeline="aurora_recovery/orders", state="success", started_at=NOON)

    assert query("SELECT pipeline, state, started_at FROM switchyard.run") == [
        {"pipeline": "aurora_recovery/orders", "state": "success", "started_at": NOON}
    ]


def test_recovery_point_gathers_what_its_steps_learn(ledger, query):
    """It should complete a recovery point's row step by step."""
    ledger.record_recovery_point(**POINT, source_time=NOON, evidence={"rows": {"rental": 16044}})
    ledger.record_recovery_point(**POINT, state="shared", shared_with="222222222222", shared_at=NOON)

    (row,) = query("SELECT * FROM switchyard.recovery_point")
    assert (row["state"], row["shared_with"], row["source_time"]) == ("shared", "222222222222", NOON)
    assert row["evidence"] == {"rows": {"rental": 16044}}


def test_recovery_test_is_recorded_with_its_durations(ledger, query):
    """It should keep achieved and wanted RPO and RTO in seconds."""
    ledger.record_recovery_test(
        **RUN, pipeline="aurora_recovery/orders", mode="swap", outcome="swapped", rpo_seconds=61.5,
        rpo_objective_seconds=3600, rto_seconds=412.25, rto_objective_seconds=1800, approved_by="alice",
    )  # fmt: skip

    (row,) = query("SELECT * FROM switchyard.recovery_test")
    assert (float(row["rpo_seconds"]), float(row["rto_seconds"])) == (61.5, 412.25)
    assert row["outcome"] == "swapped"


def test_checks_are_recorded_all_or_none(ledger, query):
    """It should leave no part of a list of checks behind when one of them is refused."""
    good = CheckRow(
        **RUN, task_id="check_candidate", name="rental rows", passed=True, expected="1", found="1"
    )
    bad = CheckRow(**RUN, task_id="check_candidate", name="no verdict", passed=None)  # type: ignore[typeddict-item]

    with pytest.raises(Exception, match='null value in column "passed"'):
        ledger.record_checks([good, bad])
    assert query("SELECT * FROM switchyard.check_result") == []

    ledger.record_checks([good])
    ledger.record_checks([good | {"passed": False, "found": "0"}])
    assert query("SELECT name, passed, found FROM switchyard.check_result") == [
        {"name": "rental rows", "passed": False, "found": "0"}
    ]


def test_times_are_stored_as_instants(ledger, query):
    """It should store the instant, whatever the time zone it was given in."""
    elsewhere = NOON.astimezone(datetime.strptime("+0530", "%z").tzinfo)
    ledger.record_run(**RUN, started_at=elsewhere)

    (row,) = query("SELECT started_at AT TIME ZONE 'UTC' AS utc FROM switchyard.run")
    assert row["utc"] == NOON.replace(tzinfo=None)


def test_naive_time_is_refused(ledger):
    """It should refuse a time that could be any of 24."""
    with pytest.raises(
        BadInput, match=r"run\.started_at is '2026-11-20T12:00:00': a time without a time zone"
    ):
        ledger.record_run(**RUN, started_at=NOON.replace(tzinfo=None))


def test_step_and_run_are_noted_together(ledger, query):
    """It should note both, and neither where one of them cannot be."""
    with pytest.raises(BadInput, match=r"column of switchyard\.step is 'colour'"):
        ledger.record_step_of_run({**RUN, "state": "running"}, {**STEP, "state": "running", "colour": "red"})
    assert query("SELECT run_id FROM switchyard.run") == []

    ledger.record_step_of_run({**RUN, "state": "running"}, {**STEP, "state": "success"})
    both = "SELECT run.state AS run, step.state AS step FROM switchyard.run JOIN switchyard.step USING (dag_id, run_id)"
    assert query(both) == [{"run": "running", "step": "success"}]


def test_unknown_column_is_refused(ledger):
    """It should name the column that a table does not have, and those it has."""
    with pytest.raises(
        BadInput, match=r"column of switchyard\.run is 'colour': no such column\. Use: dag_id"
    ):
        ledger.record_run(**RUN, colour="red")


def test_unknown_state_is_refused(ledger):
    """It should not store a state that the reports do not know."""
    with pytest.raises(Exception, match="state_is_known"):
        ledger.record_run(**RUN, state="great")


def test_lost_ledger_warns_about_steps(lost_ledger, caplog):
    """It should let a step go on with a warning that names step and cause."""
    with caplog.at_level(logging.WARNING):
        lost_ledger.record_step(**STEP, state="success")
        lost_ledger.record_run(**RUN, state="success")

    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "Not recorded in the ledger (step of manual__1): the ledger cannot be written" in caplog.text
    assert "does not exist. Check that PostgreSQL runs" in caplog.text


def test_lost_ledger_stops_evidence(lost_ledger):
    """It should not let a run claim evidence that nobody can read."""
    with pytest.raises(LedgerAway, match="Check that PostgreSQL runs"):
        lost_ledger.record_recovery_test(**RUN, pipeline="aurora_recovery/orders")
    with pytest.raises(LedgerUnavailable, match="does not exist"):
        lost_ledger.record_recovery_point(**POINT)


def test_ledger_without_tables_names_the_command(database):
    """It should say how to create the tables."""
    with pytest.raises(LedgerUnavailable, match=r"Run: python -m switchyard\.ledger upgrade"):
        Ledger(database).record_checks([CheckRow(**RUN, task_id="t", name="n", passed=True)])


def test_hung_ledger_does_not_hang_a_step(ledger, query, postgres, ledger_dsn, monkeypatch, caplog):
    """It should give up on a ledger that holds a lock on the row, within the statement timeout."""
    import psycopg2

    monkeypatch.setattr("switchyard.ledger.writer.STATEMENT_TIMEOUT_SECONDS", 1)
    ledger.record_run(**RUN)
    other = psycopg2.connect(ledger_dsn)
    try:
        other.cursor().execute("SELECT * FROM switchyard.run FOR UPDATE")
        began = datetime.now(UTC)
        ledger.record_run(**RUN, state="success")
        assert datetime.now(UTC) - began < timedelta(seconds=3)
    finally:
        other.close()
    assert "statement timeout" in caplog.text
