"""Loading one table."""

from __future__ import annotations

import logging
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.dms import lobs, mishaps
from sandbox.dms.mishaps import Cancelled, SourceLost, TableFailed, TaskFailed
from sandbox.dms.parquet import ParquetFiles
from sandbox.dms.transformations import shape
from sandbox.runtime import runtime
from sandbox.transitions import now

if TYPE_CHECKING:
    from sandbox.dms.mappings import Mappings, Selected
    from sandbox.dms.reader import TableReader
    from sandbox.dms.sources import Source
    from sandbox.dms.sources.columns import Column
    from sandbox.dms.statistics import TableStatistics
    from sandbox.dms.target import Bucket
    from sandbox.dms.task_settings import Settings

log = logging.getLogger(__name__)
LOOK = 0.01


@dataclass(frozen=True)
class Order:
    """What a task loads: from where, to where, under which rules."""

    task: str
    account: str
    region: str
    source: Source
    bucket: Bucket
    mappings: Mappings
    settings: Settings


class TableLoad:
    """The load of one table or view; `ended` is set when the whole task is to end."""

    def __init__(
        self,
        order: Order,
        selected: Selected,
        *,
        columns: Sequence[Column],
        statistics: TableStatistics,
        reader: TableReader,
        ended: threading.Event,
    ) -> None:
        self._order = order
        self._place = selected.place
        self._columns = [one for one in columns if order.settings.support_lobs or not one.is_lob]
        self._filters = selected.filters
        self._statistics = statistics
        self._reader = reader
        self._ended = ended
        self._due = runtime.clock.now()

    def run(self, started_at: datetime) -> None:
        """Read the table and write its objects.

        Raises:
            UnknownFilter, Unreadable, TableFailed, ObjectError: the table cannot be loaded.
            SourceLost, TaskFailed, Cancelled: the task ends.
        """
        order, place = self._order, self._place
        if not self._columns:
            raise TableFailed(f"Table {place.schema}.{place.name} does not exist or has no columns")
        shaped = shape(order.mappings.transformations, place, self._columns)
        folder = order.bucket.settings.folder(shaped.schema, shaped.table)
        tags = order.mappings.tags(place, shaped.schema, shaped.table)
        if order.settings.prepare_target and runtime.behaviour["dms_leftovers"] == "remove":
            order.bucket.clear(folder)

        def deliver(name: str, content: Path) -> None:
            order.bucket.put(folder + name, content, tags)

        loaded_at = started_at if order.bucket.settings.use_task_start_time_for_full_load_timestamp else now()
        with tempfile.TemporaryDirectory() as scratch:
            files = ParquetFiles(shaped.columns, order.bucket.settings, Path(scratch), deliver, loaded_at)
            with files:
                for batch in self._batches(shaped.columns):
                    files.append(batch)
                    self._statistics.add(batch.num_rows)

    def _batches(self, wanted: tuple[Column, ...]) -> Iterator[pa.RecordBatch]:
        """Yield the rows as they are to be written; of a MySQL that stops meanwhile those that it gave.

        Source: "if the MySQL source stops" in https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.MySQL.html
        """
        rate = self._order.settings.commit_rate
        try:
            for batch in self._reader.batches(self._place, self._columns, wanted, self._filters, rate):
                self._keep_pace()
                spoilt = mishaps.strike(
                    self._order.account, self._order.region, self._order.task, self._place
                )
                yield self._limited(self._without(batch, spoilt), wanted)
        except SourceLost as loss:
            if self._order.source.reader != "mysql":
                raise
            log.warning("DMS task %s, table %s ends early: %s", self._order.task, self._place.name, loss)

    def _keep_pace(self) -> None:
        """Let a batch take the time that it should on the sandbox's clock; Cancelled where the task ends."""
        self._due += runtime.durations["replication-task.batch"]
        while runtime.clock.now() < self._due and not self._ended.is_set():
            self._ended.wait(LOOK)
        if self._ended.is_set():
            raise Cancelled

    def _without(self, batch: pa.RecordBatch, spoilt: int) -> pa.RecordBatch:
        """Leave out rows that DMS cannot process, or what its settings say instead."""
        if not spoilt:
            return batch
        self._obey(self._order.settings.data_error_policy, "Data error: a record cannot be processed")
        return batch.slice(min(spoilt, batch.num_rows))

    def _limited(self, batch: pa.RecordBatch, columns: tuple[Column, ...]) -> pa.RecordBatch:
        """Cut large objects to the size that the task has for them, or what its settings say instead."""
        settings = self._order.settings
        long = lobs.too_long(batch, columns, settings.lob_max_size)
        if long is None:
            return batch
        policy = settings.truncation_policy
        self._obey(policy, f"LOB data was truncated to LobMaxSize {settings.lob_max_size} KB")
        if policy == "IGNORE_RECORD":
            return batch.filter(pc.invert(long))
        return lobs.cut(batch, columns, settings.lob_max_size)

    def _obey(self, policy: str, problem: str) -> None:
        table = f"{self._place.schema}.{self._place.name}"
        if policy == "STOP_TASK":
            raise TaskFailed(mishaps.FATAL, f"{problem} in table {table}")
        if policy == "SUSPEND_TABLE":
            raise TableFailed(problem)
        log.warning("DMS task %s, table %s: %s", self._order.task, table, problem)
