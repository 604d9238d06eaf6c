"""Loads at once, of two deployments on one warehouse, and runs that look after it, interleaved as a seed chooses.

They run only where SWITCHYARD_INTERLEAVINGS asks for it, for each of its numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.seed.worlds import federation
from tests.support.books import keys
from tests.support.federated import Difference
from tests.support.federated_runs import Loads
from tests.support.pipeline_books import load_books, tables
from tests.support.recovery import load_dags
from tests.support.together import DAY, SEEDS, Together, if_asked
from tests.support.two_loads import CHANGES, FEW_COLUMNS, FIRST, two_tables


@if_asked
@pytest.mark.timeout(600)
def test_loads(make_loads: Callable[..., Loads], tmp_path: Path) -> None:
    """It should bring target, view and lake where the source is, in two deployments on one warehouse."""
    loads = make_loads("retail-postgres", two_tables())
    file = tmp_path / "pipelines" / "federated_load" / "test.yaml"
    (file.parent / "other.yaml").write_text(yaml.safe_dump(elsewhere(yaml.safe_load(file.read_text()))))
    world, together = loads.world, Together("federated load, two deployments", loads.folder)
    dags = load_dags("federated_load")
    one, two = (dags[f"federated_load__{name}"] for name in ("test", "other"))
    until = {"params": {"window_end": FIRST.isoformat()}}
    given = keys(world.client("s3"), federation.LAKE)
    together.interleave([together.runner(dag, "manual", FIRST, **until) for dag in (one, two)], SEEDS[0])
    made = tables(world)
    for number, seed in enumerate(SEEDS):
        day = FIRST + 2 * number * DAY
        world.edit(*(change.replace("2026-02-01", f"{day:%Y-%m-%d}") for change in CHANGES[:1]))
        world.edit("DELETE FROM item WHERE i_item_sk = (SELECT MAX(i_item_sk) FROM item)")
        end = day + 2 * DAY
        runs = [
            together.runner(one, "scheduled", day + DAY, interval=(day, day + DAY)),
            together.runner(one, "scheduled", end, interval=(day + DAY, end)),
            together.runner(one, "backfill", day + DAY, interval=(day, day + DAY)),
            together.runner(two, "scheduled", end, interval=(day, end)),
        ]
        together.interleave(runs, seed)
        for target in ("retail.item", "retail.item_everywhere", "retail.item_other"):
            assert world.compare("item", target, FEW_COLUMNS[:1], FEW_COLUMNS) == Difference()
        assert tables(world) == made
    together.closed(load_books(world, together.runs, made, given))


def elsewhere(content: dict[str, Any]) -> dict[str, Any]:
    """The same load by another external schema, into tables, a view and files of other names."""
    content["source"]["external_schema"] += "_other"
    for table in content["tables"]:
        table["target"] += "_other"
        if "view" in table:
            table["view"]["name"] += "_other"
        if "publish" in table:
            table["publish"]["table"] += "_other"
    return content
