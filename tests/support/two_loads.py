"""Two loads of two tables, between which the source changes in each way there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.support.dag_runner import DagRunner
from tests.support.federated_runs import Loads, shipped_tables, with_columns

FIRST, SECOND = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)
CHANGES = (
    "UPDATE item SET i_current_price = 1.25, updated_at = '2026-02-01 12:00:00' WHERE i_item_sk < 20",
    "DELETE FROM item WHERE i_item_sk BETWEEN 20 AND 25",
    "UPDATE item SET i_item_sk = 9001, updated_at = '2026-02-01 12:00:00' WHERE i_item_sk = 30",
    "UPDATE item SET i_category_id = 1, updated_at = '2026-02-01 12:30:00' WHERE i_category_id = 2",
    "UPDATE store SET s_manager = 'Somebody Else'",
)
FEW_COLUMNS = ("i_item_sk", "i_item_id", "i_current_price", "i_category_id", "updated_at")


def two_tables() -> list[dict[str, Any]]:
    """Items with few columns, merged, published and seen in a view; stores, swapped."""
    item, store = shipped_tables("retail-postgres", "item", "store")
    item = with_columns(item, FEW_COLUMNS)
    item["deletes"] = {"mode": "hard", "max_fraction": 0.1}
    item["view"] = {"name": "retail.item_everywhere"}
    item["publish"] = {"table": "item", "partition_by": ["i_category_id"], "keep": 1}
    return [item, store]


def load_twice(loads: Loads, run: Callable[[DagRunner], Any] = DagRunner.run, **options: Any) -> None:
    """Load all, change the source, load the changes, by what runs a run; `options` are the runners'."""
    for until, changes in ((FIRST, CHANGES), (SECOND, ())):
        params = {"window_end": until.isoformat()}
        run(loads.runner(DagRunner, run_after=until, params=params, **options))
        loads.world.edit(*changes)
