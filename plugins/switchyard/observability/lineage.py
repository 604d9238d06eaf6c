"""What a step has read and written, as lineage: data sets by OpenLineage's names, columns, counts and checks.

Names, types and numbers alone: no value of a row and no text of a statement is part of it.

Source: https://openlineage.io/docs/spec/naming
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

REDSHIFT_PORT = 5439


@dataclass(frozen=True)
class Field:
    """A column of a data set, its type, and the column of the step's first input that it is a copy of."""

    name: str
    type: str
    copied_from: str | None = None


@dataclass(frozen=True)
class Check:
    """One assertion about a data set and whether it held; `column` where it is about one."""

    name: str
    passed: bool
    column: str | None = None


@dataclass(frozen=True)
class DataSet:
    """A table or a folder.

    Attributes:
        namespace: where it is, by OpenLineage's naming.
        name: what it is called there.
        fields: its columns, where they are known.
        rows: rows that were written.
        size: bytes that were written.
        files: files that were written.
        checks: what was asserted about it.
    """

    namespace: str
    name: str
    fields: tuple[Field, ...] = ()
    rows: int | None = None
    size: int | None = None
    files: int | None = None
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True)
class Lineage:
    """What a step has read, and what it has written."""

    inputs: tuple[DataSet, ...] = ()
    outputs: tuple[DataSet, ...] = ()


def source_table(
    engine: str, address: str, *, database: str, schema: str | None, table: str, **told: Any
) -> DataSet:
    """A table of a source.

    Args:
        engine: mysql or postgres.
        address: host and port, ``host:port``.
        database: its database; of MySQL, where a schema is one, that of the login.
        schema: its schema; of MySQL, None where it is the database.
        table: its name.
        told: further attributes of the data set.
    """
    if engine == "mysql":
        return DataSet(f"mysql://{address}", f"{schema or database}.{table}", **told)
    return DataSet(f"postgres://{address}", f"{database}.{schema or 'public'}.{table}", **told)


def warehouse_table(
    warehouse: Mapping[str, Any], region: str, table: tuple[str, str], **told: Any
) -> DataSet:
    """A table of a Redshift warehouse, told by schema and name; `told` are further attributes of the data set."""
    where = f"redshift://{warehouse.get('cluster_id') or warehouse['workgroup']}.{region}:{REDSHIFT_PORT}"
    return DataSet(where, ".".join((warehouse["database"], *table)), **told)


def folder(bucket: str, prefix: str, **told: Any) -> DataSet:
    """A folder of a bucket; `told` are further attributes of the data set."""
    return DataSet(f"s3://{bucket}", prefix.strip("/") or "/", **told)


def athena_table(region: str, database: str, table: str, **told: Any) -> DataSet:
    """A table of Athena in Glue's own catalogue; `told` are further attributes of the data set."""
    where = f"awsathena://athena.{region}.amazonaws.com"
    return DataSet(where, f"AwsDataCatalog.{database}.{table}", **told)
