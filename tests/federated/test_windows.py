"""Windows of time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from switchyard.errors import BadInput
from switchyard.federated.windows import EPOCH, Window, covered_until, settled_at, united, window


def at(hour, day=1):
    return datetime(2026, 1, day, hour, tzinfo=UTC)


def test_a_window_reads_a_lookback_more():
    """It should begin to read before its beginning, in UTC, and never before time began."""
    berlin = timezone(timedelta(hours=1))
    one = window(at(3).astimezone(berlin), at(4), timedelta(minutes=5))
    assert one.reads_from == at(3) - timedelta(minutes=5)
    assert one.lo.tzinfo is UTC
    assert one.hi.tzinfo is UTC
    assert window(EPOCH, at(4), timedelta(minutes=5)).reads_from == EPOCH


def test_a_window_survives_its_way_between_tasks():
    """It should be the same window after a journey as text, to the microsecond."""
    one = window(at(3) + timedelta(microseconds=7), at(4), timedelta(seconds=90))
    assert Window.of(one.as_dict()) == one


UNZONED = datetime(2026, 1, 2)  # noqa: DTZ001 - what is refused


@pytest.mark.parametrize(
    ("lo", "hi", "field"),
    [(UNZONED, at(4), "window_start"), (at(4), UNZONED, "window_end")],
)
def test_no_window_without_a_time_zone(lo, hi, field):
    """It should refuse a moment of which nobody knows when it is."""
    with pytest.raises(BadInput) as refused:
        window(lo, hi, timedelta(0))
    assert (
        refused.value.args
        == BadInput(
            field, "2026-01-02T00:00:00", "it has no time zone", "Write it with one, such as ...+00:00."
        ).args
    )


@pytest.mark.parametrize("lo", [at(4), at(5)])
def test_no_window_of_nothing(lo):
    """It should refuse windows that are empty."""
    with pytest.raises(BadInput) as refused:
        window(lo, at(4), timedelta(0))
    assert (
        refused.value.args
        == BadInput(
            "window_end",
            "2026-01-01T04:00:00+00:00",
            f"it is not after the window's start, {lo.isoformat()}",
            "Give an end after the start; rows of earlier windows are read again by runs of their own.",
        ).args
    )


def test_rows_settle_after_the_end_of_their_window():
    """It should let them be read as long after the window's end as they need to appear."""
    assert settled_at(at(4), timedelta(minutes=2)) == at(4) + timedelta(minutes=2)


@pytest.mark.parametrize(
    ("applied", "before", "end"),
    [
        ([], at(9), EPOCH),
        ([(EPOCH, at(1)), (at(1), at(2))], at(9), at(2)),
        ([(at(1), at(2)), (EPOCH, at(1))], at(9), at(2)),
        ([(EPOCH, at(1)), (at(2), at(3))], at(9), at(1)),
        ([(EPOCH, at(3)), (at(1), at(2)), (at(2), at(4))], at(9), at(4)),
        ([(EPOCH, at(4)), (at(1), at(2))], at(9), at(4)),
        ([(EPOCH, at(1)), (at(1), at(2))], at(2), at(1)),
    ],
    ids=[
        "nothing",
        "one after the other",
        "in any order",
        "a gap",
        "overlapping",
        "one in another",
        "its own does not count",
    ],
)
def test_what_is_covered_has_no_gap(applied, before, end):
    """It should end where the first moment is that no window has, whatever came later."""
    assert covered_until(applied, before) == end


@pytest.mark.parametrize(
    ("windows", "made"),
    [
        ([], []),
        ([(1, 2), (2, 3)], [(1, 3)]),
        ([(3, 4), (1, 2)], [(1, 2), (3, 4)]),
        ([(1, 5), (2, 3), (4, 6), (7, 8)], [(1, 6), (7, 8)]),
    ],
)
def test_windows_without_a_gap_are_one(windows, made):
    """It should unite windows that touch, overlap or lie in each other, and none across a gap."""
    assert united([(at(lo), at(hi)) for lo, hi in windows]) == [(at(lo), at(hi)) for lo, hi in made]
