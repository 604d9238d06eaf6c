"""Windows of time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from switchyard.errors import BadInput
from switchyard.federated.windows import EPOCH, Window, covered_until, window


def at(hour, day=1):
    return datetime(2026, 1, day, hour, tzinfo=UTC)


def test_a_window_reads_a_lookback_more():
    """It should begin to read before its beginning, in UTC, and never before time began."""
    berlin = timezone(timedelta(hours=1))
    one = window(at(3).astimezone(berlin), at(4), timedelta(minutes=5))
    assert one.reads_from == at(3) - timedelta(minutes=5)
    assert one.lo.tzinfo is UTC
    assert window(EPOCH, at(4), timedelta(minutes=5)).reads_from == EPOCH


def test_a_window_survives_its_way_between_tasks():
    """It should be the same window after a journey as text, to the microsecond."""
    one = window(at(3) + timedelta(microseconds=7), at(4), timedelta(seconds=90))
    assert Window.of(one.as_dict()) == one


@pytest.mark.parametrize(
    ("lo", "hi", "problem"),
    [
        (at(4), at(4), "not after the window's start"),
        (at(5), at(4), "not after the window's start"),
        (datetime(2026, 1, 1), at(4), "it has no time zone"),  # noqa: DTZ001 - what is refused
        (at(4), datetime(2026, 1, 2), "it has no time zone"),  # noqa: DTZ001 - what is refused
    ],
)
def test_no_window_of_nothing(lo, hi, problem):
    """It should refuse windows that are empty, or of which nobody knows when they are."""
    with pytest.raises(BadInput, match=problem):
        window(lo, hi, timedelta(0))


@pytest.mark.parametrize(
    ("applied", "before", "end"),
    [
        ([], at(9), EPOCH),
        ([(EPOCH, at(1)), (at(1), at(2))], at(9), at(2)),
        ([(at(1), at(2)), (EPOCH, at(1))], at(9), at(2)),
        ([(EPOCH, at(1)), (at(2), at(3))], at(9), at(1)),
        ([(EPOCH, at(3)), (at(1), at(2)), (at(2), at(4))], at(9), at(4)),
        ([(EPOCH, at(1)), (at(1), at(2))], at(2), at(1)),
    ],
    ids=["nothing", "one after the other", "in any order", "a gap", "overlapping", "its own does not count"],
)
def test_what_is_covered_has_no_gap(applied, before, end):
    """It should end where the first moment is that no window has, whatever came later."""
    assert covered_until(applied, before) == end
