"""Tasks of federated loads that a person clears when their runs have long ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.federated import Difference, Federated
from tests.support.federated_runs import TRIES, Loads, clear_with_what_follows, shipped_tables, with_columns
from tests.support.in_process import InProcessRunner

FIRST, SECOND = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 2, tzinfo=UTC)
COLUMNS = ("i_item_sk", "i_item_id", "i_current_price", "i_category_id", "updated_at")
CHANGES = (
    "UPDATE item SET i_current_price = 1.25, updated_at = '2026-02-01 12:00:00' WHERE i_item_sk < 20",
    "DELETE FROM item WHERE i_item_sk BETWEEN 20 AND 25",
    "UPDATE store SET s_manager = 'Somebody Else'",
)
REFUSED = {"item.check_stage", "item.apply_stage", "store.check_stage", "store.apply_stage"}
"""Tasks that need the stage, which the run's last one has dropped."""
SUPERSEDED = {"store.apply_stage"}
"""One that does without it where the target holds a later reading."""
BEGINNINGS = ("check_preconditions", "item.stage_window", "store.stage_window", "item.delete_gone")
"""Tasks that are cleared with all after them."""


@pytest.mark.timeout(600)
def test_finished_runs_bear_the_clearing_of_any_task(make_quick_loads: Callable[..., Loads]) -> None:
    """It should change neither targets nor lake, of the last run and of an earlier one, alone or with what follows."""
    item, store = shipped_tables("retail-postgres", "item", "store")
    item = with_columns(item, COLUMNS) | {
        "deletes": {"mode": "hard", "max_fraction": 0.1},
        "view": {"name": "retail.item_everywhere"},
        "publish": {"table": "item", "partition_by": ["i_category_id"]},
    }
    loads = make_quick_loads("retail-postgres", [item, store])
    world = loads.world
    first = loads.run(FIRST, InProcessRunner)
    world.edit(*CHANGES)
    second = loads.run(SECOND, InProcessRunner)
    assert world.compare("item", "retail.item", ["i_item_sk"], COLUMNS) == Difference()
    before, made = seen(world), tables(world)

    for run, unneeded in ((second, set()), (first, SUPERSEDED)):
        cleared = [task.task_id for task in reversed(run.dag.topological_sort())]
        assert {task_id for task_id in cleared if not clear(run, task_id)} == REFUSED - unneeded
        assert seen(world) == before

    for run in (second, first):
        for beginning in BEGINNINGS:
            clear_with_what_follows(run, beginning)
        assert seen(world) == before
    assert tables(world) == made


def clear(run: InProcessRunner, task_id: str) -> bool:
    """Clear one task; whether it has ended well."""
    run.max_tries += TRIES
    return run.run_task(task_id).state == "success"


def seen(world: Federated) -> dict[str, list[Any]]:
    """What people read: targets, the view, the lake."""
    asked = ("retail.item", "retail.store", "retail.item_everywhere")
    found = {name: sorted(map(str, world.ask(f"SELECT * FROM {name}"))) for name in asked}
    return {**found, "lake": sorted(world.ask_lake("SELECT * FROM item"), key=str)}


def tables(world: Federated) -> list[str]:
    """What there is in the warehouse, whether people read it or not."""
    return sorted(map(str, world.ask("SELECT table_schema, table_name FROM information_schema.tables")))
