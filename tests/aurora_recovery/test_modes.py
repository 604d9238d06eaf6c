"""What a run is for, how it ended, what people are asked, and what a dated run stands for: pure decisions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from switchyard.aurora_recovery.adoption import past
from switchyard.aurora_recovery.modes import interval_of, purpose, why_not
from switchyard.aurora_recovery.outcomes import ending
from switchyard.aurora_recovery.questions import swap_question
from switchyard.aurora_recovery.retention import OwnedSnapshot
from switchyard.errors import BadInput

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PROOF = {"checked_at": "2026-02-01T12:00:00+00:00"}


def aim(asked=None, configured="swap", run_type="manual", ago=None):
    end = None if ago is None else NOON - ago
    return purpose(asked=asked, configured=configured, run_type=run_type, run_after=NOON, interval_end=end)


@pytest.mark.parametrize(
    ("given", "mode", "dated"),
    [
        ({}, "swap", False),
        ({"configured": "keep"}, "keep", False),
        ({"asked": "test"}, "test", False),
        ({"run_type": "scheduled", "ago": timedelta(0)}, "swap", False),
        ({"ago": timedelta(minutes=1)}, "swap", False),
        ({"ago": DAY}, "test", True),
        ({"asked": "usual"}, "swap", False),
        ({"ago": DAY, "asked": "swap"}, "swap", True),
        ({"ago": DAY, "asked": "usual"}, "test", True),
        ({"ago": DAY, "run_type": "backfill", "asked": "usual"}, "test", True),
        ({"ago": DAY, "run_type": "backfill"}, "test", True),
        ({"ago": DAY, "run_type": "backfill", "asked": "keep"}, "keep", True),
    ],
)
def test_a_run_has_one_purpose(given, mode, dated):
    """It should take what was asked, then what is dated for a test, then the configuration; the form's date is now."""
    found = aim(**given)
    assert (found.mode, found.as_of is not None) == (mode, dated)


@pytest.mark.parametrize("ends", [NOON, NOON - DAY], ids=["command line", "REST"])
def test_a_date_by_hand_is_known_however_it_was_given(ends):
    """It should take the date of a run for its interval where Airflow's command line has put the present there."""
    given = {"run_type": "manual", "run_after": NOON, "logical_date": NOON - DAY, "interval": (ends, ends)}
    assert interval_of(**given) == (NOON - DAY, NOON - DAY)
    assert interval_of(**given | {"run_type": "backfill"}) == (ends, ends)
    assert interval_of(**given | {"logical_date": NOON}) == (ends, ends)
    assert interval_of(**given | {"logical_date": None, "interval": None}) is None
    two_days = (NOON - 3 * DAY, NOON - DAY)
    assert interval_of(**given | {"interval": two_days}) == two_days


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"asked": "restore"}, r"there is no such mode"),
        ({"asked": "swap", "run_type": "backfill"}, r"a backfill"),
    ],
)
def test_a_purpose_that_cannot_be(given, problem):
    """It should refuse a mode that there is not, and a backfill that would take the live name again and again."""
    with pytest.raises(BadInput, match=problem):
        aim(**given)


def test_only_a_swap_asks_for_newer_data():
    """It should let a drill restore what is live already, as often as it runs, and a dated run what is old."""
    times = {"now": NOON, "max_age": DAY, "live_time": NOON}
    assert aim().window(**times).newer_than == NOON
    drill = aim(asked="test").window(**times)
    assert (drill.newer_than, drill.max_age) == (None, DAY)
    dated = aim(ago=DAY).window(**times)
    assert (dated.newer_than, dated.max_age, dated.not_after) == (None, None, NOON - DAY)


def test_what_is_too_young_is_looked_at_last():
    """It should tell by its name that a recovery point was made after the date of a run."""
    dated = aim(ago=DAY)
    assert dated.near("orders-rp-2601311200-0a1b2c")
    assert not dated.near("orders-rp-2601311201-0a1b2c")
    assert aim().near("orders-rp-2702010000-0a1b2c")


@pytest.mark.parametrize(
    ("mode", "asked", "chosen"),
    [
        ("test", None, "db.t4g.medium"),
        ("test", "db.r6g.large", "db.t4g.medium"),
        ("test", "db.x2g.large", "db.x2g.large"),
        ("swap", None, "db.r6g.large"),
    ],
)
def test_tests_may_be_smaller(mode, asked, chosen):
    """It should take the class for tests in a test alone, and not where a person chose another than the usual one."""
    usual = {"usual": "db.r6g.large", "for_tests": "db.t4g.medium"}
    assert aim(asked=mode).instance_class(asked=asked, **usual) == chosen


def test_a_step_of_another_mode_says_why():
    """It should say which mode the run is in and what that one does."""
    assert why_not("swap", "swap", "Nothing") is None
    assert why_not("test", "swap", "Nothing is done") == (
        "Nothing is done: the run is in mode test, and tears the candidate down again and touches nothing that is live"
    )


def end(mode="swap", candidate=None, live=None, failed=(), rejections=(), rolled_back=False):
    return ending(
        mode=mode,
        candidate=candidate,
        live=live,
        failed=failed,
        reasons={name: f"{name} says why" for name in failed},
        rejections=dict(rejections),
        rolled_back=rolled_back,
    )


@pytest.mark.parametrize(
    ("given", "outcome", "proved"),
    [
        ({"candidate": PROOF, "live": PROOF}, "swapped", True),
        ({"candidate": PROOF, "live": PROOF, "failed": ["retire_old"]}, "swapped", True),
        ({"mode": "test", "candidate": PROOF}, "proved", True),
        ({"mode": "keep", "candidate": PROOF}, "kept", True),
        ({"mode": "test", "failed": ["check_candidate"]}, "failed", False),
        ({"failed": ["accept_recovery_point"]}, "refused", False),
        (
            {"candidate": PROOF, "failed": ["swap_names"], "rejections": {"swap": "rejected"}},
            "rejected",
            True,
        ),
        ({"candidate": PROOF, "failed": ["swap_names"]}, "failed", False),
        ({"candidate": PROOF, "failed": ["check_live"], "rolled_back": True}, "rolled back", False),
    ],
)
def test_an_ending_has_one_word(given, outcome, proved):
    """It should say in one word how a recovery ended, whether its data was proved, and what failed first."""
    found = end(**given)
    assert (found.outcome, found.proved_at is not None) == (outcome, proved)
    assert found.failed_step == next(iter(given.get("failed", ())), None)
    assert (found.reason is None) == (not given.get("failed"))


def test_evidence_forms_no_markdown():
    """It should show what others have written as it is: no cell, link, image or HTML of theirs."""
    hostile = "a | b\n# `x` [y](https://evil) <img src=x> www.evil.example me@evil"
    check = {"name": hostile, "expected": "1", "found": "2" * 500, "passed": False}
    question = swap_question(
        live="orders", facts={"Data as of": hostile}, renames=[("orders", "orders-old")], checks=[check],
        deadline=NOON, default="reject",
    )  # fmt: skip
    row = next(line for line in question.body.splitlines() if "FAILED" in line)
    assert row.replace(r"\|", "").count("|") == 5
    assert r"https\://evil" in row
    assert r"\<img" in row
    assert r"www\.evil.example me\@evil" in row
    assert "2" * 200 not in row
    assert "0 of 1 checks passed" in question.subject
    assert "No answer until 2026-02-01 12:00:00 UTC" in question.body


def test_the_question_dates_its_evidence_for_people():
    """It should show instants as people read them, with their zone, whatever zone the evidence has."""
    check = {
        "name": "watermark of payment.payment_date",
        "expected": "at least 2026-11-22T20:48:47+00:00, at most 2026-11-22T22:06:56.473443+01:00",
        "found": "2026-11-22T20:48:47+00:00",
        "passed": True,
    }
    body = swap_question(
        live="orders", facts={}, renames=[], checks=[check], deadline=NOON, default="reject"
    ).body
    expected = "at least 2026-11-22 20:48:47 UTC, at most 2026-11-22 21:06:56 UTC"
    assert f"| {expected} | 2026-11-22 20:48:47 UTC | passed |" in body


def snapshot(moment, **changed):
    given = {
        "snapshot_id": f"orders-rp-{moment:%y%m%d%H%M}-0a1b2c", "pipeline": "aurora_recovery/orders",
        "role": "recovery-point", "stamp": "s", "source_time": moment, "status": "available",
    }  # fmt: skip
    return OwnedSnapshot(**given | changed)


def test_a_dated_run_stands_for_the_time_after_its_tick():
    """It should pick the newest recovery point of its own pipeline that was made then, and none of the present."""
    hour = timedelta(hours=1)
    time = past(run_type="backfill", run_after=NOON, interval=(NOON, NOON), period=hour)
    wanted = snapshot(NOON + timedelta(minutes=50))
    others = [
        snapshot(NOON), snapshot(NOON + hour), snapshot(NOON - timedelta(seconds=1)),
        snapshot(NOON + timedelta(minutes=55), pipeline="aurora_recovery/stock"),
        snapshot(NOON + timedelta(minutes=56), role="recovery-copy"),
        snapshot(NOON + timedelta(minutes=57), status="creating"),
    ]  # fmt: skip
    assert time.pick([*others, wanted], pipeline="aurora_recovery/orders") == wanted
    assert time.pick(others[1:], pipeline="aurora_recovery/orders") is None
    whole_day = past(run_type="manual", run_after=NOON, interval=(NOON - DAY, NOON - hour), period=hour)
    assert (whole_day.start, whole_day.end) == (NOON - DAY, NOON - hour)
    for present in ({"run_type": "scheduled"}, {"run_type": "manual", "interval": None}):
        assert past(**{"run_after": NOON, "interval": (NOON, NOON), "period": hour} | present) is None
