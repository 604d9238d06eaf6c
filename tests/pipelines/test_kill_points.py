"""Kill the pipeline's tasks around every AWS call they make."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.support.kill_points import KillPoints
from tests.support.recovery import RecoveryWorld


@pytest.mark.timeout(1200)
def test_killed_runs_end_as_undisturbed_ones(
    make_world: Callable[[], RecoveryWorld], capsys: pytest.CaptureFixture[str]
) -> None:
    """It should reach the same resources, tags, data and ledger after a kill before and after each AWS call."""
    run_after = datetime.now(UTC).replace(second=0, microsecond=0)

    world = make_world()
    world.run("recovery_point", run_after=run_after)
    world.run("recovery_restore", run_after=run_after, events=world.announcements())
    undisturbed = world.end_state()

    world = make_world()
    points = KillPoints(world.folder / "kill-points")
    world.run("recovery_point", run_after=run_after, before_try=points.install)
    world.run(
        "recovery_restore", run_after=run_after, events=world.announcements(), before_try=points.install
    )
    assert world.end_state() == undisturbed

    before = {point.removeprefix("before ") for point in points.used if point.startswith("before ")}
    after = {point.removeprefix("after ") for point in points.used if point.startswith("after ")}
    assert before == after
    operations = {point.split()[2] for point in before}
    assert {"CreateDBClusterSnapshot", "ModifyDBCluster", "DeleteDBCluster", "Publish"} <= operations
    with capsys.disabled():
        sys.stdout.write(f"\nKilled at {len(points.used)} points around {len(before)} AWS calls.\n")
