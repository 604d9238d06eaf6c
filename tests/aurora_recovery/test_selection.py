"""The choice of a recovery point among what anybody shared."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from switchyard.aurora_recovery.selection import AllowList, SeenSnapshot, Window, select

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
KEY = "arn:aws:kms:us-west-1:111111111111:key/recovery"
OWN_KEY = "arn:aws:kms:us-west-1:222222222222:key/own"
ALLOW = AllowList(
    pipeline="aurora_recovery/orders",
    source_account_id="111111111111",
    own_account_id="222222222222",
    region="us-west-1",
    source_id="orders",
    engine="aurora-mysql",
    kms_key_arns=frozenset({KEY}),
    source_resource_ids=frozenset({"cluster-ORDERS"}),
)
WINDOW = Window(now=NOW, max_age=timedelta(hours=2))


def arn(stamp, account="111111111111", region="us-west-1", cluster="orders"):
    return f"arn:aws:rds:{region}:{account}:cluster-snapshot:{cluster}-rp-{stamp}"


def shared(stamp="2601311130-000001", minutes_old=30, **changes):
    snapshot = SeenSnapshot(
        arn=arn(stamp),
        source_id="orders",
        engine="aurora-mysql",
        status="available",
        snapshot_type="shared",
        encrypted=True,
        kms_key_arn=KEY,
        source_time=NOW - timedelta(minutes=minutes_old),
        source_resource_id="cluster-ORDERS",
    )
    return replace(snapshot, **changes)


def copy(stamp="2601311130-000001", **changes):
    own = {
        "arn": arn(stamp, "222222222222"),
        "snapshot_type": "manual",
        "kms_key_arn": OWN_KEY,
        "pipeline": "aurora_recovery/orders",
    }
    return shared(stamp, **{**own, **changes})


def test_newest_suitable_one_is_chosen():
    """It should take the newest, and name the others with the reason."""
    old, new = shared("2601311030-000001", 90), shared("2601311130-000002", 30)
    selection = select([old, new], ALLOW, WINDOW)
    assert selection.chosen == new
    assert [(it.snapshot_arn, it.code) for it in selection.refused] == [(old.arn, "superseded")]


def test_local_copy_outranks_the_share_of_the_same_instant():
    """It should prefer the copy that outlives the source account."""
    assert select([copy(), shared()], ALLOW, WINDOW).chosen == copy()
    assert select([shared(), copy()], ALLOW, WINDOW).chosen == copy()


def test_nothing_suitable_is_nothing():
    """It should choose none rather than a doubtful one."""
    selection = select([shared(status="creating")], ALLOW, WINDOW)
    assert selection.chosen is None
    assert str(selection.refused[0]) == f"{arn('2601311130-000001')}: it is creating"


@pytest.mark.parametrize(
    ("snapshot", "code"),
    [
        (shared(arn="orders-rp-2601311130-000001"), "arn"),
        (shared(arn=arn("2601311130-000001", account="333333333333")), "account"),
        (shared(arn=arn("2601311130-000001", region="us-east-1")), "region"),
        (shared(source_id="people"), "source"),
        (shared(arn="arn:aws:rds:us-west-1:111111111111:cluster-snapshot:mine"), "name"),
        (shared(engine="aurora-postgresql"), "engine"),
        (shared(pipeline="aurora_recovery/people"), "pipeline"),
        (copy(pipeline=None), "pipeline"),
        (shared(source_resource_id="cluster-OTHER"), "resource"),
        (shared(encrypted=False, kms_key_arn=None), "unencrypted"),
        (shared(kms_key_arn="alias/recovery"), "key"),
        (shared(kms_key_arn="arn:aws:kms:us-west-1:333333333333:key/theirs"), "key"),
        (shared(kms_key_arn="arn:aws:kms:us-west-1:111111111111:key/other"), "key"),
        (copy(kms_key_arn=KEY), "key"),
        (shared(snapshot_type="public"), "public"),
        (shared(snapshot_type="automated"), "type"),
        (shared(status="copying"), "status"),
        (shared(minutes_old=-30), "future"),
        (shared(minutes_old=121), "stale"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_unsuitable_snapshots_are_refused_with_the_reason(snapshot, code):
    """It should refuse what is forged, unfit or too old, alone and named, with a plain reason."""
    for named in (None, snapshot.arn):
        selection = select([snapshot], ALLOW, WINDOW, named=[named] if named else [])
        assert selection.chosen is None
        assert [it.code for it in selection.refused] == [code]
        assert selection.refused[0].reason.startswith(("it", "its", "account", "recovery points"))


def test_better_snapshots_are_not_hidden_by_newer_forgeries():
    """It should pass over any number of newer unsuitable snapshots."""
    forged = [
        shared(f"26013111{n}-00000f", 1, arn=arn(f"26013111{n}-00000f", "333333333333"))
        for n in range(40, 60)
    ]
    assert select([*forged, shared()], ALLOW, WINDOW).chosen == shared()


def test_what_was_restored_is_not_restored_again():
    """It should call a recovery point stale that is not newer than the last restored one."""
    restored = replace(WINDOW, newer_than=shared().source_time)
    assert [it.code for it in select([shared()], ALLOW, restored).refused] == ["restored"]
    earlier = replace(WINDOW, newer_than=shared().source_time - timedelta(seconds=1))
    assert select([shared()], ALLOW, earlier).chosen == shared()


def test_past_instant_takes_the_newest_before_it():
    """It should restore as of an instant, inclusive."""
    old, new = shared("2601310900-000001", 180), shared("2601311130-000002", 30)
    as_of = Window(now=NOW, not_after=old.source_time)
    assert select([old, new], ALLOW, as_of).chosen == old
    assert [it.code for it in select([new], ALLOW, as_of).refused] == ["later"]


def test_named_snapshot_is_judged_alone():
    """It should take the named one though a newer one exists, and say when it cannot see it."""
    old, new = shared("2601311030-000001", 90), shared("2601311130-000002", 30)
    assert select([old, new], ALLOW, WINDOW, named=[old.arn]).chosen == old
    missing = select([new], ALLOW, WINDOW, named=[old.arn])
    assert missing.chosen is None
    assert [(it.snapshot_arn, it.code) for it in missing.refused] == [(old.arn, "invisible")]


def test_clocks_may_differ_a_little():
    """It should accept a source clock that is some minutes ahead."""
    assert select([shared(minutes_old=-4)], ALLOW, WINDOW).chosen is not None


def test_empty_key_list_allows_any_key_of_the_source():
    """It should accept each key of the sharing account where the configuration names an alias only."""
    open_list = replace(ALLOW, kms_key_arns=frozenset(), source_resource_ids=frozenset())
    other = shared(kms_key_arn="arn:aws:kms:us-west-1:111111111111:key/other")
    assert select([other], open_list, WINDOW).chosen == other
