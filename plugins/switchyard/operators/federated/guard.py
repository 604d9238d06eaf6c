"""See that the source itself will leave out what a run does not want, before it sends a row."""

from __future__ import annotations

from typing import Any

from switchyard.errors import NotAllowed
from switchyard.federated.guard import Verdict, judge
from switchyard.observability import metrics
from switchyard.operators.base import Pause
from switchyard.operators.federated.base import TableOperator
from switchyard.operators.federated.reading import window_values
from switchyard.redshift.window import require_window
from switchyard.sql import render_redshift
from switchyard.waiting.kinds import Wait

_EXPLAIN = "explain_window"


class GuardReadingOperator(TableOperator):
    """Stop a run whose plan would read more of the source than its window."""

    changes_nothing = True
    reports = metrics.reported(planned_rows=metrics.ROWS_PLANNED)

    def act(self, context: Any) -> Wait | Pause | None:
        values = window_values(self)
        if self.table.reads_window and self.table.watermark is not None:
            plain = render_redshift("stage/select_window.sql", **values)
            require_window(plain, self.table.watermark.source, purpose=_EXPLAIN)
        statement = render_redshift("stage/explain_window.sql", **values)
        if wait := self.statement(context, _EXPLAIN, statement, adds_rows=False):
            return wait
        if not self.dry_run:
            self._judge(context)
        return None

    def result(self, context: Any) -> dict[str, Any]:
        if self.dry_run:
            return {"summary": "the plan was not asked for"}
        verdict = self._verdict(context)
        for warning in verdict.warnings:
            self.log.warning("%s", warning)
        return {
            "planned_rows": verdict.rows,
            "warnings": list(verdict.warnings),
            "summary": f"about {verdict.rows} rows, both bounds at the source"
            if self.table.reads_window
            else f"about {verdict.rows} rows, all of the table",
        }

    def _judge(self, context: Any) -> None:
        if problem := self._verdict(context).problem:
            raise NotAllowed(
                f"reading {'.'.join(self.remote.parts)}",
                problem,
                "Compare type and index of the watermark with the source, then clear this task; no row was read",
            )

    def _verdict(self, context: Any) -> Verdict:
        lines = [str(next(iter(row.values()))) for row in self.rows(context, _EXPLAIN)]
        bounds, watermark = None, None
        if self.table.reads_window and self.table.watermark is not None:
            bounds, watermark = (self.window.reads_from, self.window.hi), self.table.watermark.source
        return judge(lines, ".".join(self.remote.parts), watermark, bounds)
