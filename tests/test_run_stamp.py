"""The stamp that names all a run makes."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from switchyard.errors import BadInput
from switchyard.run_stamp import STAMP_LENGTH, is_stamp, run_stamp


def test_stamp_is_the_minute_in_utc_and_the_run():
    """It should be the same for a run in every time zone, and differ between runs of one minute."""
    local = datetime(2026, 1, 31, 1, 30, tzinfo=timezone(timedelta(hours=-8)))
    first = run_stamp("recovery_point__orders", "manual__1", local)
    assert first.startswith("2601310930-")
    assert first == run_stamp("recovery_point__orders", "manual__1", local.astimezone(UTC))
    assert first != run_stamp("recovery_point__orders", "manual__2", local)
    assert first != run_stamp("recovery_point__people", "manual__1", local)


def test_stamp_needs_a_time_zone():
    """It should refuse a time that could mean any hour."""
    with pytest.raises(BadInput, match="run_after is '2026-01-31T01:30:00': it has no time zone"):
        run_stamp("dag", "run", datetime.fromisoformat("2026-01-31T01:30:00"))


def test_stamp_has_its_form():
    """It should have the form by which strangers' stamps are told from ours."""
    stamp = run_stamp("dag", "run", datetime(2026, 1, 31, tzinfo=UTC))
    assert is_stamp(stamp)
    assert len(stamp) == STAMP_LENGTH
    assert not is_stamp(stamp + "0")
