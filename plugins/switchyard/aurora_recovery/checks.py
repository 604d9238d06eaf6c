"""What a candidate has to prove: its rows and watermarks against the manifest, and the results of SQL checks.

Counts were taken shortly before the snapshot while others wrote, so that a faithful candidate has at least
what the manifest says and nothing from after the snapshot.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from switchyard.aurora_recovery.manifest import Manifest, Watermark
from switchyard.aurora_recovery.parity import Difference
from switchyard.discretion import shown

_RESTORE_ELSE = (
    "The candidate is not the recovery point it claims to be; keep it for study and restore another one."
)


@dataclass(frozen=True)
class CheckResult:
    """One check: what was expected, what was found, and what to do where they differ."""

    name: str
    expected: str
    found: str
    passed: bool
    remedy: str = ""


def row_counts(
    manifest: Manifest, found: Mapping[str, int], *, deleted_rows_percent: float = 0.0
) -> list[CheckResult]:
    """Compare rows by table.

    Args:
        manifest: Rows at capture time.
        found: Rows of the candidate; a table that is missing in it fails.
        deleted_rows_percent: How many rows fewer are accepted, for tables people delete from.
    """
    return [
        _row_count(table, expected, found.get(table), deleted_rows_percent)
        for table, expected in sorted(manifest.row_counts.items())
    ]


def _row_count(table: str, expected: int, found: int | None, deleted_rows_percent: float) -> CheckResult:
    least = math.ceil(expected * (100 - deleted_rows_percent) / 100)
    passed = found is not None and found >= least
    remedy = (
        ""
        if passed
        else f"{_RESTORE_ELSE} If rows of {table} are deleted in daily work, set sanity.deleted_rows_percent."
    )
    shown = "no such table" if found is None else str(found)
    return CheckResult(f"rows of {table}", f"at least {least}", shown, passed, remedy)


def watermarks(
    manifest: Manifest,
    found: Mapping[str, Watermark | None],
    *,
    snapshot_time: datetime | None = None,
    tolerance: timedelta = timedelta(0),
) -> list[CheckResult]:
    """Compare greatest values by `table.column`.

    Args:
        manifest: Values at capture time.
        found: Values of the candidate; None where it has none.
        snapshot_time: When AWS made the source snapshot; times beyond it fail, unless the source had such.
        tolerance: How far beyond it a time may lie, for the clocks of database and AWS.
    """
    latest = snapshot_time + tolerance if snapshot_time is not None else None
    return [
        _watermark(column, expected, found.get(column), latest)
        for column, expected in sorted(manifest.watermarks.items())
    ]


def _watermark(
    column: str, expected: Watermark, found: Watermark | None, latest: datetime | None
) -> CheckResult:
    least, value = _comparable(expected), _comparable(found)
    limit = latest if isinstance(least, datetime) and latest is not None and least <= latest else None
    wanted = f"at least {_zoned(expected)}" + (f", at most {limit.isoformat()}" if limit else "")
    passed = type(value) is type(least) and value >= least and (limit is None or value <= limit)
    return CheckResult(
        f"watermark of {column}",
        wanted,
        "nothing" if found is None else _zoned(found),
        passed,
        "" if passed else _RESTORE_ELSE,
    )


def _zoned(value: Watermark) -> str:
    """A watermark as it is shown: of a time, which is one of the database's UTC session, also the zone."""
    moment = _comparable(value)
    return moment.isoformat() if isinstance(moment, datetime) and "T" in str(value) else str(value)


def _comparable(value: Watermark | None) -> Any:
    """Read a watermark as a number or an instant; a time without zone is of the database's UTC session."""
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def sql_checks(results: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[CheckResult]:
    """Judge SQL checks: each passes when its statement returned no row.

    Args:
        results: Rows by file of the check.
    """
    return [_sql_check(file, rows) for file, rows in sorted(results.items())]


def _sql_check(file: str, rows: Sequence[Mapping[str, Any]]) -> CheckResult:
    if not rows:
        return CheckResult(f"sql {file}", "no row", "no row", passed=True)
    first = ", ".join(f"{name}={shown(value)}" for name, value in rows[0].items())
    found = f"{len(rows)} rows, the first: {first}"[:500]
    remedy = f"Run {file} on source and candidate; if the source breaks it too, mend the data or the check."
    return CheckResult(f"sql {file}", "no row", found, passed=False, remedy=remedy)


def parity(differences: Iterable[Difference]) -> list[CheckResult]:
    """Turn differences of configuration into checks; an explained one passes and names its reason."""
    return [
        CheckResult(
            f"setting {difference.setting}",
            _listed(difference.expected),
            _listed(difference.found) + (f" ({difference.explained_by})" if difference.explained_by else ""),
            difference.explained_by is not None,
            difference.remedy,
        )
        for difference in differences
    ]


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) or "none" if isinstance(value, (list, tuple)) else str(value)


def failures(results: Iterable[CheckResult]) -> list[CheckResult]:
    """Keep the checks that did not pass."""
    return [result for result in results if not result.passed]
