"""Results as the Data API hands them out: values by type, pages, and what is known of the columns."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.warehouse.answers import AnswerColumn

Row = tuple[Any, ...]
SIGNED = {"int2", "int4", "int8", "numeric", "float4", "float8"}
TEXTS = {"varchar", "bpchar", "char", "text", "name"}


def size(row: Row) -> int:
    """Return about how many bytes a row takes."""
    return sum(len(text(value).encode()) for value in row if value is not None)


def field(value: Any) -> Mapping[str, Any]:
    """Return a value in the shape of Field: decimals, dates and times are texts."""
    if value is None:
        return {"isNull": True}
    if isinstance(value, bool):
        return {"booleanValue": value}
    if isinstance(value, int):
        return {"longValue": value}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, bytes):
        return {"blobValue": value}
    return {"stringValue": text(value)}


def text(value: Any) -> str:
    """Return a value as Redshift writes it."""
    return WRITERS.get(type(value), str)(value)


def _moment(value: datetime) -> str:
    shown = f"{value:%Y-%m-%d %H:%M:%S}"
    if value.microsecond:
        shown += f".{value.microsecond:06d}".rstrip("0")
    if value.tzinfo is None:
        return shown
    offset = f"{value:%z}"
    return shown + (offset[:3] if offset.endswith("00") else f"{offset[:3]}:{offset[3:]}")


def _time(value: time) -> str:
    return value.isoformat().rstrip("0") if value.microsecond else value.isoformat()


def _document(value: Any) -> str:
    return json.dumps(value, default=text, separators=(",", ":"))


WRITERS: Mapping[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    bytes: bytes.hex,
    date: date.isoformat,
    datetime: _moment,
    Decimal: lambda value: f"{value:f}",
    dict: _document,
    list: _document,
    time: _time,
}


def lines(rows: Sequence[Row]) -> str:
    """Return rows as CSV, with nulls as nothing at all."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerows(["" if value is None else text(value) for value in row] for row in rows)
    return written.getvalue()


def metadata(column: AnswerColumn) -> Mapping[str, Any]:
    """Return a column in the shape of ColumnMetadata."""
    return {
        "name": column.name,
        "label": column.name,
        "typeName": column.type_name,
        "precision": column.precision,
        "scale": column.scale,
        "length": column.length,
        "nullable": 1,
        "isSigned": column.type_name in SIGNED,
        "isCaseSensitive": column.type_name in TEXTS,
        "isCurrency": False,
        "schemaName": "",
        "tableName": "",
    }
