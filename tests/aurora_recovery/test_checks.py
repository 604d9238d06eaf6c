"""What a candidate has to prove."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from switchyard.aurora_recovery import checks
from switchyard.aurora_recovery.parity import Difference

SNAPSHOT_TIME = datetime(2026, 1, 31, 9, 31, tzinfo=UTC)


def verdicts(results):
    return {it.name: it.passed for it in results}


def test_more_rows_than_counted_are_right(manifest):
    """It should accept rows that were written between the count and the snapshot."""
    results = checks.row_counts(manifest, {"rental": 16_044, "payment": 16_060})
    assert verdicts(results) == {"rows of payment": True, "rows of rental": True}
    assert checks.failures(results) == []


def test_lost_rows_fail(manifest):
    """It should fail a table with fewer rows, and one that is not there."""
    results = checks.row_counts(manifest, {"rental": 16_043})
    assert [(it.name, it.expected, it.found) for it in checks.failures(results)] == [
        ("rows of payment", "at least 16049", "no such table"),
        ("rows of rental", "at least 16044", "16043"),
    ]
    assert "sanity.deleted_rows_percent" in results[0].remedy


@pytest.mark.parametrize(("found", "passed"), [(15_242, True), (15_241, False)])
def test_deletes_are_tolerated_as_configured(manifest, found, passed):
    """It should accept as many rows fewer as configured, and not one more."""
    results = checks.row_counts(manifest, {"rental": found, "payment": 16_049}, deleted_rows_percent=5.0)
    assert verdicts(results)["rows of rental"] is passed


@pytest.mark.parametrize(
    ("number", "moment", "passed"),
    [
        (16_049, "2026-01-31T09:29:58", (True, True)),
        (16_050, "2026-01-31T09:30:59+00:00", (True, True)),
        (16_048, "2026-01-31T09:29:57", (False, False)),
        (None, None, (False, False)),
        ("16050", "2026-01-31T09:36:01", (False, False)),
        (10**9, "2026-01-31T10:36:00+01:00", (True, True)),
    ],
)
def test_watermarks_lie_between_capture_and_snapshot(manifest, number, moment, passed):
    """It should accept values from the capture on, and times until the snapshot."""
    found = {"rental.rental_id": number, "payment.payment_date": moment}
    results = checks.watermarks(manifest, found, snapshot_time=SNAPSHOT_TIME, tolerance=timedelta(minutes=5))
    assert tuple(verdicts(results)[f"watermark of {name}"] for name in found) == passed


def test_columns_with_future_dates_have_no_upper_limit(manifest):
    """It should not fail a column whose values were beyond the snapshot at the source already."""
    planned = replace(manifest, watermarks={"visit.day": "2027-01-01"})
    assert (
        checks.failures(checks.watermarks(planned, {"visit.day": "2027-06-01"}, snapshot_time=SNAPSHOT_TIME))
        == []
    )
    past = replace(manifest, watermarks={"visit.day": "2026-01-01"})
    result = checks.watermarks(past, {"visit.day": "2027-06-01"}, snapshot_time=SNAPSHOT_TIME)[0]
    assert not result.passed
    assert result.expected == "at least 2026-01-01, at most 2026-01-31T09:31:00+00:00"


def test_times_are_shown_with_their_zone(manifest):
    """It should say of a time without zone that it is of the database's UTC session."""
    timed = replace(manifest, watermarks={"payment.payment_date": "2026-01-31T09:00:00"})
    (result,) = checks.watermarks(timed, {"payment.payment_date": "2026-01-31T09:30:00"})
    assert result.expected == "at least 2026-01-31T09:00:00+00:00"
    assert result.found == "2026-01-31T09:30:00+00:00"


def test_text_watermarks_compare_as_text(manifest):
    """It should compare what is neither number nor time by its characters."""
    versions = replace(manifest, watermarks={"change.tag": "v2026a"})
    assert verdicts(checks.watermarks(versions, {"change.tag": "v2026b"})) == {
        "watermark of change.tag": True
    }
    assert verdicts(checks.watermarks(versions, {"change.tag": "v2025z"})) == {
        "watermark of change.tag": False
    }


def test_sql_checks_pass_without_rows():
    """It should fail a check that found something, and show the first of it."""
    results = checks.sql_checks({"a.sql": [], "b.sql": [{"payment_id": 7, "amount": -1}, {"payment_id": 8}]})
    assert verdicts(results) == {"sql a.sql": True, "sql b.sql": False}
    assert results[1].found == "2 rows, the first: payment_id=7, amount=-1"
    assert "Run b.sql on source and candidate" in results[1].remedy


def test_findings_hold_no_text_of_a_row():
    """It should show numbers and moments, which find the row again, and hide what may be somebody's name."""
    row = {
        "id": 7,
        "email": "mary@example.org",
        "born": date(1961, 5, 24),
        "at": datetime(2026, 1, 31, tzinfo=UTC),
    }
    (found,) = checks.sql_checks({"a.sql": [row]})
    assert found.found == "1 rows, the first: id=7, email=***, born=***, at=2026-01-31 00:00:00+00:00"


def test_long_findings_are_cut():
    """It should not carry a whole row of text into the evidence."""
    assert len(checks.sql_checks({"a.sql": [{f"column_{n}": n for n in range(100)}]})[0].found) == 500


def test_lists_of_settings_read_as_lists():
    """It should show what a list holds, and not how a program writes it."""
    (result,) = checks.parity([Difference("VpcSecurityGroupIds", ["sg-1", "sg-2"], [], None)])
    assert (result.expected, result.found) == ("sg-1, sg-2", "none")


def test_only_unexplained_differences_fail():
    """It should pass an explained difference and show its reason."""
    results = checks.parity(
        [Difference("Port", 3306, 3307, "moved"), Difference("StorageType", "aurora-iopt1", "aurora", None)]
    )
    assert verdicts(results) == {"setting Port": True, "setting StorageType": False}
    assert results[0].found == "3307 (moved)"
    assert "give the reason for StorageType in explained_differences" in results[1].remedy
