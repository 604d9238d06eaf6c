"""Whole runs of each pipeline while a fifth of all calls of AWS goes wrong, against undisturbed ones."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.client import Sandbox
from tests.support import discovery_state, federated_state, product_state
from tests.support.discovery import FEW_TABLES, Discovery
from tests.support.federated_runs import Loads
from tests.support.mishaps import chosen, mishaps
from tests.support.product_search import FROZEN_CUSTARD, ProductSearch
from tests.support.recovery import RecoveryWorld
from tests.support.two_loads import load_twice, two_tables

Disturb = Callable[[Sandbox], AbstractContextManager[dict[str, Any]]]
"""Disturbs a sandbox for a while; gives options of the runs in it."""


@pytest.fixture(params=chosen(), ids=lambda one: f"{one[0]}-{one[1]}")
def disturb(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Iterator[Disturb]:
    """Let calls go wrong, and tell how many it were."""
    kind, seed = request.param
    struck: list[int] = []
    yield lambda sandbox: mishaps(sandbox, kind, seed, struck)
    assert sum(struck) > 10
    with capsys.disabled():
        sys.stdout.write(f"\n{sum(struck)} calls went wrong: {kind}, seed {seed}.\n")


def calm(_sandbox: Sandbox) -> AbstractContextManager[dict[str, Any]]:
    """Disturb nothing."""
    return nullcontext({})


@pytest.fixture
def run_after() -> datetime:
    """When the runs of a test begin."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


@pytest.mark.timeout(1200)
def test_recovery(make_world: Callable[[], RecoveryWorld], disturb: Disturb, run_after: datetime) -> None:
    """It should recover the same."""

    def recover(world: RecoveryWorld, disturb: Disturb) -> dict[str, Any]:
        with disturb(world.sandbox) as options:
            world.run("recovery_point", run_after=run_after, **options)
        events = world.announcements()
        with disturb(world.sandbox) as options:
            world.run("recovery_restore", run_after=run_after, events=events, **options)
        return world.end_state()

    undisturbed = recover(make_world(), calm)
    assert recover(make_world(), disturb) == undisturbed


@pytest.mark.timeout(1200)
def test_synonyms(make_shop: Callable[[], ProductSearch], disturb: Disturb, run_after: datetime) -> None:
    """It should publish the same."""

    def refresh(shop: ProductSearch, disturb: Disturb) -> dict[str, Any]:
        shop.bootstrap(run_after=run_after)
        shop.insert(*FROZEN_CUSTARD)
        with disturb(shop.sandbox) as options:
            shop.run("synonym_refresh", run_after=run_after, **options)
        return product_state.end_state(shop, "danish", "gelato")

    undisturbed = refresh(make_shop(), calm)
    assert refresh(make_shop(), disturb) == undisturbed


@pytest.mark.timeout(1200)
def test_discovery(make_discovery: Callable[..., Discovery], disturb: Disturb, run_after: datetime) -> None:
    """It should find and register the same, and leave no row."""

    def discover(discovery: Discovery, disturb: Disturb) -> dict[str, Any]:
        with disturb(discovery.sandbox) as options:
            discovery.run(run_after=run_after, **options)
        return discovery_state.end_state(discovery)

    undisturbed = discover(make_discovery(tables=FEW_TABLES, identifiers=2), calm)
    assert discover(make_discovery(tables=FEW_TABLES, identifiers=2), disturb) == undisturbed


@pytest.mark.timeout(1200)
def test_federated_loads(make_loads: Callable[..., Loads], disturb: Disturb) -> None:
    """It should load the same."""

    def load(loads: Loads, disturb: Disturb) -> dict[str, Any]:
        with disturb(loads.world.sandbox) as options:
            load_twice(loads, **options)
        return federated_state.end_state(loads.world)

    undisturbed = load(make_loads("retail-postgres", two_tables()), calm)
    assert load(make_loads("retail-postgres", two_tables()), disturb) == undisturbed
