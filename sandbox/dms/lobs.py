"""Large objects in limited LOB mode: longer ones are cut.

What counts is bytes of a BLOB, characters of a CLOB and two bytes for each character of an NCLOB.
Source: "Working with LOB source data types" in
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.PostgreSQL.html
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from sandbox.dms.sources.columns import Column

KIB = 1024


def too_long(batch: pa.RecordBatch, columns: Sequence[Column], limit: int) -> pa.Array | None:
    """Return which rows have an object of more than `limit` KiB; None where none has."""
    found: pa.Array | None = None
    for array, column in zip(batch.columns, columns, strict=True):
        if column.is_lob:
            lengths = pc.binary_length(array) if column.kind == "BLOB" else pc.utf8_length(array)
            over = pc.fill_null(pc.greater(lengths, _most(column, limit)), False)
            found = over if found is None else pc.or_(found, over)
    return found if found is not None and pc.any(found).as_py() else None


def cut(batch: pa.RecordBatch, columns: Sequence[Column], limit: int) -> pa.RecordBatch:
    """Return the batch with objects of at most `limit` KiB."""
    arrays = [
        _cut(array, column, _most(column, limit)) if column.is_lob else array
        for array, column in zip(batch.columns, columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def _most(column: Column, limit: int) -> int:
    return limit * KIB // 2 if column.kind == "NCLOB" else limit * KIB


def _cut(array: pa.Array, column: Column, most: int) -> pa.Array:
    if column.kind == "BLOB":
        return pc.binary_slice(array, 0, most)
    return pc.utf8_slice_codeunits(array, 0, most)
