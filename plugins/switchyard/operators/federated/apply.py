"""Bring the stage of a run into its target, once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from switchyard.errors import StepFailed
from switchyard.federated import applying, names
from switchyard.federated.boundary import boundary
from switchyard.federated.view import create_view
from switchyard.ledger.writer import LedgerUnavailable
from switchyard.observability import metrics
from switchyard.observability.lineage import Lineage
from switchyard.operators.base import Pause
from switchyard.operators.federated.base import TableOperator
from switchyard.redshift.identifiers import Identifier
from switchyard.sql import RedshiftSql, render_redshift
from switchyard.waiting.kinds import Wait

_NOTE = "create_applied"
_APPLIED = "select_applied"
_APPLY = "apply"
_BOUNDARY = "boundary"


class ApplyOperator(TableOperator):
    """What applying a window and swapping a table have in common.

    Args:
        staged: the result of the step that made the stage.
    """

    template_fields = (*TableOperator.template_fields, "staged")

    def __init__(self, *, staged: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.staged = staged

    @property
    def applied(self) -> Identifier:
        """The note of what the target holds."""
        return Identifier(*names.applied(self.staging_schema, self.table.target))

    @property
    def what(self) -> applying.Stage:
        """What is applied.

        Raises:
            StepFailed: the step before has not staged it.
        """
        if isinstance(self.staged, Mapping) and self.staged.get("began_at"):
            return applying.Stage(self.stage, datetime.fromisoformat(self.staged["began_at"]), self.window)
        if self.dry_run:
            return applying.Stage(self.stage, datetime.now(UTC), self.window)
        raise StepFailed(
            self.task_id, "the run has no stage of this table", "Clear the run from its stage on"
        )

    def keep(self, context: Any, **row: Any) -> None:
        """Record in the ledger what became of the window."""
        window = self.window
        self.ledger.record_load_window(
            **self.run_of(context),
            table_name=self.table.name,
            pipeline=self.pipeline,
            stamp=self.stamp,
            mode=self.table.mode,
            target=".".join(self.table.target),
            lo=window.lo,
            hi=window.hi,
            lookback_seconds=window.lookback.total_seconds(),
            staged_at=self.what.staged_at,
            applied_at=datetime.now(UTC),
            **row,
        )
        if row["state"] == "applied":
            self.measure(context, metrics.STALENESS, self._staleness())
            source = self.source_data
            self.told = Lineage(
                (source,) if source else (),
                (self.target_data(is_copy=True, rows=row["inserted_rows"]),),
            )

    def _staleness(self) -> float | None:
        """Seconds since the newest moment that the target holds, which a backfill of older ones does not change."""
        reached = [self.what.staged_at]
        if self.table.reads_window:
            try:
                reached = [hi for _, hi in self.ledger.applied_windows(self.pipeline, self.table.name)]
            except LedgerUnavailable:
                return None
        return max(0.0, (datetime.now(UTC) - max(reached)).total_seconds()) if reached else None


class ApplyWindowOperator(ApplyOperator):
    """Apply a window in one transaction, in which the boundary of the three-source view moves too."""

    reports = metrics.reported(inserted=metrics.ROWS_INSERTED, replaced=metrics.ROWS_REPLACED)

    def act(self, context: Any) -> Wait | Pause | None:
        note = applying.create_note(self.applied)
        if wait := self.statement(context, _NOTE, note, adds_rows=False):
            return wait
        if self.table.content["view"] and (wait := self._read_applied(context)):
            return wait
        return self.statement(context, _APPLY, self._transaction(context).statements)

    def result(self, context: Any) -> dict[str, Any]:
        made = self._transaction(context)
        counts = {
            name: 0 if part is None else self.affected(context, _APPLY, part)
            for name, part in (
                ("superseded", made.superseded),
                ("replaced", made.replaced),
                ("inserted", made.inserted),
            )
        }
        moved = self._boundary(context)
        self.keep(
            context,
            state="applied",
            replaced_rows=counts["replaced"],
            inserted_rows=counts["inserted"],
            boundary=moved,
        )
        return {
            **counts,
            "boundary": moved.isoformat() if moved else None,
            "summary": f"{counts['inserted']} rows inserted, {counts['replaced']} of them for older ones",
        }

    def _read_applied(self, context: Any) -> Wait | Pause | None:
        statement = render_redshift("apply/select_applied.sql", applied=self.applied)
        return self.statement(context, _APPLIED, statement, adds_rows=False)

    def _transaction(self, context: Any) -> applying.Transaction:
        return applying.transaction(self.table, self.what, self.applied, view=self._view(context))

    def _view(self, context: Any) -> RedshiftSql | None:
        moment = self._boundary(context)
        if moment is None:
            return None
        lake = self.lake["external_schema"] if self.lake else None
        return create_view(self.table, live=self.remote, lake_schema=lake, boundary=moment)

    def _boundary(self, context: Any) -> datetime | None:
        """The boundary as it was decided first: another one would be another transaction."""
        if not self.table.content["view"]:
            return None
        memory = context["task_state_store"]
        if (known := memory.get(_BOUNDARY)) is not None:
            return datetime.fromisoformat(known)
        rows = self.rows(context, _APPLIED)
        held = [(_aware(row["reads_from"]), _aware(row["hi"])) for row in rows]
        decided = boundary(held, self.window)
        memory.set(_BOUNDARY, decided.isoformat())
        return decided


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
