"""Reading CREATE EXTERNAL TABLE."""

from __future__ import annotations

from sqlglot import exp
from sqlglot.dialects.hive import Hive
from sqlglot.errors import ParseError

from sandbox.athena.statements import CreateTable, TableName
from sandbox.glue.formats import BY_SERDE, STORED_AS, TEXT, Format
from sandbox.sql.catalogue import Column
from sandbox.sql.errors import Unparsable


def create_table(text: str, *, external: bool) -> CreateTable:
    """Read CREATE TABLE with its columns; Unparsable where it cannot be read."""
    try:
        tree = Hive().parse(text)[0]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        place = f"line {first.get('line', 1)}:{first.get('col', 1)}"
        raise Unparsable(f"{place}: mismatched input '{first.get('highlight', '')}'") from error
    if not isinstance(tree, exp.Create) or not isinstance(tree.this, exp.Schema):
        raise Unparsable(
            "line 1:1: mismatched input 'CREATE'. Expecting: a table with columns and properties"
        )
    properties = list(tree.args["properties"].expressions) if tree.args.get("properties") else []
    partitioned = next((one for one in properties if isinstance(one, exp.PartitionedByProperty)), None)
    storage, serde = _storage(properties)
    return CreateTable(
        table=table_name(tree.this.this),
        columns=_columns(tree.this.expressions),
        keys=_columns(partitioned.this.expressions) if partitioned else (),
        location=next((one.this.name for one in properties if isinstance(one, exp.LocationProperty)), ""),
        storage=storage,
        external=external,
        if_not_exists=bool(tree.args.get("exists")),
        serde=serde,
        properties={one.this.name: one.args["value"].name for one in properties if type(one) is exp.Property},
        comment=next((one.this.name for one in properties if isinstance(one, exp.SchemaCommentProperty)), ""),
    )


def _columns(definitions: list[exp.Expr]) -> tuple[Column, ...]:
    columns = []
    for one in definitions:
        if not isinstance(one, exp.ColumnDef) or one.kind is None:
            raise Unparsable(f"line 1:1: mismatched input '{one.name}'. Expecting: a column with its type")
        comments = one.find_all(exp.CommentColumnConstraint)
        comment = next((constraint.this.name for constraint in comments), "")
        columns.append(Column(one.name.lower(), hive_text(one.kind), comment))
    return tuple(columns)


def hive_text(kind: exp.Expr) -> str:
    """Return a type as Glue writes it: lower case, without spaces or quotes."""
    if not isinstance(kind, exp.DataType):
        return kind.name.lower()
    name = kind.this.value.lower()
    if name == "struct":
        members = ",".join(f"{one.name.lower()}:{hive_text(one.args['kind'])}" for one in kind.expressions)
        return f"struct<{members}>"
    if name in {"array", "map"}:
        return f"{name}<{','.join(hive_text(one) for one in kind.expressions)}>"
    return kind.sql("hive").lower().replace(" ", "")


def _storage(properties: list[exp.Expr]) -> tuple[Format, dict[str, str]]:
    """Return the format that a table's properties say, and its parameters."""
    storage = TEXT
    serde: dict[str, str] = {}
    for one in properties:
        if isinstance(one, exp.FileFormatProperty):
            storage = _stored_as(one, storage)
        elif isinstance(one, exp.RowFormatSerdeProperty):
            storage = _by_serde(one.this.name, storage)
            given = one.args.get("serde_properties")
            serde |= {pair.this.name: pair.args["value"].name for pair in given.expressions} if given else {}
        elif isinstance(one, exp.RowFormatDelimitedProperty):
            serde |= _delimited(one)
    return storage, serde


def _stored_as(one: exp.FileFormatProperty, default: Format) -> Format:
    if isinstance(one.this, exp.InputOutputFormat):
        return default
    name = one.this.name.upper()
    if name not in STORED_AS:
        raise Unparsable(f"line 1:1: Unrecognized file format in STORED AS clause: '{name.lower()}'")
    return STORED_AS[name] if default is TEXT else default


def _by_serde(serde: str, storage: Format) -> Format:
    return BY_SERDE.get(serde.lower(), Format(serde, serde, storage.reads, storage.writes))


def _delimited(one: exp.RowFormatDelimitedProperty) -> dict[str, str]:
    names = {"fields": "field.delim", "escaped": "escape.delim", "lines": "line.delim",
             "null": "serialization.null.format", "collection_items": "collection.delim",
             "map_keys": "mapkey.delim"}  # fmt: skip
    found = {name: one.args[part].name for part, name in names.items() if one.args.get(part) is not None}
    if "field.delim" in found:
        found["serialization.format"] = found["field.delim"]
    return found


def table_name(table: exp.Expr) -> TableName:
    """Return a table's database, where it is named, and its own name."""
    database, _, name = table.name.lower().rpartition(".")
    return ((table.db.lower() if isinstance(table, exp.Table) else "") or database or None), name
