"""Kill the tasks of a federated load around all that they do elsewhere.

That is every call of AWS, every record in the ledger, every statement in the source, and whatever they have Airflow
remember for a later try.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.support.federated import Difference
from tests.support.federated_runs import Loads
from tests.support.federated_state import end_state
from tests.support.kill_figures import require_same_end
from tests.support.kill_points import KillPoints
from tests.support.kill_sample import Nothing, Sample
from tests.support.two_loads import FEW_COLUMNS, load_twice, two_tables

POINTS: Mapping[str, Any] = {"statements": True, "stores": True}
KILLED = {
    "DescribeStatement",
    "ExecuteStatement",
    "BatchExecuteStatement",
    "GetSecretValue",
    "GetStatementResult",
    "ListObjectsV2",
    "DeleteObjects",
    "COMMIT",
    "SELECT",
    "clear",
}
"""Operations that a run cannot do without."""
EVERY = 60
"""Of some 700 calls."""


@pytest.mark.timeout(3600)
def test_killed_runs_end_as_undisturbed_ones(
    make_loads: Callable[..., Loads], capsys: pytest.CaptureFixture[str]
) -> None:
    """It should reach the same targets, lake and evidence, whatever call or statement a kill struck, however often."""
    loads = make_loads("retail-postgres", two_tables())
    watched = KillPoints(loads.folder / "watched", **POINTS, sample=Nothing())
    load_twice(loads, before_try=watched.install)
    undisturbed = end_state(loads.world)
    assert loads.world.compare("item", "retail.item", ["i_item_sk"], FEW_COLUMNS) == Difference()
    assert undisturbed["running"] == []

    loads = make_loads("retail-postgres", two_tables())
    points = KillPoints(loads.folder / "kill-points", **POINTS, sample=Sample(EVERY, watched.calls))
    load_twice(loads, before_try=points.install)
    require_same_end("federated loads", end_state(loads.world), undisturbed, points, capsys)

    before = {point.removeprefix("before ") for point in points.used if point.startswith("before ")}
    after = {point.removeprefix("after ") for point in points.used if point.startswith("after ")}
    assert before == after
    assert {point.split()[2] for point in before} >= KILLED
