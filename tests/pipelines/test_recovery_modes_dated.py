"""Runs that are dated or filled back: they restore what there was then, and say where there was nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.pipelines.test_recovery_modes import (
    IN_A_SWAP_ONLY,
    POINTS,
    account,
    configure,
    events_of,
    recovery_test,
    unusual,
)
from tests.support.dag_runner import DagRunner, TaskFailed
from tests.support.recovery import TARGET, RecoveryWorld


@pytest.fixture
def restore_as_of(recovery_world: RecoveryWorld) -> Callable[..., DagRunner]:
    """Make, not run, a restore that was filled back for a moment."""
    numbers = iter(range(10, 99))

    def make(moment: datetime, **options: object) -> DagRunner:
        wanted = {"run_after": moment, "interval": (moment, moment), "run_type": "backfill"} | options
        return recovery_world.runner("recovery_restore", number=next(numbers), **wanted)

    return make


@pytest.mark.timeout(900)
def test_each_moment_gets_what_there_was_then(
    recovery_world: RecoveryWorld, configuration: Path, restore_as_of: Callable[..., DagRunner]
) -> None:
    """It should test the newest recovery point that is not later, keep the live cluster, and skip where there is none.

    The local copy of an older one, which retention does not ask for, is deleted with the candidate.
    """
    world = recovery_world
    configure(configuration, retention={"keep_last": 1, "keep_days": 0})
    minute = datetime.now(UTC).replace(second=0, microsecond=0)
    first = world.run("recovery_point", number=1, run_after=minute - timedelta(minutes=2))
    between = datetime.now(UTC)
    second = world.run("recovery_point", number=2, run_after=minute - timedelta(minutes=1))
    before = account(world)

    nothing = restore_as_of(
        minute - timedelta(days=1), params={"mode": "usual"}
    )  # as Airflow's form sends it
    nothing.run()
    assert set(nothing.states.values()) == {"skipped"}
    reason = nothing.outcomes["accept_recovery_point"][0].error
    assert "Nothing is restored: the run's data interval ends at" in reason
    assert "there is no recovery point of orders that is not later" in reason
    assert account(world) == before
    assert {row["mode"] for row in world.ledger("SELECT mode FROM switchyard.recovery_test")} <= {"test"}

    for moment, point in ((between, first), (datetime.now(UTC), second)):
        run = restore_as_of(moment)
        run.run()
        assert unusual(run) == dict.fromkeys(IN_A_SWAP_ONLY, "skipped")
        restored = run.results["accept_recovery_point"]
        assert restored["snapshot_id"] == point.results["create_snapshot"]["snapshot_id"]
        row = recovery_test(world, run)
        assert (row["mode"], row["outcome"], row["as_of"]) == (
            "test",
            "proved",
            moment,
        )
    after = account(world)
    assert (after["clusters"], after["data"]) == (before["clusters"], before["data"])
    copies = [one["DBClusterSnapshotIdentifier"] for one in manual(world)]
    assert first.results["create_snapshot"]["snapshot_id"] not in copies


def manual(world: RecoveryWorld) -> list[dict]:
    rds = world.client("rds", TARGET)
    return rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]


def test_a_backfill_never_swaps(
    recovery_world: RecoveryWorld, restore_as_of: Callable[..., DagRunner]
) -> None:
    """It should refuse a backfill that was asked to swap, record that, and make nothing."""
    run = restore_as_of(datetime.now(UTC), params={"mode": "swap"})
    with pytest.raises(TaskFailed, match=r"a backfill restores one instant after the other"):
        run.run()
    assert run.states["tear_down_candidate"] == "skipped"
    assert recovery_world.ledger("SELECT mode, outcome, failed_step FROM switchyard.recovery_test") == [
        {"mode": "swap", "outcome": "refused", "failed_step": "accept_recovery_point"}
    ]


@pytest.mark.timeout(900)
def test_a_recovery_point_of_the_past_is_adopted(recovery_world: RecoveryWorld, configuration: Path) -> None:
    """It should take up the one that was made then, with its manifest, and announce nothing; else it is skipped."""
    world = recovery_world
    configure(configuration, notification={"asset": POINTS})
    moment = datetime.now(UTC).replace(second=0, microsecond=0)
    point = world.run("recovery_point", number=1)
    assert events_of(world, point)
    before = world.end_state()

    dated = {"run_type": "backfill", "run_after": moment}
    adopting = world.run("recovery_point", number=2, interval=(moment, moment), **dated)
    assert adopting.results["check_preconditions"]["adopted"]
    for task_id in ("create_snapshot", "copy_snapshot"):
        assert adopting.results[task_id] == point.results[task_id]
    after = world.end_state()
    assert {part: after[part] for part in after if part != "ledger"} == {
        part: before[part] for part in before if part != "ledger"
    }
    assert world.announcements() == {"announcements": []}
    assert adopting.outcomes["announce_recovery_point"][0].updated == {}
    planned = world.run("recovery_point", number=4, params={"dry_run": True})
    assert planned.outcomes["announce_recovery_point"][0].updated == {}

    then = moment - timedelta(days=3)
    nothing = world.run("recovery_point", number=3, interval=(then, then), **dated)
    assert set(nothing.states.values()) == {"skipped"}
    assert "Nobody can snapshot the past" in nothing.outcomes["check_preconditions"][0].error
