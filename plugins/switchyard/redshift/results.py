"""Rows of the Data API as Python's values, by what it says of their columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from switchyard.errors import CheckFailed

Field = Mapping[str, Any]
"""One of isNull, booleanValue, longValue, doubleValue, stringValue, blobValue (botocore)."""

_READERS: Mapping[str, Callable[[str], Any]] = {
    "numeric": Decimal,
    "decimal": Decimal,
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "timestamptz": datetime.fromisoformat,
    "time": time.fromisoformat,
    "timetz": time.fromisoformat,
    "int2": int,
    "int4": int,
    "int8": int,
    "oid": int,
    "float4": float,
    "float8": float,
}
"""Readers of values that come as text, by type; decimals and all that has to do with time always do."""


def read_page(page: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of an answer of GetStatementResult, by the names of their columns.

    Values are int, float, Decimal, bool, str, bytes, date, time, datetime or None; TIMESTAMP comes without a zone,
    TIMESTAMPTZ with one.

    Raises:
        CheckFailed: two columns bear one name, so that one would hide the other.
    """
    columns = page["ColumnMetadata"]
    names = _names(columns)
    types = [str(column.get("typeName", "")).lower() for column in columns]
    return [dict(zip(names, map(_value, record, types), strict=True)) for record in page["Records"]]


def _names(columns: Sequence[Mapping[str, Any]]) -> list[str]:
    names = [str(column.get("label") or column["name"]) for column in columns]
    if len(set(names)) < len(names):
        raise CheckFailed(
            "result", "two of its columns bear the same name", "Give each column of the statement a name"
        )
    return names


def _value(field: Field, type_name: str) -> Any:
    ((member, value),) = field.items()
    if member == "isNull":
        return None
    reader = _READERS.get(type_name)
    return reader(value) if reader and member == "stringValue" else value
