"""PostgreSQL and Aurora PostgreSQL behind federated queries.

Source: https://docs.aws.amazon.com/redshift/latest/dg/federated-data-types.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import psycopg2
from psycopg2 import errorcodes

from sandbox.duckdb_extensions import Reader
from sandbox.warehouse.errors import CONNECTION, NOT_ALLOWED, UNDEFINED_TABLE, RedshiftError
from sandbox.warehouse.external.databases import PATIENCE, Database, RemoteColumn, RemoteTable
from sandbox.warehouse.external.relations import Origin
from sandbox.warehouse.kinds import LONGEST, TEXT, Kind

PLAIN: Mapping[str, str] = {
    "int2": "int2", "int4": "int4", "int8": "int8", "float4": "float4", "float8": "float8", "bool": "bool",
    "date": "date", "timestamp": "timestamp", "timestamptz": "timestamptz",
}  # fmt: skip
WIDEST_NUMBER = 38
UNBOUNDED_NUMBER = Kind("numeric", precision=38, scale=10)

_TABLE = """
SELECT c.oid, CASE WHEN c.reltuples < 0 THEN 1000 ELSE c.reltuples::bigint END,
  has_table_privilege(c.oid, 'SELECT') OR has_any_column_privilege(c.oid, 'SELECT')
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relname = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""
_COLUMNS = """
SELECT a.attname, b.typname, format_type(a.atttypid, a.atttypmod),
  CASE WHEN t.typtype = 'd' THEN t.typtypmod ELSE a.atttypmod END, NOT a.attnotnull
FROM pg_attribute AS a
JOIN pg_type AS t ON t.oid = a.atttypid
JOIN pg_type AS b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""
_NAMES = """
SELECT c.relname
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
  AND has_table_privilege(c.oid, 'SELECT')
ORDER BY c.relname
"""


class PostgreSQL(Database):
    """One database of a server; a transaction of the warehouse sees one snapshot of it."""

    kind: ClassVar[Origin] = "PG"
    reader: ClassVar[Reader] = "postgres"
    attached: ClassVar[str] = f"sslmode=require connect_timeout={PATIENCE}"
    settings: ClassVar[dict[str, str]] = {}

    def connect(self) -> Any:
        """Connect for metadata."""
        login = self.login
        try:
            connection = psycopg2.connect(
                host=login.address,
                port=login.port,
                user=login.user,
                password=login.password,
                dbname=login.database,
                connect_timeout=PATIENCE,
                sslmode="require",
            )
        except psycopg2.Error as error:
            raise self._refused(error) from error
        connection.set_session(readonly=True, autocommit=True)
        return connection

    def table(self, connection: Any, name: str) -> RemoteTable:
        """Describe a table or view."""
        found = self._rows(connection, _TABLE, (self.place, name))
        if not found:
            raise RedshiftError(f'relation "{self.place}.{name}" does not exist', UNDEFINED_TABLE)
        oid, rows, allowed = found[0]
        if not allowed:
            raise RedshiftError(f"permission denied for table {name}", NOT_ALLOWED)
        columns = tuple(column(*one) for one in self._rows(connection, _COLUMNS, (oid,)))
        return RemoteTable(name, columns, int(rows))

    def names(self, connection: Any) -> list[str]:
        """List the tables and views that may be read."""
        return [name for (name,) in self._rows(connection, _NAMES, (self.place,))]

    def failed(self, text: str) -> RedshiftError:
        """Return the error for what DuckDB says while it reads."""
        said = next((line for line in text.splitlines() if "ERROR:" in line), "")
        if "permission denied" in said:
            return RedshiftError(said.partition("ERROR:")[2].strip(), NOT_ALLOWED)
        if said and "terminating connection" not in said:
            return RedshiftError(self.login.without_password(said.partition("ERROR:")[2].strip()))
        return RedshiftError("server closed the connection unexpectedly", CONNECTION)

    def _rows(self, connection: Any, text: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
        try:
            with connection.cursor() as cursor:
                cursor.execute(text, values)
                return list(cursor.fetchall())
        except psycopg2.Error as error:
            raise self._refused(error) from error

    def _refused(self, error: psycopg2.Error) -> RedshiftError:
        text = " ".join(self.login.without_password(str(error)).split())
        if error.pgcode == errorcodes.INSUFFICIENT_PRIVILEGE:
            return RedshiftError(text.partition("ERROR:")[2].strip() or text, NOT_ALLOWED)
        if "FATAL:" in text:
            said = text.partition("FATAL:")[2].strip()
            return RedshiftError(f"FATAL: {said}", "28P01" if "password" in said else CONNECTION)
        where = f'host "{self.login.host}" and accepting TCP/IP connections on port {self.login.named_port}'
        return RedshiftError(
            f"could not connect to server: Connection timed out Is the server running on {where}?", CONNECTION
        )


def column(name: str, kind: str, full: str, modifier: int, nullable: Any) -> RemoteColumn:
    """Return a column of the catalogue as Redshift has it."""
    raw = '"' + name.replace('"', '""') + '"'

    def made(of: Kind, read: str = raw, *, comparable: bool = True) -> RemoteColumn:
        return RemoteColumn(name, of, full, raw, read, comparable, bool(nullable))

    if kind in PLAIN:
        return made(Kind(PLAIN[kind]))
    if kind in {"varchar", "bpchar"}:
        length = modifier - 4 if modifier >= 4 else LONGEST
        return made(Kind("char" if kind == "bpchar" else kind, min(length, LONGEST)))
    if kind == "text":
        return made(TEXT)
    number = _number(modifier) if kind == "numeric" else TEXT
    if number is TEXT:
        return made(TEXT, f"{raw}::text", comparable=False)
    return made(number, raw if modifier >= 0 else f"{raw}::numeric({number.precision},{number.scale})")


def _number(modifier: int) -> Kind:
    if modifier < 0:
        return UNBOUNDED_NUMBER
    precision, scale = (modifier - 4) >> 16, (modifier - 4) & 0xFFFF
    if precision > WIDEST_NUMBER or scale > precision:
        return TEXT
    return Kind("numeric", precision=precision, scale=scale)
