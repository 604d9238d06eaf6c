"""Checks of the warehouse before a run: schemas, targets that are there already, other ways in which rows come."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from switchyard.errors import BadInput
from switchyard.federated.column_types import ColumnType, parse
from switchyard.federated.tables import LoadTable

_MODEL = re.compile(r"concurrency_model\W+(\d)")
_ISOLATION = {"1": "SNAPSHOT", "2": "SERIALIZABLE"}
_FLAG = ColumnType("boolean")


def isolation(rows: Iterable[Mapping[str, Any]]) -> str:
    """The isolation level of the database, or ``unknown``."""
    for row in rows:
        if found := _MODEL.search(str(row["settings"])):
            return _ISOLATION.get(found[1], "unknown")
    return "unknown"


def sees_integrations(rows: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the user is shown zero-ETL integrations: all but superusers see none, whether there are some or not."""
    return any(bool(row["is_superuser"]) for row in rows)


def require_schemas(wanted: Mapping[str, str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Refuse schemas that are not there: who owns them is no question that a load should answer.

    Args:
        wanted: schemas by the fields that name them.
        rows: those that are there.
    """
    there = {str(row["schema_name"]) for row in rows}
    for field, schema in wanted.items():
        if schema not in there:
            raise BadInput(
                field,
                schema,
                "the warehouse has no such schema, or its user may not use it",
                f"Create it: CREATE SCHEMA {schema} AUTHORIZATION the pipeline's user",
            )


def require_targets(tables: Iterable[LoadTable], rows: Iterable[Mapping[str, Any]]) -> None:
    """Refuse targets whose columns are others than configured; a target that is missing is made later."""
    listed: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows:
        place = (str(row["schema_name"]), str(row["table_name"]))
        listed.setdefault(place, {})[str(row["column_name"])] = str(row["data_type"])
    for table in tables:
        if found := listed.get(table.target):
            for problem in _differences(table, found):
                raise problem


def _differences(table: LoadTable, found: Mapping[str, str]) -> Iterator[BadInput]:
    wanted = {column.name: column.type for column in table.columns}
    if table.flag:
        wanted[table.flag] = _FLAG
    target = ".".join(table.target)
    for name, declared in wanted.items():
        if name not in found:
            yield BadInput(
                f"tables.{table.name}.columns",
                name,
                f"target {target} has no such column",
                f"Add it: ALTER TABLE {target} ADD COLUMN {name} {declared}; then load all rows once",
            )
        elif not _is(declared, found[name]):
            yield BadInput(
                f"tables.{table.name}.columns.{name}",
                str(declared),
                f"target {target} has it as {found[name]}",
                "Alter the target, or declare what it has",
            )


def _is(declared: ColumnType, listed: str) -> bool:
    try:
        return parse(listed) == declared
    except BadInput:
        return False


def require_no_integration(tables: Iterable[LoadTable], rows: Iterable[Mapping[str, Any]]) -> None:
    """Refuse tables that a zero-ETL integration keeps in this warehouse already: two copies would disagree."""
    by_name = {str(row["table_name"]).strip(): row for row in rows}
    for table in tables:
        if row := by_name.get(table.name):
            raise BadInput(
                f"tables.{table.name}.name",
                table.name,
                f"zero-ETL integration {str(row['integration_id']).strip()} keeps it in database "
                f"{str(row['target_database']).strip()} already ({str(row['table_state']).strip()})",
                "Read it there, or take it out of the integration",
            )
