"""What the ledger says of a run: one table for each file of include/sql/run_summary that has rows for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from switchyard.errors import SwitchyardError
from switchyard.ledger.reading import report_ledger
from switchyard.sql import include_folder

REPORTS = {
    "recovery": "Recovery",
    "recovery_point": "Recovery point",
    "checks": "Checks",
    "approvals": "Approvals",
    "synonym_release": "Synonym release",
    "synonym_changes": "Changed rules, the first 100",
    "probes": "Probes of the search",
    "discovery": "Discovery",
    "coverage": "Tables that were searched",
    "exposures": "Columns with sensitive data, the first 100",
    "loads": "Loaded tables",
    "publications": "Published in the lake",
    "steps": "What the ledger holds of each step",
}
"""Titles by the name of the file, in the order of the page."""
STEPS = "steps"


class Report(NamedTuple):
    """One table: its title and its rows, whose keys are the names of the columns."""

    title: str
    rows: list[Mapping[str, Any]]


def reports_of_run(dag_id: str, run_id: str) -> tuple[dict[str, Report], str]:
    """Read the reports of a run that have rows, and what kept them from being read; empty where nothing did.

    A web server that cannot reach the ledger, as on managed Airflow, still shows what Airflow itself knows.
    """
    run = {"dag_id": dag_id, "run_id": run_id}
    try:
        ledger = report_ledger()
        folder = include_folder() / "sql" / "run_summary"
        found = {name: ledger.of_run((folder / f"{name}.sql").read_text(), run) for name in REPORTS}
    except SwitchyardError as error:
        return {}, str(error)
    return {name: Report(REPORTS[name], rows) for name, rows in found.items() if rows}, ""
