"""Look at the rows of a stage before its target is touched."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from switchyard.federated import stage_checks
from switchyard.observability import metrics
from switchyard.operators.base import Pause
from switchyard.operators.federated.base import TableOperator
from switchyard.redshift.literals import Number
from switchyard.sql import RedshiftSql, render_redshift
from switchyard.waiting.kinds import Wait

_CHECKS = "check_stage"


class CheckStageOperator(TableOperator):
    """Prove that the stage has keys that tell its rows apart, rows of its window alone, and values that fit.

    Args:
        staged: the result of the step that made the stage.
    """

    reports = metrics.reported(rows=metrics.ROWS_STAGED)
    template_fields = (*TableOperator.template_fields, "staged")

    def __init__(self, *, staged: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.staged = staged

    def act(self, context: Any) -> Wait | Pause | None:
        query = Number(0 if self.dry_run else int(self.staged["query_id"]))
        counting = render_redshift("check/count_fetched_rows.sql", query=query)
        return self.statement(context, _CHECKS, [*self._checks, counting], adds_rows=False)

    def result(self, context: Any) -> dict[str, Any]:
        found = [row for part in range(len(self._checks)) for row in self.rows(context, _CHECKS, part)]
        rows = stage_checks.judge(self.table, found).rows
        fetched = self.rows(context, _CHECKS, len(self._checks))
        warning = stage_checks.overfetched(self.table, rows, fetched)
        if warning:
            self.log.warning("%s", warning)
        self.ledger.record_load_window(
            **self.run_of(context),
            table_name=self.table.name,
            pipeline=self.pipeline,
            stamp=self.stamp,
            mode=self.table.mode,
            target=".".join(self.table.target),
            **self._bounds(),
            state="staged",
            staged_rows=rows,
            staged_at=datetime.fromisoformat(self.staged["began_at"]),
        )
        return {
            "stage": ".".join(self.stage.parts),
            "rows": rows,
            "warnings": [warning] if warning else [],
            "summary": f"{rows} rows, all checks passed",
        }

    def _bounds(self) -> dict[str, Any]:
        """What the ledger keeps of the window; nothing where all rows are read."""
        if not self.table.reads_window:
            return {}
        window = self.window
        return {"lo": window.lo, "hi": window.hi, "lookback_seconds": window.lookback.total_seconds()}

    @property
    def _checks(self) -> list[RedshiftSql]:
        return stage_checks.statements(self.table, self.stage, self.window)
