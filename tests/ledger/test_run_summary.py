"""What the page of a run reads of the ledger, against a real PostgreSQL server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from switchyard.ledger import CheckRow, Ledger
from switchyard.ledger.loads import LoadLedger
from switchyard.web.ledger_reports import REPORTS, reports_of_run
from tests.support.ledger import ledger_connection

FOLDER = Path(__file__).parents[2] / "include" / "sql" / "run_summary"
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
RUN = {"dag_id": "recovery_restore__orders", "run_id": "asset__restore"}
OTHER = {"dag_id": "recovery_restore__orders", "run_id": "asset__other"}


@pytest.fixture
def ledger(ledger_dsn, monkeypatch):
    """A ledger with two recoveries, as Airflow's connection leads to it."""
    monkeypatch.setenv("AIRFLOW_CONN_SWITCHYARD_LEDGER", ledger_connection(ledger_dsn))
    ledger = Ledger(ledger_dsn)
    for number, run in enumerate((RUN, OTHER)):
        ledger.record_run(**run, pipeline="aurora_recovery/orders", state="success", started_at=NOW)
        ledger.record_step(
            **run, task_id="swap_names", map_index=-1, title="7. Swap", state="success", try_number=1,
            summary=f"swapped {number}",
        )  # fmt: skip
        ledger.record_recovery_test(
            **run, pipeline="aurora_recovery/orders", mode="swap", outcome="swapped", started_at=NOW,
            rpo_seconds=36.3 + number, rpo_objective_seconds=5400, rto_seconds=52.2, rto_objective_seconds=3600,
        )  # fmt: skip
        ledger.record_checks(
            CheckRow(
                **run, task_id="check_candidate", name=name, kind="row count", passed=passed, checked_at=NOW
            )
            for name, passed in (("rental", True), (f"payment {number}", False))
        )
    return ledger


def test_every_file_has_a_title():
    """It should show every file of the folder, and no other."""
    assert {path.stem for path in FOLDER.glob("*.sql")} == set(REPORTS)


@pytest.mark.usefixtures("ledger")
def test_reports_tell_of_one_run():
    """It should show rows of this run alone, those that matter first, and no table without rows."""
    reports, problem = reports_of_run(**RUN)
    assert problem == ""
    assert list(reports) == ["recovery", "checks", "steps"]
    [recovery] = reports["recovery"].rows
    assert (recovery["rpo_achieved"], recovery["objectives_met"]) == (timedelta(seconds=36), True)
    assert [row["check"] for row in reports["checks"].rows] == ["payment 0", "rental"]
    assert [row["summary"] for row in reports["steps"].rows] == ["swapped 0"]


def test_load_is_shown_with_its_comparison(ledger, ledger_dsn):
    """It should add up what differs between source and target of a loaded table."""
    del ledger
    loads, run = LoadLedger(ledger_dsn), {"dag_id": "federated_load__retail", "run_id": "scheduled__1"}
    of = {"pipeline": "federated_load/retail", "table_name": "web_sales"}
    Ledger(ledger_dsn).record_run(**run, state="success")
    loads.record_load_window(
        **run, **of, lo=NOW, hi=NOW + timedelta(hours=1), state="applied", inserted_rows=7
    )
    reports, _ = reports_of_run(**run)
    [row] = reports["loads"].rows
    assert (row["table"], row["inserted"], row["parts_that_differ"]) == ("web_sales", 7, None)


def test_lost_ledger_is_told(monkeypatch):
    """It should say why there is no report, and show none, where the ledger is out of reach or not configured."""
    dsn = "host=127.0.0.1 port=1 dbname=ledger user=nobody password=none"
    monkeypatch.setenv("AIRFLOW_CONN_SWITCHYARD_LEDGER", ledger_connection(dsn))
    reports, problem = reports_of_run(**RUN)
    assert reports == {}
    assert "port 1 failed" in problem
    monkeypatch.delenv("AIRFLOW_CONN_SWITCHYARD_LEDGER")
    reports, problem = reports_of_run(**RUN)
    assert reports == {}
    assert "switchyard_ledger" in problem
