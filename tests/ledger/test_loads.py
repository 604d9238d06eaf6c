"""What the ledger keeps of federated loads, against a real PostgreSQL server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from switchyard.ledger import LedgerUnavailable
from switchyard.ledger.loads import LoadLedger, loads_from_airflow
from tests.support.ledger import ledger_connection

MIDNIGHT = datetime(2026, 2, 1, tzinfo=UTC)
PIPELINE = "federated_load/retail"
OF = {"pipeline": PIPELINE, "table_name": "web_sales"}
REPORTS = Path(__file__).parents[2] / "include" / "sql" / "reports"


@pytest.fixture
def ledger(ledger_dsn):
    return LoadLedger(ledger_dsn)


def run_of(number):
    return {"dag_id": "federated_load__retail", "run_id": f"scheduled__{number}"}


def hour(number):
    return MIDNIGHT + timedelta(hours=number)


def apply_window(ledger, number, **more):
    ledger.record_load_window(
        **run_of(number), **OF, lo=hour(number), hi=hour(number + 1), state="applied",
        applied_at=hour(number + 2), **more,
    )  # fmt: skip


def report(query, name):
    return query((REPORTS / f"{name}.sql").read_text().replace("%", "%%"))


def test_window_is_completed_step_by_step(ledger, query):
    """It should keep what earlier steps recorded of a window when later ones add to it."""
    ledger.record_load_window(**run_of(1), **OF, lo=hour(1), hi=hour(2), staged_rows=10, lookback_seconds=300)
    apply_window(ledger, 1, inserted_rows=10, replaced_rows=4)
    [row] = report(query, "load_windows")
    assert (row["staged"], row["inserted"], row["replaced"], row["state"]) == (10, 10, 4, "applied")
    assert row["lookback"] == timedelta(minutes=5)


def test_only_applied_windows_count(ledger):
    """It should tell a pipeline and table what its target holds, not what was only read."""
    for number in (3, 1):
        apply_window(ledger, number)
    ledger.record_load_window(**run_of(2), **OF, lo=hour(2), hi=hour(3))
    assert ledger.applied_windows(PIPELINE, "web_sales") == [(hour(1), hour(2)), (hour(3), hour(4))]
    assert ledger.applied_windows(PIPELINE, "item") == []


def test_runs_since_the_last_pass_are_counted(ledger):
    """It should count what came after the last pass for deletes, and leave out the run that asks."""
    assert ledger.windows_since("deletes_at", PIPELINE, "web_sales", but_run="scheduled__9") is None
    apply_window(ledger, 1, deletes_at=hour(3))
    for number in (2, 3, 4):
        apply_window(ledger, number)
    asked = {"pipeline": PIPELINE, "table": "web_sales"}
    assert ledger.windows_since("deletes_at", **asked, but_run="scheduled__9") == 3
    assert ledger.windows_since("deletes_at", **asked, but_run="scheduled__4") == 2
    assert ledger.windows_since("reconciled_at", **asked, but_run="scheduled__9") is None


def test_reconciliation_takes_the_place_of_the_one_before(ledger, query):
    """It should keep one answer for each bucket of a run, and show those that differ first, then all by number."""
    apply_window(ledger, 1)
    key = {**run_of(1), "table_name": "web_sales"}
    for buckets in (("0", "1", "2", "3"), ("0", "1", "10", "2")):
        ledger.record_load_reconciliation(
            **key,
            rows=[
                {
                    **key,
                    "bucket": one,
                    "verdict": "different" if one == "1" else "equal",
                    "compared_at": hour(4),
                }
                for one in buckets
            ],
        )
    assert [row["bucket"] for row in report(query, "load_reconciliations")] == ["1", "0", "2", "10"]


def test_publications_are_listed_until_their_folders_are_gone(ledger, query):
    """It should know what readers see, what is the way back, and what was removed."""
    for number in (1, 2, 3):
        ledger.record_load_publication(
            **run_of(number), **OF, location=f"s3://lake/{number}/", published_at=hour(number)
        )
    ledger.record_load_publication(**run_of(1), **OF, removed_at=hour(4))
    assert [one.location for one in ledger.publications(PIPELINE, "web_sales")] == [
        "s3://lake/3/",
        "s3://lake/2/",
    ]
    assert [row["state"] for row in report(query, "load_publications")] == ["read now", "kept", "removed"]


def test_unknown_state_is_refused(ledger):
    """It should not store a state that nobody knows."""
    with pytest.raises(Exception, match="state_is_known"):
        ledger.record_load_window(**run_of(1), **OF, state="nearly")


def test_lost_ledger_is_told(postgres, monkeypatch):
    """It should not let a run claim a load that nobody can look up."""
    monkeypatch.setenv("AIRFLOW_CONN_SWITCHYARD_LEDGER", ledger_connection(postgres.dsn("no_such_database")))
    with pytest.raises(LedgerUnavailable, match="Check that PostgreSQL runs"):
        loads_from_airflow().applied_windows(PIPELINE, "web_sales")
