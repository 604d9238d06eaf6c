"""CREATE TABLE as it is written.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.warehouse.errors import syntax_error
from sandbox.warehouse.kinds import Kind, named
from sandbox.warehouse.reading import Reader
from sandbox.warehouse.text import Statement

ATTRIBUTES = (
    "DEFAULT", "IDENTITY", "GENERATED", "ENCODE", "DISTKEY", "SORTKEY", "NOT", "NULL", "UNIQUE", "PRIMARY",
    "REFERENCES", "COLLATE",
)  # fmt: skip
CONSTRAINTS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN")
LONG_TYPES = {"DOUBLE": ("PRECISION",), "CHARACTER": ("VARYING",), "BINARY": ("VARYING",)}


@dataclass
class ColumnText:
    """A column as it is written; `default` is an expression, `identity` the seed and the step."""

    name: str
    kind: Kind
    nullable: bool = True
    default: str | None = None
    identity: tuple[int, int] | None = None
    encoding: str | None = None
    distkey: bool = False
    sortkey: bool = False


@dataclass
class TableText:
    """A table as it is written; either its columns, or a table to be like, or a query tell what it has."""

    schema: str = ""
    name: str = ""
    temporary: bool = False
    if_not_exists: bool = False
    columns: list[ColumnText] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    like: tuple[str, str] | None = None
    with_defaults: bool = False
    query: str | None = None
    primary_key: list[str] = field(default_factory=list)
    diststyle: str | None = None
    distkey: str | None = None
    sortkeys: list[str] = field(default_factory=list)


def read_table(statement: Statement, database: str) -> TableText:
    """Read CREATE TABLE; RedshiftError where that is not what it says."""
    reader = Reader(statement, 1)
    table = TableText()
    reader.take("LOCAL")
    table.temporary = reader.one_of("TEMP", "TEMPORARY") is not None
    reader.expect("TABLE")
    table.if_not_exists = reader.take("IF", "NOT", "EXISTS")
    table.schema, table.name = reader.name(database)
    table.temporary |= table.name.startswith("#")
    if reader.sees("("):
        _columns(reader, table)
    _attributes(reader, table)
    if reader.take("AS"):
        table.query = reader.rest()
    elif not table.columns and table.like is None:
        raise syntax_error(reader.next.text)
    reader.end()
    return table


def _columns(reader: Reader, table: TableText) -> None:
    reader.expect("(")
    while True:
        if reader.take("LIKE"):
            table.like = reader.name()
            table.with_defaults = reader.one_of("INCLUDING", "EXCLUDING") == "INCLUDING"
            reader.take("DEFAULTS")
        elif reader.next.upper in CONSTRAINTS:
            _constraint(reader, table)
        else:
            _column(reader, table)
        if not reader.take(","):
            break
    reader.expect(")")


def _constraint(reader: Reader, table: TableText) -> None:
    if reader.take("CONSTRAINT"):
        reader.identifier()
    if reader.take("PRIMARY", "KEY"):
        table.primary_key = reader.names()
    elif reader.take("UNIQUE"):
        reader.names()
    else:
        reader.expect("FOREIGN", "KEY")
        reader.names()
        _reference(reader)


def _reference(reader: Reader) -> None:
    reader.expect("REFERENCES")
    reader.name()
    if reader.sees("("):
        reader.names()


def _column(reader: Reader, table: TableText) -> None:
    name = reader.identifier()
    if reader.sees(",") or reader.sees(")"):
        table.names.append(name)  # CREATE TABLE t (a, b) AS
        return
    column = ColumnText(name, read_kind(reader))
    while reader.next.upper in ATTRIBUTES:
        _attribute(reader, column, table)
    table.columns.append(column)


def read_kind(reader: Reader) -> Kind:
    """Read a type."""
    words = [reader.token().text]
    for word in LONG_TYPES.get(words[0].upper(), ()):
        if reader.take(word):
            words.append(word)
    sizes: list[str] = []
    if reader.take("("):
        while not reader.take(")"):
            sizes.append(reader.token().text)
            reader.take(",")
    if words[0].upper() in {"TIMESTAMP", "TIME"} and (zone := reader.one_of("WITH", "WITHOUT")):
        reader.expect("TIME", "ZONE")
        words.append(f"{zone} TIME ZONE")
    return named(" ".join(words), sizes)


def _attribute(reader: Reader, column: ColumnText, table: TableText) -> None:
    word = reader.token().upper
    if word == "DEFAULT":
        column.default = reader.expression(*(one for one in ATTRIBUTES if one != "NULL"))
    elif word == "GENERATED":
        reader.expect("BY", "DEFAULT", "AS", "IDENTITY")
        _identity(reader, column)
    elif word == "IDENTITY":
        _identity(reader, column)
    elif word == "ENCODE":
        column.encoding = reader.token().text.lower()
    elif word == "COLLATE":
        reader.token()
    elif word == "NOT":
        reader.expect("NULL")
        column.nullable = False
    elif word == "PRIMARY":
        reader.expect("KEY")
        table.primary_key = [column.name]
    elif word == "REFERENCES":
        reader.place -= 1
        _reference(reader)
    else:
        column.distkey |= word == "DISTKEY"
        column.sortkey |= word == "SORTKEY"


def _identity(reader: Reader, column: ColumnText) -> None:
    reader.expect("(")
    seed = int(reader.value())
    reader.expect(",")
    column.identity = (seed, int(reader.value()))
    reader.expect(")")
    column.nullable = False


def _attributes(reader: Reader, table: TableText) -> None:
    while not reader.ended and not reader.sees("AS"):
        if reader.take("DISTSTYLE"):
            table.diststyle = reader.token().upper
        elif reader.take("DISTKEY"):
            reader.expect("(")
            table.distkey = reader.identifier()
            reader.expect(")")
        elif reader.take("BACKUP"):
            reader.token()
        elif reader.take("ENCODE", "AUTO"):
            continue
        else:
            reader.one_of("COMPOUND", "INTERLEAVED")
            reader.expect("SORTKEY")
            if not reader.take("AUTO"):
                table.sortkeys = reader.names()
    table.distkey = table.distkey or next((one.name for one in table.columns if one.distkey), None)
    table.sortkeys = table.sortkeys or [one.name for one in table.columns if one.sortkey]
