"""How sorted tables are and how well they are described: what VACUUM and ANALYZE put right."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime

from sandbox.warehouse.catalogue import Name


@dataclass(frozen=True)
class Condition:
    """The state of a table.

    `rows` are there, of which some are `unsorted`; others were `deleted` and not yet removed, or `changed` since the
    last ANALYZE.
    """

    rows: int = 0
    unsorted: int = 0
    deleted: int = 0
    changed: int = 0
    described: bool = False
    analyzed: datetime | None = None
    skew: float = 1.0
    """How many times as many rows the fullest slice has as the emptiest."""

    @property
    def unsorted_percent(self) -> float:
        """Rows that are not sorted, in percent."""
        return 100.0 * min(self.unsorted, self.rows) / self.rows if self.rows else 0.0

    @property
    def stats_off(self) -> float:
        """How stale the statistics are: 0 is current, 100 out of date.

        Source: https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TABLE_INFO.html
        """
        if not self.described:
            return 100.0
        return min(100.0, 100.0 * self.changed / self.rows) if self.rows else 0.0


class Statistics:
    """The conditions of a warehouse's tables; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._conditions: dict[Name, Condition] = {}

    def of(self, name: Name) -> Condition:
        """Return a table's condition."""
        return self._conditions.get(name, Condition())

    def changed(self, name: Name, inserted: int, deleted: int) -> None:
        """Count rows that a transaction added and removed."""
        with self._lock:
            old = self.of(name)
            rows = max(0, old.rows + inserted - deleted)
            self._conditions[name] = replace(
                old,
                rows=rows,
                unsorted=min(rows, old.unsorted + inserted) if old.rows else 0,
                deleted=old.deleted + deleted,
                changed=old.changed + inserted + deleted,
            )

    def analyzed(self, name: Name, rows: int, when: datetime) -> None:
        """Say that a table of so many rows has been described."""
        with self._lock:
            self._conditions[name] = replace(
                self.of(name), rows=rows, changed=0, described=True, analyzed=when
            )

    def vacuumed(self, name: Name, rows: int, *, sort: bool, delete: bool) -> None:
        """Say that a table of so many rows has been sorted, and that its deleted rows are gone."""
        with self._lock:
            old = self.of(name)
            self._conditions[name] = replace(
                old, rows=rows, unsorted=0 if sort else old.unsorted, deleted=0 if delete else old.deleted
            )

    def plant(self, name: Name, condition: Condition) -> None:
        """Give a table another condition, for trying what maintenance does."""
        with self._lock:
            self._conditions[name] = condition

    def forget(self, name: Name) -> None:
        """Drop a table's condition along with it."""
        with self._lock:
            self._conditions.pop(name, None)
