"""Two runs of one restore at once, as a backfill beside an announced run makes them: each ends as if it were alone."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import pytest

from tests.pipelines.test_recovery_modes import account
from tests.support.kill_points import KillPoints
from tests.support.kill_sample import Sample, some
from tests.support.recovery import TARGET, RecoveryWorld
from tests.support.runs_at_once import Ended, meet, meeting_point, run_all_at_once

EVERY = 8
"""Kills are around every eighth call, and the first of each operation."""
MEETS_AT = {"test": "tear_down_candidate", "swap": "swap_names"}
"""The step at which a run of a mode waits for the other: a teardown is to meet a swap, or a teardown."""


@dataclass(frozen=True)
class Pair:
    """Modes of two runs at once, and whether both are killed."""

    modes: tuple[str, str]
    killed: bool = False

    @property
    def name(self) -> str:
        """For the ids of tests."""
        return "-".join((*self.modes, *(["killed"] if self.killed else [])))


DRILL_IN_A_SWAP = Pair(("test", "swap"))
PAIRS = (
    DRILL_IN_A_SWAP,
    Pair(("test", "swap"), killed=True),
    Pair(("test", "test")),
    Pair(("test", "test"), killed=True),
)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("pair", some((DRILL_IN_A_SWAP,), of=PAIRS), ids=lambda one: one.name)
def test_each_run_ends_as_if_it_were_alone(
    recovery_world: RecoveryWorld, pair: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    """It should prove, tear down or swap what is the run's own, lose no row, and need no copy any more."""
    world = recovery_world
    point = world.run("recovery_point").results["announce_recovery_point"]["snapshot_arn"]
    before = account(world)
    points = [
        KillPoints(world.folder / f"kill-points-{number}", sample=Sample(EVERY, ())) for number in (0, 1)
    ]
    both = meeting_point(), meeting_point()
    runs = [
        meet(
            world.runner("recovery_restore", number=number, params={"snapshot_arn": point, "mode": mode}),
            {"restore_candidate": both[0], MEETS_AT[mode]: both[1]},
            points[number].install if pair.killed else lambda _task_id: None,
        )
        for number, mode in enumerate(pair.modes)
    ]
    ended = run_all_at_once(runs)

    assert [one.failed for one in ended] == ["", ""]
    rows = world.ledger(
        "SELECT mode, outcome, torn_down_at IS NOT NULL AS gone FROM switchyard.recovery_test"
    )
    assert sorted(tuple(row.values()) for row in rows) == sorted(
        ("test", "proved", True) if mode == "test" else ("swap", "swapped", False) for mode in pair.modes
    )
    require_own_alone(world, before, dict(zip(pair.modes, ended, strict=True)))
    assert [tags for tags in tags_of_copies(world) if any("needed-by" in key for key in tags)] == []
    if pair.killed:
        with capsys.disabled():
            struck = " and ".join(str(len(one.used)) for one in points)
            sys.stdout.write(f"\nKilled at {struck} points.\n")


def require_own_alone(world: RecoveryWorld, before: dict[str, Any], ended: dict[str, Ended]) -> None:
    """The target has one cluster: the one that was live, or the one that a swap has made of the recovery point."""
    after = account(world)
    names = [one["name"] for one in after["clusters"][str(TARGET)]]
    assert names == ["orders"]
    if "swap" not in ended:
        del before["snapshots"], after["snapshots"]
        assert after == before
        return
    assert world.live_id() == ended["swap"].results["swap_names"]["live_resource_id"]
    assert world.live_id() != ended["test"].results["restore_candidate"]["resource_id"]
    assert world.database(TARGET).ask("SELECT COUNT(*) FROM rental") == 16_044


def tags_of_copies(world: RecoveryWorld) -> list[set[str]]:
    """Tags of the snapshots in the target."""
    found = world.client("rds", TARGET).describe_db_cluster_snapshots(SnapshotType="manual")
    return [{tag["Key"] for tag in one["TagList"]} for one in found["DBClusterSnapshots"]]
