"""Which recovery points may go, and which never may."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.aurora_recovery.retention import ROLES, OwnedSnapshot, expired, judge

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
RULES = {
    "pipeline": "aurora_recovery/orders",
    "now": NOW,
    "keep_last": 2,
    "keep_days": 3,
    "acknowledged": {"s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9"},
    "proved": frozenset(),
}


def snapshot(number, **changes):
    """Make a snapshot that is as many days old as its number."""
    made = OwnedSnapshot(
        snapshot_id=f"orders-rp-{number}",
        pipeline="aurora_recovery/orders",
        role="recovery-point",
        stamp=f"s{number}",
        source_time=NOW - timedelta(days=number),
        status="available",
    )
    return replace(made, **changes)


DAILY = [snapshot(number) for number in range(10)]


def ids(snapshots):
    return [it.snapshot_id.removeprefix("orders-rp-") for it in snapshots]


def test_old_and_surplus_ones_expire_oldest_first():
    """It should delete what is neither young nor among the last."""
    assert ids(expired(DAILY, **RULES)) == ["9", "8", "7", "6", "5", "4"]


def test_number_keeps_old_ones():
    """It should keep the last ones whatever their age."""
    old = [snapshot(number) for number in (5, 6, 7)]
    assert ids(expired(old, **RULES)) == ["7"]


def test_days_keep_many():
    """It should keep the young ones whatever their number."""
    assert ids(expired(DAILY, **{**RULES, "keep_days": 8})) == ["9"]


def test_newest_is_kept_even_if_told_otherwise():
    """It should never delete the newest."""
    assert ids(expired([snapshot(8)], **{**RULES, "keep_last": 0, "keep_days": 0})) == []


def test_last_proved_one_is_kept():
    """It should keep the newest one that a recovery test proved, and no older proved one."""
    assert ids(expired(DAILY, **{**RULES, "proved": {"s6", "s8"}})) == ["9", "8", "7", "5", "4"]


def test_copies_in_flight_keep_their_source():
    """It should keep a snapshot while a copy of it is made: AWS may fail the copy otherwise."""
    assert ids(expired(DAILY, **{**RULES, "in_flight": {"s7"}})) == ["9", "8", "6", "5", "4"]


def test_nothing_goes_before_a_newer_one_is_acknowledged():
    """It should wait for the target to confirm a newer one."""
    assert ids(expired(DAILY, **{**RULES, "acknowledged": set()})) == []
    assert ids(expired(DAILY, **{**RULES, "acknowledged": {"s6"}})) == ["9", "8", "7"]
    assert ids(expired(DAILY, **{**RULES, "acknowledged": {"s9"}})) == []
    free = {**RULES, "acknowledged": set(), "require_acknowledgement": False}
    assert ids(expired(DAILY, **free)) == ["9", "8", "7", "6", "5", "4"]


@pytest.mark.parametrize(
    "changes",
    [
        {"pipeline": None},
        {"pipeline": "aurora_recovery/people"},
        {"role": None},
        {"role": "final"},
        {"stamp": None},
        {"status": "creating"},
        {"status": "copying"},
        {"status": "deleting"},
        {"status": "something-new"},
    ],
)
def test_others_and_unfinished_ones_are_not_touched(changes):
    """It should leave alone what the pipeline did not make or has not finished."""
    assert ids(expired([*DAILY[:3], snapshot(9, **changes)], **RULES)) == []


def test_failed_ones_go_but_count_for_nothing():
    """It should clear failed snapshots away, and not take one for a recovery point."""
    failed = snapshot(5, status="failed")
    assert ids(expired([snapshot(1), failed, snapshot(6), snapshot(7)], **RULES)) == ["7", "5"]
    assert ids(expired([snapshot(5, status="failed"), snapshot(6)], **RULES)) == []


def reasons(snapshots, **changes):
    """Why each is kept, by the end of its name."""
    verdicts = judge(snapshots, **RULES | changes)
    return {it.snapshot.snapshot_id.removeprefix("orders-rp-"): it.kept_because for it in verdicts}


def test_every_snapshot_has_its_reason():
    """It should say of each why it is kept."""
    given = [*DAILY, snapshot(11, role="x"), snapshot(12, status="copying")]
    assert reasons(given, proved={"s6"}, in_flight={"s7"}) == {
        "0": "it is among the newest",
        "1": "it is among the newest",
        "2": "it is young",
        "3": "it is young",
        "4": None,
        "5": None,
        "6": "it is the last one that a recovery test proved",
        "7": "it is being copied or restored from",
        "8": None,
        "9": None,
        "11": "it is not of this pipeline",
        "12": "it is copying",
    }
    assert reasons(DAILY, acknowledged={"s8"})["7"] == "nothing newer is acknowledged"
    broken = [snapshot(number, status="failed") for number in (5, 6)]
    assert reasons(broken, require_acknowledgement=False) == dict.fromkeys(
        ("5", "6"), "nothing newer is available"
    )


def test_what_is_as_new_as_the_newest_is_kept():
    """It should delete only what is older than an available one, also where two were made at the same time."""
    same = [
        snapshot(5),
        snapshot(5, snapshot_id="orders-rp-same", status="failed"),
        snapshot(6, status="failed"),
    ]
    kept = reasons(same, require_acknowledgement=False)
    assert (kept["same"], kept["6"]) == ("nothing newer is available", None)


def test_one_is_kept_where_one_is_asked_for():
    """It should keep no second one by number, and wait for an acknowledgement unless told otherwise."""
    old = [snapshot(number) for number in (5, 6)]
    assert reasons(old, keep_last=1)["6"] is None
    rules = {name: value for name, value in RULES.items() if name != "acknowledged"}
    assert [it.kept_because for it in judge(old, **rules | {"keep_last": 1}, acknowledged=set())] == [
        "it is among the newest",
        "nothing newer is acknowledged",
    ]


SNAPSHOTS = st.lists(
    st.builds(
        OwnedSnapshot,
        snapshot_id=st.uuids().map(str),
        pipeline=st.sampled_from(["aurora_recovery/orders"] * 4 + ["aurora_recovery/people", None]),
        role=st.sampled_from([*ROLES, *ROLES, "final", None]),
        stamp=st.sampled_from([f"s{number}" for number in range(8)] + [None]),
        source_time=st.integers(-2, 400).map(lambda hours: NOW - timedelta(hours=hours)),
        status=st.sampled_from(["available"] * 6 + ["creating", "copying", "failed", "deleting"]),
    ),
    max_size=14,
)
STAMPS = st.frozensets(st.sampled_from([f"s{number}" for number in range(8)]))


@given(
    snapshots=SNAPSHOTS,
    keep_last=st.integers(0, 5),
    keep_days=st.integers(0, 10),
    acknowledged=STAMPS,
    proved=STAMPS,
    in_flight=STAMPS,
    require=st.booleans(),
)
def test_no_schedule_breaks_the_promises(
    snapshots, keep_last, keep_days, acknowledged, proved, in_flight, require
):
    """It should keep every promise for any history, also when it runs again and again."""
    left = list(snapshots)
    for later in range(3):
        now = NOW + timedelta(days=30 * later)
        gone = expired(
            left,
            pipeline="aurora_recovery/orders",
            now=now,
            keep_last=keep_last,
            keep_days=keep_days,
            acknowledged=acknowledged,
            proved=proved,
            in_flight=in_flight,
            require_acknowledgement=require,
        )
        own = [it for it in left if it.pipeline == "aurora_recovery/orders" and it.role in ROLES and it.stamp]
        good = sorted((it for it in own if it.status == "available"), key=lambda it: it.source_time)
        assert all(it in own and it.status in ("available", "failed") for it in gone)
        assert all(now - it.source_time > timedelta(days=keep_days) for it in gone)
        assert not {it.stamp for it in gone} & in_flight
        assert all(any(other.source_time > it.source_time for other in good) for it in gone)
        kept = [it for it in good if it not in gone]
        assert len(kept) >= min(len(good), max(keep_last, 1))
        assert [it.source_time for it in kept[-1:]] == [it.source_time for it in good[-1:]]
        if any(it.stamp in proved for it in good):
            newest_proved = [it for it in good if it.stamp in proved][-1].source_time
            assert any(it.stamp in proved and it.source_time == newest_proved for it in kept)
        if require:
            confirmed = [it.source_time for it in good if it.stamp in acknowledged]
            assert all(confirmed and it.source_time < max(confirmed) for it in gone)
        left = [it for it in left if it not in gone]
