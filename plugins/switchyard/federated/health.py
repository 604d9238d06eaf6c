"""The nine looks at a warehouse's health: what each asks, what its rows mean, and what to do about them.

Source: practice 8 of "Top 8 Best Practices for High-Performance ETL Processing Using Amazon Redshift" (AWS blog).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """A look at the warehouse.

    Attributes:
        name: of the check, and of its file under include/sql/redshift/health.
        title: what it looks for.
        says: a row of its result in words.
        action: what to do about such rows.
        limits: limits of the configuration that it binds.
        binds_since: whether it looks back for the configured number of days.
    """

    name: str
    title: str
    says: str
    action: str
    limits: tuple[str, ...] = ()
    binds_since: bool = False


CHECKS = (
    Check(
        "commits",
        "Slow commits",
        "{commits} commits in the hour of {hour}, the longest took {longest_seconds} s",
        "Give loads a queue of their own with at most five slots, and make several steps one transaction",
        ("commit_seconds",),
        binds_since=True,
    ),
    Check(
        "copies",
        "Slow, failed or badly split COPY commands",
        "COPY {query_id} into {table_name}: {status}, {seconds} s, {loaded_rows} rows, {source_file_count} files",
        "Split files into a multiple of the slices, 1 MB to 1 GB each and compressed; look how the data grows",
        ("copy_seconds", "copy_file_mb"),
        binds_since=True,
    ),
    Check(
        "tables",
        "Old statistics, unsorted or uneven rows",
        "{schema_name}.{table_name}: {unsorted}% unsorted, statistics {stats_off}% off, skew {skew}",
        "ANALYZE where statistics are off and VACUUM where rows are unsorted; choose another distribution key for skew",
        ("least_rows", "unsorted_percent", "stats_off_percent", "skew"),
    ),
    Check(
        "locks",
        "Waits for locks, and locks that are held long",
        "process {pid} of {txn_owner} has {lock_mode} on {table_name} (granted: {granted}) for {seconds} s",
        "Let whatever writes one table follow each other; end a forgotten transaction with PG_TERMINATE_BACKEND",
        ("lock_seconds",),
    ),
    Check(
        "privileges",
        "Readers of half-made tables",
        "{identity_type} {identity_name} has {privilege_type} on {schema_name}",
        "REVOKE it; readers need the targets alone",
    ),
    Check(
        "definitions",
        "Definitions of the configured tables",
        "{table_name} has no definition",
        "Keep what this step hands on: with it an empty table is made for a backfill",
    ),
    Check(
        "space",
        "Tables that grow fast",
        "{schema_name}.{table_name} has grown from {before} to {megabytes} MB",
        "Look what fills it; publish old rows in the lake and delete them here",
    ),
    Check(
        "unscanned",
        "Large tables that nobody reads",
        "{schema_name}.{table_name} has {megabytes} MB and was not read",
        "Ask its owner; UNLOAD it to the lake and drop it",
        ("unscanned_mb",),
    ),
    Check(
        "queries",
        "Statements that take the most time",
        "{query_type} {query_id}, {times} times, {seconds} s together, {queued_seconds} s in queues: {query_text}",
        "Look at its plan with EXPLAIN: joins that redistribute, missing sort keys, nested loops",
        ("query_seconds",),
        binds_since=True,
    ),
)
"""In the article's order."""

BY_NAME: Mapping[str, Check] = {check.name: check for check in CHECKS}


@dataclass(frozen=True)
class Finding:
    """What a check found: about which table, where it is about one, and in words."""

    subject: str
    text: str


def findings(check: Check, rows: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """Say what the rows of a check mean."""
    return [Finding(_subject(row), check.says.format(**_readable(row))) for row in rows]


def not_allowed(rows: Iterable[Mapping[str, Any]], allowed: Iterable[str]) -> list[Mapping[str, Any]]:
    """Rows of grants to others than those who may have them."""
    known = set(allowed)
    return [row for row in rows if str(row["identity_name"]).strip() not in known]


def grown(
    rows: Iterable[Mapping[str, Any]], before: Mapping[str, int], *, percent: float, least_mb: int
) -> list[dict[str, Any]]:
    """Rows of tables that have grown by more than a part since they were measured last.

    Args:
        rows: schema_name, table_name and megabytes of each table.
        before: megabytes by schema.table, as measured last.
        percent: growth that is nothing unusual.
        least_mb: growth in megabytes that is nothing unusual, whatever part it is.
    """
    found = []
    for row in rows:
        was, size = before.get(_subject(row)), int(row["megabytes"])
        if was is not None and size - was >= least_mb and size > was * (1 + percent / 100):
            found.append({**row, "before": was})
    return found


def sizes(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Megabytes by schema.table."""
    return {_subject(row): int(row["megabytes"]) for row in rows}


def to_maintain(
    rows: Iterable[Mapping[str, Any]],
    tables: Iterable[str],
    *,
    unsorted_percent: float,
    stats_off_percent: float,
) -> dict[str, list[str]]:
    """Which of the configured tables want statistics, and which sorting.

    Args:
        rows: of the check "tables".
        tables: those that may be touched, as schema.table.
        unsorted_percent: unsorted rows above which a table is sorted.
        stats_off_percent: staleness above which statistics are taken anew.
    """
    own = set(tables)
    named = [(_subject(row), row) for row in rows if _subject(row) in own]
    return {
        "analyze": [name for name, row in named if float(row["stats_off"]) > stats_off_percent],
        "vacuum": [name for name, row in named if float(row["unsorted"]) > unsorted_percent],
    }


def _subject(row: Mapping[str, Any]) -> str:
    parts = (row.get("schema_name"), row.get("table_name"))
    return ".".join(str(part).strip() for part in parts if part)


def _readable(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: " ".join(str("" if value is None else value).split()) for name, value in row.items()}
