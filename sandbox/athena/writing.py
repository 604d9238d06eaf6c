"""Statements that write rows as objects: INSERT INTO, CREATE TABLE AS, UNLOAD."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from duckdb.sqltypes import DuckDBPyType

from sandbox.athena.context import Context, Outcome
from sandbox.athena.statements import CreateTableAs, Insert, Unload
from sandbox.glue.catalogue import table_input
from sandbox.glue.formats import INSERTABLE, STORED_AS, TEXT, Format
from sandbox.objects import AccessDenied, ObjectError
from sandbox.sql.catalogue import Column, Partition, Table
from sandbox.sql.engine import Engine, Output, Prepared, Written, reshaped
from sandbox.sql.errors import NotSupported, SqlError
from sandbox.sql.scans import partition_path, split_location
from sandbox.sql.trino import parse_query
from sandbox.sql.types import fits, hive, kind_of, parse_hive, parts, trino

MOST_PARTITIONS = 100
"""Partitions that one statement may write.
Source: https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html
"""
UNSTORABLE = {"timestamp with time zone", "time", "interval", "json", "null"}
COMPRESSIONS = (
    "write.compression",
    "write_compression",
    "parquet.compression",
    "parquet.compress",
    "compression",
)
NAMES_OF_NONE = {"NONE", "UNCOMPRESSED"}


@dataclass(frozen=True)
class _Target:
    """Where rows go and as what; `table` is what messages call it."""

    table: str
    location: str
    storage: Format
    keys: tuple[Column, ...]
    compression: str
    delimiter: str = "\x01"

    @property
    def options(self) -> str:
        """What DuckDB's COPY has to be told."""
        if self.storage.name == "parquet":
            return f"FORMAT parquet, COMPRESSION {self.compression.lower()}"
        codec = f"COMPRESSION {'none' if self.compression in NAMES_OF_NONE else self.compression.lower()}"
        if self.storage.name == "json":
            return f"FORMAT json, {codec}"
        delimiter = self.delimiter.replace("'", "''")
        return (
            f"FORMAT csv, {codec}, HEADER false, DELIMITER '{delimiter}', QUOTE '', ESCAPE '', NULLSTR '\\N'"
        )

    @property
    def suffix(self) -> str:
        """What the names of objects end with."""
        return ".gz" if self.storage.name != "parquet" and self.compression == "GZIP" else ""


def insert(statement: Insert, text: str, engine: Engine, context: Context) -> Outcome:
    """Add a query's rows to a table, and register the partitions that are new."""
    database, name = context.place(statement.table)
    table = context.catalogue.table(database, name)
    if table is None:
        raise SqlError(
            "TABLE_NOT_FOUND", f"line 1:1: Table 'awsdatacatalog.{database}.{name}' does not exist"
        )
    if table.view is not None:
        raise NotSupported("Inserting into views is not supported")
    described = context.catalogue.described(database, name) or {}
    library = str(described["StorageDescriptor"]["SerdeInfo"].get("SerializationLibrary", ""))
    if library.lower() not in INSERTABLE:
        raise NotSupported(f"Inserting into tables with the format {library or 'unknown'} is not supported")
    prepared = _for_table(statement, table, engine.prepare(statement.tree, context.database, text))
    storage = STORED_AS.get({"parquet": "PARQUET", "json": "JSON"}.get(table.format, "TEXTFILE"), TEXT)
    target = _Target(
        f"{database}.{name}",
        table.location,
        storage,
        table.partition_keys,
        _compression(table.parameters),
        table.serde.get("field.delim", "\x01"),
    )
    return _write(prepared, target, engine, context, table)


def _for_table(statement: Insert, table: Table, given: Prepared) -> Prepared:
    """Return a query's rows in the columns of a table."""
    wanted = table.all_columns
    names = statement.columns or tuple(one.name for one in wanted)
    unknown = set(names) - {one.name for one in wanted}
    if unknown:
        raise SqlError(
            "COLUMN_NOT_FOUND", f"Insert column name does not exist in target table: {min(unknown)}"
        )
    by_name = {one.name: parse_hive(one.type) for one in wanted}
    matching = len(names) == len(given.columns) and all(
        one.constant_null or fits(one.kind, by_name[name])
        for one, name in zip(given.columns, names, strict=True)
    )
    if not matching:
        expected = ", ".join(trino(by_name[name]) for name in names)
        found = ", ".join("unknown" if one.constant_null else trino(one.kind) for one in given.columns)
        raise SqlError(
            "TYPE_MISMATCH",
            f"Insert query has mismatched column types: Table: [{expected}], Query: [{found}]",
        )
    places = {name: number for number, name in enumerate(names)}
    return reshaped(given, [(one.name, by_name[one.name], places.get(one.name)) for one in wanted])


def create_table_as(statement: CreateTableAs, text: str, engine: Engine, context: Context) -> Outcome:
    """Write a query's rows below a new location, and register the table over them."""
    database, name = context.place(statement.table)
    if not context.catalogue.has_database(database):
        raise SqlError("SCHEMA_NOT_FOUND", f"line 1:1: Schema {database} does not exist")
    if context.catalogue.described(database, name) is not None:
        if statement.if_not_exists:
            return Outcome()
        message = f"line 1:1: Destination table 'awsdatacatalog.{database}.{name}' already exists"
        raise SqlError("TABLE_ALREADY_EXISTS", message)
    location = _new_location(statement.properties.get("external_location"), f"{database}.{name}", context)
    prepared = engine.prepare(statement.tree, context.database, text)
    columns = _stored_columns(prepared.columns)
    storage = _storage(statement.properties.get("format", "PARQUET"))
    count = len(columns) - len(statement.keys)
    if tuple(one.name for one in columns[count:]) != statement.keys:
        raise SqlError(
            "HIVE_COLUMN_ORDER_MISMATCH",
            "Partition keys must be the last columns in the table and in the same order as the table properties: "
            f"[{', '.join(statement.keys)}]",
        )
    compression = _compression(statement.properties)
    delimiter = statement.properties.get("field_delimiter", "\x01")
    target = _Target(f"{database}.{name}", location, storage, columns[count:], compression, delimiter)
    table = Table(database, name, columns[:count], columns[count:], location, storage.name)
    outcome = Outcome()
    files: list[Written] = []
    if statement.with_data:
        files = _files(prepared, target, engine, context, outcome)
    described = table_input(
        name,
        table.columns,
        table.partition_keys,
        location,
        storage,
        serde={"field.delim": delimiter} if storage is TEXT else {},
        parameters={"has_encrypted_data": "false", "write.compression": compression},
    )
    context.catalogue.create_table(database, described)
    _register(table, files, context)
    return outcome


def unload(statement: Unload, engine: Engine, context: Context) -> Outcome:
    """Write a query's rows below a location, with no table over them."""
    if "format" not in statement.options:
        raise SqlError("INVALID_TABLE_PROPERTY", "UNLOAD requires the property format")
    location = _new_location(statement.location, "the result of UNLOAD", context, anywhere=True)
    prepared = engine.prepare(parse_query(statement.query), context.database, statement.query)
    columns = _stored_columns(prepared.columns)
    keys = tuple(one for one in columns if one.name in statement.keys)
    storage = _storage(statement.options["format"])
    delimiter = statement.options.get("field_delimiter", ",")
    target = _Target("UNLOAD", location, storage, keys, _compression(statement.options), delimiter)
    outcome = Outcome()
    _files(prepared, target, engine, context, outcome)
    return outcome


def _new_location(asked: str | None, table: str, context: Context, *, anywhere: bool = False) -> str:
    """Return the location for new data, which must be empty."""
    if asked is None:
        return f"{context.results}tables/{context.query_id}/"
    if context.enforced and not anywhere:
        raise SqlError(
            "INVALID_TABLE_PROPERTY",
            "The Create Table As Select query failed because it was submitted with an 'external_location' property "
            "to an Athena Workgroup that enforces a centralized output location for all queries. Please remove the "
            "'external_location' property and resubmit the query.",
        )
    location = asked.rstrip("/") + "/"
    bucket, prefix = split_location(location)
    try:
        taken = context.objects.list(bucket, prefix)
    except ObjectError as error:
        raise _unwritable(location, error) from error
    if taken:
        message = f"Target directory for table '{table}' already exists: {location}"
        raise SqlError("HIVE_PATH_ALREADY_EXISTS", message)
    return location


def _stored_columns(outputs: Sequence[Output]) -> tuple[Column, ...]:
    columns: list[Column] = []
    for number, one in enumerate(outputs, 1):
        if not one.named:
            raise SqlError("MISSING_COLUMN_NAME", f"line 1:1: Column name not specified at position {number}")
        if one.name.lower() in {column.name for column in columns}:
            raise SqlError("DUPLICATE_COLUMN_NAME", f"Column name '{one.name}' specified more than once")
        if one.constant_null or not _storable(one.kind):
            kind = "unknown" if one.constant_null else trino(one.kind)
            raise NotSupported(f"Unsupported Hive type: {kind}")
        columns.append(Column(one.name.lower(), hive(one.kind)))
    return tuple(columns)


def _storable(kind: DuckDBPyType) -> bool:
    if kind_of(kind) in {"list", "map", "struct"}:
        return all(_storable(part) for _, part in parts(kind))
    return kind_of(kind) not in UNSTORABLE


def _storage(name: str) -> Format:
    storage = STORED_AS.get(name.upper())
    if storage is None or storage.serde.lower() not in INSERTABLE:
        raise NotSupported(f"the sandbox does not write the format {name}")
    return storage


def _compression(properties: Mapping[str, str]) -> str:
    """Return the codec that a table's properties say.

    Source of the default: https://docs.aws.amazon.com/athena/latest/ug/compression-formats.html
    """
    found = next((properties[name].upper() for name in COMPRESSIONS if name in properties), "GZIP")
    if found not in {"SNAPPY", "GZIP", "ZSTD", *NAMES_OF_NONE}:
        raise NotSupported(f"the sandbox does not compress by {found}")
    return "UNCOMPRESSED" if found in NAMES_OF_NONE else found


def _write(prepared: Prepared, target: _Target, engine: Engine, context: Context, table: Table) -> Outcome:
    outcome = Outcome()
    _register(table, _files(prepared, target, engine, context, outcome), context)
    return outcome


def _register(table: Table, files: Sequence[Written], context: Context) -> None:
    if table.partition_keys:
        values = dict.fromkeys(one.values for one in files)
        context.catalogue.add_partitions(
            table,
            [
                Partition(one, f"{table.location}{partition_path(table.partition_keys, one)}")
                for one in values
            ],
        )


def _files(
    prepared: Prepared, target: _Target, engine: Engine, context: Context, outcome: Outcome
) -> list[Written]:
    """Write rows as objects, one after the other: what was written stays where a later one fails."""
    keys = [key.name for key in target.keys]
    outcome.rows, files = engine.to_files(prepared, context.scratch, target.options, keys)
    if len({one.values for one in files}) > MOST_PARTITIONS:
        limit = f"Exceeded limit of {MOST_PARTITIONS} open writers for partitions/buckets"
        raise SqlError("HIVE_TOO_MANY_OPEN_PARTITIONS", limit)
    bucket, prefix = split_location(target.location)
    stamp = f"{context.now:%Y%m%d_%H%M%S}"
    for number, one in enumerate(files):
        context.check()
        name = f"{stamp}_{number:05}_{secrets.token_hex(3)[:5]}_{uuid4()}{target.suffix}"
        key = f"{prefix}{partition_path(target.keys, one.values)}{name}"
        try:
            content = one.path.read_bytes()
            context.objects.write(bucket, key, content, sse=context.sse, kms_key=context.kms_key)
        except ObjectError as error:
            raise _unwritable(target.location, error) from error
        one.path.unlink()
        outcome.written.append(f"s3://{bucket}/{key}")
    context.check()
    return files


def _unwritable(location: str, error: ObjectError) -> SqlError:
    if isinstance(error, AccessDenied):
        status = f"(Service: Amazon S3; Status Code: 403; Error Code: AccessDenied): {error.message}"
        return SqlError("PERMISSION_DENIED", f"Access Denied {status}: {location}")
    return SqlError("HIVE_WRITER_CLOSE_ERROR", f"{error.code}: {error.message}")
