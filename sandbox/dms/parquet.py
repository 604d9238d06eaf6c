"""The Parquet files of one table, named LOAD00000001.parquet and on in hexadecimal."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.dms.s3_target import S3Target
from sandbox.dms.sources.columns import Column

FASTEST = 1
"""The level of gzip: how hard DMS compresses is not documented, and the default takes six times as long."""

PAGES = {"parquet-1-0": "1.0", "parquet-2-0": "2.0"}
TYPES = "2.4"
"""The version of the format that has unsigned integers and microseconds, which DMS documents to write."""

OPERATION = "Op"
INSERTED = "I"


class ParquetFiles:
    """Turns batches of rows into files; each is handed to `deliver(name, path)` when it is complete.

    Leaving the context with an error drops the file that is not complete.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        settings: S3Target,
        folder: Path,
        deliver: Callable[[str, Path], None],
        loaded_at: datetime,
    ) -> None:
        self._columns = columns
        self._settings = settings
        self._path = folder / "part.parquet"
        self._deliver = deliver
        self._loaded_at = loaded_at.isoformat(sep=" ", timespec="microseconds")
        self._schema = self._make_schema()
        self._numbers = itertools.count(1)
        self._writer: pq.ParquetWriter | None = None
        self._pending: list[pa.RecordBatch] = []
        self._waiting = 0

    def __enter__(self) -> ParquetFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._write_groups(at_end=True)
            self._finish()
        elif self._writer is not None:
            with suppress(OSError):
                self._writer.close()

    def append(self, batch: pa.RecordBatch) -> None:
        """Add rows, whose columns are in the order of the table's."""
        arrays = [
            self._fitting(array, column) for array, column in zip(batch.columns, self._columns, strict=True)
        ]
        if self._settings.include_op_for_full_load:
            arrays.insert(0, pa.repeat(INSERTED, batch.num_rows))
        if self._settings.timestamp_column_name:
            arrays.append(pa.repeat(self._loaded_at, batch.num_rows))
        self._pending.append(pa.RecordBatch.from_arrays(arrays, schema=self._schema))
        self._waiting += batch.num_rows
        if self._waiting >= self._settings.row_group_length:
            self._write_groups(at_end=False)

    def _fitting(self, array: pa.Array, column: Column) -> pa.Array:
        wanted = self._arrow_type(column)
        return array if array.type == wanted else array.cast(wanted, safe=False)

    def _arrow_type(self, column: Column) -> pa.DataType:
        return column.arrow_type(milliseconds=self._settings.parquet_timestamp_in_millisecond)

    def _make_schema(self) -> pa.Schema:
        fields = [(column.target_name, self._arrow_type(column)) for column in self._columns]
        if self._settings.include_op_for_full_load:
            fields.insert(0, (OPERATION, pa.string()))
        if self._settings.timestamp_column_name:
            fields.append((self._settings.timestamp_column_name, pa.string()))
        return pa.schema(fields)

    def _write_groups(self, *, at_end: bool) -> None:
        """Write full row groups, and at the end the rest."""
        rows = pa.Table.from_batches(self._pending, self._schema)
        length = self._settings.row_group_length
        usable = rows.num_rows if at_end else rows.num_rows - rows.num_rows % length
        for start in range(0, usable, length):
            self._open().write_table(rows.slice(start, min(length, usable - start)), row_group_size=length)
            if self._path.stat().st_size >= self._settings.max_file_size * 1024:
                self._finish()
        rest = rows.slice(usable)
        self._pending, self._waiting = rest.to_batches(), rest.num_rows

    def _open(self) -> pq.ParquetWriter:
        if self._writer is None:
            settings = self._settings
            compression = settings.compression_type
            self._writer = pq.ParquetWriter(
                self._path,
                self._schema,
                compression=compression,
                compression_level=FASTEST if compression == "gzip" else None,
                data_page_size=settings.data_page_size,
                data_page_version=PAGES[settings.parquet_version],
                dictionary_pagesize_limit=settings.dict_page_size_limit,
                store_schema=False,
                use_dictionary=settings.encoding_type != "plain",
                version=TYPES,
                write_statistics=settings.enable_statistics,
            )
        return self._writer

    def _finish(self) -> None:
        """Close the open file and deliver it; a table without rows has none."""
        if self._writer is None:
            return
        self._writer.close()
        self._writer = None
        self._deliver(f"LOAD{next(self._numbers):08X}.parquet", self._path)
