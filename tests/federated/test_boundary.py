"""The boundary of a view over three sources."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from switchyard.federated.boundary import boundary
from switchyard.federated.windows import EPOCH, Window

LOOKBACK = timedelta(minutes=5)


def at(hour):
    return datetime(2026, 2, 1, hour, tzinfo=UTC)


def window(lo, hi):
    return Window(at(lo), at(hi), LOOKBACK)


def test_boundary_follows_the_windows():
    """It should lie a lookback before the end of what was applied, for what commits late."""
    assert boundary([(at(1), at(2))], window(2, 3)) == at(3) - LOOKBACK


def test_boundary_stays_before_a_gap():
    """It should not pass a window that is still missing: its rows are not in the warehouse."""
    assert boundary([(at(1), at(2))], window(3, 4)) == at(2) - LOOKBACK
    assert boundary([(at(1), at(2)), (at(3), at(4))], window(2, 3)) == at(4) - LOOKBACK


def test_repeated_window_moves_nothing_back():
    """It should stay where it is when an old window is applied again."""
    assert boundary([(at(1), at(2)), (at(2), at(3))], window(1, 2)) == at(3) - LOOKBACK


def test_first_load_reads_no_further_back_than_time_begins():
    """It should never lie before the first moment."""
    assert boundary([], Window(EPOCH, EPOCH + timedelta(minutes=1), LOOKBACK)) == EPOCH
