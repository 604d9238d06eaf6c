"""What is known of each table of a task, while it is loaded and after."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.transitions import now

BEFORE_LOAD = "Before load"
LOADING = "Full load"
COMPLETED = "Table completed"
CANCELLED = "Table cancelled"
ERROR = "Table error"


@dataclass
class TableStatistics:
    """One table under its name at the source."""

    schema: str
    table: str
    state: str = BEFORE_LOAD
    rows: int = 0
    reloaded: bool = False
    started_at: datetime | None = None
    ended_at: datetime | None = None
    updated_at: datetime = field(default_factory=now)

    @property
    def name(self) -> str:
        """Schema and table, to sort by and to go on after."""
        return f"{self.schema}\0{self.table}"

    def begin(self) -> None:
        """Note that its load begins, from the first row."""
        self.state, self.rows = LOADING, 0
        self.started_at, self.ended_at, self.updated_at = now(), None, now()

    def add(self, rows: int) -> None:
        """Note that rows were written."""
        self.rows += rows
        self.updated_at = now()

    def end(self, state: str) -> None:
        """Note how its load ended."""
        self.state = state
        self.ended_at = self.updated_at = now()

    def described(self) -> dict[str, Any]:
        """Return it in the shape of TableStatistics."""
        return {
            "SchemaName": self.schema,
            "TableName": self.table,
            "Inserts": 0,
            "Deletes": 0,
            "Updates": 0,
            "Ddls": 0,
            "FullLoadRows": self.rows,
            "FullLoadCondtnlChkFailedRows": 0,
            "FullLoadErrorRows": 0,
            "FullLoadStartTime": self.started_at,
            "FullLoadEndTime": self.ended_at,
            "FullLoadReloaded": self.reloaded,
            "LastUpdateTime": self.updated_at,
            "TableState": self.state,
            "ValidationPendingRecords": 0,
            "ValidationFailedRecords": 0,
            "ValidationSuspendedRecords": 0,
            "ValidationState": "Not enabled",
        }


def counts(tables: Iterable[TableStatistics]) -> Mapping[str, int]:
    """Return the counters of ReplicationTaskStats."""
    states = [table.state for table in tables]
    done = sum(state in {COMPLETED, ERROR, CANCELLED} for state in states)
    return {
        "FullLoadProgressPercent": 100 * done // len(states) if states else 0,
        "TablesLoaded": states.count(COMPLETED),
        "TablesLoading": states.count(LOADING),
        "TablesQueued": states.count(BEFORE_LOAD),
        "TablesErrored": states.count(ERROR),
    }
