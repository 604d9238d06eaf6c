"""Kill the pipeline's tasks around all that they do elsewhere: AWS calls, statements, ledger writes, memories."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.kill_figures import require_same_end
from tests.support.kill_points import KillPoints
from tests.support.kill_sample import Nothing, Sample
from tests.support.recovery import RecoveryWorld
from tests.support.surroundings import furnish, surroundings

EVERY = 40
"""Kills are around every fortieth call, and the first and last of each operation."""


@pytest.mark.timeout(1200)
def test_killed_runs_end_as_undisturbed_ones(
    make_world: Callable[[], RecoveryWorld], capsys: pytest.CaptureFixture[str]
) -> None:
    """It should reach the same resources, tags, data, surroundings and ledger after kills around all of that."""
    run_after = datetime.now(UTC).replace(second=0, microsecond=0)

    world = furnish(make_world())
    watched = KillPoints(world.folder / "watched", statements=True, stores=True, sample=Nothing())
    recover_and_watch(world, run_after, watched)
    undisturbed = left(world)

    world = furnish(make_world())
    sample = Sample(EVERY, watched.calls)
    points = KillPoints(world.folder / "kill-points", statements=True, stores=True, sample=sample)
    recover_and_watch(world, run_after, points)
    require_same_end("recovery point, restore and watch", left(world), undisturbed, points, capsys)

    assert points.struck("before") == points.struck("after")
    operations = {struck.split()[1] for struck in points.struck("before")}
    assert {"CreateDBClusterSnapshot", "ModifyDBCluster", "DeleteDBCluster", "Publish"} <= operations
    assert {"CreateDBClusterEndpoint", "EnableHttpEndpoint", "RegisterScalableTarget"} <= operations
    assert {"COMMIT", "SELECT"} <= operations


def recover_and_watch(world: RecoveryWorld, run_after: datetime, points: KillPoints) -> None:
    """Make a recovery point, restore it where it was announced, and look after both."""
    options: dict[str, Any] = {"run_after": run_after, "before_try": points.install}
    world.run("recovery_point", **options)
    world.run("recovery_restore", events=world.announcements(), **options)
    world.run("recovery_watch", **options)


def left(world: RecoveryWorld) -> dict[str, Any]:
    """All that is there afterwards."""
    return {**world.end_state(), "surroundings": surroundings(world)}
