"""Statements that print what the catalogue holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sandbox.athena.context import Context, Outcome, ResultColumn
from sandbox.athena.failures import semantic
from sandbox.athena.statements import Describe, Show
from sandbox.sql.catalogue import Column, Table
from sandbox.sql.scans import partition_path

HEADINGS: Mapping[str, tuple[str, ...]] = {
    "DATABASES": ("database_name",),
    "TABLES": ("tab_name",),
    "VIEWS": ("views",),
    "PARTITIONS": ("partition",),
    "COLUMNS": ("field",),
    "TBLPROPERTIES": ("prpt_name", "prpt_value"),
    "CREATE TABLE": ("createtab_stmt",),
    "CREATE VIEW": ("create view",),
    "DESCRIBE": ("col_name", "data_type", "comment"),
}
WIDTH = 20


def run(statement: Show | Describe, context: Context) -> tuple[list[str], Outcome]:
    """Return the lines that a statement prints, and what the result's metadata say."""
    what = "DESCRIBE" if isinstance(statement, Describe) else statement.what
    lines = SHOWING[what](statement, context)
    return lines, Outcome(columns=tuple(ResultColumn(name, "string") for name in HEADINGS[what]))


def _databases(statement: Show, context: Context) -> list[str]:
    return [one["Name"] for one in context.catalogue.databases() if _matches(one["Name"], statement.pattern)]


def _matches(name: str, pattern: str | None) -> bool:
    """Tell whether a name is like a pattern, in which a star stands for anything and a bar for "or"."""
    if pattern is None:
        return True
    choices = (re.escape(part).replace(r"\*", ".*").replace(r"\.\.*", ".*") for part in pattern.split("|"))
    return any(re.fullmatch(choice, name, re.IGNORECASE) for choice in choices)


def _tables(statement: Show, context: Context) -> list[str]:
    database = statement.database or context.database
    if not context.catalogue.has_database(database):
        raise semantic(10072, f"Database does not exist: {database}")
    views_only = statement.what == "VIEWS"
    return [
        one.name
        for one in context.catalogue.tables(database)
        if (one.view is not None or not views_only) and _matches(one.name, statement.pattern)
    ]


def _partitions(statement: Show, context: Context) -> list[str]:
    table = _table(statement, context)
    if not table.partition_keys:
        raise semantic(10241, f"Table {table.name} is not a partitioned table")
    registered = context.catalogue.partitions(table)
    return sorted(partition_path(table.partition_keys, one.values).rstrip("/") for one in registered)


def _table(statement: Show | Describe, context: Context) -> Table:
    return context.table(statement.table or (None, ""))


def _columns(statement: Show, context: Context) -> list[str]:
    return [one.name.ljust(WIDTH) for one in _table(statement, context).all_columns]


def _properties(statement: Show, context: Context) -> list[str]:
    return [f"{name}\t{value}" for name, value in sorted(_table(statement, context).parameters.items())]


def _describe(statement: Describe, context: Context) -> list[str]:
    table = _table(statement, context)
    lines = [_described(one) for one in table.all_columns]
    if table.partition_keys:
        heading = "\t".join(name.ljust(WIDTH) for name in ("# col_name", "data_type", "comment"))
        lines += ["\t \t ", "# Partition Information\t \t ", heading, "\t \t "]
        lines += [_described(one) for one in table.partition_keys]
    return lines


def _described(column: Column) -> str:
    return "\t".join(part.ljust(WIDTH) for part in (column.name, column.type, column.comment))


def _create_table(statement: Show, context: Context) -> list[str]:
    table = _table(statement, context)
    described = context.catalogue.described(table.database, table.name) or {}
    descriptor = described["StorageDescriptor"]
    lines = [f"CREATE EXTERNAL TABLE `{table.database}.{table.name}`(", *_definitions(table.columns)]
    if table.partition_keys:
        lines += ["PARTITIONED BY ( ", *_definitions(table.partition_keys)]
    lines += ["ROW FORMAT SERDE ", f"  '{descriptor['SerdeInfo'].get('SerializationLibrary', '')}' "]
    own = {
        name: value for name, value in table.serde.items() if (name, value) != ("serialization.format", "1")
    }
    if own:
        lines += ["WITH SERDEPROPERTIES ( ", *_listed(own)]
    lines += ["STORED AS INPUTFORMAT ", f"  '{descriptor.get('InputFormat', '')}' "]
    lines += ["OUTPUTFORMAT ", f"  '{descriptor.get('OutputFormat', '')}'"]
    lines += ["LOCATION", f"  '{table.location.rstrip('/')}'"]
    parameters = {name: value for name, value in table.parameters.items() if name != "EXTERNAL"}
    return lines + (["TBLPROPERTIES (", *_listed(parameters)] if parameters else [])


def _definitions(columns: tuple[Column, ...]) -> list[str]:
    texts = [
        f"  `{one.name}` {one.type}" + (f" COMMENT '{one.comment}'" if one.comment else "") for one in columns
    ]
    return [*(f"{text}, " for text in texts[:-1]), f"{texts[-1]})"]


def _listed(pairs: Mapping[str, str]) -> list[str]:
    texts = [f"  '{name}'='{value}'" for name, value in sorted(pairs.items())]
    return [*(f"{text}, " for text in texts[:-1]), f"{texts[-1]})"]


def _create_view(statement: Show, context: Context) -> list[str]:
    table = _table(statement, context)
    if table.view is None:
        raise semantic(10001, f"{table.database}.{table.name} is no view")
    return [f"CREATE VIEW {table.database}.{table.name} AS", *table.view.splitlines()]


SHOWING: Mapping[str, Callable[..., list[str]]] = {
    "DATABASES": _databases,
    "TABLES": _tables,
    "VIEWS": _tables,
    "PARTITIONS": _partitions,
    "COLUMNS": _columns,
    "TBLPROPERTIES": _properties,
    "CREATE TABLE": _create_table,
    "CREATE VIEW": _create_view,
    "DESCRIBE": _describe,
}
