"""svv_external_tables, svv_external_columns and svv_external_partitions: what is in external schemas right now.

They ask the sources themselves, so that conditions on schemaname and tablename decide which of them are asked.
Source: https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_EXTERNAL_COLUMNS.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from sandbox.warehouse.external.comparisons import Comparison
from sandbox.warehouse.external.definitions import ExternalSchema
from sandbox.warehouse.external.relations import ExternalColumn, ExternalTable
from sandbox.warehouse.external.scans import Scan
from sandbox.warehouse.kinds import TEXT, Kind

if TYPE_CHECKING:
    from sandbox.warehouse.external.statement import Outside

CATALOGUE = "pg_catalog"
NUMBER = Kind("int4")
COLUMNS: Mapping[str, Mapping[str, Kind]] = {
    "svv_external_tables": {
        "redshift_database_name": TEXT, "schemaname": TEXT, "tablename": TEXT, "tabletype": TEXT, "location": TEXT,
        "input_format": TEXT, "output_format": TEXT, "serialization_lib": TEXT, "serde_parameters": TEXT,
        "compressed": NUMBER, "parameters": TEXT,
    },
    "svv_external_columns": {
        "redshift_database_name": TEXT, "schemaname": TEXT, "tablename": TEXT, "columnname": TEXT,
        "external_type": TEXT, "columnnum": NUMBER, "part_key": NUMBER, "is_nullable": TEXT,
    },
    "svv_external_partitions": {
        "schemaname": TEXT, "tablename": TEXT, "values": TEXT, "location": TEXT, "input_format": TEXT,
        "output_format": TEXT, "serialization_lib": TEXT, "serde_parameters": TEXT, "compressed": NUMBER,
        "parameters": TEXT,
    },
}  # fmt: skip
ASKED = {"schemaname", "tablename"}
"""Columns whose conditions say which sources are asked."""
ARROW = {"int4": pa.int32(), "varchar": pa.string()}
Found = Iterator[dict[str, Any]]


def listing(schema: str, name: str) -> ExternalTable | None:
    """Return the listing that a name means, as a table; None where it means none."""
    columns = COLUMNS.get(name) if schema in {"", CATALOGUE} else None
    if columns is None:
        return None
    made = (
        ExternalColumn(column, kind, kind.shown, comparable=column in ASKED)
        for column, kind in columns.items()
    )
    return ExternalTable(CATALOGUE, name, "S3", tuple(made))


def listed(outside: Outside, scan: Scan) -> pa.Table:
    """Return the rows of a listing that its conditions ask for."""
    name = scan.table.name
    rows: list[dict[str, Any]] = []
    for schema in outside.schemas.values():
        if _meets(scan.pushed, "schemaname", schema.name):
            rows += FINDERS[name](outside, schema, scan.pushed)
    kinds = COLUMNS[name]
    arrays = {
        column: pa.array([row.get(column) for row in rows], ARROW[kinds[column].name]) for column in kinds
    }
    return pa.table(arrays)


def _names(outside: Outside, schema: ExternalSchema, pushed: Sequence[Comparison]) -> list[str]:
    return [name for name in outside.names(schema) if _meets(pushed, "tablename", name)]


def _tables(outside: Outside, schema: ExternalSchema, pushed: Sequence[Comparison]) -> Found:
    for name in _names(outside, schema, pushed):
        stored = _stored(outside, schema, name) if schema.engine == "catalogue" else {}
        yield {
            "redshift_database_name": outside.database,
            "schemaname": schema.name,
            "tablename": name,
            "tabletype": "",
            "location": "",
            "compressed": 0,
            **stored,
        }


def _stored(outside: Outside, schema: ExternalSchema, name: str) -> dict[str, Any]:
    described = outside.lake(schema).described(name)
    return _descriptor(described["StorageDescriptor"]) | {
        "parameters": json.dumps(described.get("Parameters") or {}),
    }


def _descriptor(descriptor: Mapping[str, Any]) -> dict[str, Any]:
    serde = descriptor.get("SerdeInfo") or {}
    return {
        "location": descriptor.get("Location", ""),
        "input_format": descriptor.get("InputFormat", ""),
        "output_format": descriptor.get("OutputFormat", ""),
        "serialization_lib": serde.get("SerializationLibrary", ""),
        "serde_parameters": json.dumps(serde.get("Parameters") or {}),
    }


def _columns(outside: Outside, schema: ExternalSchema, pushed: Sequence[Comparison]) -> Found:
    for name in _names(outside, schema, pushed):
        table = outside.table(schema, name)
        for number, one in enumerate((one for one in table.columns if not one.hidden), 1):
            nullable = "" if one.nullable is None else str(one.nullable).lower()
            yield {
                "redshift_database_name": outside.database,
                "schemaname": schema.name,
                "tablename": name,
                "columnname": one.name,
                "external_type": one.external_type,
                "columnnum": number,
                "part_key": one.key,
                "is_nullable": nullable,
            }


def _partitions(outside: Outside, schema: ExternalSchema, pushed: Sequence[Comparison]) -> Found:
    if schema.engine != "catalogue":
        return
    for name in _names(outside, schema, pushed):
        described = _stored(outside, schema, name)
        for one in outside.lake(schema).partitions(name):
            yield described | {
                "schemaname": schema.name,
                "tablename": name,
                "values": json.dumps(list(one.values)),
                "location": one.location,
                "compressed": 0,
            }


def _meets(pushed: Sequence[Comparison], column: str, value: str) -> bool:
    """Tell whether a text meets the conditions on a column."""
    tests: Mapping[str, Callable[[str], bool]]
    for one in pushed:
        if one.column != column:
            continue
        texts = [given.text for given in one.values]
        tests = {
            "=": texts[0].__eq__,
            "IN": texts.__contains__,
            "<>": texts[0].__ne__,
            "<": texts[0].__gt__,
            "<=": texts[0].__ge__,
            ">": texts[0].__lt__,
            ">=": texts[0].__le__,
        }
        if not tests[one.operator](value):
            return False
    return True


FINDERS: Mapping[str, Callable[[Outside, ExternalSchema, Sequence[Comparison]], Found]] = {
    "svv_external_tables": _tables,
    "svv_external_columns": _columns,
    "svv_external_partitions": _partitions,
}
