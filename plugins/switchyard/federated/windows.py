"""Windows of time that a load reads: half-open, literal, the same for every try of a run.

A row is seen by every window in which its watermark lies, so that windows may be repeated in any order. What
commits late is seen because each window reads some time before its own beginning again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from switchyard.errors import BadInput

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Where a load begins that nobody gave a beginning."""


@dataclass(frozen=True)
class Window:
    """The moments `[lo, hi)` of watermarks, and how far before `lo` rows are read again."""

    lo: datetime
    hi: datetime
    lookback: timedelta

    @property
    def reads_from(self) -> datetime:
        """The first moment that is read."""
        return max(EPOCH, self.lo - self.lookback)

    def as_dict(self) -> dict[str, str | float]:
        """The window as tasks hand it on: moments in ISO 8601, seconds of lookback."""
        return {
            "lo": self.lo.isoformat(),
            "hi": self.hi.isoformat(),
            "lookback_seconds": self.lookback.total_seconds(),
        }

    @classmethod
    def of(cls, content: dict[str, str | float]) -> Window:
        """The window that `as_dict` wrote."""
        return cls(
            datetime.fromisoformat(str(content["lo"])),
            datetime.fromisoformat(str(content["hi"])),
            timedelta(seconds=float(content["lookback_seconds"])),
        )


def window(lo: datetime, hi: datetime, lookback: timedelta) -> Window:
    """Make the window between two aware moments.

    Raises:
        BadInput: a moment has no time zone, or the window is empty.
    """
    for field, moment in (("window_start", lo), ("window_end", hi)):
        if moment.tzinfo is None:
            raise BadInput(
                field, moment.isoformat(), "it has no time zone", "Write it with one, such as ...+00:00."
            )
    if lo >= hi:
        raise BadInput(
            "window_end",
            hi.isoformat(),
            f"it is not after the window's start, {lo.isoformat()}",
            "Give an end after the start; rows of earlier windows are read again by runs of their own.",
        )
    return Window(max(EPOCH, lo.astimezone(UTC)), hi.astimezone(UTC), lookback)


def covered_until(applied: Iterable[tuple[datetime, datetime]], before: datetime) -> datetime:
    """Where windows that follow each other without a gap end; `EPOCH` where there is none.

    Args:
        applied: `[lo, hi)` of windows that were applied, in any order.
        before: only windows that end before it count, so that a repeated run finds what it found at first.
    """
    held = united(one for one in applied if one[1] < before)
    return held[0][1] if held else EPOCH


def united(windows: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Make one window of those that overlap or follow each other without a gap; in their order."""
    made: list[tuple[datetime, datetime]] = []
    for lo, hi in sorted(windows):
        if made and lo <= made[-1][1]:
            made[-1] = made[-1][0], max(made[-1][1], hi)
        else:
            made.append((lo, hi))
    return made


def settled_at(hi: datetime, settle: timedelta) -> datetime:
    """The moment from which on rows with watermarks before `hi` may be read."""
    return hi + settle
