"""Bring the rows of a window into the warehouse, and into nothing but a table of the run's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from switchyard.federated.windows import settled_at
from switchyard.operators.base import Pause
from switchyard.operators.federated.base import TableOperator
from switchyard.operators.federated.reading import window_values
from switchyard.redshift.identifiers import Identifier
from switchyard.sql import render_redshift
from switchyard.waiting.kinds import Wait

_STAGE = "create_stage"
_MOMENT = 0
"""Which statement of the batch tells when it began."""
_CREATE = 2
"""Which statement of the batch makes the stage."""


class StageWindowOperator(TableOperator):
    """Make the stage from the source's rows; a second try goes on with the first one's statement.

    Nothing else is in the transaction: it holds a snapshot at the source for as long as it lasts.

    Args:
        settle_seconds: how long after the end of the window reading begins.
    """

    def __init__(self, *, settle_seconds: float, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.settle_seconds = settle_seconds

    def act(self, context: Any) -> Wait | Pause | None:
        if not self.dry_run and (pause := self._unsettled()):
            return pause
        dist_key = self.table.content["dist_key"]
        statements = [
            render_redshift("stage/select_moment.sql"),
            render_redshift("stage/drop_stage.sql", stage=self.stage),
            render_redshift(
                "stage/create_stage.sql",
                stage=self.stage,
                dist_key=Identifier(dist_key) if dist_key else None,
                **window_values(self),
            ),
        ]
        return self.statement(context, _STAGE, statements)

    def result(self, context: Any) -> dict[str, Any]:
        [row] = self.rows(context, _STAGE, _MOMENT)
        return {
            "stage": ".".join(self.stage.parts),
            "began_at": row["began"].replace(tzinfo=UTC).isoformat(),
            "query_id": self.query_id(context, _STAGE, _CREATE),
            "summary": f"{self.window.reads_from.isoformat()} to {self.window.hi.isoformat()}"
            if self.table.reads_window
            else "all rows",
        }

    def _unsettled(self) -> Pause | None:
        if not self.table.reads_window:
            return None
        moment = settled_at(self.window.hi, timedelta(seconds=self.settle_seconds))
        remaining = (moment - datetime.now(UTC)).total_seconds()
        return Pause(remaining, "the window to settle") if remaining > 0 else None
