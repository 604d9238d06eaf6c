"""PostgreSQL and Aurora PostgreSQL as sources.

Source: "Source data types for PostgreSQL" in
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Source.PostgreSQL.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import psycopg2

from sandbox.dms.login import Unreachable
from sandbox.dms.mappings import Place
from sandbox.dms.sources.columns import Column, quoted
from sandbox.dms.sources.source import PATIENCE, Source
from sandbox.duckdb_extensions import Reader

PLAIN = {
    "int2": "INT2",
    "int4": "INT4",
    "int8": "INT8",
    "float4": "REAL4",
    "float8": "REAL8",
    "bytea": "BLOB",
}
AS_TEXT = {
    "bpchar": "WSTRING",
    "char": "WSTRING",
    "name": "WSTRING",
    "varchar": "WSTRING",
    "citext": "NCLOB",
    "hstore": "NCLOB",
    "json": "NCLOB",
    "jsonb": "NCLOB",
    "text": "NCLOB",
    "path": "CLOB",
    "polygon": "CLOB",
    "tsquery": "CLOB",
    "tsvector": "CLOB",
    "xml": "CLOB",
}
FAR = "CASE {0} WHEN 'infinity' THEN '{1}' WHEN '-infinity' THEN '4713-01-01{2} BC' ELSE {0} END"
"""DMS knows no infinite times and takes the first or last one it knows."""
WIDEST_NUMBER = 38
UNBOUNDED_NUMBER = (28, 6)
MONEY = (38, 4)
TLS = {"none": "disable", "require": "require"}

_PLACES = """
SELECT n.nspname, c.relname, c.relkind IN ('v', 'm')
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
  AND n.nspname NOT IN ('information_schema', 'pg_catalog') AND n.nspname NOT LIKE 'pg\\_%%'
  AND has_table_privilege(c.oid, 'SELECT')
"""
_COLUMNS = """
SELECT a.attname, b.typname, b.typtype, b.typcategory,
  CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END
FROM pg_attribute AS a
JOIN pg_class AS c ON c.oid = a.attrelid
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_type AS t ON t.oid = a.atttypid
JOIN pg_type AS b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""


class PostgreSQL(Source):
    """One database of a server; schemas are its own."""

    reader: ClassVar[Reader] = "postgres"
    authority_option: ClassVar[str] = "sslrootcert"

    @property
    def attached(self) -> str:
        """What DuckDB is told when it attaches the database."""
        mode = TLS.get(self.login.tls, self.login.tls)
        return f"sslmode={mode} connect_timeout={PATIENCE}"

    def rows(self, text: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Connect, run a query and return its rows; Unreachable where that fails."""
        login = self.login
        try:
            with self.authority_file() as authority:
                connection = psycopg2.connect(
                    host=login.host,
                    port=login.port,
                    user=login.user,
                    password=login.password,
                    dbname=login.database or "postgres",
                    connect_timeout=PATIENCE,
                    sslmode=TLS.get(login.tls, login.tls),
                    sslrootcert=str(authority) if authority else None,
                )
            try:
                with connection.cursor() as cursor:
                    cursor.execute(text, values)
                    return list(cursor.fetchall())
            finally:
                connection.close()
        except psycopg2.Error as error:
            raise _unreachable(error) from error

    def places(self) -> list[Place]:
        """List the tables and views that the user may read, but for the system's own."""
        return [Place(schema, name, is_view) for schema, name, is_view in self.rows(_PLACES)]

    def columns(self, place: Place) -> list[Column]:
        """List the columns of a table or view, in their order."""
        return [column(*found) for found in self.rows(_COLUMNS, (place.schema, place.name))]


def column(name: str, kind: str, sort: str, category: str, modifier: int) -> Column:
    """Return a column of the catalogue as DMS sees it."""
    raw = quoted(name)
    if kind in PLAIN:
        return Column(name, PLAIN[kind], raw)
    if kind == "numeric":
        return _number(name, raw, modifier)
    if kind == "money":
        precision, scale = MONEY
        return Column(
            name, "NUMERIC", f"{raw}::numeric({precision},{scale})", precision=precision, scale=scale
        )
    if kind in {"timestamp", "timestamptz", "date", "time", "timetz"}:
        return _moment(name, raw, kind)
    text = "NCLOB" if category == "A" or sort == "c" else AS_TEXT.get(kind, "STRING")
    return Column(name, text, f"{raw}::text")


def _number(name: str, raw: str, modifier: int) -> Column:
    if modifier < 0:
        precision, scale = UNBOUNDED_NUMBER
        return Column(
            name, "NUMERIC", f"{raw}::numeric({precision},{scale})", precision=precision, scale=scale
        )
    precision, scale = (modifier - 4) >> 16, (modifier - 4) & 0xFFFF
    if precision > WIDEST_NUMBER or scale > precision:
        return Column(name, "STRING", f"{raw}::text")
    return Column(name, "NUMERIC", raw, precision=precision, scale=scale)


def _moment(name: str, raw: str, kind: str) -> Column:
    if kind in {"time", "timetz"}:
        return Column(name, "TIME", f"{raw}::time")
    if kind == "date":
        return Column(name, "DATE", FAR.format(raw, "9999-12-31", ""))
    utc = f"({raw} AT TIME ZONE 'UTC')" if kind == "timestamptz" else raw
    return Column(name, "DATETIME", FAR.format(utc, "9999-12-31 23:59:59", " 00:00:00"))


def _unreachable(error: psycopg2.Error) -> Unreachable:
    text = " ".join(str(error).split())
    return Unreachable(
        "Failed to connect Network error has occurred",
        f"RetCode: SQL_ERROR SqlState: {error.pgcode or '08001'} NativeError: 101 Message: {text}",
    )
