"""Snapshots, their copies and shares: whose they are, how they fail, and the queue of copies."""

from __future__ import annotations

from datetime import timedelta

import pytest

from switchyard.errors import CheckFailed, NotAllowed, StepFailed
from switchyard.operators.aurora.snapshots import (
    CopySnapshotOperator,
    CreateSnapshotOperator,
    ShareSnapshotOperator,
)
from tests.support.aws_connections import SOURCE
from tests.support.control_plane import TARGET, new_context, run_step

STAMP = "2602010000-0a1b2c"
PIPELINE = "aurora_recovery/orders"
NAME = f"orders-rp-{STAMP}"
ARN = f"arn:aws:rds:us-west-2:111111111111:cluster-snapshot:{NAME}"
RECOVERY = SOURCE | {"region_name": "us-west-1"}
OWN = {"pipeline": PIPELINE, "run": STAMP}
COMMON = {"task_id": "step", "snapshot_id": NAME, "timeout": timedelta(minutes=1), "poll_interval": 0.05}
RUN = {"pipeline": PIPELINE, "stamp": STAMP}


@pytest.fixture
def world(accounts):
    """A source cluster under a key of its own, and the recovery Region's key."""
    source = accounts.source
    source.cluster(StorageEncrypted=True, KmsKeyId=source.key("alias/switchyard-source"))
    accounts.recovery.key("alias/switchyard-recovery", TARGET)
    accounts.changes()
    return accounts


def take():
    """The snapshot step."""
    return CreateSnapshotOperator(source_id="orders", **COMMON, **RUN, **SOURCE)


def copy():
    """The copy step."""
    return CopySnapshotOperator(
        source_snapshot_arn=ARN,
        source_region="us-west-2",
        kms_key_id="alias/switchyard-recovery",
        role="recovery-copy",
        **COMMON,
        **RUN,
        **RECOVERY,
    )


def share(account=TARGET):
    """The share step."""
    return ShareSnapshotOperator(target_account_id=account, **COMMON, **SOURCE)


@pytest.mark.parametrize(
    "tags", [{}, OWN | {"pipeline": "aurora_recovery/billing"}, OWN | {"run": "2601010000-ffffff"}]
)
def test_a_snapshot_that_somebody_else_made_is_not_adopted(world, tags):
    """It should refuse a snapshot of this run's name without this run's tags."""
    world.source.snapshot(NAME, **tags)
    world.changes()
    with pytest.raises(
        NotAllowed, match=rf"^adopting snapshot {NAME}: tags switchyard:pipeline=.* Delete or rename it"
    ):
        run_step(take(), new_context())
    assert world.changes() == []


def test_a_copy_that_somebody_else_made_is_not_adopted(world):
    """It should refuse a foreign copy of this run's name just so."""
    point = world.source.snapshot(NAME, **OWN)
    world.recovery.copy(point, "alias/switchyard-recovery")
    world.changes()
    with pytest.raises(NotAllowed, match=rf"^adopting snapshot {NAME}: tags switchyard:pipeline=None"):
        run_step(copy(), new_context())
    assert world.changes() == []


def test_an_own_snapshot_is_found_again(world):
    """It should make no second snapshot where an earlier try made one."""
    first = run_step(take(), new_context())
    world.changes()
    assert run_step(take(), new_context()) == first
    assert world.changes() == []


def test_a_broken_snapshot_ends_the_step_and_is_made_anew_when_cleared(world):
    """It should end red with a remedy, and the cleared task should replace what failed."""
    world.sandbox.durations({"cluster-snapshot.create": 60, "cluster-snapshot.delete": 0.3})
    where = {"account": "111111111111", "region": "us-west-2"}

    def fail():
        world.sandbox.force_status("db_cluster_snapshot", NAME, "failed", **where)
        world.sandbox.force_status("db_cluster", "orders", "available", **where)
        world.sandbox.durations({"cluster-snapshot.create": 0})

    with pytest.raises(
        StepFailed,
        match=rf"db_cluster_snapshot {NAME}: its status is failed\. Look at the events .* clear the task",
    ):
        run_step(take(), new_context(), on_first_wait=fail)
    assert run_step(take(), new_context())["snapshot_id"] == NAME
    assert world.source.show_snapshot(NAME)["Status"] == "available"


def test_a_broken_snapshot_of_somebody_else_is_left_alone(world):
    """It should not delete a failed snapshot that bears its name by chance."""
    world.source.snapshot(NAME)
    world.sandbox.force_status(
        "db_cluster_snapshot", NAME, "failed", account="111111111111", region="us-west-2"
    )
    world.changes()
    with pytest.raises(NotAllowed, match="adopting snapshot"):
        run_step(take(), new_context())
    assert world.changes() == []


def test_a_lost_answer_to_the_deletion_is_no_failure(world):
    """It should take a snapshot that is gone for deleted."""
    world.source.snapshot(NAME, **OWN)
    world.sandbox.force_status(
        "db_cluster_snapshot", NAME, "failed", account="111111111111", region="us-west-2"
    )
    world.sandbox.fault("rds:DeleteDBClusterSnapshot", "lost-response")
    assert run_step(take(), new_context())["snapshot_id"] == NAME


def test_the_sixth_copy_waits_for_one_of_the_five(world):
    """It should wait for a copy in flight to end, and then be made."""
    point = world.source.snapshot(NAME, **OWN)
    world.sandbox.durations({"cluster-snapshot.copy": 2.0})
    for number in range(5):
        world.recovery.copy(point, "alias/switchyard-recovery", f"other-{number}")
    world.changes()
    assert run_step(copy(), new_context())["snapshot_id"] == NAME
    assert "SnapshotQuotaExceeded" in {
        call["error"] for call in world.sandbox.calls("rds:CopyDBClusterSnapshot")
    }
    assert world.recovery.show_snapshot(NAME)["Status"] == "available"


def test_a_full_account_is_no_queue(world, limits):
    """It should not wait for room that only a person can make."""
    world.source.snapshot(NAME, **OWN)
    world.recovery.cluster("other")
    world.recovery.snapshot("somebody-elses", "other")
    limits.manual_cluster_snapshots = 1
    with pytest.raises(StepFailed, match=r"SnapshotQuotaExceeded.*Cannot create more than 1 manual"):
        run_step(copy(), new_context())
    assert world.recovery.snapshots() == {"somebody-elses"}


@pytest.mark.parametrize(
    "account", ["all", "22222222222", "2222222222222", "\u0662" * 12, "", "22222222222x"]
)
def test_only_an_account_id_is_shared_with(world, account):
    """It should refuse everything but 12 digits, and `all` above all."""
    world.source.snapshot(NAME, **OWN)
    world.changes()
    with pytest.raises(
        NotAllowed, match=rf"^sharing {NAME} with {account}: not a 12-digit.* Set target\.account_id"
    ):
        run_step(share(account), new_context())
    assert world.changes() == []


def test_a_snapshot_shared_with_somebody_else_too_is_refused(world):
    """It should name the other account and leave the shares to a person."""
    world.source.snapshot(NAME, **OWN)
    world.source.share(NAME, "999999999999")
    world.changes()
    with pytest.raises(
        CheckFailed,
        match=rf"^snapshot {NAME} is shared with {TARGET} alone: shared with 999999999999 too\. Remove",
    ):
        run_step(share(), new_context())
    assert world.changes() == []


def test_a_share_is_made_once(world):
    """It should share with the target alone, and find that done when it runs again."""
    world.source.snapshot(NAME, **OWN)
    assert run_step(share(), new_context())["shared_with"] == TARGET
    world.changes()
    assert run_step(share(), new_context())["shared_with"] == TARGET
    assert world.changes() == []
