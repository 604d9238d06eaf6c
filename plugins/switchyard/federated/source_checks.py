"""Checks of a source's table before a run reads it: what would load wrong rows, or none, in silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from switchyard.federated.source_columns import SourceColumn, federated_type, holds
from switchyard.federated.tables import Column, LoadTable
from switchyard.sql import Engine

FUTURE = timedelta(minutes=5)
"""How far a watermark may lie ahead of the source's clock; rows further ahead would wait for that moment unseen."""


@dataclass(frozen=True)
class SourceTable:
    """What the source's catalogue says of a table; None for kind where it has none that the login may see."""

    kind: str | None
    columns: tuple[SourceColumn, ...]
    indexes: Mapping[str, tuple[str, ...]]
    unique: frozenset[str]
    updated_by_trigger: bool = False

    @classmethod
    def of(
        cls,
        kind: str | None,
        columns: Iterable[Mapping[str, Any]],
        indexed: Iterable[Mapping[str, Any]],
        *,
        updated_by_trigger: bool,
    ) -> SourceTable:
        """The table of rows that select_columns.sql and select_indexes.sql gave, the latter in the index's order."""
        indexes: dict[str, tuple[str, ...]] = {}
        unique = set()
        for row in indexed:
            indexes[row["name"]] = (*indexes.get(row["name"], ()), row["column_name"])
            if row["is_unique"]:
                unique.add(row["name"])
        found = tuple(SourceColumn.of(row) for row in columns)
        return cls(kind, found, indexes, frozenset(unique), updated_by_trigger)

    def column(self, name: str) -> SourceColumn | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)


@dataclass(frozen=True)
class Problem:
    """Something wrong with a field of a table: what was found and what to do."""

    field: str
    found: str
    remedy: str


def problems(table: LoadTable, source: SourceTable, engine: Engine) -> Iterator[Problem]:
    """Find what keeps a table from being loaded; nothing else is looked at where the table itself is missing."""
    if source.kind is None:
        yield Problem(
            "name", f"the source has no table {table.name}, or the login may not read it", "Correct the name"
        )
        return
    if source.kind != "table":
        yield Problem(
            "name",
            f"{table.name} is a {source.kind}, of which nobody can say whether keys are unique",
            "Load the tables behind it",
        )
        return
    for column in table.columns:
        yield from _column(column, source, engine)
    yield from _new_columns(table, source)
    yield from _key(table, source)
    if table.reads_window and table.watermark is not None:
        yield from _watermark(table, table.watermark, source)


def _column(column: Column, source: SourceTable, engine: Engine) -> Iterator[Problem]:
    field = f"columns.{column.name}"
    found = source.column(column.source)
    if found is None:
        yield Problem(
            field,
            f"the source has no column {column.source}: it was dropped or renamed there",
            "Take it out of the configuration and the target, or give its new name under renamed",
        )
        return
    given = federated_type(engine, found)
    if given is None or not holds(column.type, given):
        shown = "no type of Redshift" if given is None else str(given)
        yield Problem(
            field,
            f"the source has {column.source} as {found.declared}, which Redshift shows as {shown}, and "
            f"{column.type} does not hold each of its values",
            "Declare a type that does, and alter the target to it",
        )


def _new_columns(table: LoadTable, source: SourceTable) -> Iterator[Problem]:
    if table.content["new_columns"] == "fail" and (lost := undeclared(table, source)):
        yield Problem(
            "columns",
            f"the source has columns that are neither loaded nor excluded: {', '.join(lost)}",
            "Add them to columns or to excluded",
        )


def undeclared(table: LoadTable, source: SourceTable) -> list[str]:
    """Columns of the source that are neither loaded nor excluded."""
    known = {column.source for column in table.columns} | set(table.content["excluded"])
    return [column.name for column in source.columns if column.name not in known]


def doubts(table: LoadTable, source: SourceTable) -> Iterator[str]:
    """What a person should know of a table that may be loaded."""
    if lost := undeclared(table, source):
        yield f"{table.name}: columns that are neither loaded nor excluded: {', '.join(lost)}"
    names = {table.column(name).source for name in table.key}
    if names and not any(set(source.indexes[one]) <= names for one in source.unique):
        yield f"{table.name}: no unique index covers the key; each stage is checked for keys that occur twice"
    watermark = source.column(table.watermark.source) if table.watermark else None
    if watermark is not None and watermark.kind == "timestamp without time zone":
        yield f"{table.name}: {watermark.name} has no time zone, and is right only if each writer's session is in UTC"


def _key(table: LoadTable, source: SourceTable) -> Iterator[Problem]:
    """NULL equals nothing: a row with one would be added again by each run."""
    names = [table.column(name).source for name in table.key]
    for name in names:
        found = source.column(name)
        if found is not None and found.nullable:
            yield Problem(
                "key", f"column {name} may be NULL at the source", "Make it NOT NULL, or name another key"
            )


def _watermark(table: LoadTable, watermark: Column, source: SourceTable) -> Iterator[Problem]:
    found = source.column(watermark.source)
    if found is None:
        return  # said already
    name = watermark.source
    if found.nullable:
        yield Problem(
            "watermark",
            f"column {name} may be NULL at the source, and no window would see such a row",
            "Make it NOT NULL",
        )
    if not any(columns[:1] == (name,) for columns in source.indexes.values()):
        yield Problem(
            "watermark",
            f"no index of the source begins with {name}, so that each run would read the whole table there",
            f"Create an index on {name}",
        )
    by_database = found.set_on_update or source.updated_by_trigger
    if table.mode == "merge" and table.content["watermark_set_by"] == "database" and not by_database:
        yield Problem(
            "watermark",
            f"the source does not set {name} when a row changes",
            "Add ON UPDATE CURRENT_TIMESTAMP or a trigger; or say watermark_set_by: application",
        )


def clock_problem(offset: timedelta) -> Problem | None:
    """Refuse a source whose clock shows another time than UTC: its watermarks would lie in other windows.

    Args:
        offset: the present moment there, less the same moment in UTC.
    """
    if abs(offset) < timedelta(seconds=1):
        return None
    return Problem(
        "watermark",
        f"the source's sessions show local time, {offset.total_seconds() / 3600:+.2f} hours from UTC",
        "Set the time zone of the source's parameter group to UTC, or keep watermarks of type TIMESTAMP WITH TIME ZONE",
    )


def future_problem(watermark: str, newest: datetime | None, now: datetime) -> Problem | None:
    """Refuse watermarks that lie ahead of the source's own clock.

    Args:
        watermark: the column.
        newest: its greatest value; None where the table is empty.
        now: the source's clock, in the same zone.
    """
    if newest is None or newest <= now + FUTURE:
        return None
    return Problem(
        "watermark",
        f"the newest {watermark} is {newest.isoformat(sep=' ')}, and the source's clock shows "
        f"{now.isoformat(sep=' ', timespec='seconds')}",
        "Correct these rows, and what wrote them",
    )


def said(place: str, found: Sequence[tuple[str, Problem]]) -> tuple[str, str, str]:
    """What an error says of problems: what, found, remedy.

    Args:
        place: the source.
        found: tables with their problems, at least one.
    """
    texts = [f"tables.{table}.{one.field}: {one.found}" for table, one in found]
    if len({one.remedy for _, one in found}) == 1:
        return f"source {place}", "; ".join(texts), found[0][1].remedy
    each = [f"{text}. {one.remedy}" for text, (_, one) in zip(texts, found, strict=True)]
    return f"source {place}", "; ".join(each), "Then clear this task"
