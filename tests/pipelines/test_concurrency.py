"""Runs of one pipeline at once, and two deployments on one account, interleaved unit by unit as a seed chooses.

They run only where SWITCHYARD_INTERLEAVINGS asks for it, for each of its numbers. Loads are in a file of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from switchyard.ledger.recorders import record_run_success
from tests.support.discovery import DAG as DISCOVERY
from tests.support.discovery import FEW_TABLES, Discovery
from tests.support.pipeline_books import (
    discovery_books,
    recovery_books,
    synonym_books,
    unequal_rules,
)
from tests.support.product_search import FROZEN_CUSTARD, ProductSearch
from tests.support.recovery import SOURCE, TARGET, RecoveryWorld, load_dags
from tests.support.together import DAY, SEEDS, Together, both, if_asked, minute

RENTALS = "SELECT CONCAT(COUNT(*), ' until ', MAX(rental_date)) FROM rental"


@if_asked
@pytest.mark.timeout(600)
def test_recovery_points(recovery_world: RecoveryWorld, configuration: Path) -> None:
    """It should make one recovery point for each tick and each hand, of two deployments; a backfill adopts one."""
    world, together = recovery_world, Together("recovery points, two deployments", recovery_world.folder)
    other = yaml.safe_load(configuration.read_text()) | {"halves": ["recovery_point"]}
    (configuration.parent / "orders_two.yaml").write_text(yaml.safe_dump(other))
    dags = load_dags("recovery_point")
    one, two = (dags[f"recovery_point__{name}"] for name in ("orders", "orders_two"))
    for seed in SEEDS:
        now = minute()
        before = points(world)
        ticks = [
            together.runner(
                one, "scheduled", now - timedelta(minutes=1), interval=both(now - timedelta(minutes=1))
            ),
            together.runner(one, "manual", now),
            together.runner(two, "scheduled", now, interval=both(now)),
        ]
        past = together.runner(one, "backfill", now - DAY, interval=both(now - DAY))
        together.interleave([*ticks, past], seed)
        made = points(world)[len(before) :]
        assert sorted(row["run_id"] for row in made) == sorted(run.run_id for run in ticks)
        assert {row["state"] for row in made} == {"published"}
        assert len({row["snapshot_arn"] for row in made}) == len(ticks)
    together.closed(recovery_books(world, together.runs, keep=DAY))


@if_asked
@pytest.mark.timeout(600)
def test_restores(recovery_world: RecoveryWorld) -> None:
    """It should leave one live cluster, the one of the swap, beside a drill of the schedule and one filled back."""
    world, together = recovery_world, Together("restores", recovery_world.folder)
    [point] = load_dags("recovery_point").values()
    [restore] = load_dags("recovery_restore").values()
    for seed in SEEDS:
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
        assert world.database(TARGET).ask(RENTALS) == world.database(SOURCE).ask(RENTALS)
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
            together.runner(refresh, "backfill", now - DAY, interval=both(now - DAY)),
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
    """It should search once at a time, none red for another, register the same, and leave no row in the extract."""
    discovery = make_discovery(tables=FEW_TABLES, identifiers=2)
    together = Together("sensitive data discovery", discovery.folder)
    [dag] = load_dags(DISCOVERY).values()
    for seed in SEEDS:
        now = minute() + timedelta(minutes=seed)
        runs = [
            together.runner(dag, "scheduled", now, interval=both(now)),
            together.runner(dag, "manual", now + timedelta(minutes=1)),
            together.runner(dag, "backfill", now - DAY, interval=both(now - DAY)),
        ]
        together.interleave(runs, seed)
        assert together.red == []
        assert discovery.registered() == discovery.published()
        assert discovery.registered()
    books = discovery_books(discovery, together.runs)
    assert books.seen["jobs"] == len(together.runs)
    together.closed(books)


def points(world: RecoveryWorld) -> list[Mapping[str, Any]]:
    """What the ledger has of recovery points, in their order."""
    return world.ledger("SELECT * FROM switchyard.recovery_point ORDER BY recorded_at")
