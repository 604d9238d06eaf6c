"""Source against target, bucket by bucket and row by row."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from switchyard.federated.reconciliation import Row, Settled, comparable, differing, judge

HI = datetime(2026, 2, 1, 12, tzinfo=UTC)
OLD, LATE, NEW = HI - timedelta(hours=1), HI - timedelta(seconds=30), HI
SETTLED = Settled(before=HI, late_from=HI - timedelta(minutes=5))
PASSED = Settled(before=HI, late_from=HI - timedelta(minutes=5), keys=frozenset({(1,), (2,)}))


def test_equal_figures_are_equal_whatever_read_them():
    """It should not tell a sum that a driver gives as a decimal from one that another gives as a whole number."""
    source = {"0": {"row_count": 2, "sum_1": Decimal("7.50")}, "1": {"row_count": 1, "sum_1": None}}
    target = {"1": {"row_count": Decimal(1), "sum_1": 0}, "0": {"row_count": 2, "sum_1": Decimal("7.5")}}
    assert differing(source, target) == []


@pytest.mark.parametrize(
    "target",
    [
        {"2": {"row_count": 3, "sum_1": 5}, "10": {"row_count": 1, "sum_1": 4}},
        {"2": {"row_count": 2, "sum_1": 6}},
        {"2": {"row_count": 2, "sum_1": 5}, "10": {"row_count": 1, "sum_1": 5}, "11": {"row_count": 1}},
    ],
)
def test_buckets_that_differ_are_named_in_order(target):
    """It should see another count, another sum, and a bucket that one side alone has."""
    source = {"2": {"row_count": 2, "sum_1": 5}, "10": {"row_count": 1, "sum_1": 5}}
    found = differing(source, target)
    assert found
    assert found == sorted(found, key=int)


def test_lost_rows_and_updates_are_faults():
    """It should find what is missing, what is older, and what differs though its moment is the same."""
    source = [Row((1,), OLD, (5,)), Row((2,), OLD, (5,)), Row((3,), OLD, (5,))]
    target = [Row((2,), OLD - timedelta(hours=1), (5,)), Row((3,), OLD, (6,))]
    found = judge(source, target, SETTLED)
    assert (found.missing, found.stale, found.is_fault) == ([(1,)], [(2,), (3,)], True)
    assert str(found) == "1 missing in the target: 1; 2 older or different in the target: 2, 3"


def test_what_the_next_window_brings_is_explained():
    """It should not blame the target for rows that changed since, or may have been committed late."""
    source = [Row((1,), NEW), Row((2,), LATE)]
    found = judge(source, [Row((1,), OLD)], SETTLED)
    assert (found.changed_since, found.late, found.is_fault) == (1, 1, False)


def test_what_no_window_has_loaded_is_explained():
    """It should wait for windows that are still to be loaded, and blame the target for what is in the others."""
    day = timedelta(days=1)
    source = [Row((1,), OLD), Row((2,), OLD - day), Row((3,), OLD - 2 * day)]
    settled = replace(SETTLED, windows=((OLD - day, OLD), (OLD, HI)))
    found = judge(source, [], settled)
    assert (found.missing, found.unloaded) == ([(1,), (2,)], 1)
    assert "1 of windows that are not loaded" in str(found)


def test_ghosts_are_faults_only_where_a_pass_could_have_seen_them():
    """It should blame the pass for a row that was gone when it looked, and nobody for one that went since."""
    target = [Row((1,), OLD), Row((9,), OLD)]
    assert not judge([], target, SETTLED).is_fault
    found = judge([], target, PASSED)
    assert (found.ghosts, found.deleted_since) == ([(9,)], 1)


def test_doubled_keys_are_faults():
    """It should find a key that the target has twice, even where both rows are right."""
    assert judge([Row((1,), OLD)], [Row((1,), OLD)] * 2, SETTLED).doubled == [(1,)]


def test_many_keys_are_counted():
    """It should name the first keys and count the others."""
    found = judge([Row((number, "a"), OLD) for number in range(8)], [], SETTLED)
    assert str(found) == "8 missing in the target: 0/a, 1/a, 2/a, 3/a, 4/a and 3 more"


def test_rows_without_a_moment_are_compared_as_they_are():
    """It should find differences in a table that has no watermark."""
    assert judge([Row((1,), None, (1,))], [Row((1,), None, (2,))], SETTLED).stale == [(1,)]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("AAAA  ", "AAAA"),
        (b"AAAA", "AAAA"),
        (True, 1),
        (Decimal("3.00"), 3),
        (datetime.fromisoformat("2026-02-01"), datetime(2026, 2, 1, tzinfo=UTC)),
        (date(2026, 2, 1), "2026-02-01"),
    ],
)
def test_values_compare_across_drivers(theirs, ours):
    """It should see through the ways in which drivers give the same value."""
    assert comparable(theirs) == comparable(ours)


def test_different_values_stay_different():
    """It should not round, and not take leading blanks for nothing."""
    assert comparable(Decimal("3.01")) != comparable(3)
    assert comparable(" a") != comparable("a")
