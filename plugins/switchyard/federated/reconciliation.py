"""Source against target: first bucket by bucket, then row by row where a bucket differs.

The source moves on while it is compared, so that a difference is a fault only where nothing else explains it. Rows that
changed after the window's end are the next window's, and so are those that may have been committed late, which the next
window's lookback reads again. Rows of a window that is still to be loaded are that window's. What the source deleted is
the next pass's, unless this run's pass saw it gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

Figures = Mapping[str, Any]
"""What is compared of a bucket, by name: counts and sums."""

Key = tuple[Any, ...]

_SHOWN = 5
"""Keys of each kind that a sentence names."""


@dataclass(frozen=True)
class Row:
    """A row as far as it is compared: its key, the moment of its last change, and its summed columns."""

    key: Key
    watermark: datetime | None
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Settled:
    """What may be expected of the target.

    Attributes:
        before: end of the window; rows changed from then on are not compared.
        late_from: rows changed from then on may have been committed after the window was read.
        keys: keys that this run's pass for deletes read in the bucket; None where it made no pass.
        windows: `[lo, hi)` of the windows that the target holds, as days may be loaded in any order; None for all.
    """

    before: datetime
    late_from: datetime
    keys: frozenset[Key] | None = None
    windows: tuple[tuple[datetime, datetime], ...] | None = None

    def is_loaded(self, moment: datetime) -> bool:
        """Whether rows changed at that moment were read by some window."""
        return self.windows is None or any(lo <= moment < hi for lo, hi in self.windows)


@dataclass
class Judgement:
    """The rows of a bucket by what is wrong with them, and how many differ for a reason."""

    missing: list[Key] = field(default_factory=list)
    stale: list[Key] = field(default_factory=list)
    ghosts: list[Key] = field(default_factory=list)
    doubled: list[Key] = field(default_factory=list)
    changed_since: int = 0
    late: int = 0
    unloaded: int = 0
    deleted_since: int = 0

    @property
    def is_fault(self) -> bool:
        """Whether a difference is left that nothing explains."""
        return bool(self.missing or self.stale or self.ghosts or self.doubled)

    def __str__(self) -> str:
        """The faults with their first keys, then what is explained."""
        faults = {
            "missing in the target": self.missing,
            "older or different in the target": self.stale,
            "not at the source": self.ghosts,
            "more than once in the target": self.doubled,
        }
        explained = {
            "changed since the window": self.changed_since,
            "perhaps committed late": self.late,
            "of windows that are not loaded": self.unloaded,
            "deleted since the last pass": self.deleted_since,
        }
        parts = [f"{len(keys)} {what}: {_shown(keys)}" for what, keys in faults.items() if keys]
        parts += [f"{count} {what}" for what, count in explained.items() if count]
        return "; ".join(parts) or "equal, row by row"


def differing(source: Mapping[str, Figures], target: Mapping[str, Figures]) -> list[str]:
    """Name the buckets whose figures are not the same on both sides, in order; an absent bucket has none."""
    names = source.keys() | target.keys()
    return sorted(
        (name for name in names if _plain(source.get(name, {})) != _plain(target.get(name, {}))), key=_order
    )


def judge(source: Iterable[Row], target: Iterable[Row], settled: Settled) -> Judgement:
    """Compare all rows of one bucket, whenever they changed."""
    found = Judgement()
    theirs = {one.key: one for one in source}
    ours: dict[Key, Row] = {}
    for row in target:
        if row.key in ours:
            found.doubled.append(row.key)
        ours[row.key] = row
    for key, row in theirs.items():
        _judge_one(key, row, ours.get(key), settled, found)
    for key in ours.keys() - theirs.keys():
        _judge_gone(key, settled, found)
    for keys in (found.missing, found.stale, found.ghosts, found.doubled):
        keys.sort(key=repr)
    return found


def numbered(rows: Iterable[Row]) -> Iterator[Row]:
    """Rows that have no key, told apart by all that is compared of them; equal ones are counted."""
    seen: Counter[Key] = Counter()
    for row in rows:
        content = (row.watermark, *row.values)
        seen[content] += 1
        yield replace(row, key=(*content, seen[content]))


def comparable(value: Any) -> Any:
    """A value as both sides give it, whatever driver read it; texts without the blanks that CHAR adds."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", errors="surrogateescape")
    if isinstance(value, str):
        return value.rstrip(" ")
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    if isinstance(value, date):
        return value.isoformat()
    return value


def _judge_one(key: Key, theirs: Row, ours: Row | None, settled: Settled, found: Judgement) -> None:
    if ours == theirs:
        return
    if theirs.watermark is not None and theirs.watermark >= settled.before:
        found.changed_since += 1
    elif theirs.watermark is not None and theirs.watermark >= settled.late_from:
        found.late += 1
    elif theirs.watermark is not None and not settled.is_loaded(theirs.watermark):
        found.unloaded += 1
    elif ours is None:
        found.missing.append(key)
    else:
        found.stale.append(key)


def _judge_gone(key: Key, settled: Settled, found: Judgement) -> None:
    if settled.keys is None or key in settled.keys:
        found.deleted_since += 1
    else:
        found.ghosts.append(key)


def _plain(figures: Figures) -> dict[str, Any]:
    """Figures without those that are nothing: the sum of no rows is NULL, and a bucket of no rows is absent."""
    return {name: comparable(value) for name, value in figures.items() if value}


def _order(bucket: str) -> tuple[int, str]:
    return len(bucket), bucket


def _shown(keys: list[Key]) -> str:
    shown = ", ".join("/".join(map(str, key)) for key in keys[:_SHOWN])
    return shown if len(keys) <= _SHOWN else f"{shown} and {len(keys) - _SHOWN} more"
