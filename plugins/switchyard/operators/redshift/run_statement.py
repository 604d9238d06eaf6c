"""A step that runs statements of a DAG's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from switchyard.errors import StepFailed
from switchyard.operators.base import Pause
from switchyard.operators.redshift.statements import RedshiftOperator
from switchyard.redshift.parameters import Bindable
from switchyard.waiting.kinds import Wait

_PURPOSE = "statement"
_MOST_HANDED_ON = 1_000


class RedshiftStatementOperator(RedshiftOperator):
    """Run a statement, or several in one transaction, once.

    Hands on ``statement_id``, ``affected`` (a number for each statement) and, where asked for, ``rows`` of the last
    statement as JSON can hold them: decimals, dates and times as text.

    Args:
        sql: a statement, or several that are one transaction; values come in as parameters.
        parameters: what ``:name`` becomes in them.
        adds_rows: whether to run it twice would do harm.
        returns_rows: hand on the rows of the last statement, 1,000 at most.
    """

    template_fields = (*RedshiftOperator.template_fields, "parameters")

    def __init__(
        self,
        *,
        sql: str | Sequence[str],
        parameters: Mapping[str, Bindable] | None = None,
        adds_rows: bool = True,
        returns_rows: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.sql = sql if isinstance(sql, str) else list(sql)
        self.parameters = dict(parameters or {})
        self.adds_rows = adds_rows
        self.returns_rows = returns_rows

    def act(self, context: Any) -> Wait | Pause | None:
        return self.statement(
            context, _PURPOSE, self.sql, parameters=self.parameters, adds_rows=self.adds_rows
        )

    def result(self, context: Any) -> dict[str, Any]:
        count = 1 if isinstance(self.sql, str) else len(self.sql)
        affected = [self.affected(context, _PURPOSE, part) for part in range(count)]
        handed: dict[str, Any] = {
            "statement_id": self.statement_id(context, _PURPOSE),
            "affected": affected,
            "summary": f"{count} statement{'s' if count > 1 else ''}, rows: {', '.join(map(str, affected))}",
        }
        if self.returns_rows:
            handed["rows"] = self._rows(context, count - 1)
        return handed

    def _rows(self, context: Any, part: int) -> list[dict[str, Any]]:
        rows = self.rows(context, _PURPOSE, part)
        if len(rows) > _MOST_HANDED_ON:
            raise StepFailed(
                self.task_id, f"its result has {len(rows)} rows", f"Hand on {_MOST_HANDED_ON} at most"
            )
        return [{name: _jsonable(value) for name, value in row.items()} for row in rows]


def _jsonable(value: Any) -> Any:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    return str(value) if isinstance(value, (Decimal, bytes)) else value
