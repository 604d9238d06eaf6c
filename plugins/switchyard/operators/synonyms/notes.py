"""Notes in the ledger about a release; losing the ledger must not hold a release back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack

from switchyard.errors import BadInput
from switchyard.ledger.connection import DEFAULT_CONN_ID, from_airflow
from switchyard.ledger.rows import SynonymChangeRow, SynonymProbeRow, SynonymReleaseRow
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


def note_probes(rows: Iterable[SynonymProbeRow]) -> None:
    """Write down what searches have shown; a warning is logged where the ledger is away."""
    _note(DEFAULT_CONN_ID, lambda ledger: ledger.record_synonym_probes(rows))


def probe_rows(
    run: Run,
    task_id: str,
    probed: Iterable[Mapping[str, Any]],
    *,
    wanted: Sequence[Mapping[str, Any]],
    at: datetime,
) -> Iterator[SynonymProbeRow]:
    """The ledger's rows of what the domains' searches have shown.

    Args:
        run: what names the run.
        task_id: the step that searched.
        probed: by domain, the results of its probes.
        wanted: the probes as they were asked for.
        at: when they were made last.
    """
    asked = {(one["query"], one["field"]): one for one in wanted}
    for of_domain in probed:
        for number, result in enumerate(of_domain["probes"], 1):
            probe = asked.get((result["query"], result["field"]), {})
            yield SynonymProbeRow(
                dag_id=run["dag_id"],
                run_id=run["run_id"],
                task_id=task_id,
                domain=of_domain["domain"],
                number=number,
                index_name=result["index"],
                field=result["field"],
                query=result["query"],
                finds=list(probe.get("finds", ())),
                not_finds=list(probe.get("not_finds", ())),
                hits=result["hits"],
                missing=list(result["missing"]),
                unwanted=list(result["unwanted"]),
                passed=result["passed"],
                probed_at=at,
            )


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
