"""A run of a full-load task: all selected tables, several at a time, through losses of the source."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from sandbox.dms import mishaps, statistics
from sandbox.dms.login import Unreachable
from sandbox.dms.mappings import Selected
from sandbox.dms.mishaps import Cancelled, SourceLost, TableFailed, TaskFailed
from sandbox.dms.reader import TableReader, Unreadable
from sandbox.dms.sources.columns import Column
from sandbox.dms.sources.conditions import UnknownFilter
from sandbox.dms.statistics import TableStatistics
from sandbox.dms.table_load import LOOK, Order, TableLoad
from sandbox.dms.target import ObjectError
from sandbox.runtime import runtime

log = logging.getLogger(__name__)
NO_TABLES = (
    "No tables were found at task initialization. Either the selected table(s) or schemas(s) no longer exist or "
    "no match was found for the table selection pattern(s). If you would like to start a Task that does not "
    "initially capture any tables, set Task Setting FailOnNoTablesCaptured to false and restart task."
)
LEFT = {
    Cancelled: statistics.CANCELLED,
    SourceLost: statistics.BEFORE_LOAD,
    Unreachable: statistics.BEFORE_LOAD,
}
"""The state in which the end of the task leaves a table that is being loaded."""

BAD_TABLE = (UnknownFilter, Unreadable, TableFailed, ObjectError)


@dataclass(frozen=True)
class Outcome:
    """Why a run ended: one of `mishaps.STOP_REASONS`, and what DMS says of a failure."""

    reason: str
    message: str | None = None


@dataclass(frozen=True)
class Due:
    """A table that is to be loaded, with the columns it has as the run begins."""

    selected: Selected
    columns: Sequence[Column]
    statistics: TableStatistics


class Load:
    """One run. `tables` is filled as it goes; where it has tables already, those completed are left alone."""

    def __init__(self, order: Order, tables: dict[str, TableStatistics], started_at: datetime) -> None:
        self._order = order
        self._tables = tables
        self._started_at = started_at
        self._resumed = bool(tables)
        self._stopped = threading.Event()
        self._ended = threading.Event()

    def stop(self) -> None:
        """Let it end as soon as it can."""
        self._stopped.set()
        self._ended.set()

    def run(self) -> Outcome:
        """Load all tables and tell how that ended."""
        losses = 0
        while True:
            try:
                self._attempt()
            except Cancelled:
                return Outcome(mishaps.NORMAL)
            except TaskFailed as failure:
                return Outcome(failure.reason, failure.message)
            except (SourceLost, Unreachable) as loss:
                if 0 <= self._order.settings.recoveries <= losses:
                    return Outcome(
                        mishaps.RECOVERABLE, f"{loss} Task was stopped after {losses} recovery attempts"
                    )
                losses += 1
                self._wait(losses)
            else:
                return Outcome(mishaps.FINISHED)

    def _attempt(self) -> None:
        self._ended.clear()
        if self._stopped.is_set():
            raise Cancelled
        if self._order.settings.full_lob_mode:
            raise TaskFailed(mishaps.FATAL, "Full LOB mode is not supported for S3 targets")
        selected = self._order.mappings.select(self._order.source.places())
        if not selected and self._order.settings.fail_on_no_tables:
            raise TaskFailed(mishaps.FATAL, NO_TABLES)
        due = self._due(selected)
        reader = TableReader(self._order.source)
        try:
            self._load(due, reader)
        finally:
            reader.close()

    def _due(self, selected: Iterable[Selected]) -> list[Due]:
        """Return the tables that are to be loaded, and note them."""
        due = []
        for one in selected:
            known = TableStatistics(one.place.schema, one.place.name)
            known = self._tables.setdefault(known.name, known)
            if known.state != statistics.COMPLETED:
                known.reloaded = self._resumed
                known.state = statistics.BEFORE_LOAD
                due.append(Due(one, self._order.source.columns(one.place), known))
        return due

    def _load(self, due: list[Due], reader: TableReader) -> None:
        with ThreadPoolExecutor(max_workers=self._order.settings.subtasks) as pool:
            work = [pool.submit(self._table, one, reader) for one in due]
        failures = [failure for one in work if (failure := one.exception()) is not None]
        if self._stopped.is_set():
            raise Cancelled
        for kind in (TaskFailed, SourceLost, Unreachable, BaseException):
            for failure in failures:
                if isinstance(failure, kind) and not isinstance(failure, Cancelled):
                    raise failure

    def _table(self, due: Due, reader: TableReader) -> None:
        """Load one table; whatever ends the task ends the loads of its other tables too."""
        if self._ended.is_set():
            return
        known = due.statistics
        load = TableLoad(
            self._order, due.selected, columns=due.columns, statistics=known, reader=reader, ended=self._ended
        )
        known.begin()
        try:
            load.run(self._started_at)
        except BAD_TABLE as problem:
            self._suspend(known, problem)
        except BaseException as problem:
            known.end(
                next((state for kind, state in LEFT.items() if isinstance(problem, kind)), statistics.ERROR)
            )
            self._ended.set()
            raise
        else:
            known.end(statistics.COMPLETED)

    def _suspend(self, known: TableStatistics, problem: Exception) -> None:
        """Give a table up, and the task with it where the settings want that."""
        log.warning("DMS task %s, table %s.%s: %s", self._order.task, known.schema, known.table, problem)
        known.end(statistics.ERROR)
        settings = self._order.settings
        errors = sum(one.state == statistics.ERROR for one in list(self._tables.values()))
        if settings.table_error_policy == "STOP_TASK" or 0 < settings.table_error_limit <= errors:
            self._ended.set()
            raise TaskFailed(
                mishaps.FATAL, f"Table '{known.schema}'.'{known.table}' was errored/suspended: {problem}"
            )

    def _wait(self, losses: int) -> None:
        """Wait before another attempt, longer each time."""
        settings = self._order.settings
        seconds = settings.recovery_interval * (2 ** (losses - 1) if settings.recovery_slows_down else 1)
        due = runtime.clock.now() + min(seconds, settings.recovery_interval_max)
        while runtime.clock.now() < due and not self._stopped.is_set():
            self._stopped.wait(LOOK)
