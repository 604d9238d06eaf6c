"""Statements about databases, tables and partitions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sandbox.athena import statements as said
from sandbox.athena.context import Context
from sandbox.athena.failures import HiveError, semantic, task_failed
from sandbox.glue.catalogue import input_of, table_input
from sandbox.objects import ObjectError
from sandbox.sql.catalogue import DEFAULT_PARTITION, Column, Partition, Table
from sandbox.sql.scans import partition_path, split_location
from sandbox.sql.types import parse_hive


def run(statement: said.Statement, context: Context) -> list[str]:
    """Do what a statement asks for, and return the lines that it prints."""
    return RUNNERS[type(statement)](statement, context) or []


def _create_database(statement: said.CreateDatabase, context: Context) -> None:
    if context.catalogue.has_database(statement.name):
        if statement.if_not_exists:
            return
        raise task_failed(f"AlreadyExistsException(message:Database {statement.name} already exists)")
    described = {"Description": statement.comment, "LocationUri": statement.location}
    parameters = {"Parameters": dict(statement.properties)} if statement.properties else {}
    context.catalogue.create_database(
        statement.name, {name: value for name, value in described.items() if value} | parameters
    )


def _drop_database(statement: said.DropDatabase, context: Context) -> None:
    if not context.catalogue.has_database(statement.name):
        if statement.if_exists:
            return
        raise semantic(10072, f"Database does not exist: {statement.name}")
    if context.catalogue.tables(statement.name) and not statement.cascade:
        message = f"Database {statement.name} is not empty. One or more tables exist."
        raise task_failed(f"InvalidOperationException(message:{message})")
    context.catalogue.drop_database(statement.name)


def _create_table(statement: said.CreateTable, context: Context) -> None:
    database, name = context.place(statement.table)
    if statement.properties.get("table_type", "").upper() == "ICEBERG":
        raise HiveError("FAILED: NOT_SUPPORTED: the sandbox has no Iceberg tables")
    if not statement.external:
        raise HiveError("FAILED: SemanticException Only external table creation is supported.")
    if not statement.location.startswith("s3://"):
        message = "No location was specified for table. An S3 location must be specified"
        raise task_failed(f"MetaException(message:{message})")
    if not context.catalogue.has_database(database):
        raise semantic(10072, f"Database does not exist: {database}")
    if context.catalogue.described(database, name) is not None:
        if statement.if_not_exists:
            return
        raise task_failed(f"AlreadyExistsException(message:Table {name} already exists)")
    _check_columns(statement.columns, statement.keys)
    described = table_input(
        name,
        statement.columns,
        statement.keys,
        statement.location,
        statement.storage,
        serde=statement.serde,
        parameters=statement.properties,
        comment=statement.comment,
    )
    context.catalogue.create_table(database, described)


def _check_columns(columns: Sequence[Column], keys: Sequence[Column]) -> None:
    seen: set[str] = set()
    for one in (*columns, *keys):
        if one.name in seen:
            if one in keys:
                raise semantic(10035, "Column repeated in partitioning columns")
            raise semantic(10036, f"Duplicate column name: {one.name}")
        seen.add(one.name)
        parse_hive(one.type)


def _drop_table(statement: said.DropTable, context: Context) -> None:
    database, name = context.place(statement.table)
    found = context.catalogue.table(database, name)
    if found is None:
        if statement.if_exists:
            return
        raise semantic(10001, f"Table not found {database}.{name}")
    if (found.view is not None) != statement.view:
        raise HiveError(
            f"FAILED: SemanticException {database}.{name} is {'a view' if found.view else 'no view'}"
        )
    context.catalogue.drop_table(database, name)


def _add_partitions(statement: said.AddPartitions, context: Context) -> None:
    table = context.table(statement.table)
    wanted = [_partition(table, spec, location) for spec, location in statement.partitions]
    registered = {one.values for one in context.catalogue.partitions(table)}
    if not statement.if_not_exists and any(one.values in registered for one in wanted):
        raise task_failed("AlreadyExistsException(message:Partition already exists.)")
    context.catalogue.add_partitions(table, wanted)


def _partition(table: Table, spec: Mapping[str, str], location: str | None) -> Partition:
    values = _values(table, spec)
    folder = f"{table.location}{partition_path(table.partition_keys, values)}"
    return Partition(values, (location or folder).rstrip("/") + "/")


def _values(table: Table, spec: Mapping[str, str]) -> tuple[str, ...]:
    keys = [key.name for key in table.partition_keys]
    if set(spec) != set(keys):
        listed = ", ".join(f"{name}={value}" for name, value in spec.items())
        raise semantic(
            10006, f"Partition not found {{{listed}}}: table {table.name} has keys {', '.join(keys)}"
        )
    return tuple(spec[key] for key in keys)


def _drop_partitions(statement: said.DropPartitions, context: Context) -> None:
    table = context.table(statement.table)
    for spec in statement.partitions:
        if not context.catalogue.drop_partition(table, _values(table, spec)) and not statement.if_exists:
            listed = ", ".join(f"{name}={value}" for name, value in spec.items())
            raise semantic(10006, f"Partition not found ({listed})")


def _change_columns(statement: said.ChangeColumns, context: Context) -> None:
    database, name = context.place(statement.table)
    table = context.table(statement.table)
    columns = [*(() if statement.replace else table.columns), *statement.columns]
    _check_columns(columns, table.partition_keys)
    described = dict(context.catalogue.described(database, name) or {})
    descriptor = dict(described["StorageDescriptor"])
    descriptor["Columns"] = [{"Name": one.name, "Type": one.type} for one in columns]
    context.catalogue.update_table(database, input_of(described) | {"StorageDescriptor": descriptor})


def _set_properties(statement: said.SetProperties, context: Context) -> None:
    database, name = context.place(statement.table)
    context.table(statement.table)
    described = context.catalogue.described(database, name) or {}
    parameters = {**described.get("Parameters", {}), **statement.properties}
    context.catalogue.update_table(database, input_of(described) | {"Parameters": parameters})


def _set_location(statement: said.SetLocation, context: Context) -> None:
    database, name = context.place(statement.table)
    table = context.table(statement.table)
    if statement.partition is not None:
        context.catalogue.move_partition(table, _values(table, statement.partition), statement.location)
        return
    described = context.catalogue.described(database, name) or {}
    descriptor = described["StorageDescriptor"] | {"Location": statement.location}
    context.catalogue.update_table(database, input_of(described) | {"StorageDescriptor": descriptor})


def _repair(statement: said.Repair, context: Context) -> list[str]:
    """Register the partitions whose folders are there; folders that are gone stay registered.

    Source: https://docs.aws.amazon.com/athena/latest/ug/msck-repair-table.html
    """
    table = context.table(statement.table)
    bucket, prefix = split_location(table.location)
    try:
        stored = context.objects.list(bucket, prefix)
    except ObjectError as error:
        raise task_failed(f"{error.code}: {error.message}") from error
    found = {}
    for one in stored:
        values = _values_of(table.partition_keys, one.key.removeprefix(prefix))
        if values is not None:
            found[values] = Partition(
                values, f"{table.location}{partition_path(table.partition_keys, values)}"
            )
    known = {one.values for one in context.catalogue.partitions(table)}
    missing = [one for values, one in found.items() if values not in known]
    names = [partition_path(table.partition_keys, one.values).rstrip("/") for one in missing]
    if not missing:
        return []
    context.catalogue.add_partitions(table, missing)
    listed = "\t".join(f"{table.name}:{name}" for name in names)
    return [
        f"Partitions not in metastore:\t{listed}",
        *(f"Repair: Added partition to metastore {table.database}.{table.name}:{name}" for name in names),
    ]


def _values_of(keys: Sequence[Column], path: str) -> tuple[str, ...] | None:
    """Return the values that the folders of a path say, e.g. of "day=2026-01-01/part"; None where none."""
    from urllib.parse import unquote

    folders = path.split("/")[: len(keys)]
    if len(folders) < len(keys) or path.count("/") < len(keys):
        return None
    pairs = [folder.partition("=") for folder in folders]
    if [name.lower() for name, _, _ in pairs] != [key.name for key in keys]:
        return None
    return tuple(value if value == DEFAULT_PARTITION else unquote(value) for _, _, value in pairs)


RUNNERS: Mapping[type[said.Statement], Callable[[Any, Context], list[str] | None]] = {
    said.CreateDatabase: _create_database,
    said.DropDatabase: _drop_database,
    said.CreateTable: _create_table,
    said.DropTable: _drop_table,
    said.AddPartitions: _add_partitions,
    said.DropPartitions: _drop_partitions,
    said.ChangeColumns: _change_columns,
    said.SetProperties: _set_properties,
    said.SetLocation: _set_location,
    said.Repair: _repair,
}
