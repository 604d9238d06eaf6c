"""Whole runs of each pipeline while much goes wrong around them, against undisturbed ones.

One kind of mishap and one pipeline are always run; SWITCHYARD_FAULT_SEEDS has all of them run, for each of its numbers.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support import discovery_state, federated_state, figures, product_state
from tests.support.differences import differences
from tests.support.discovery import FEW_TABLES, Discovery
from tests.support.federated_runs import Loads
from tests.support.mishaps import VARIABLE, Mishaps, chosen
from tests.support.product_search import FROZEN_CUSTARD, ProductSearch
from tests.support.recovery import RecoveryWorld
from tests.support.surroundings import furnish, surroundings
from tests.support.two_loads import load_twice, two_tables
from tests.support.upkeep import ailing, end_state, upkeep

Do = Callable[[Mishaps], dict[str, Any]]
"""Does all that a pipeline does in a fresh world; gives the end state."""
ends: dict[str, dict[str, Any]] = {}
"""What undisturbed runs of this process have left, by pipeline."""
STARTED = datetime.now(UTC).replace(second=0, microsecond=0)
"""When all runs begin: it stands in names."""

if_asked = pytest.mark.skipif(
    VARIABLE not in os.environ, reason=f"only where {VARIABLE} chooses what goes wrong"
)


@pytest.fixture(params=chosen(), ids=lambda one: f"{one[0]}-{one[1]}")
def mishaps(request: pytest.FixtureRequest, tmp_path: Path) -> Mishaps:
    """What goes wrong, not at work yet."""
    return Mishaps(*request.param, tmp_path)


@if_asked
@pytest.mark.timeout(1200)
def test_recovery(make_world: Callable[[], RecoveryWorld], mishaps: Mishaps) -> None:
    """It should recover the same, and look after both."""

    def recover(mishaps: Mishaps) -> dict[str, Any]:
        world = furnish(make_world())
        mishaps.run(world.runner("recovery_point", run_after=STARTED), world.sandbox)
        events = {name: mishaps.arrange(found) for name, found in world.announcements().items()}
        mishaps.run(world.runner("recovery_restore", run_after=STARTED, events=events), world.sandbox)
        mishaps.run(world.runner("recovery_watch", run_after=STARTED), world.sandbox)
        return {**world.end_state(), "surroundings": surroundings(world)}

    require_same_end("recovery", recover, mishaps)


@pytest.mark.timeout(1200)
def test_synonyms(make_shop: Callable[[], ProductSearch], mishaps: Mishaps) -> None:
    """It should publish the same."""

    def refresh(mishaps: Mishaps) -> dict[str, Any]:
        shop = make_shop()
        mishaps.run(shop.runner("synonym_bootstrap", run_after=STARTED), shop.sandbox)
        shop.fill()
        shop.insert(*FROZEN_CUSTARD)
        mishaps.run(shop.runner("synonym_refresh", run_after=STARTED), shop.sandbox)
        return product_state.end_state(shop, "danish", "gelato")

    require_same_end("synonyms", refresh, mishaps)


@if_asked
@pytest.mark.timeout(1200)
def test_discovery(make_discovery: Callable[..., Discovery], mishaps: Mishaps) -> None:
    """It should find and register the same, and leave no row."""

    def discover(mishaps: Mishaps) -> dict[str, Any]:
        discovery = make_discovery(tables=FEW_TABLES, identifiers=2)
        mishaps.run(discovery.runner(run_after=STARTED), discovery.sandbox)
        return discovery_state.end_state(discovery)

    require_same_end("discovery", discover, mishaps)


@if_asked
@pytest.mark.timeout(1200)
def test_federated_loads(make_loads: Callable[..., Loads], mishaps: Mishaps) -> None:
    """It should load the same."""

    def load(mishaps: Mishaps) -> dict[str, Any]:
        loads = make_loads("retail-postgres", two_tables())
        load_twice(loads, lambda run: mishaps.run(run, loads.world.sandbox))
        return federated_state.end_state(loads.world)

    require_same_end("federated loads", load, mishaps)


@if_asked
@pytest.mark.timeout(1200)
def test_warehouse_health(make_loads: Callable[..., Loads], mishaps: Mishaps, tmp_path: Path) -> None:
    """It should find, record and do the same."""

    def look_after(mishaps: Mishaps) -> dict[str, Any]:
        loads = ailing(make_loads, tmp_path)
        run = mishaps.run(upkeep(loads), loads.world.sandbox)
        return end_state(loads, run)

    require_same_end("warehouse health", look_after, mishaps)


def require_same_end(pipeline: str, do: Do, mishaps: Mishaps) -> None:
    """What is left while things go wrong equals what undisturbed runs leave."""
    if pipeline not in ends:
        apart = mishaps.folder / "undisturbed"
        apart.mkdir()
        ends[pipeline] = do(Mishaps("", 0, apart))
    lost = differences(*(comparable(end, mishaps) for end in (do(mishaps), ends[pipeline])))
    if mishaps.struck:
        figures.record(
            "faults",
            pipeline=pipeline,
            mishap=mishaps.name,
            seed=mishaps.seed,
            struck=mishaps.struck,
            red_runs=len(mishaps.red),
            same_end=not lost,
            lost=len(lost),
        )
    assert not lost, "\n".join([*lost, *mishaps.red])
    assert mishaps.struck >= LEAST or not mishaps.kind.often
    if not mishaps.struck:
        pytest.skip(f"{mishaps.name} found nothing to strike in {pipeline}: nothing was tried")


def comparable(end: dict[str, Any], mishaps: Mishaps) -> dict[str, Any]:
    """An end state without what may differ.

    Where the ledger was away it may lack notes, of runs, steps and what a release changes, but no evidence. A run that
    was red goes on from a load that has failed, and notes when that one was begun; what it publishes has a folder of
    another number; and its extract is emptied twice, of which the ledger has the last time.
    """
    if mishaps.kind.strikes_statements:
        kept = {table: rows for table, rows in end["ledger"].items() if table not in NOTES}
        kept |= {table: [_without(row, NOTED) for row in kept[table]] for table in RELEASES & kept.keys()}
        end = end | {"ledger": kept}
    if mishaps.red:
        text = json.dumps(end)
        for pattern, told in RED.items():
            text = re.sub(pattern, told, text)
        end = json.loads(text)
    return end


LEAST = 3
"""What goes wrong at least in runs of a pipeline where a share of all calls does."""


def _without(row: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


NOTES = ("run", "step", "synonym_change")
"""Tables of the ledger that are written as well as it goes."""
RELEASES = {"synonym_release"}
NOTED = ("rules", "rules_added", "rules_removed", "rules_changed")
"""What is written as well as it goes about a release."""
RED = {
    r'\\"before\\": \\"[^"]*\\", ': "",
    r"(load_id=\w{10}_\w{6})_\d+\b": r"\1",
    r'"deleted": \d+, ': "",
}
"""What a run tells that was red, and how one tells it that was not."""
