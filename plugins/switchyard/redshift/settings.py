"""What a statement wants of its session: a SET lives in one batch only, so that it is sent along with the work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from switchyard.redshift.literals import Number, Text


@dataclass(frozen=True)
class Settings:
    """Settings of the session that a statement runs in.

    Attributes:
        query_group: sends the work to the queue of that group.
        statement_timeout: ends a statement by itself; it counts planning, queueing and running.
        case_sensitive: tells ``"Id"`` from ``"id"``, for relations of a source with mixed case.
        read_committed: reads PostgreSQL sources in READ COMMITTED, which Aurora's reader endpoints may need.
    """

    query_group: str | None = None
    statement_timeout: timedelta | None = None
    case_sensitive: bool = False
    read_committed: bool = False

    def statements(self) -> list[str]:
        """A SET for each setting, to go before the work in the same batch."""
        made = []
        if self.query_group:
            made.append(f"SET query_group TO {Text(self.query_group).sql()}")
        if self.statement_timeout:
            milliseconds = int(self.statement_timeout.total_seconds() * 1000)
            made.append(f"SET statement_timeout TO {Number(milliseconds).sql()}")
        if self.case_sensitive:
            made.append("SET enable_case_sensitive_identifier TO TRUE")
        if self.read_committed:
            made.append("SET pg_federation_repeatable_read TO FALSE")
        return made
