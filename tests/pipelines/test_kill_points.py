"""Kill the pipeline's tasks around the AWS calls they make."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.support.kill_points import KillPoints
from tests.support.kill_sample import Nothing, Sample
from tests.support.recovery import RecoveryWorld
from tests.support.surroundings import furnish, surroundings

EVERY = 8
"""Kills are around every eighth AWS call, and the first and last of each operation."""


@pytest.mark.timeout(1200)
def test_killed_runs_end_as_undisturbed_ones(
    make_world: Callable[[], RecoveryWorld], capsys: pytest.CaptureFixture[str]
) -> None:
    """It should reach the same resources, tags, data, surroundings and ledger after kills around AWS calls."""
    run_after = datetime.now(UTC).replace(second=0, microsecond=0)

    world = furnish(make_world())
    watched = KillPoints(world.folder / "watched", sample=Nothing())
    world.run("recovery_point", run_after=run_after, before_try=watched.install)
    world.run(
        "recovery_restore", run_after=run_after, events=world.announcements(), before_try=watched.install
    )
    undisturbed = world.end_state(), surroundings(world)

    world = furnish(make_world())
    points = KillPoints(world.folder / "kill-points", sample=Sample(EVERY, watched.calls))
    world.run("recovery_point", run_after=run_after, before_try=points.install)
    world.run(
        "recovery_restore", run_after=run_after, events=world.announcements(), before_try=points.install
    )
    assert (world.end_state(), surroundings(world)) == undisturbed

    assert points.struck("before") == points.struck("after")
    operations = {struck.split()[1] for struck in points.struck("before")}
    assert {"CreateDBClusterSnapshot", "ModifyDBCluster", "DeleteDBCluster", "Publish"} <= operations
    assert {"CreateDBClusterEndpoint", "EnableHttpEndpoint", "RegisterScalableTarget"} <= operations
    with capsys.disabled():
        sys.stdout.write(f"\nKilled at {len(points.used)} points of {len(points.calls)} AWS calls.\n")
