"""Two runs of one load at once, each in processes of its own: a backfill or a run by hand beside the schedule's."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.dag_runner import DagRunner, TaskFailed
from tests.support.federated import Difference, Federated
from tests.support.federated_runs import Loads, shipped_tables, with_columns

DAY = timedelta(days=1)
FIRST = datetime(2026, 2, 1, tzinfo=UTC)
COLUMNS = ("i_item_sk", "i_item_id", "i_current_price", "i_category_id", "updated_at")
STORE = ("s_store_sk", "s_manager")
CHANGES = (
    "UPDATE item SET i_current_price = {number}.25, updated_at = '{first} 12:00:00' WHERE i_item_sk % 4 = 0",
    "UPDATE item SET i_current_price = {number}.75, updated_at = '{second} 12:00:00' WHERE i_item_sk % 4 = 1",
    "UPDATE item SET i_current_price = {number}.5, updated_at = '{first} 23:59:59' WHERE i_item_sk % 4 = 2",
    "UPDATE item SET i_item_sk = 9000 + {number}, updated_at = '{second} 00:00:00' WHERE i_item_sk = 30 + {number}",
    "DELETE FROM item WHERE i_item_sk = 20 + {number}",
    "UPDATE store SET s_manager = 'Manager {number}'",
)
"""Of two days."""
MEET = 60
"""Seconds that a run waits at most for the other one before a task."""


def meeting(run: DagRunner, barrier: Any) -> Callable[[str], None]:
    """Let a run begin each task when the other one begins it too."""

    def before_try(task_id: str) -> None:
        if not run.store(task_id).keys:
            with suppress(threading.BrokenBarrierError):
                barrier.wait(MEET)

    return before_try


def at_once(runs: Sequence[DagRunner]) -> None:
    """Run several runs at once, each in a process of its own.

    Raises:
        TaskFailed: some task failed.
    """
    children = []
    for run in runs:
        reader, writer = os.pipe()
        if not (child := os.fork()):
            with os.fdopen(writer, "wb") as pipe:
                pipe.write(pickle.dumps(_ended(run)))
            os._exit(0)
        os.close(writer)
        children.append((run, child, reader))
    for run, child, reader in children:
        with os.fdopen(reader, "rb") as pipe:
            found = pickle.loads(pipe.read())  # noqa: S301 - our own child wrote it
        os.waitpid(child, 0)
        assert isinstance(found, tuple), found
        run.results, run.outcomes, run.skipped = found
    for run in runs:
        run.require_success()


def _ended(run: DagRunner) -> Any:
    try:
        with suppress(TaskFailed):
            run.run()
    except BaseException:  # noqa: BLE001 - the parent reports it
        return traceback.format_exc()
    return run.results, run.outcomes, run.skipped


@pytest.mark.timeout(600)
@pytest.mark.parametrize("together", [True, False])
def test_two_runs_at_once(make_loads: Callable[..., Loads], together: bool) -> None:
    """It should bring target, view and lake where the source is, for windows that follow each other and equal ones."""
    item, store = shipped_tables("retail-postgres", "item", "store")
    item = with_columns(item, COLUMNS) | {
        "deletes": {"mode": "hard", "max_fraction": 0.1},
        "view": {"name": "retail.item_everywhere"},
        "publish": {"table": "item", "partition_by": ["i_category_id"]},
    }
    loads = make_loads("retail-postgres", [item, store])
    world = loads.world
    loads.run(FIRST)
    made = tables(world)
    for number, kinds in enumerate((("backfill", "scheduled"), ("scheduled", "manual")), 1):
        first = FIRST + 2 * (number - 1) * DAY
        days = {"number": number, "first": f"{first:%Y-%m-%d}", "second": f"{first + DAY:%Y-%m-%d}"}
        world.edit(*(change.format(**days) for change in CHANGES))
        both, end = (first, first + 2 * DAY), first + 2 * DAY
        windows = [both, both] if "manual" in kinds else [(first, first + DAY), (first + DAY, end)]
        runs = [
            loads.runner(DagRunner, run_id=f"{kind}__{number}", run_after=end, **of_kind(kind, window))
            for kind, window in zip(kinds, windows, strict=True)
        ]
        if together:
            barrier = multiprocessing.get_context("fork").Barrier(len(runs))
            for run in runs:
                run.before_try = meeting(run, barrier)
        at_once(runs)
        require_equal(world)
        assert tables(world) == made


def of_kind(kind: str, window: tuple[datetime, datetime]) -> dict[str, Any]:
    """How a run of a kind is told its window."""
    if kind == "manual":
        return {
            "params": dict(
                zip(("window_start", "window_end"), (one.isoformat() for one in window), strict=True)
            )
        }
    return {"interval": window}


def require_equal(world: Federated) -> None:
    """Hold the source against the targets and what is made of them."""
    assert world.compare("item", "retail.item", COLUMNS[:1], COLUMNS) == Difference()
    assert world.compare("item", "retail.item_everywhere", COLUMNS[:1], COLUMNS) == Difference()
    assert world.compare("store", "retail.store", STORE[:1], STORE) == Difference()
    prices = "SELECT i_category_id, COUNT(*), SUM(i_current_price) FROM item GROUP BY 1"
    lake = sorted(map(str, world.ask_lake(prices)))
    assert lake == sorted(
        str(tuple(None if one is None else str(one) for one in row)) for row in world.edit(prices)
    )
    verdicts = world.ledger("SELECT DISTINCT verdict FROM switchyard.load_reconciliation")
    assert [row["verdict"] for row in verdicts] == ["equal"]


def tables(world: Federated) -> list[str]:
    """What there is in the warehouse, stages too."""
    return sorted(map(str, world.ask("SELECT table_schema, table_name FROM information_schema.tables")))
