"""Put a new table in the place of a target, all at once."""

from __future__ import annotations

from typing import Any

from switchyard.federated import applying, names
from switchyard.federated.table_grants import grant
from switchyard.observability import metrics
from switchyard.operators.base import Pause
from switchyard.operators.federated.apply import ApplyOperator
from switchyard.redshift.identifiers import Identifier
from switchyard.redshift.literals import Timestamp
from switchyard.sql import RedshiftSql, render_redshift
from switchyard.waiting.kinds import Wait

_NOTE = "create_applied"
_LATER = "count_later"
_FILL = "fill_next"
_FILLED = 2
"""Which statement of that batch brings the rows."""
_GRANTS = "list_grants"
_SWAP = "swap"


class SwapTableOperator(ApplyOperator):
    """Fill a table beside the target, give it the target's grants, and let them change names in one transaction.

    The table that was there before is kept, under a name of the run, until the run's last step: with it a person can
    go back. Where the target already holds a later reading of the source, nothing is done.
    """

    reports = metrics.reported(inserted=metrics.ROWS_INSERTED)

    def act(self, context: Any) -> Wait | Pause | None:
        if wait := self._look(context):
            return wait
        if self._is_superseded(context):
            return None
        if wait := self.statement(context, _FILL, applying.fill_next(self.table, self.what, self._next)):
            return wait
        statements = applying.swap(
            self.table,
            self.what,
            self.applied,
            next_table=self._next,
            replaced=self._replaced,
            grants=self._grants(context),
        )
        return self.statement(context, _SWAP, statements)

    def result(self, context: Any) -> dict[str, Any]:
        if self._is_superseded(context):
            self.keep(context, state="superseded", inserted_rows=0, replaced_rows=0)
            return {"inserted": 0, "replaced": 0, "summary": "the target holds a later reading"}
        rows = self.affected(context, _FILL, _FILLED)
        self.keep(context, state="applied", inserted_rows=rows)
        return {
            "inserted": rows,
            "replaced": 0,
            "kept": ".".join(self._replaced.parts),
            "summary": f"{rows} rows took the place of what was there before",
        }

    def _look(self, context: Any) -> Wait | Pause | None:
        """See what the target holds, and who may read it."""
        if wait := self.statement(context, _NOTE, applying.create_note(self.applied), adds_rows=False):
            return wait
        later = render_redshift(
            "apply/count_later.sql", applied=self.applied, staged_at=Timestamp(self.what.staged_at)
        )
        if wait := self.statement(context, _LATER, later, adds_rows=False):
            return wait
        schema, name = self.table.target
        return self.statement(
            context,
            _GRANTS,
            render_redshift("apply/list_grants.sql"),
            parameters={"schema_name": schema, "table_name": name},
            adds_rows=False,
        )

    def _is_superseded(self, context: Any) -> bool:
        rows = self.rows(context, _LATER)
        return bool(rows and rows[0]["later"])

    def _grants(self, context: Any) -> list[RedshiftSql]:
        return [grant(self._next, row) for row in self.rows(context, _GRANTS)]

    @property
    def _next(self) -> Identifier:
        return Identifier(*names.next_table(self.table.target, self.stamp))

    @property
    def _replaced(self) -> Identifier:
        return Identifier(*names.replaced_table(self.table.target, self.stamp))
