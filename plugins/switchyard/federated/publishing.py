"""Statements that write a table to the lake, and let its readers see it there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from switchyard.federated.column_types import ColumnType
from switchyard.federated.partitions import Flip, Values
from switchyard.federated.tables import Column, LoadTable
from switchyard.redshift import literals
from switchyard.redshift.identifiers import Identifier
from switchyard.sql import RedshiftSql, render_redshift

_AT_ONCE = 100
"""Partitions in one statement (Redshift developer guide, "ALTER TABLE", ADD PARTITION)."""
_ZONELESS = ColumnType("timestamp")


def folder(lake: Mapping[str, Any], table: LoadTable, load_id: str, attempt: int) -> str:
    """The folder of an unload in S3, of its own for each attempt: what one that failed has left is of no other."""
    name = load_id if attempt == 1 else f"{load_id}_{attempt}"
    return f"s3://{lake['bucket']}/{lake['prefix']}{_publish(table)['table']}/load_id={name}/"


def external_table(lake: Mapping[str, Any], table: LoadTable) -> Identifier:
    """The table that readers of the lake know, as the warehouse names it."""
    return Identifier(lake["external_schema"], _publish(table)["table"])


def unload(table: LoadTable, location: str, role_arn: str) -> list[RedshiftSql]:
    """One transaction: write the table, and count what was to be written; the count is the last statement."""
    given = {
        "target": table.target_identifier,
        "flag": Identifier(table.flag) if table.flag else None,
    }
    columns = [
        {
            "name": column.identifier,
            "cast": literals.ColumnType(str(_ZONELESS)) if column.type.name == "timestamptz" else None,
        }
        for column in table.columns
    ]
    query = render_redshift("publish/select_rows.sql", columns=columns, **given)
    write = render_redshift(
        "publish/unload.sql",
        query=literals.EmbeddedQuery(_without_comments(query)),
        location=literals.S3Path(location),
        role=literals.RoleArn(role_arn),
        partitions=[Identifier(name) for name in partition_columns(table)],
    )
    return [write, render_redshift("publish/count_rows.sql", **given)]


def partition_columns(table: LoadTable) -> tuple[str, ...]:
    """The columns that name folders."""
    return tuple(_publish(table)["partition_by"])


def create_table(table: LoadTable, external: Identifier, location: str) -> RedshiftSql:
    """The statement that makes the table that readers know."""
    partitioned = partition_columns(table)
    return render_redshift(
        "publish/create_external_table.sql",
        table=external,
        columns=[_defined(one) for one in table.columns if one.name not in partitioned],
        partitions=[_defined(table.column(name)) for name in partitioned],
        location=literals.S3Path(location),
    )


def column_order(table: LoadTable) -> list[str]:
    """The names of the external table's columns, as the catalogue lists them: those that name folders are last."""
    partitioned = partition_columns(table)
    return [*(one.name for one in table.columns if one.name not in partitioned), *partitioned]


def flips(external: Identifier, columns: Sequence[str], change: Flip) -> Iterator[RedshiftSql]:
    """The statements that make partitions read other folders; each may be sent again."""
    added = [_partition(columns, values, location) for values, location in sorted(change.added.items())]
    for first in range(0, len(added), _AT_ONCE):
        some = added[first : first + _AT_ONCE]
        yield render_redshift("publish/add_partitions.sql", table=external, partitions=some)
    for values, location in sorted(change.moved.items()):
        yield render_redshift(
            "publish/move_partition.sql", table=external, partition=_partition(columns, values, location)
        )
    for values in change.dropped:
        yield render_redshift(
            "publish/drop_partition.sql", table=external, partition={"pairs": _pairs(columns, values)}
        )


def _without_comments(statement: str) -> str:
    """A statement as UNLOAD takes it: beginning with SELECT."""
    return "\n".join(line for line in statement.splitlines() if not line.startswith("--"))


def _publish(table: LoadTable) -> Mapping[str, Any]:
    section: Mapping[str, Any] = table.content["publish"]
    return section


def _defined(column: Column) -> dict[str, Any]:
    """A column of an external table: those have no moments with zones."""
    kind = _ZONELESS if column.type.name == "timestamptz" else column.type
    return {"name": column.identifier, "type": literals.ColumnType(str(kind))}


def _partition(columns: Sequence[str], values: Values, location: str) -> dict[str, Any]:
    return {"pairs": _pairs(columns, values), "location": literals.S3Path(location)}


def _pairs(columns: Sequence[str], values: Iterable[str]) -> list[dict[str, Any]]:
    return [
        {"column": Identifier(name), "value": literals.Text(value)}
        for name, value in zip(columns, values, strict=True)
    ]
