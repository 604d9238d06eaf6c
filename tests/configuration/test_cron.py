"""Cron expressions."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from croniter import croniter
from hypothesis import given, settings
from hypothesis import strategies as st

from switchyard.configuration.cron import check_cron, longest_gap


@pytest.mark.parametrize(
    ("expression", "gap"),
    [
        ("0 * * * *", timedelta(hours=1)),
        ("@daily", timedelta(days=1)),
        ("0 9-17 * * *", timedelta(hours=16)),
        ("30 2 * * 1-5", timedelta(days=3)),
        ("0 0 1 * *", timedelta(days=31)),
        ("*/7 * * * *", timedelta(minutes=7)),
        ("* * * * *", timedelta(minutes=1)),
        ("*/15 * * * 1-5", timedelta(days=2, minutes=15)),
        ("0,30 8-18/2 * * *", timedelta(hours=13, minutes=30)),
        ("15 3 L * *", timedelta(days=31)),
        ("0 12 * * 1#1", timedelta(days=35)),
    ],
)
def test_longest_gap(expression, gap):
    """It should find nights, weekends and long months."""
    assert check_cron(expression) == expression
    assert longest_gap(expression) == gap


def lists(limit):
    return st.lists(st.integers(0, limit), min_size=1, max_size=3).map(lambda it: ",".join(map(str, it)))


@settings(max_examples=60)
@given(
    minutes=lists(59), hours=st.one_of(st.just("*/6"), lists(23)), weekdays=st.one_of(st.just("*"), lists(6))
)
def test_longest_gap_is_what_a_calendar_shows(minutes, hours, weekdays):
    """It should find the same gap as counting through three weeks."""
    expression = f"{minutes} {hours} * * {weekdays}"
    start = datetime(2026, 3, 1, tzinfo=UTC)
    schedule, firings = croniter(expression, start), []
    while not firings or firings[-1] < start + timedelta(days=21):
        firings.append(schedule.get_next(datetime))
    assert longest_gap(expression) == max(later - earlier for earlier, later in pairwise(firings))
