"""Both halves of a recovery in each of its variants, on real databases: undisturbed, and killed around its calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.recovery import RecoveryWorld
from tests.support.recovery_variants import VARIANTS, Variant

EVERY = 40
"""Kills are around every fortieth AWS call, and the first and last of each operation."""


def recover(world: RecoveryWorld, **options: Any) -> dict[str, dict[str, Any]]:
    """Make a recovery point and restore it; the results of all tasks of the restore, with the point's by its name."""
    point = world.run("recovery_point", **options)
    events = world.announcements()
    named = {"snapshot_arn": point.results["announce_recovery_point"]["snapshot_arn"]}
    restore = world.run("recovery_restore", events=events, params=named, **options)
    return point.results | restore.results


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda one: one.name)
def test_recovers_source_under_live_name(
    make_variant: Callable[[Variant], RecoveryWorld], variant: Variant
) -> None:
    """It should put the source's data under the live name, and leave nothing but that running."""
    world = make_variant(variant)
    old = world.live_id()
    found = recover(world)
    assert world.live_id() == found["swap_names"]["live_resource_id"] != old
    assert found["retire_old_cluster"]["retired_resource_id"] == old
    assert world.database(world.target).ask("SELECT COUNT(*) FROM rental") == 16_044
    state = world.end_state()
    names = [one["name"] for kind in ("clusters", "instances") for one in state[kind][str(world.target)]]
    assert names == [world.name]
