"""Kill the tasks that look after a warehouse around all that they do elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.federated_runs import Loads
from tests.support.kill_figures import require_same_end
from tests.support.kill_points import KillPoints
from tests.support.kill_sample import Nothing, Sample
from tests.support.upkeep import ailing, end_state, upkeep

EVERY = 40
"""Kills are around every fortieth call, and the first and last of each operation."""


@pytest.mark.timeout(1200)
def test_killed_runs_end_as_undisturbed_ones(
    make_loads: Callable[..., Loads], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It should find and record the same, and do the same to the tables, whatever call or statement a kill struck."""
    loads = ailing(make_loads, tmp_path)
    watched = KillPoints(loads.folder / "watched", statements=True, stores=True, sample=Nothing())
    undisturbed = look_after(loads, watched)
    found = undisturbed["ledger"]["check_result"]
    assert ("Readers of half-made tables", "warehouse health", False) in found

    loads = ailing(make_loads, tmp_path)
    sample = Sample(EVERY, watched.calls)
    points = KillPoints(loads.folder / "kill-points", statements=True, stores=True, sample=sample)
    require_same_end("warehouse health", look_after(loads, points), undisturbed, points, capsys)

    assert points.struck("before") == points.struck("after")
    operations = {struck.split()[1] for struck in points.struck("before")}
    assert {"ExecuteStatement", "DescribeStatement", "COMMIT"} <= operations


def look_after(loads: Loads, points: KillPoints) -> dict[str, Any]:
    """Run the DAG; what is there afterwards."""
    run = upkeep(loads, before_try=points.install)
    run.run()
    return end_state(loads, run)
