"""Where the view over three sources changes from the warehouse to the live database.

Rows with watermarks from the boundary on are read live, all others from the warehouse. Every moment up to the end of
the windows that follow each other without a gap is right; one that is too early only costs time. What is older than
the first window is history, which the lake has. What is committed late is not in the warehouse yet, so that the
boundary lies a lookback before that end.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from switchyard.federated.windows import EPOCH, Window, covered_until


def boundary(applied: Iterable[tuple[datetime, datetime]], window: Window) -> datetime:
    """Find the boundary that holds once a window is applied.

    Args:
        applied: `[lo, hi)` of the windows that the target holds.
        window: the one that is being applied.
    """
    held = [*applied, (window.lo, window.hi)]
    latest = max(hi for _, hi in held) + timedelta(microseconds=1)
    return max(EPOCH, covered_until(held, latest) - window.lookback)
