"""Notes about a recovery in the ledger while it is under way; losing the ledger must not hold a recovery back.

What they say is recorded again, as evidence, when the recovery has ended; but what a failed step found is nowhere else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypedDict

from switchyard.errors import BadInput
from switchyard.ledger.connection import DEFAULT_CONN_ID
from switchyard.ledger.recoveries import RecoveryLedger, recovery_ledger
from switchyard.ledger.recovery_rows import Gate
from switchyard.ledger.rows import CheckRow
from switchyard.ledger.writer import LedgerUnavailable

log = logging.getLogger(__name__)


class Run(TypedDict):
    """What names a run in the ledger."""

    dag_id: str
    run_id: str


def run_of(context: Any) -> Run:
    """The run that a task is of."""
    return Run(dag_id=context["dag_run"].dag_id, run_id=context["dag_run"].run_id)


def begun(accepted: Mapping[str, Any]) -> dict[str, Any]:
    """What the ledger keeps of a recovery from its acceptance on; nothing where none was accepted."""
    if not accepted:
        return {}
    return {
        "mode": accepted["mode"],
        "as_of": datetime.fromisoformat(accepted["as_of"]) if accepted["as_of"] else None,
        "instance_class": accepted["instance_class"] or None,
        "snapshot_arn": accepted["snapshot_arn"],
        "source_time": datetime.fromisoformat(accepted["source_time"]),
        "started_at": datetime.fromisoformat(accepted["accepted_at"]),
    }


def check_rows(run: Run, task_id: str, proof: Mapping[str, Any]) -> Iterator[CheckRow]:
    """The ledger's rows of what a step checked.

    Args:
        run: what names the run.
        task_id: the step.
        proof: its checks and when they were made, as the step hands them on.
    """
    for check in proof["checks"]:
        yield CheckRow(
            dag_id=run["dag_id"],
            run_id=run["run_id"],
            task_id=task_id,
            name=check["name"],
            kind=check["name"].partition(" ")[0],
            passed=check["passed"],
            expected=check["expected"],
            found=check["found"],
            detail=check["remedy"] or None,
            checked_at=datetime.fromisoformat(proof["checked_at"]),
        )


def note_begun(context: Any, *, pipeline: str, stamp: str, accepted: Mapping[str, Any]) -> None:
    """Write down that a recovery has begun, unless more is known of it already."""
    _note(
        lambda ledger: ledger.record_begun(
            **run_of(context), pipeline=pipeline, stamp=stamp, outcome="running", **begun(accepted)
        )
    )


def note_checks(context: Any, proof: Mapping[str, Any]) -> None:
    """Write down the checks of a step that fails and can hand nothing on."""
    rows = list(check_rows(run_of(context), context["ti"].task_id, proof))
    _note(lambda ledger: ledger.record_checks(rows))


def note_approval(context: Any, gate: Gate, *, ledger_conn_id: str = DEFAULT_CONN_ID, **row: Any) -> None:
    """Write down a question to people, or its answer; columns as in `RecoveryApprovalRow`."""
    _note(
        lambda ledger: ledger.record_recovery_approval(**run_of(context), gate=gate, **row),
        ledger_conn_id=ledger_conn_id,
    )


def _note(write: Callable[[RecoveryLedger], None], *, ledger_conn_id: str = DEFAULT_CONN_ID) -> None:
    try:
        write(recovery_ledger(ledger_conn_id))
    except (BadInput, LedgerUnavailable) as error:
        log.warning("Not recorded in the ledger: %s", error)
