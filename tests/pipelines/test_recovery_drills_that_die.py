"""Drills of which a step dies and is never begun again: the teardown takes away what is there all the same.

They die after a few calls, and after each that a drill makes where every kill point is asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.pipelines.test_recovery_modes import account
from tests.support.dag_runner import DagRunner, TaskFailed
from tests.support.kill_points import KillPoints
from tests.support.kill_sample import Nothing, some
from tests.support.recovery import RecoveryWorld
from tests.support.recovery_variants import PLAIN_MYSQL, PLAIN_POSTGRES, READERS, Variant

MAKES = ("restore_candidate rds RestoreDBInstanceFromDBSnapshot",)
"""After which call a drill of make test dies: AWS still makes what nobody has seen yet."""


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "variant", some((PLAIN_MYSQL,), of=(PLAIN_MYSQL, PLAIN_POSTGRES, READERS)), ids=lambda one: one.name
)
def test_a_drill_that_dies_for_good_leaves_no_database(
    make_variant: Callable[[Variant], RecoveryWorld], variant: Variant, capsys: pytest.CaptureFixture[str]
) -> None:
    """It should end red with every database as it was, and its need of the local copy given up."""
    world = make_variant(variant)
    arn = world.run("recovery_point").results["announce_recovery_point"]["snapshot_arn"]
    before = account(world)
    drills = drill_after_drill(world, arn)
    watched = KillPoints(world.folder / "watched", sample=Nothing())
    died = 0
    for call in calls_to_die_after(watched, next(drills), some(MAKES, of=())):
        delete_copies(world)
        points = KillPoints(world.folder / f"dies-{died}", only=f"after {call} ")
        drill = next(drills)
        drill.before_try, drill.goes_on = points.install, False
        with pytest.raises(TaskFailed, match=r"killed"):
            drill.run()
        assert len(points.used) == 1, call
        require_nothing_left(world, before, call)
        died += 1
    with capsys.disabled():
        sys.stdout.write(f"\nDied after {died} calls.\n")


def drill_after_drill(world: RecoveryWorld, snapshot_arn: str) -> Iterator[DagRunner]:
    """Drills of one recovery point, none of them run yet."""
    number = 0
    while True:
        number += 1
        params = {"snapshot_arn": snapshot_arn, "mode": "test"}
        drill = world.runner("recovery_restore", number=number, params=params)
        # Nothing is hidden for minutes here, as AWS may hide what was just asked for.
        drill.dag.get_task("tear_down_candidate").unseen_for = timedelta(seconds=2)
        yield drill


def calls_to_die_after(watched: KillPoints, drill: DagRunner, few: tuple[str, ...]) -> list[str]:
    """Each task with each operation that a whole drill makes, but for its teardown, which is always begun again."""
    if few:
        return list(few)
    drill.before_try = watched.install
    drill.run()
    made = dict.fromkeys(" ".join(call.split()[:3]) for call in watched.calls)
    return [call for call in made if not call.startswith("tear_down_candidate ")]


def delete_copies(world: RecoveryWorld) -> None:
    """Let the next drill make a local copy of its own."""
    rds = world.client("rds", world.target)
    for one in rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]:
        rds.delete_db_snapshot(DBSnapshotIdentifier=one["DBSnapshotIdentifier"])
    for one in rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]:
        rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier=one["DBClusterSnapshotIdentifier"])


def require_nothing_left(world: RecoveryWorld, before: dict[str, Any], call: str) -> None:
    """Both accounts have the databases that they had, and no copy is needed by anybody."""
    after = account(world)
    for part in ("clusters", "instances", "data"):
        assert after[part] == before[part], call
    tags = [name for _, _, own, _ in after["snapshots"][str(world.target)] for name in own]
    assert [name for name in tags if "needed-by" in name] == [], call
