"""One SQL text of a statement: what becomes of it, and its result."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.redshift_data import results
from sandbox.redshift_data.quotas import quotas
from sandbox.transitions import now
from sandbox.warehouse.errors import INTERNAL, RedshiftError

if TYPE_CHECKING:
    from sandbox.warehouse.answers import Answer, AnswerColumn

SUBMITTED, PICKED, STARTED = "SUBMITTED", "PICKED", "STARTED"
FINISHED, ABORTED, FAILED = "FINISHED", "ABORTED", "FAILED"
FINAL = {FINISHED, ABORTED, FAILED}
UNKNOWN = -1


@dataclass
class Part:
    """A text with its status; `duration` in nanoseconds, `result_size` in bytes, -1 where not known."""

    part_id: str
    sql: str
    status: str = SUBMITTED
    error: str | None = None
    duration: int = UNKNOWN
    result_rows: int = UNKNOWN
    result_size: int = UNKNOWN
    query_id: int = 0
    has_rows: bool = False
    columns: tuple[AnswerColumn, ...] = ()
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)

    def show(self, status: str, error: str | None = None) -> None:
        """Take on a status."""
        self.updated_at = now()
        self.error = error
        self.status = status

    def keep(self, answer: Answer) -> None:
        """Keep a result; RedshiftError for one that is larger than results may be."""
        sizes = [results.size(row) for row in answer.rows]
        if max(sizes, default=0) > quotas.row_size:
            raise RedshiftError("Packet for query is too large", INTERNAL)
        if sum(sizes) > quotas.result_size:
            raise RedshiftError("Database response exceeded size limit", INTERNAL)
        self.columns, self.rows, self.has_rows = answer.columns, answer.rows, answer.has_rows
        self.result_rows = len(answer.rows) if answer.has_rows else answer.affected
        self.result_size = sum(sizes)

    def described(self) -> dict[str, Any]:
        """Return it in the shape of SubStatementData."""
        described = {
            "Id": self.part_id,
            "QueryString": self.sql,
            "Status": self.status,
            "Duration": self.duration,
            "HasResultSet": self.has_rows,
            "ResultRows": self.result_rows,
            "ResultSize": self.result_size,
            "RedshiftQueryId": self.query_id,
            "CreatedAt": self.created_at,
            "UpdatedAt": self.updated_at,
        }
        return described | ({"Error": self.error} if self.error else {})
