"""The summary of a run for the person who started it: how it went, step by step, and what the ledger holds of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from switchyard.aurora_recovery.report_pages import dated, length_of_time, moment, render
from switchyard.web.ledger_reports import STEPS, Report

_TEMPLATES = Path(__file__).parent / "templates"
_NUMBER = re.compile(r"(\d+)\. ")
_OPEN = ("queued", "running")
_STATES = {"none": "not begun"}
"""What Airflow calls states that say nothing to a person."""
_LONGEST = 300
"""Characters of a value on the page; longer ones are cut, the ledger has them whole."""
_SHORT = 20
"""Characters of a value that is never broken over lines."""
_FEW = 4
"""Values that stand for a step's result where the step has no sentence of its own."""


@dataclass(frozen=True)
class Step:
    """One task of a run as Airflow knows it.

    Attributes:
        title: what the UI shows it as.
        label: what tells it from others of a mapped task; empty where there are none.
        state: Airflow's.
        tries: how often it was begun.
        result: what it has handed on.
        planned: the calls that a dry run did not make.
    """

    task_id: str
    map_index: int
    title: str
    label: str
    state: str
    tries: int
    began_at: datetime | None
    ended_at: datetime | None
    result: Mapping[str, Any] = field(default_factory=dict)
    planned: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Run:
    """One run as Airflow knows it; ``conf`` is what a person or the API asked it for."""

    dag_id: str
    run_id: str
    state: str
    run_type: str
    started_by: str | None
    queued_at: datetime | None
    began_at: datetime | None
    ended_at: datetime | None
    logical_date: datetime | None
    conf: Mapping[str, Any]
    steps: Sequence[Step]


def summary(run: Run, reports: Mapping[str, Report], problem: str) -> dict[str, Any]:
    """Make the document that the page shows.

    Args:
        run: what Airflow knows.
        reports: what the ledger knows, by the names of its files.
        problem: why the ledger was not read; empty where it was.
    """
    told = {(row["task_id"], row["map_index"]): row for row in _rows(reports, STEPS)}
    steps = [_step(one, told.get((one.task_id, one.map_index), {})) for one in sorted(run.steps, key=_place)]
    return {
        "dag_id": run.dag_id,
        "run_id": run.run_id,
        "state": run.state,
        "is_open": run.state in _OPEN,
        "is_dry": bool(run.conf.get("dry_run")),
        "started": _started(run),
        "began_at": _said(run.began_at),
        "took": _took(run.began_at, run.ended_at),
        "asked": [(name.replace("_", " "), _said(value)) for name, value in run.conf.items()],
        "failed": [one for one in steps if one["state"] == "failed"],
        "waiting": [one for one in steps if one["state"] in ("deferred", "awaiting_input", "running")],
        "counts": _counts(steps),
        "steps": steps,
        "planned": [(one["title"], call) for one in steps for call in one["planned"]],
        "reports": [_table(one) for name, one in reports.items() if name != STEPS],
        "problem": problem,
    }


def to_html(document: Mapping[str, Any]) -> str:
    """Write the document as a page; every value is escaped."""
    return render("run.html.jinja", document, _TEMPLATES)


def _rows(reports: Mapping[str, Report], name: str) -> Sequence[Mapping[str, Any]]:
    return reports[name].rows if name in reports else ()


def _place(step: Step) -> tuple[int, str, str, int]:
    """Steps follow their numbers; those of a table follow each other."""
    number = _NUMBER.match(step.title)
    group = step.task_id.rpartition(".")[0]
    return (int(number[1]) if number else 0, group, step.title, step.map_index)


def _step(step: Step, told: Mapping[str, Any]) -> dict[str, Any]:
    sentence = told.get("summary") or step.result.get("summary")
    return {
        "title": f"{step.title} ({step.label})" if step.label else step.title,
        "state": _STATES.get(step.state, step.state),
        "summary": dated(str(sentence)) if sentence else _few(step.result),
        "took": _took(step.began_at, step.ended_at) if step.began_at and step.state != "skipped" else "",
        "tries": step.tries,
        "planned": [_call(one) for one in step.planned],
    }


def _few(result: Mapping[str, Any]) -> str:
    plain = [
        (name, value)
        for name, value in result.items()
        if isinstance(value, (str, int, float)) and value != ""
    ]
    plain.sort(key=lambda one: str(one[1]).startswith("arn:"))  # what is short and says more comes first
    return "; ".join(f"{name.replace('_', ' ')} {_named(name, value)}" for name, value in plain[:_FEW])


def _named(name: str, value: Any) -> str:
    return str(value) if name == "port" else _said(value)


def _call(call: Mapping[str, Any]) -> str:
    arguments = ", ".join(f"{name}={_said(value)}" for name, value in (call.get("parameters") or {}).items())
    return f"{call.get('service', '')} {call.get('operation', '')}({arguments})".strip()


def _counts(steps: Sequence[Mapping[str, Any]]) -> str:
    states = [one["state"] for one in steps]
    found = {state: states.count(state) for state in dict.fromkeys(states)}
    return ", ".join(f"{number} {state.replace('_', ' ')}" for state, number in found.items())


def _started(run: Run) -> str:
    how = {
        "manual": "by hand",
        "scheduled": "on schedule",
        "asset_triggered": "by an asset",
        "backfill": "by a backfill",
    }.get(run.run_type, run.run_type)
    dated = f", dated {moment(run.logical_date.isoformat())}" if run.logical_date else ""
    return f"{how}{f' ({run.started_by})' if run.started_by else ''}{dated}"


def _table(report: Report) -> dict[str, Any]:
    columns = list(report.rows[0])
    return {
        "title": report.title,
        "columns": [one.replace("_", " ") for one in columns],
        "kinds": [_kind([row[one] for row in report.rows]) for one in columns],
        "rows": [[_said(row[one]) for one in columns] for row in report.rows],
    }


def _kind(values: Sequence[Any]) -> str:
    """How a column is set: numbers to the right, what is short in one line, anything else as it fits."""
    given = [value for value in values if value is not None]
    if given and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in given):
        return "number"
    return "word" if all(len(_said(value)) <= _SHORT for value in values) else ""


def _took(began_at: datetime | None, ended_at: datetime | None) -> str:
    return length_of_time((ended_at - began_at).total_seconds()) if began_at and ended_at else "-"


def _said(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return moment(value.isoformat())
    if isinstance(value, timedelta):
        return length_of_time(value.total_seconds())
    if isinstance(value, (list, tuple)):
        value = ", ".join(map(str, value)) or "-"
    text = f"{value:,}" if isinstance(value, int) else dated(str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
