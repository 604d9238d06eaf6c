"""Kill the tasks of a federated load around all that they do elsewhere.

That is every call of AWS, every record in the ledger, every statement in the source, and whatever they have Airflow
remember for a later try.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.federated import Difference
from tests.support.federated_runs import Loads, shipped_tables, with_columns
from tests.support.federated_state import end_state
from tests.support.kill_points import KillPoints
from tests.support.kill_sample import Nothing, Sample

POINTS: Mapping[str, Any] = {"ledger": True, "databases": True, "stores": True}
FIRST, SECOND = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)
CHANGES = (
    "UPDATE item SET i_current_price = 1.25, updated_at = '2026-02-01 12:00:00' WHERE i_item_sk < 20",
    "DELETE FROM item WHERE i_item_sk BETWEEN 20 AND 25",
    "UPDATE item SET i_item_sk = 9001, updated_at = '2026-02-01 12:00:00' WHERE i_item_sk = 30",
    "UPDATE item SET i_category_id = 1, updated_at = '2026-02-01 12:30:00' WHERE i_category_id = 2",
    "UPDATE store SET s_manager = 'Somebody Else'",
)
KILLED = {
    "DescribeStatement",
    "ExecuteStatement",
    "BatchExecuteStatement",
    "GetSecretValue",
    "GetStatementResult",
    "ListObjectsV2",
    "DeleteObjects",
    "record_load_window",
    "record_load_reconciliation",
    "record_load_publication",
    "rows",
    "set-step_clock",
    "set-redshift_statements",
    "set-boundary",
    "clear",
}
"""Operations that a run cannot do without."""
EVERY = 60
"""Of some 700 calls."""

FEW_COLUMNS = ("i_item_sk", "i_item_id", "i_current_price", "i_category_id", "updated_at")


def tables() -> list[dict[str, Any]]:
    """Items with few columns, merged, published and seen in a view; stores, swapped."""
    item, store = shipped_tables("retail-postgres", "item", "store")
    item = with_columns(item, FEW_COLUMNS)
    item["deletes"] = {"mode": "hard", "max_fraction": 0.1}
    item["view"] = {"name": "retail.item_everywhere"}
    item["publish"] = {"table": "item", "partition_by": ["i_category_id"], "keep": 1}
    return [item, store]


def load_twice(loads: Loads, before_try: Callable[[str], None]) -> dict[str, Any]:
    """Load all, change the source, load the changes; the end state."""
    loads.run(FIRST, before_try=before_try)
    loads.world.edit(*CHANGES)
    loads.run(SECOND, before_try=before_try)
    return end_state(loads.world)


@pytest.mark.timeout(3600)
def test_killed_runs_end_as_undisturbed_ones(
    make_loads: Callable[..., Loads], capsys: pytest.CaptureFixture[str]
) -> None:
    """It should reach the same targets, lake and evidence, whatever call or statement a kill struck, however often."""
    loads = make_loads("retail-postgres", tables())
    watched = KillPoints(loads.folder / "watched", **POINTS, sample=Nothing())
    undisturbed = load_twice(loads, watched.install)
    assert loads.world.compare("item", "retail.item", ["i_item_sk"], FEW_COLUMNS) == Difference()
    assert undisturbed["running"] == []

    loads = make_loads("retail-postgres", tables())
    points = KillPoints(loads.folder / "kill-points", **POINTS, sample=Sample(EVERY, watched.calls))
    assert load_twice(loads, points.install) == undisturbed

    before = {point.removeprefix("before ") for point in points.used if point.startswith("before ")}
    after = {point.removeprefix("after ") for point in points.used if point.startswith("after ")}
    with capsys.disabled():
        sys.stdout.write(
            f"\nKilled at {len(points.used)} points around {len(before)} of {len(points.calls)} calls.\n"
        )
    assert before == after
    assert {point.split()[2] for point in before} >= KILLED
