"""MySQL, MariaDB and Aurora MySQL as sources.

Source: "Source data types for MySQL" in https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.MySQL.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pymysql

from sandbox.dms.login import Unreachable
from sandbox.dms.mappings import Place
from sandbox.dms.sources.columns import Column, quoted
from sandbox.dms.sources.source import PATIENCE, Source
from sandbox.duckdb_extensions import Reader

INTEGERS = {"tinyint": "INT1", "smallint": "INT2", "mediumint": "INT4", "int": "INT4", "bigint": "INT8"}
PLAIN = {
    "date": "DATE",
    "datetime": "DATETIME",
    "timestamp": "DATETIME",
    "year": "INT2",
    "float": "REAL8",
    "double": "REAL8",
    "binary": "BYTES",
    "varbinary": "BYTES",
    "tinyblob": "BYTES",
    "blob": "BYTES",
    "mediumblob": "BLOB",
    "longblob": "BLOB",
}
TEXTS = {
    "char": "WSTRING",
    "varchar": "WSTRING",
    "tinytext": "WSTRING",
    "text": "WSTRING",
    "mediumtext": "NCLOB",
    "longtext": "NCLOB",
    "json": "CLOB",
    "enum": "WSTRING",
    "set": "WSTRING",
}
SHAPES = {
    "geometry",
    "point",
    "linestring",
    "polygon",
    "multipoint",
    "multilinestring",
    "multipolygon",
    "geometrycollection",
}
WIDEST_NUMBER = 38
TLS = {"none": "disabled", "require": "required", "verify-ca": "verify_ca", "verify-full": "verify_identity"}

_PLACES = """
SELECT table_schema, table_name, table_type = 'VIEW'
FROM information_schema.tables
WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
  AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW')
"""
_COLUMNS = """
SELECT column_name, data_type, column_type, COALESCE(numeric_precision, 0), COALESCE(numeric_scale, 0),
  COALESCE(collation_name, '')
FROM information_schema.columns
WHERE table_schema = %s AND table_name = %s
ORDER BY ordinal_position
"""
DETAILS = ("column_type", "numeric_precision", "numeric_scale", "collation_name")


class MySQL(Source):
    """A server that speaks MySQL's protocol; schemas are its databases."""

    reader: ClassVar[Reader] = "mysql"
    sign: ClassVar[str] = "`"
    authority_option: ClassVar[str] = "ssl_ca"
    settings: ClassVar[Mapping[str, str]] = {
        "mysql_bit1_as_boolean": "false",
        "mysql_incomplete_dates_as_nulls": "true",
        "mysql_pool_size": "50",
        "mysql_query_timeout_enabled": "false",
        "mysql_session_time_zone": "'+00:00'",
        "mysql_sql_buffer_result": "false",
        "mysql_tinyint1_as_boolean": "false",
    }

    @property
    def attached(self) -> str:
        """What DuckDB is told; not to compress, which takes the server longer than sending."""
        return f"compression=disabled ssl_mode={TLS[self.login.tls]}"

    def rows(self, text: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Connect, run a query and return its rows; Unreachable where that fails."""
        login = self.login
        try:
            with self.authority_file() as authority:
                connection = pymysql.connect(
                    host=login.host,
                    port=login.port,
                    user=login.user,
                    password=login.password,
                    charset="utf8mb4",
                    connect_timeout=PATIENCE,
                    ssl=_tls(login.tls, authority),
                    ssl_disabled=login.tls == "none",
                )
            with connection, connection.cursor() as cursor:
                cursor.execute(text, values)
                return list(cursor.fetchall())
        except (pymysql.err.MySQLError, OSError) as error:
            raise _unreachable(error) from error

    def places(self) -> list[Place]:
        """List the tables and views that the user sees, but for the system's own."""
        return [Place(schema, name, bool(is_view)) for schema, name, is_view in self.rows(_PLACES)]

    def columns(self, place: Place) -> list[Column]:
        """List the columns of a table or view, in their order."""
        found = self.rows(_COLUMNS, (place.schema, place.name))
        return [column(name, kind, dict(zip(DETAILS, rest, strict=True))) for name, kind, *rest in found]

    def literal(self, text: str) -> str:
        """Write a text in MySQL's SQL, where a backslash is a sign of its own."""
        return super().literal(text.replace("\\", "\\\\"))


def column(name: str, kind: str, details: Mapping[str, Any]) -> Column:
    """Return a column of information_schema as DMS sees it."""
    raw, kind = quoted(name, "`"), kind.lower()
    if kind in INTEGERS:
        unsigned = "U" if "unsigned" in details["column_type"] else ""
        return Column(name, unsigned + INTEGERS[kind], raw)
    if kind in TEXTS:
        # Binary collations make the driver take texts for bytes.
        is_binary = details["collation_name"].endswith("_bin")
        return Column(name, TEXTS[kind], f"CONVERT({raw} USING utf8mb4)" if is_binary else raw)
    if kind in PLAIN:
        return Column(name, PLAIN[kind], raw)
    return _special(name, raw, kind, details)


def _special(name: str, raw: str, kind: str, details: Mapping[str, Any]) -> Column:
    """Return a column whose values need more than a cast."""
    precision, scale = int(details["numeric_precision"]), int(details["numeric_scale"])
    if kind == "bit":
        return (
            Column(name, "BOOLEAN", f"CAST({raw} AS UNSIGNED)")
            if precision == 1
            else Column(name, "BYTES", raw)
        )
    if kind == "decimal" and precision <= WIDEST_NUMBER:
        return Column(name, "NUMERIC", raw, precision=precision, scale=scale)
    if kind in SHAPES:
        return Column(name, "BLOB", f"HEX(ST_AsBinary({raw}))", "unhex({})")
    return Column(name, "STRING", f"CAST({raw} AS CHAR)")


def _tls(mode: str, authority: Path | None) -> dict[str, Any] | None:
    if mode == "none":
        return None
    if authority is None:
        return {"verify_mode": "none"}
    return {"ca": str(authority), "check_hostname": mode == "verify-full"}


def _unreachable(error: Exception) -> Unreachable:
    number, text = error.args[:2] if len(error.args) > 1 else ("", str(error))
    refused = str(number) == "1045"
    message = "Cannot connect to ODBC provider" if refused else "Failed to connect Network error has occurred"
    return Unreachable(
        message,
        f"RetCode: SQL_ERROR SqlState: {'28000' if refused else 'HY000'} NativeError: {number} Message: {text}",
    )
