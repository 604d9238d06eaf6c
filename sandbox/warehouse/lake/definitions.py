"""Reading CREATE EXTERNAL TABLE and ALTER TABLE of an external table.

Sources: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_TABLE.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_ALTER_TABLE_external-table.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlglot import exp
from sqlglot.dialects.redshift import Redshift
from sqlglot.errors import ParseError

from sandbox.glue.formats import BY_SERDE, STORED_AS, TEXT, Format
from sandbox.sql.catalogue import Column
from sandbox.warehouse.errors import NOT_SUPPORTED, RedshiftError, syntax_error
from sandbox.warehouse.reading import Reader
from sandbox.warehouse.text import read

HIVE: Mapping[str, str] = {
    "SMALLINT": "smallint", "INT": "int", "BIGINT": "bigint", "FLOAT": "float", "DOUBLE": "double",
    "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "timestamp", "TEXT": "string",
}  # fmt: skip
OPENING, CLOSING = set("(<"), set(")>")


@dataclass(frozen=True)
class CreateExternalTable:
    """The statement; with a `query` the columns are its own, and of the keys only the names are known."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    keys: tuple[Column, ...]
    location: str
    storage: Format
    serde: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    query: str = ""


def read_create_table(text: str) -> CreateExternalTable:
    """Read CREATE EXTERNAL TABLE, with or without AS."""
    reader = Reader(read(text))
    reader.expect("CREATE", "EXTERNAL", "TABLE")
    schema, name = reader.name()
    columns = _columns(reader) if reader.sees("(") else ()
    keys: tuple[Column, ...] = ()
    if reader.take("PARTITIONED", "BY"):
        keys = _columns(reader) if columns else tuple(Column(one, "string") for one in reader.names())
    storage, serde = _storage(reader)
    reader.expect("LOCATION")
    location = reader.text()
    properties = reader.pairs() if reader.take("TABLE", "PROPERTIES") else {}
    query = reader.rest() if reader.take("AS") else ""
    if not query:
        reader.end()
    if bool(query) == bool(columns):
        raise syntax_error(reader.next.upper)
    return CreateExternalTable(schema, name, columns, keys, location, storage, serde, properties, query)


def _columns(reader: Reader) -> tuple[Column, ...]:
    reader.expect("(")
    found = []
    while True:
        name = reader.identifier()
        found.append(Column(name, hive_type(_type_text(reader))))
        if not reader.take(","):
            break
    reader.expect(")")
    return tuple(found)


def _type_text(reader: Reader) -> str:
    """Go past a type, in which parentheses may stand."""
    parts: list[str] = []
    depth = 0
    while not reader.ended and (depth or reader.next.upper not in {",", ")"}):
        depth += (reader.next.upper in OPENING) - (reader.next.upper in CLOSING)
        parts.append(reader.token().text)
    return " ".join(parts)


def hive_type(text: str) -> str:
    """Return what the catalogue calls a type of Redshift."""
    try:
        kind = exp.DataType.build(text, dialect=Redshift)
    except ParseError as error:
        raise syntax_error(text) from error
    name = kind.this.value
    if name in {"VARCHAR", "CHAR"} and kind.expressions:
        return f"{name.lower()}({kind.expressions[0].name})"
    if name == "DECIMAL":
        sizes = [one.name for one in kind.expressions] or ["18", "0"]
        return f"decimal({sizes[0]},{sizes[1] if len(sizes) > 1 else 0})"
    if name in {"VARCHAR", "CHAR"}:
        return "string"
    if name not in HIVE:
        raise RedshiftError(f'Type "{text.lower()}" is not supported in external tables', NOT_SUPPORTED)
    return HIVE[name]


def _storage(reader: Reader) -> tuple[Format, dict[str, str]]:
    serde: dict[str, str] = {}
    storage = TEXT
    while reader.take("ROW", "FORMAT"):
        if reader.take("SERDE"):
            library = reader.text()
            storage = BY_SERDE.get(library.lower(), Format(library, library))
            if reader.take("WITH", "SERDEPROPERTIES"):
                serde |= reader.pairs()
        else:
            reader.expect("DELIMITED")
            while reader.next.upper in {"FIELDS", "LINES"}:
                what = "field.delim" if reader.take("FIELDS") else "line.delim"
                reader.take("LINES")
                reader.expect("TERMINATED", "BY")
                serde[what] = reader.separator()
    reader.expect("STORED", "AS")
    name = reader.identifier().upper()
    if name not in STORED_AS:
        raise RedshiftError(f"the sandbox has no external tables stored as {name}", NOT_SUPPORTED)
    if "field.delim" in serde:
        serde["serialization.format"] = serde["field.delim"]
    return (STORED_AS[name] if storage is TEXT else storage), serde


@dataclass(frozen=True)
class Place:
    """A partition by its values, and where it is; without one it is below the table's location."""

    values: Mapping[str, str]
    location: str | None


@dataclass(frozen=True)
class AlterExternalTable:
    """What to change: one of the fields that are set."""

    schema: str
    name: str
    added: tuple[Place, ...] = ()
    if_not_exists: bool = False
    dropped: tuple[Mapping[str, str], ...] = ()
    location: str | None = None
    partition: Mapping[str, str] | None = None
    properties: Mapping[str, str] | None = None


def read_alter_table(text: str) -> AlterExternalTable:
    """Read ALTER TABLE as it is for external tables; others are refused."""
    reader = Reader(read(text))
    reader.expect("ALTER", "TABLE")
    schema, name = reader.name()
    if reader.take("ADD"):
        if_not_exists = reader.take("IF", "NOT", "EXISTS")
        return AlterExternalTable(schema, name, added=_added(reader), if_not_exists=if_not_exists)
    if reader.take("DROP"):
        reader.expect("PARTITION")
        dropped = _values(reader)
        reader.end()
        return AlterExternalTable(schema, name, dropped=(dropped,))
    partition = _values(reader) if reader.take("PARTITION") else None
    if reader.take("SET", "LOCATION"):
        location = reader.text()
        reader.end()
        return AlterExternalTable(schema, name, location=location, partition=partition)
    if reader.take("SET", "TABLE", "PROPERTIES"):
        return AlterExternalTable(schema, name, properties=reader.pairs())
    raise RedshiftError(
        f'this change is not supported for the external table "{schema}.{name}"', NOT_SUPPORTED
    )


def _added(reader: Reader) -> tuple[Place, ...]:
    found: list[Place] = []
    while not reader.ended:
        reader.expect("PARTITION")
        values = _values(reader)
        found.append(Place(values, reader.text() if reader.take("LOCATION") else None))
    if not found:
        raise reader.unexpected()
    return tuple(found)


def _values(reader: Reader) -> dict[str, str]:
    reader.expect("(")
    found: dict[str, str] = {}
    while not found or reader.take(","):
        key = reader.identifier()
        reader.expect("=")
        found[key] = _constant(reader)
    reader.expect(")")
    return found


def _constant(reader: Reader) -> str:
    """Take a text, a date or a number."""
    reader.take("DATE")
    return reader.token().text if reader.next.kind == "number" else reader.text()
