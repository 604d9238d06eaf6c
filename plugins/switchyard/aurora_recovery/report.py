"""The evidence of one recovery as a document for people who were not there: JSON with a version, and a page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from switchyard.aurora_recovery.report_pages import render
from switchyard.aurora_recovery.untrusted import utc_text

SCHEMA = "switchyard.recovery-report"
VERSION = 1
ENDED = ("success", "failed", "skipped")
"""States of the steps that a report lists: one that is written by a step of the run cannot tell of itself."""

Row = Mapping[str, Any]
Document = dict[str, Any]


def report(test: Row, checks: Iterable[Row], steps: Iterable[Row], approvals: Iterable[Row]) -> Document:
    """Make the document from the ledger's rows; the same rows give the same document.

    Args:
        test: the recovery.
        checks: what was checked, in order.
        steps: the steps of its run, in order.
        approvals: what people were asked, and their answers.
    """
    checked = [_check(one) for one in checks]
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "pipeline": test["pipeline"],
        "dag_id": test["dag_id"],
        "run_id": test["run_id"],
        "stamp": test.get("stamp"),
        "mode": test.get("mode"),
        "outcome": test["outcome"],
        "reason": test.get("reason"),
        "failed_step": test.get("failed_step"),
        "started_at": _time(test.get("started_at")),
        "finished_at": _time(test.get("finished_at")),
        "snapshot_arn": test.get("snapshot_arn"),
        "data_as_of": _time(test.get("source_time")),
        "asked_as_of": _time(test.get("as_of")),
        "cluster": test.get("cluster"),
        "instance_class": test.get("instance_class"),
        "torn_down_at": _time(test.get("torn_down_at")),
        "approved_by": test.get("approved_by"),
        "approved_at": _time(test.get("approved_at")),
        "objectives": {name: _objective(test, name) for name in ("rpo", "rto")},
        "checks_passed": sum(one["passed"] for one in checked),
        "checks_failed": sum(not one["passed"] for one in checked),
        "checks": checked,
        "steps": [_step(one) for one in steps if one["state"] in ENDED],
        "approvals": [_approval(one) for one in approvals],
    }


def to_json(document: Document) -> str:
    """Write the document, the same text for the same document."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def to_html(document: Document) -> str:
    """Write the document as a page that needs nothing beside itself, on screen or on paper."""
    return render("recovery_report.html.jinja", document)


def _check(row: Row) -> Document:
    texts = {name: row.get(name) for name in ("task_id", "kind", "name", "expected", "found", "detail")}
    return {**texts, "passed": bool(row["passed"]), "checked_at": _time(row.get("checked_at"))}


def _step(row: Row) -> Document:
    began, ended = row.get("started_at"), row.get("finished_at")
    return {
        "task_id": row["task_id"],
        "title": row.get("title") or row["task_id"],
        "state": row["state"],
        "tries": row.get("try_number"),
        "started_at": _time(began),
        "finished_at": _time(ended),
        "seconds": _seconds(ended - began) if began and ended else None,
        "summary": row.get("summary") or None,
    }


def _approval(row: Row) -> Document:
    names = ("gate", "decision", "decided_by", "subject", "comment")
    times = ("asked_at", "deadline_at", "decided_at")
    return {name: row.get(name) for name in names} | {name: _time(row.get(name)) for name in times}


def _objective(test: Row, name: str) -> Document:
    """Achieved and promised seconds; whether it was met is not known where either is missing."""
    achieved, promised = test.get(f"{name}_seconds"), test.get(f"{name}_objective_seconds")
    return {
        "achieved_seconds": achieved,
        "objective_seconds": promised,
        "met": None if achieved is None or promised is None else achieved <= promised,
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else utc_text(moment)


def _seconds(time: timedelta) -> float:
    return round(time.total_seconds(), 3)
