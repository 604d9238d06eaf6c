"""Columns of a source: DMS's type of each, and how it comes into a Parquet file.

Source: "Target data types for S3 Parquet" in https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Target.S3.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

LOBS = {"BLOB", "CLOB", "NCLOB"}
DUCKDB: Mapping[str, str] = {
    "BOOLEAN": "BOOLEAN",
    "BYTES": "BLOB",
    "BLOB": "BLOB",
    "CLOB": "VARCHAR",
    "NCLOB": "VARCHAR",
    "STRING": "VARCHAR",
    "WSTRING": "VARCHAR",
    "DATE": "DATE",
    "TIME": "TIME",
    "DATETIME": "TIMESTAMP",
    "INT1": "TINYINT",
    "INT2": "SMALLINT",
    "INT4": "INTEGER",
    "INT8": "BIGINT",
    "UINT1": "UTINYINT",
    "UINT2": "USMALLINT",
    "UINT4": "UINTEGER",
    "UINT8": "UBIGINT",
    "REAL4": "FLOAT",
    "REAL8": "DOUBLE",
}
ARROW: Mapping[str, pa.DataType] = {
    "BOOLEAN": pa.bool_(),
    "BYTES": pa.binary(),
    "BLOB": pa.binary(),
    "CLOB": pa.string(),
    "NCLOB": pa.string(),
    "STRING": pa.string(),
    "WSTRING": pa.string(),
    "DATE": pa.date32(),
    "TIME": pa.time32("ms"),
    "INT1": pa.int8(),
    "INT2": pa.int16(),
    "INT4": pa.int32(),
    "INT8": pa.int64(),
    "UINT1": pa.uint8(),
    "UINT2": pa.uint16(),
    "UINT4": pa.uint32(),
    "UINT8": pa.uint64(),
    "REAL4": pa.float32(),
    "REAL8": pa.float64(),
}


@dataclass(frozen=True)
class Column:
    """A column with its DMS type `kind`.

    Attributes:
        name: at the source.
        kind: such as INT4 or WSTRING; NUMERIC has precision and scale.
        read: what the source computes for it, in its SQL.
        decode: what DuckDB makes of that, "{}" standing for it.
        computed: an expression over other columns instead of both, for a column that the task adds.
        target: its name at the target.
    """

    name: str
    kind: str
    read: str = ""
    decode: str = "{}"
    precision: int = 0
    scale: int = 0
    computed: str | None = None
    target: str = ""

    @property
    def is_lob(self) -> bool:
        """Whether DMS treats it as a large object."""
        return self.kind in LOBS

    @property
    def target_name(self) -> str:
        """Its name at the target."""
        return self.target or self.name

    @property
    def duckdb_type(self) -> str:
        """The type in which DuckDB hands it over."""
        return f"DECIMAL({self.precision},{self.scale})" if self.kind == "NUMERIC" else DUCKDB[self.kind]

    def arrow_type(self, *, milliseconds: bool) -> pa.DataType:
        """Return the type that it has in the file."""
        if self.kind == "NUMERIC":
            return pa.decimal128(self.precision, self.scale)
        if self.kind == "DATETIME":
            return pa.timestamp("ms" if milliseconds else "us")
        return ARROW[self.kind]


def quoted(name: str, sign: str = '"') -> str:
    """Quote an identifier with the given sign."""
    return f"{sign}{name.replace(sign, sign * 2)}{sign}"


def text_literal(text: str) -> str:
    """Write a text as standard SQL does."""
    return "'" + text.replace("'", "''") + "'"
