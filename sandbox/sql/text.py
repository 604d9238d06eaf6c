"""Values as the text that results hold, written by expressions of DuckDB so that rows never pass through Python."""

from __future__ import annotations

from duckdb.sqltypes import DuckDBPyType

from sandbox.sql.types import kind_of, parts, quoted

PLAIN = {
    "float": "text_of_double({})",
    "double": "text_of_double({})",
    "timestamp": "text_of_timestamp({})",
    "timestamp_s": "text_of_timestamp({})",
    "timestamp_ms": "text_of_timestamp({})",
    "timestamp_ns": "text_of_timestamp({})",
    "timestamp with time zone": "text_of_instant({})",
    "time": "strftime(DATE '2000-01-01' + {}, '%H:%M:%S.%g')",
    "blob": "trim(regexp_replace(lower(hex({})), '(..)', '\\1 ', 'g'))",
}
"""How plain types become text where a cast makes other text; hexadecimal digits come in pairs."""


def text_of(kind: DuckDBPyType, value: str) -> str:
    """Return the expression that makes text of a value (itself an expression) of a type; null stays null."""
    nested = {"list": _array, "array": _array, "map": _map, "struct": _row}.get(kind_of(kind))
    if nested is not None:
        return nested(kind, value)
    return PLAIN.get(kind_of(kind), "CAST({} AS VARCHAR)").format(value)


def _inner(kind: DuckDBPyType, value: str) -> str:
    return f"coalesce({text_of(kind, value)}, 'null')"


def _array(kind: DuckDBPyType, value: str) -> str:
    name = _fresh("x", value)
    items = f"list_transform({value}, lambda {name} : {_inner(parts(kind)[0][1], name)})"
    return f"'[' || array_to_string({items}, ', ') || ']'"


def _fresh(letter: str, value: str) -> str:
    """Name the parameter of a lambda as none within `value` is named."""
    return f"{letter}{len(value)}"


def _map(kind: DuckDBPyType, value: str) -> str:
    (_, key), (_, item) = parts(kind)
    name = _fresh("m", value)
    entry = f"{text_of(key, f'{name}.key')} || '=' || {_inner(item, f'{name}.value')}"
    entries = f"list_transform(map_entries({value}), lambda {name} : {entry})"
    return f"'{{' || array_to_string({entries}, ', ') || '}}'"


def _row(kind: DuckDBPyType, value: str) -> str:
    members = [
        f"{_literal((name.lower() or f'field{number}') + '=')} || "
        + _inner(of, f"struct_extract({value}, {_literal(name) if name else number + 1})")
        for number, (name, of) in enumerate(parts(kind))
    ]
    text = " || ', ' || ".join(members)
    return f"CASE WHEN {value} IS NOT NULL THEN '{{' || {text} || '}}' END"


def _literal(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def text_rows(query: str, columns: list[tuple[str, DuckDBPyType]]) -> str:
    """Return the query whose columns are the text of a query's, under the same names."""
    names = ", ".join(f"c{number}" for number in range(len(columns)))
    values = ", ".join(
        f"{text_of(kind, f'c{number}')} AS {quoted(name)}" for number, (name, kind) in enumerate(columns)
    )
    return f"SELECT {values} FROM ({query}) AS result({names})"
