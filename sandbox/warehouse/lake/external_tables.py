"""CREATE EXTERNAL TABLE, with a query too, and DROP and ALTER of one: in the data catalogue, where Athena sees them.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_TABLE_usage.html
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.glue.catalogue import input_of, table_input
from sandbox.sql.catalogue import Column, Partition, Table
from sandbox.sql.scans import partition_path
from sandbox.warehouse.answers import DONE, Answer, changed
from sandbox.warehouse.errors import (
    DUPLICATE_TABLE,
    NOT_SUPPORTED,
    UNDEFINED_SCHEMA,
    UNDEFINED_TABLE,
    RedshiftError,
)
from sandbox.warehouse.external import registry
from sandbox.warehouse.external.definitions import ExternalSchema
from sandbox.warehouse.external.lake_tables import LakeTables, in_redshifts_words
from sandbox.warehouse.grammar import parse
from sandbox.warehouse.lake import authorization, files
from sandbox.warehouse.lake.definitions import (
    AlterExternalTable,
    CreateExternalTable,
    read_alter_table,
    read_create_table,
)
from sandbox.warehouse.lake.unload import check_columns
from sandbox.warehouse.lake.unload_options import Unload
from sandbox.warehouse.lake.writing import scratch, store
from sandbox.warehouse.queries import translated
from sandbox.warehouse.reading import Reader
from sandbox.warehouse.statements import Form
from sandbox.warehouse.text import Statement

if TYPE_CHECKING:
    from sandbox.warehouse.lake.writing import Stored
    from sandbox.warehouse.session import Session

KINDS = {
    "BOOLEAN": "boolean", "TINYINT": "smallint", "SMALLINT": "smallint", "INTEGER": "int", "BIGINT": "bigint",
    "HUGEINT": "decimal(38,0)", "FLOAT": "float", "DOUBLE": "double", "DATE": "date", "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamp", "VARCHAR": "varchar(65535)",
}  # fmt: skip
"""What the catalogue calls the types of a query's columns."""


def create(session: Session, statement: Statement) -> Answer:
    """Register a table over objects, and with a query write them first."""
    asked = read_create_table(statement.text)
    schema = _schema(session, asked.schema)
    with LakeTables(session, schema) as lake:
        _check_new(lake, schema, asked)
        if asked.query:
            return _create_as(session, lake, schema, asked)
        _check_keys(asked)
        _register(lake, schema, asked)
    return DONE


def _check_new(lake: LakeTables, schema: ExternalSchema, asked: CreateExternalTable) -> None:
    with in_redshifts_words():
        if not lake.catalogue.has_database(schema.database):
            raise RedshiftError(f'External database "{schema.database}" does not exist', UNDEFINED_SCHEMA)
    if lake.found(asked.name) is not None:
        raise RedshiftError(
            f'Table "{asked.name}" already exists in schema "{asked.schema}"', DUPLICATE_TABLE
        )
    authorization.place(asked.location)


def _check_keys(asked: CreateExternalTable) -> None:
    names = {one.name for one in asked.columns}
    for key in asked.keys:
        if key.name in names:
            raise RedshiftError(f'Partition column "{key.name}" is a column of the table, too', "42701")


def _register(lake: LakeTables, schema: ExternalSchema, asked: CreateExternalTable) -> None:
    described = table_input(
        asked.name,
        asked.columns,
        asked.keys,
        asked.location,
        asked.storage,
        serde=asked.serde,
        parameters=asked.properties,
    )
    with in_redshifts_words():
        lake.catalogue.create_table(schema.database, described)


def _create_as(
    session: Session, lake: LakeTables, schema: ExternalSchema, asked: CreateExternalTable
) -> Answer:
    """Write a query's rows to an empty place, and register the table with its partitions and its number of rows."""
    if asked.storage.name not in {"parquet", "text"}:
        raise RedshiftError("CREATE EXTERNAL TABLE AS supports only PARQUET and TEXTFILE", NOT_SUPPORTED)
    if parse(asked.query).args.get("limit"):
        raise RedshiftError("Limit clause is not supported", NOT_SUPPORTED)
    query = translated(session, asked.query).sql
    columns = files.columns_of(session, query)
    unload = _as_unload(asked)
    check_columns(columns, unload)
    target = authorization.place(asked.location.rstrip("/") + "/")
    with in_redshifts_words():
        if lake.objects.list(target.bucket, target.key):
            raise RedshiftError(f"Location {asked.location} is not empty")
    with tempfile.TemporaryDirectory() as folder:
        parts = files.write(session, query, columns, unload, scratch(folder))
        stored = store(lake.objects, target, parts, unload)
    rows = sum(one.rows for one in parts)
    made = _with_columns(asked, columns, rows)
    _register(lake, schema, made)
    _add_partitions(lake, schema, made, stored)
    return changed(rows)


def _as_unload(asked: CreateExternalTable) -> Unload:
    names = tuple(one.name for one in asked.keys)
    if asked.storage.name == "parquet":
        return Unload(asked.query, asked.location, (), format="parquet", keys=names)
    delimiter = asked.serde.get("field.delim", "\x01")
    return Unload(asked.query, asked.location, (), keys=names, delimiter=delimiter, null="\\N")


def _with_columns(
    asked: CreateExternalTable, columns: Sequence[files.Column], rows: int
) -> CreateExternalTable:
    kinds = {one.name: _hive(one.kind) for one in columns}
    keys = tuple(Column(one.name, kinds[one.name]) for one in asked.keys)
    rest = tuple(Column(name, kind) for name, kind in kinds.items() if name not in {key.name for key in keys})
    properties = {**asked.properties, "numRows": str(rows)}
    return replace(asked, columns=rest, keys=keys, properties=properties)


def _hive(kind: str) -> str:
    if kind.startswith("DECIMAL"):
        return kind.lower()
    if kind not in KINDS:
        raise RedshiftError(f'Type "{kind.lower()}" is not supported in external tables', NOT_SUPPORTED)
    return KINDS[kind]


def _add_partitions(
    lake: LakeTables, schema: ExternalSchema, made: CreateExternalTable, stored: Sequence[Stored]
) -> None:
    if not made.keys:
        return
    table = Table(schema.database, made.name, made.columns, made.keys, made.location)
    root = made.location.rstrip("/") + "/"
    values = dict.fromkeys(one.values for one in stored)
    added = [Partition(one, f"{root}{partition_path(made.keys, one)}") for one in values]
    with in_redshifts_words():
        lake.catalogue.add_partitions(table, added)


def drop(session: Session, statement: Statement) -> Answer:
    """Take a table out of the catalogue; its objects stay."""
    reader = Reader(statement)
    reader.expect("DROP", "TABLE")
    if_exists = reader.take("IF", "EXISTS")
    schema_name, name = reader.name(session.warehouse.database)
    reader.take("CASCADE") or reader.take("RESTRICT")
    reader.end()
    schema = _schema(session, schema_name)
    with LakeTables(session, schema) as lake:
        if lake.found(name) is None:
            if if_exists:
                return DONE
            raise RedshiftError(f'Table "{schema_name}.{name}" does not exist', UNDEFINED_TABLE)
        with in_redshifts_words():
            lake.catalogue.drop_table(schema.database, name)
    return DONE


def alter(session: Session, statement: Statement) -> Answer:
    """Change where a table or its partitions are, which partitions it has, or its properties."""
    asked = read_alter_table(statement.text)
    schema = _schema(session, asked.schema)
    with LakeTables(session, schema) as lake:
        table = lake.found(asked.name)
        if table is None:
            raise RedshiftError(f'Table "{asked.schema}.{asked.name}" does not exist', UNDEFINED_TABLE)
        with in_redshifts_words():
            _change(lake, table, asked)
    return DONE


def _change(lake: LakeTables, table: Table, asked: AlterExternalTable) -> None:
    if asked.added:
        _add(lake, table, asked)
    for values in asked.dropped:
        if not lake.catalogue.drop_partition(table, _ordered(table, values)):
            raise RedshiftError(f'Partition of "{table.name}" does not exist', UNDEFINED_TABLE)
    if asked.location is not None and asked.partition is not None:
        authorization.place(asked.location)
        lake.catalogue.move_partition(table, _ordered(table, asked.partition), asked.location)
    elif asked.location is not None:
        authorization.place(asked.location)
        described = lake.catalogue.described(table.database, table.name) or {}
        descriptor = described["StorageDescriptor"] | {"Location": asked.location}
        lake.catalogue.update_table(table.database, input_of(described) | {"StorageDescriptor": descriptor})
    if asked.properties is not None:
        described = lake.catalogue.described(table.database, table.name) or {}
        parameters = {**described.get("Parameters", {}), **asked.properties}
        lake.catalogue.update_table(table.database, input_of(described) | {"Parameters": parameters})


def _add(lake: LakeTables, table: Table, asked: AlterExternalTable) -> None:
    wanted = []
    for one in asked.added:
        values = _ordered(table, one.values)
        below = f"{table.location}{partition_path(table.partition_keys, values)}"
        wanted.append(Partition(values, (one.location or below).rstrip("/") + "/"))
    known = {one.values for one in lake.catalogue.partitions(table)}
    if not asked.if_not_exists and any(one.values in known for one in wanted):
        raise RedshiftError("Partition already exists.", DUPLICATE_TABLE)
    lake.catalogue.add_partitions(table, wanted)


def _ordered(table: Table, values: Mapping[str, str]) -> tuple[str, ...]:
    keys = [key.name for key in table.partition_keys]
    if set(values) != set(keys):
        raise RedshiftError(f'"{table.name}" is partitioned by ({", ".join(keys)})', "42601")
    return tuple(values[key] for key in keys)


def _schema(session: Session, name: str) -> ExternalSchema:
    found = registry.schemas(session).get(name)
    if found is None or found.engine != "catalogue":
        raise RedshiftError(f'schema "{name}" is no external schema of the data catalog', UNDEFINED_SCHEMA)
    return found


def _names_external(session: Session, statement: Statement) -> bool:
    """Tell whether DROP or ALTER TABLE is about a table of the data catalogue."""
    reader = Reader(statement)
    reader.take("DROP") or reader.take("ALTER")
    reader.expect("TABLE")
    reader.take("IF", "EXISTS")
    schema = (
        registry.schemas(session).get(reader.name(session.warehouse.database)[0])
        if not reader.ended
        else None
    )
    return schema is not None and schema.engine == "catalogue"


FORMS = (
    Form(r"CREATE EXTERNAL TABLE\b", create, alone="CREATE EXTERNAL TABLE"),
    Form(r"DROP TABLE\b", drop, alone="DROP EXTERNAL TABLE", applies=_names_external),
    Form(r"ALTER TABLE\b", alter, alone="ALTER EXTERNAL TABLE", applies=_names_external),
)
