"""Cron expressions."""

from datetime import timedelta

import pytest

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
    ],
)
def test_longest_gap(expression, gap):
    """It should find nights, weekends and long months."""
    assert check_cron(expression) == expression
    assert longest_gap(expression) == gap
