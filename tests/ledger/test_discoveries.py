"""What the ledger keeps of sensitive-data discoveries, against a real PostgreSQL server."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from switchyard.ledger import LedgerUnavailable
from switchyard.ledger.purges import PurgeLedger

NOON, EVENING = (datetime(2026, 11, 20, hour, tzinfo=UTC) for hour in (12, 18))
RUN = {"dag_id": "sensitive_data_discovery__customers", "run_id": "manual__1"}
PIPELINE = "sensitive_data_discovery/customers"
COLUMN = {
    "pipeline": PIPELINE, "schema_name": "sakila", "table_name": "customer", "column_name": "email",
    "detector": "custom:EMAIL",
}  # fmt: skip
REPORTS = Path(__file__).parents[2] / "include" / "sql" / "reports"


@pytest.fixture
def ledger(ledger_dsn):
    return PurgeLedger(ledger_dsn)


def report(query, name):
    return query((REPORTS / f"{name}.sql").read_text().replace("%", "%%"))


def test_register_keeps_when_a_column_was_first_seen(ledger, query):
    """It should complete the row of an exposure run by run, and read it back."""
    run = {**RUN, "pipeline": PIPELINE}
    first = {**COLUMN, "first_seen_at": NOON, "last_seen_at": NOON, "alerted_at": None}
    ledger.record_exposures([first], [], run)
    ledger.record_exposures([{**COLUMN, "last_seen_at": EVENING, "alerted_at": EVENING}], [], run)
    [row] = ledger.sensitive_columns(PIPELINE)
    assert (row["first_seen_at"], row["last_seen_at"], row["alerted_at"]) == (NOON, EVENING, EVENING)
    assert ledger.sensitive_columns("another") == []
    assert [one["column_name"] for one in report(query, "sensitive_columns")] == ["email"]


def test_register_and_exceptions_are_written_together(ledger):
    """It should write neither where one is refused."""
    wrong = {**RUN, "number": 1, "state": "great"}
    with pytest.raises(Exception, match="state_is_known"):
        ledger.record_exposures([COLUMN], [wrong], {**RUN, "pipeline": PIPELINE, "new_exposures": 1})
    with pytest.raises(Exception, match="state_is_known"):
        ledger.record_exposures([COLUMN], [], {**RUN, "pipeline": PIPELINE, "state": "great"})
    assert ledger.sensitive_columns(PIPELINE) == []
    assert ledger.new_exposures(**RUN) == 0


def test_new_exposures_of_a_run_are_counted_by_what_it_recorded(ledger):
    """It should tell about how many exposures a run has alerted, and none of a run that recorded none."""
    assert ledger.new_exposures(**RUN) == 0
    ledger.record_discovery_run(**RUN, pipeline=PIPELINE)
    assert ledger.new_exposures(**RUN) == 0
    ledger.record_exposures([COLUMN], [], {**RUN, "pipeline": PIPELINE, "new_exposures": 1})
    assert ledger.new_exposures(**RUN) == 1


def test_run_report_shows_gaps_and_the_proof(ledger, query):
    """It should tell how far a run came, which tables were not searched whole, and that its extract is gone."""
    ledger.record_discovery_run(
        **RUN, pipeline=PIPELINE, state="collected", found="blind", loaded_at=NOON, objects=3
    )
    tables = [("customer", 2, 2), ("staff", 1, 0)]
    ledger.record_discovery_coverage(
        [
            {
                **RUN,
                "schema_name": "sakila",
                "table_name": name,
                "objects": all_,
                "objects_complete": complete,
            }
            for name, all_, complete in tables
        ]
    )
    counted = {"deleted": 3, "uploads": 0, "versions": 0}
    ledger.record_extract_purge(**RUN, task_id="purge_extract", clears=0, counted=counted, proved_at=EVENING)
    [row] = report(query, "discovery_runs")
    assert (row["found"], row["objects_searched"], row["tables_with_gaps"]) == ("blind", 2, 1)
    assert row["extract_empty_at"] == EVENING


def test_exceptions_of_the_last_run_are_listed(ledger, query):
    """It should show the exceptions as the newest run met them, the next to expire first."""
    ledger.record_discovery_run(**RUN, pipeline=PIPELINE, registered_at=NOON)
    made = [(1, "2027-12-31", "unused"), (2, "2026-12-31", "in force")]
    rows = [{**RUN, "number": number, "expires": day, "state": state} for number, day, state in made]
    ledger.record_exposures([], rows, {**RUN, "pipeline": PIPELINE})
    assert [row["state"] for row in report(query, "exposure_exceptions")] == ["in force", "unused"]


def test_unknown_outcome_is_refused(ledger):
    """It should not store a verdict that nobody knows."""
    with pytest.raises(Exception, match="found_is_known"):
        ledger.record_discovery_run(**RUN, pipeline=PIPELINE, found="probably fine")


def test_lost_ledger_is_told(postgres):
    """It should not let a run claim a proof that nobody can look up."""
    lost = PurgeLedger(postgres.dsn("a_database_that_does_not_exist"))
    with pytest.raises(LedgerUnavailable, match="Check that PostgreSQL runs"):
        lost.record_extract_purge(**RUN, task_id="purge_extract", clears=0, counted={})
