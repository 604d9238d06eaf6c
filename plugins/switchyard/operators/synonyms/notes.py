"""Notes in the ledger about a release; losing the ledger must not hold a release back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypedDict, Unpack

from switchyard.errors import BadInput
from switchyard.ledger.connection import DEFAULT_CONN_ID, from_airflow
from switchyard.ledger.rows import SynonymChangeRow, SynonymReleaseRow
from switchyard.ledger.writer import Ledger, LedgerUnavailable

log = logging.getLogger(__name__)


class Run(TypedDict):
    """What names a run in the ledger."""

    dag_id: str
    run_id: str


def run_of(context: Any) -> Run:
    """The run that a task is of."""
    return Run(dag_id=context["dag_run"].dag_id, run_id=context["dag_run"].run_id)


def note_release(ledger_conn_id: str = DEFAULT_CONN_ID, **row: Unpack[SynonymReleaseRow]) -> None:
    """Write down how far a release has come; a warning is logged where the ledger is away."""
    _note(ledger_conn_id, lambda ledger: ledger.record_synonym_release(**row))


def note_changes(run: Run, changes: Sequence[Mapping[str, Any]]) -> None:
    """Write down the first changes of a release; a warning is logged where the ledger is away."""
    rows = [
        SynonymChangeRow(
            dag_id=run["dag_id"],
            run_id=run["run_id"],
            number=number,
            kind=change["kind"],
            before=change["before"],
            after=change["after"],
        )
        for number, change in enumerate(changes, 1)
    ]
    _note(DEFAULT_CONN_ID, lambda ledger: ledger.record_synonym_changes(**run, rows=rows))


def _note(ledger_conn_id: str, write: Callable[[Ledger], None]) -> None:
    try:
        ledger = from_airflow(ledger_conn_id)
    except BadInput as error:
        log.warning("The release is not recorded in the ledger: %s", error)
        return
    try:
        write(ledger)
    except LedgerUnavailable as error:
        log.warning("The release is not recorded in the ledger: %s", error)
