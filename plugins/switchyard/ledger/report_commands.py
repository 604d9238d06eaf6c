"""The reports of ``python -m switchyard.ledger``: the evidence of one recovery, and the state of all databases."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from switchyard.aurora_recovery import fleet, report
from switchyard.configuration.aurora_recovery import AuroraRecovery
from switchyard.configuration.loader import load
from switchyard.errors import BadInput
from switchyard.ledger.reading import ReportLedger


def add_reports(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
) -> list[argparse.ArgumentParser]:
    """Add the commands; what they have in common is added to those that are returned."""
    one = commands.add_parser("report", help="the evidence of one recovery")
    which = one.add_mutually_exclusive_group(required=True)
    which.add_argument("--run", metavar="RUN_ID", help="the run of recovery_restore")
    which.add_argument("--pipeline", help="the newest recovery of a pipeline, such as aurora_recovery/orders")
    one.add_argument("--dag", metavar="DAG_ID", help="the DAG, where several have a run of this id")
    one.add_argument("--format", choices=["html", "json"], default="html", help="default: %(default)s")
    every = commands.add_parser(
        "fleet", help="all configured databases, the worst first; ends with 2 where one is red"
    )
    every.add_argument(
        "--format", choices=["text", "html", "json"], default="text", help="default: %(default)s"
    )
    for command in (one, every):
        command.add_argument(
            "--out", type=Path, metavar="FILE", help="write there instead of to the terminal"
        )
    return [one, every]


def run(options: argparse.Namespace, dsn: str) -> int:
    """Write the report that was asked for; the command's exit code."""
    ledger = ReportLedger(dsn)
    if options.command == "report":
        found = (
            ledger.recovery(options.run, options.dag)
            if options.run
            else ledger.newest_recovery(options.pipeline)
        )
        document = report.report(*found)
        _write(
            report.to_html(document) if options.format == "html" else report.to_json(document), options.out
        )
        return 0
    state = fleet.fleet(promises(), ledger.fleet(), datetime.now(UTC))
    if options.format == "json":
        text = json.dumps(state, indent=1)
    else:
        text = fleet.to_html(state) if options.format == "html" else fleet.to_text(state)
    _write(text.rstrip("\n") + "\n", options.out)
    return 2 if state["counts"]["red"] else 0


def promises() -> list[fleet.Promise]:
    """What the configured databases promise.

    Raises:
        BadInput: a configuration file is broken: a report that leaves its database out would look too good.
    """
    loaded = load()
    if loaded.errors:
        first = loaded.errors[0]
        raise BadInput(
            "configuration", first.file, str(first), "Run: python -m switchyard.configuration check"
        )
    return [
        fleet.Promise(
            one.pipeline,
            timedelta(minutes=one.objectives.rpo_minutes),
            timedelta(minutes=one.objectives.rto_minutes),
            timedelta(days=one.objectives.drill_days) if one.objectives.drill_days else None,
        )
        for one in loaded.of(AuroraRecovery)
    ]


def _write(text: str, file: Path | None) -> None:
    if file is None:
        sys.stdout.write(text)
    else:
        file.write_text(text, encoding="utf-8")
