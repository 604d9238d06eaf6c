"""Types under their three names: Hive's in catalogues, Trino's in queries and results, DuckDB's in the engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import duckdb
from duckdb.sqltypes import DuckDBPyType
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from sandbox.sql.errors import SqlError

NAMES = {
    "boolean": ("boolean", "boolean", "BOOLEAN"),
    "tinyint": ("tinyint", "tinyint", "TINYINT"),
    "smallint": ("smallint", "smallint", "SMALLINT"),
    "integer": ("integer", "int", "INTEGER"),
    "bigint": ("bigint", "bigint", "BIGINT"),
    "utinyint": ("smallint", "smallint", "SMALLINT"),
    "usmallint": ("integer", "int", "INTEGER"),
    "uinteger": ("bigint", "bigint", "BIGINT"),
    "ubigint": ("bigint", "bigint", "BIGINT"),
    "hugeint": ("bigint", "bigint", "BIGINT"),
    "uhugeint": ("bigint", "bigint", "BIGINT"),
    "float": ("real", "float", "FLOAT"),
    "double": ("double", "double", "DOUBLE"),
    "varchar": ("varchar", "string", "VARCHAR"),
    "blob": ("varbinary", "binary", "BLOB"),
    "date": ("date", "date", "DATE"),
    "time": ("time", "string", "TIME"),
    "timestamp": ("timestamp", "timestamp", "TIMESTAMP"),
    "timestamp_s": ("timestamp", "timestamp", "TIMESTAMP"),
    "timestamp_ms": ("timestamp", "timestamp", "TIMESTAMP"),
    "timestamp_ns": ("timestamp", "timestamp", "TIMESTAMP"),
    "timestamp with time zone": ("timestamp with time zone", "timestamp", "TIMESTAMP WITH TIME ZONE"),
    "interval": ("interval day to second", "string", "INTERVAL"),
    "uuid": ("varchar", "string", "VARCHAR"),
    "enum": ("varchar", "string", "VARCHAR"),
    "json": ("json", "string", "JSON"),
    "null": ("unknown", "string", "INTEGER"),
}
"""DuckDB's id of a plain type: its name in Trino, in Hive, and DuckDB's of the one Trino has for it."""

PRECISIONS = {
    "varchar": 2147483647, "char": 2147483647, "varbinary": 1073741824, "boolean": 0, "tinyint": 3,
    "smallint": 5, "integer": 10, "bigint": 19, "real": 17, "double": 17, "timestamp": 3,
    "timestamp with time zone": 3,
}  # fmt: skip
"""What the metadata of results say of a type's precision.
Source: https://docs.aws.amazon.com/athena/latest/APIReference/API_ColumnInfo.html
"""
WIDER = ("tinyint", "smallint", "integer", "bigint")
"""Each of these can be put where a later one is asked for."""


def kind_of(kind: DuckDBPyType) -> str:
    """Return DuckDB's id of a type; "json" for its alias of varchar."""
    return "json" if str(kind) == "JSON" else str(kind.id)


def parts(kind: DuckDBPyType) -> list[tuple[str, Any]]:
    """Return the named types that a nested type is made of; a decimal's precision and scale."""
    return [part for part in kind.children if isinstance(part, tuple)]


def parse_hive(text: str) -> DuckDBPyType:
    """Return the DuckDB type that Hive's name means; SqlError for what is no type."""
    try:
        parsed = exp.DataType.build(text, dialect="hive")
        return duckdb.sqltype(parsed.sql("duckdb", identify=True))
    except (ParseError, TokenError, duckdb.Error) as error:
        raise SqlError("INVALID_COLUMN_TYPE", f"Error: type expected but '{text}' is found.") from error


def hive(kind: DuckDBPyType) -> str:
    """Return Hive's name of a type."""
    return _name(kind, HIVE)


def trino(kind: DuckDBPyType) -> str:
    """Return Trino's name of a type."""
    return _name(kind, TRINO)


def native(kind: DuckDBPyType, rename: Callable[[str], str] = str.lower) -> str:
    """Return the DuckDB type, as SQL, that a value has where Trino has no such type: a sum is no hugeint.

    `rename` says what the fields of structures are called.
    """

    def member(name: str, of: str) -> str:
        return f"{quoted(rename(name))} {of}" if name else of

    return _name(kind, replace(DUCKDB, member=member))


def quoted(name: str) -> str:
    """Return a name as an identifier of DuckDB."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class _Language:
    """How one of the three spells types; `position` is its place in NAMES."""

    position: int
    decimal: str
    array: str
    mapping: str
    row: str
    separator: str
    member: Callable[[str, str], str]


TRINO = _Language(
    0, "decimal({},{})", "array({})", "map({}, {})", "row({})", ", ", lambda name, of: f"{name} {of}".strip()
)
HIVE = _Language(
    1, "decimal({},{})", "array<{}>", "map<{},{}>", "struct<{}>", ",", lambda name, of: f"{name}:{of}"
)
DUCKDB = _Language(
    2, "DECIMAL({},{})", "{}[]", "MAP({}, {})", "STRUCT({})", ", ", lambda name, of: f"{quoted(name)} {of}"
)  # fmt: skip


def _name(kind: DuckDBPyType, language: _Language) -> str:
    of = kind_of(kind)
    if of == "decimal":
        return language.decimal.format(*(size for _, size in parts(kind)))
    if of in {"list", "array"}:
        return language.array.format(_name(parts(kind)[0][1], language))
    if of == "map":
        return language.mapping.format(*(_name(part, language) for _, part in parts(kind)))
    if of == "struct":
        members = (language.member(field, _name(part, language)) for field, part in parts(kind))
        return language.row.format(language.separator.join(members))
    return NAMES[of][language.position]


def fits(given: DuckDBPyType, wanted: DuckDBPyType) -> bool:
    """Tell whether Trino puts values of one type into a column of another without a cast."""
    have, need = trino(given), trino(wanted)
    if have == need or kind_of(given) == "null":
        return True
    if have in WIDER and need in WIDER:
        return WIDER.index(have) < WIDER.index(need)
    pairs = {("integer", "double"), ("bigint", "double"), ("real", "double"), ("date", "timestamp")}
    if (have, need) in pairs or (have in WIDER and kind_of(wanted) == "decimal"):
        return True
    if kind_of(given) == "decimal":
        return need == "double" or _decimal_fits(given, wanted)
    return _parts_fit(given, wanted)


def _decimal_fits(given: DuckDBPyType, wanted: DuckDBPyType) -> bool:
    if kind_of(wanted) != "decimal":
        return False
    (_, precision), (_, scale) = parts(given)
    (_, wanted_precision), (_, wanted_scale) = parts(wanted)
    return bool(scale <= wanted_scale and precision - scale <= wanted_precision - wanted_scale)


def _parts_fit(given: DuckDBPyType, wanted: DuckDBPyType) -> bool:
    of = kind_of(given)
    have, need = parts(given), parts(wanted)
    if of != kind_of(wanted) or of not in {"list", "map", "struct"} or len(have) != len(need):
        return False
    return all(fits(a, b) for (_, a), (_, b) in zip(have, need, strict=True))


def precision_and_scale(kind: DuckDBPyType) -> tuple[int, int]:
    """Return what the metadata of results say of a type."""
    if kind_of(kind) == "decimal":
        (_, precision), (_, scale) = parts(kind)
        return int(precision), int(scale)
    return PRECISIONS.get(trino(kind), 0), 0
