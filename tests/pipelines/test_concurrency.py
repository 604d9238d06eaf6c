"""Runs of one pipeline at once, interleaved unit by unit as a seed chooses.

They run only where SWITCHYARD_INTERLEAVINGS asks for it, for each of its numbers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from switchyard.ledger.recorders import record_run_success
from tests.support import figures
from tests.support.books import Books
from tests.support.discovery import DAG as DISCOVERY
from tests.support.discovery import FEW_TABLES, Discovery
from tests.support.federated_runs import clear_with_what_follows
from tests.support.interleaving import TurnTaker, interleave
from tests.support.mishaps import remedied
from tests.support.pipeline_books import (
    discovery_books,
    recovery_books,
    synonym_books,
    unequal_rules,
)
from tests.support.product_search import FROZEN_CUSTARD, ProductSearch
from tests.support.recovery import RecoveryWorld, load_dags

VARIABLE = "SWITCHYARD_INTERLEAVINGS"
"""Numbers, each of which chooses another order."""
SEEDS = [int(seed) for seed in os.environ.get(VARIABLE, "1").split()]
if_asked = pytest.mark.skipif(VARIABLE not in os.environ, reason=f"only where {VARIABLE} chooses orders")
DAY = timedelta(days=1)


@dataclass
class Together:
    """Runs at once, order after order.

    Attributes:
        pipeline: for the figures.
        folder: for what the runs keep.
        runs: all that there were.
        red: what ended runs that an operator had to clear.
        orders: how many different ones there were.
        units: how many there were in all.
    """

    pipeline: str
    folder: Path
    runs: list[TurnTaker] = field(default_factory=list)
    red: list[str] = field(default_factory=list)
    orders: set[str] = field(default_factory=set)
    units: int = 0

    def runner(self, dag: DAG, run_type: str, moment: datetime, **options: Any) -> TurnTaker:
        """A run that is not begun yet, named as Airflow names such a one."""
        folder = self.folder / f"at-once-{len(self.runs)}"
        folder.mkdir()
        run_id = f"{run_type}__{moment.isoformat()}_{len(self.runs)}"
        run = TurnTaker(
            dag, folder, run_id=run_id, run_after=moment, run_type=run_type, retried=True, **options
        )
        self.runs.append(run)
        return run

    def interleave(
        self, runs: Sequence[TurnTaker], seed: int, world: Mapping[int, Callable[[], Any]] | None = None
    ) -> None:
        """Run them at once; a red one must say what to do, and is cleared as a whole when the others have ended."""
        ended, order = interleave(runs, seed, world)
        self.orders.add(order)
        self.units += len(order)
        for run, one in zip(runs, ended, strict=True):
            if one.failed:
                self.red.append(one.failed)
                self._clear(run)
            record_run_success({"dag": run.dag, "run_id": run.run_id})

    @staticmethod
    def _clear(run: TurnTaker) -> None:
        failed = [one for tries in run.outcomes.values() for one in tries if one.state == "failed"]
        assert failed[0].error_type in remedied(), failed[0].error
        clear_with_what_follows(run, run.dag.topological_sort()[0].task_id)

    def closed(self, books: Books) -> None:
        """Record the figures; nothing may be without an owner."""
        figures.record(
            "concurrency",
            pipeline=self.pipeline,
            runs=len(self.runs),
            orders=len(self.orders),
            units=self.units,
            red_runs=len(self.red),
            seen=sum(books.seen.values()),
            lost=books.lost,
        )
        assert books.orphans == {}


def minute() -> datetime:
    """This one."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


@if_asked
@pytest.mark.timeout(600)
def test_restores(recovery_world: RecoveryWorld) -> None:
    """It should leave one live cluster, the one of the swap, beside a drill of the schedule and one filled back."""
    world, together = recovery_world, Together("restores", recovery_world.folder)
    [point] = load_dags("recovery_point").values()
    [restore] = load_dags("recovery_restore").values()
    for seed in SEEDS[:2]:
        together.interleave([together.runner(point, "manual", minute())], seed)
        now = minute()
        drill = {"params": {"mode": "test"}}
        runs = [
            together.runner(restore, "manual", now, params={"mode": "swap"}),
            together.runner(restore, "scheduled", now, interval=both(datetime.now(UTC)), **drill),
            together.runner(restore, "backfill", now, interval=both(datetime.now(UTC)), **drill),
        ]
        together.interleave(runs, seed)
        assert world.live_id() == runs[0].results["swap_names"]["live_resource_id"]
    together.closed(recovery_books(world, together.runs, keep=DAY))


@if_asked
@pytest.mark.timeout(600)
def test_synonyms(make_shop: Callable[[], ProductSearch]) -> None:
    """It should end with the rows' rules live, whichever run publishes last."""
    shop = make_shop()
    together = Together("synonym refresh", shop.folder)
    shop.bootstrap()
    together.runs.extend(shop.runs.values())
    for run in together.runs:
        record_run_success({"dag": run.dag, "run_id": run.run_id})
    [refresh] = load_dags("synonym_refresh").values()
    for seed in SEEDS:
        shop.insert(f"word{seed}", *FROZEN_CUSTARD[1:])
        now = minute()
        runs = [
            together.runner(refresh, "scheduled", now - timedelta(minutes=15), interval=both(now)),
            together.runner(refresh, "scheduled", now, interval=both(now)),
            together.runner(refresh, "manual", now),
        ]
        # A row is changed when one of them may have read the table, and another not.
        late = {6 + seed: lambda seed=seed: shop.insert(f"late{seed}", "pastry", None)}
        together.interleave(runs, seed, late)
        last = together.runner(refresh, "scheduled", now + timedelta(minutes=15), interval=both(now))
        together.interleave([last], seed)
        assert unequal_rules(shop) == set()
    together.closed(synonym_books(shop, together.runs))


@if_asked
@pytest.mark.timeout(600)
def test_discoveries(make_discovery: Callable[..., Discovery]) -> None:
    """It should search once at a time, register the same, and leave no row in the extract."""
    discovery = make_discovery(tables=FEW_TABLES, identifiers=2)
    together = Together("sensitive data discovery", discovery.folder)
    [dag] = load_dags(DISCOVERY).values()
    for seed in SEEDS[:2]:
        now = minute() + timedelta(minutes=seed)
        runs = [
            together.runner(dag, "scheduled", now, interval=both(now)),
            together.runner(dag, "manual", now + timedelta(minutes=1)),
        ]
        together.interleave(runs, seed)
        assert discovery.registered() == discovery.published()
        assert discovery.registered()
    together.closed(discovery_books(discovery, together.runs))


def both(moment: datetime) -> tuple[datetime, datetime]:
    """The data interval of a tick."""
    return (moment, moment)
