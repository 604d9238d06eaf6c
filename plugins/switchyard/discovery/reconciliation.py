"""Whether a load took all of it: every expected table, with as many rows as the source has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

COMPLETED = "Table completed"

Name = tuple[str, str]
"""Schema and table."""


@dataclass(frozen=True)
class TableCount:
    """Rows of a table at the source that a load should take; ``after`` is None until it is counted again."""

    schema: str
    table: str
    before: int
    after: int | None = None

    @property
    def name(self) -> Name:
        """Schema and table."""
        return self.schema, self.table


@dataclass(frozen=True)
class Outcome:
    """What became of one table.

    Attributes:
        loaded: rows that DMS says it has written; None where DMS knows no such table.
        proof: equal: as many as before the load; drift: between the counts before and after it; "" where it failed.
        problem: why it failed.
    """

    schema: str
    table: str
    before: int
    after: int | None
    loaded: int | None
    proof: str
    problem: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The outcome as JSON holds it."""
        return asdict(self)


def to_count_again(counts: Sequence[TableCount], statistics: Iterable[Mapping[str, Any]]) -> list[Name]:
    """Tables whose loaded rows are not those counted before the load, so that the source may have changed."""
    loaded = _by_name(statistics)
    return [
        one.name
        for one in counts
        if one.name in loaded and int(loaded[one.name]["FullLoadRows"]) != one.before
    ]


def reconcile(
    counts: Sequence[TableCount], statistics: Iterable[Mapping[str, Any]], *, drift_percent: float = 0.0
) -> list[Outcome]:
    """Hold DMS's table statistics against the source, table by table, and refuse tables nobody asked for.

    Args:
        counts: what the source had.
        statistics: as DescribeTableStatistics gives them, all pages.
        drift_percent: how far outside its counts before and after a table in use may lie.
    """
    loaded = _by_name(statistics)
    outcomes = [_outcome(one, loaded.get(one.name), drift_percent) for one in counts]
    expected = {one.name for one in counts}
    for schema, table in sorted(loaded.keys() - expected):
        rows = int(loaded[schema, table]["FullLoadRows"])
        outcomes.append(
            Outcome(schema, table, 0, None, rows, "", "it was loaded, and the source did not list it")
        )
    return outcomes


def _outcome(count: TableCount, found: Mapping[str, Any] | None, drift_percent: float) -> Outcome:
    if found is None:
        return _failed(count, None, "DMS knows no such table: the mappings do not match it")
    rows, state = int(found["FullLoadRows"]), str(found["TableState"])
    if state != COMPLETED:
        return _failed(count, rows, f"its state is {state!r}")
    if rows == count.before:
        return Outcome(count.schema, count.table, count.before, count.after, rows, "equal")
    after = count.before if count.after is None else count.after
    slack = max(count.before, after) * drift_percent / 100
    if min(count.before, after) - slack <= rows <= max(count.before, after) + slack:
        return Outcome(count.schema, count.table, count.before, count.after, rows, "drift")
    return _failed(
        count, rows, f"{rows} rows were loaded, the source had {count.before} before and {after} after"
    )


def _failed(count: TableCount, rows: int | None, problem: str) -> Outcome:
    return Outcome(count.schema, count.table, count.before, count.after, rows, "", problem)


def _by_name(statistics: Iterable[Mapping[str, Any]]) -> dict[Name, Mapping[str, Any]]:
    return {(one["SchemaName"], one["TableName"]): one for one in statistics}
