"""MySQL and Aurora MySQL behind federated queries.

Source: https://docs.aws.amazon.com/redshift/latest/dg/federated-data-types.html
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, ClassVar

import pymysql

from sandbox.duckdb_extensions import Reader
from sandbox.warehouse.errors import CONNECTION, NOT_ALLOWED, UNDEFINED_TABLE, RedshiftError
from sandbox.warehouse.external.databases import PATIENCE, Database, RemoteColumn, RemoteTable
from sandbox.warehouse.external.relations import Origin
from sandbox.warehouse.kinds import LONGEST, TEXT, Kind

INTEGERS: Mapping[str, tuple[str, str]] = {
    "tinyint": ("int2", "int2"),
    "smallint": ("int2", "int4"),
    "mediumint": ("int4", "int4"),
    "int": ("int4", "int8"),
    "bigint": ("int8", "numeric"),
}
"""By name, the type that holds the signed and the unsigned numbers."""
PLAIN: Mapping[str, str] = {
    "float": "float4", "double": "float8", "date": "date", "datetime": "timestamp", "timestamp": "timestamp",
}  # fmt: skip
SHAPES = {
    "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
    "geometrycollection",
}  # fmt: skip
WIDEST_NUMBER = 38
NO_TABLE, NOT_GRANTED, NO_DATABASE, WRONG_PASSWORD = {1146, 1109}, {1142, 1143}, {1049, 1044}, {1045}

_COLUMNS = """
SELECT column_name, data_type, column_type, COALESCE(numeric_precision, 0), COALESCE(numeric_scale, 0),
  COALESCE(character_maximum_length, 0), COALESCE(collation_name, ''), is_nullable = 'YES'
FROM information_schema.columns
WHERE table_schema = %s AND table_name = %s
ORDER BY ordinal_position
"""
_ROWS = "SELECT COALESCE(table_rows, 1000) FROM information_schema.tables WHERE table_schema = %s AND table_name = %s"
_NAMES = "SELECT table_name FROM information_schema.tables WHERE table_schema = %s ORDER BY table_name"


class MySQL(Database):
    """A server that speaks MySQL's protocol; each query sees what is committed when it begins."""

    kind: ClassVar[Origin] = "MySQL"
    reader: ClassVar[Reader] = "mysql"
    sign: ClassVar[str] = "`"
    attached: ClassVar[str] = "compression=disabled ssl_mode=required"
    settings: ClassVar[dict[str, str]] = {
        "mysql_aggregate_pushdown_enabled": "false",
        "mysql_order_pushdown_enabled": "false",
        "mysql_bit1_as_boolean": "false",
        "mysql_incomplete_dates_as_nulls": "true",
        "mysql_tinyint1_as_boolean": "false",
        "mysql_enable_transactions": "false",
        "mysql_query_timeout_enabled": "false",
        "mysql_session_time_zone": "'+00:00'",
        "mysql_sql_buffer_result": "false",
        "mysql_pool_size": "50",
    }

    def connect(self) -> Any:
        """Connect for metadata."""
        login = self.login
        try:
            return pymysql.connect(
                host=login.address,
                port=login.port,
                user=login.user,
                password=login.password,
                database=login.database,
                charset="utf8mb4",
                connect_timeout=PATIENCE,
                ssl=_encrypted(),
            )
        except pymysql.err.MySQLError as error:
            raise self._refused(error) from error
        except OSError as error:
            raise self._unreachable() from error

    def table(self, connection: Any, name: str) -> RemoteTable:
        """Describe a table or view."""
        found = self._rows(connection, _COLUMNS, (self.place, name))
        if not found:  # what may not be read is not listed either; the server says which it is
            place = f"{self.quoted(self.place)}.{self.quoted(name)}"
            self._rows(connection, f"SELECT 1 FROM {place} LIMIT 0")  # noqa: S608 -- all names are quoted
        rows = self._rows(connection, _ROWS, (self.place, name))
        columns = tuple(column(*one) for one in found)
        return RemoteTable(name, columns, int(rows[0][0]) if rows else 1000)

    def names(self, connection: Any) -> list[str]:
        """List the tables and views."""
        return [name for (name,) in self._rows(connection, _NAMES, (self.place,))]

    def failed(self, text: str) -> RedshiftError:
        """Return the error for what DuckDB says while it reads."""
        if "Conversion Error" in text or "Could not convert" in text:
            return RedshiftError(f"value out of range for its type: {text.splitlines()[0]}", "22008")
        if "denied" in text:
            return RedshiftError(self.login.without_password(text.splitlines()[0]), NOT_ALLOWED)
        return RedshiftError("Lost connection to MySQL server during query", CONNECTION)

    def text_literal(self, text: str) -> str:
        """Write a text in MySQL's SQL, where a backslash is a sign of its own."""
        return super().text_literal(text.replace("\\", "\\\\"))

    def _rows(self, connection: Any, text: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        try:
            with connection.cursor() as cursor:
                cursor.execute(text, values or None)
                return list(cursor.fetchall())
        except pymysql.err.MySQLError as error:
            raise self._refused(error) from error

    def _refused(self, error: pymysql.err.MySQLError) -> RedshiftError:
        number, text = error.args[:2] if len(error.args) > 1 else (0, str(error))
        text = self.login.without_password(str(text))
        if number in NO_TABLE:
            return RedshiftError(text, UNDEFINED_TABLE)
        if number in NOT_GRANTED:
            return RedshiftError(text, NOT_ALLOWED)
        if number in NO_DATABASE:
            return RedshiftError(text, "3D000")
        if number in WRONG_PASSWORD:
            return RedshiftError(text, "28000")
        if number in {2003, 2013, 2006}:
            return self._unreachable()
        return RedshiftError(text, CONNECTION)

    def _unreachable(self) -> RedshiftError:
        return RedshiftError(f"Can't connect to MySQL server on '{self.login.host}' (110)", CONNECTION)


@cache
def _encrypted() -> ssl.SSLContext:
    """Return how to speak TLS with a server whoever vouches for it; making that takes a while."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def column(  # noqa: PLR0917 -- the columns of the query above
    name: str, kind: str, full: str, precision: int, scale: int, length: int, collation: str, nullable: Any
) -> RemoteColumn:
    """Return a column of information_schema as Redshift has it."""
    raw, kind = f"`{name.replace('`', '``')}`", kind.lower()
    key = name.lower()

    def made(of: Kind, read: str = raw, *, comparable: bool = True) -> RemoteColumn:
        return RemoteColumn(key, of, full, raw, read, comparable, bool(nullable))

    if full.lower() == "tinyint(1)":  # of which 2 is as true as 1, though not there
        return made(Kind("bool"), comparable=False)
    if kind in INTEGERS:
        return made(_integer(kind, unsigned="unsigned" in full))
    if kind == "decimal":
        return made(Kind("numeric", precision=min(int(precision), WIDEST_NUMBER), scale=int(scale)))
    if kind in PLAIN:
        return made(Kind(PLAIN[kind]))
    if kind in {"char", "varchar"}:
        # Binary collations make the driver take texts for bytes.
        read = f"CONVERT({raw} USING utf8mb4)" if collation.endswith("_bin") else raw
        return made(Kind(kind, min(int(length), LONGEST)), read)
    special, read = _special(kind, raw)
    return made(special, read, comparable=False)


def _integer(kind: str, *, unsigned: bool) -> Kind:
    name = INTEGERS[kind][unsigned]
    return Kind(name, precision=20) if name == "numeric" else Kind(name)


def _special(kind: str, raw: str) -> tuple[Kind, str]:
    """Return what a type becomes that Redshift does not have or has with other values, and what is read for it."""
    if kind == "year":
        return Kind("int2"), f"CAST({raw} AS UNSIGNED)"
    if kind == "time":
        return Kind("time"), f"CAST({raw} AS CHAR)"
    if kind == "bit":
        return TEXT, f"CAST({raw} AS UNSIGNED)"
    if kind in SHAPES:
        return TEXT, f"ST_AsText({raw})"
    return TEXT, f"CONVERT({raw} USING utf8mb4)"
