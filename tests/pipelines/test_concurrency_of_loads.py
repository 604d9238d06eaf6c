"""Loads at once, of two deployments on one warehouse, and runs that look after it, interleaved as a seed chooses.

They run only where SWITCHYARD_INTERLEAVINGS asks for it, for each of its numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.seed.worlds import federation
from switchyard.federated import health
from tests.support.books import keys
from tests.support.dag_runner import DagRunner
from tests.support.federated import Difference, Federated
from tests.support.federated_runs import Loads
from tests.support.pipeline_books import load_books, tables
from tests.support.recovery import load_dags
from tests.support.together import DAY, SEEDS, Together, both, if_asked
from tests.support.two_loads import CHANGES, FEW_COLUMNS, FIRST, two_tables
from tests.support.upkeep import TABLE, ailing

ROWS = [{"id": 1}, {"id": 2}]
DIFFERENT = """
    SELECT * FROM switchyard.load_reconciliation
     WHERE verdict = 'different' OR (verdict <> 'equal' AND run_id NOT LIKE 'backfill%')
"""
"""Only a backfill may find that days before its own are not loaded."""
STORE = ("s_store_sk", "s_manager")


@if_asked
@pytest.mark.timeout(600)
def test_loads(make_loads: Callable[..., Loads], tmp_path: Path) -> None:
    """It should bring targets, view and lake where the source is, in two deployments on one warehouse."""
    loads = make_loads("retail-postgres", two_tables())
    add_deployment(tmp_path / "pipelines" / "federated_load" / "test.yaml", elsewhere)
    world, together = loads.world, Together("federated load, two deployments", loads.folder)
    dags = load_dags("federated_load")
    one, two = (dags[f"federated_load__{name}"] for name in ("test", "other"))
    given = keys(world.client("s3"), federation.LAKE)
    first = [together.runner(dag, "manual", FIRST, params=until(FIRST)) for dag in (one, two)]
    together.interleave(first, SEEDS[0])
    made, wrong = tables(world), []
    for number, seed in enumerate(SEEDS):
        day = FIRST + 2 * number * DAY
        world.edit(*(change.replace("2026-02-01", f"{day:%Y-%m-%d}") for change in (CHANGES[0], CHANGES[3])))
        world.edit(f"UPDATE store SET s_manager = 'Manager {seed}'")
        world.edit("DELETE FROM item WHERE i_item_sk = (SELECT MAX(i_item_sk) FROM item)")
        end = day + 2 * DAY
        runs = [
            together.runner(one, "scheduled", day + DAY, interval=(day, day + DAY)),
            together.runner(one, "scheduled", end, interval=(day + DAY, end)),
            together.runner(one, "backfill", day + DAY, interval=(day, day + DAY)),
            together.runner(one, "backfill", end, interval=(day + DAY, end)),
            together.runner(two, "scheduled", end, interval=(day, end)),
        ]
        together.interleave(runs, seed)
        wrong += [f"{seed} {one}" for one in differences(world)]
    wrong += [one for one in together.red if "CheckFailed" in one]
    books = load_books(world, together.runs, made, given)
    books.account("places", wrong, lambda _: False)
    together.closed(books)


@if_asked
@pytest.mark.timeout(600)
def test_health(make_loads: Callable[..., Loads], tmp_path: Path) -> None:
    """It should make each check once in each run of two deployments, beside a load, and change no row."""
    loads = ailing(make_loads, tmp_path)
    add_deployment(tmp_path / "pipelines" / "warehouse_health" / "analytics.yaml")
    world, together = loads.world, Together("warehouse health, two deployments", loads.folder)
    [load] = load_dags("federated_load").values()
    dags = load_dags("warehouse_health")
    one, two = (dags[f"warehouse_health__{name}"] for name in ("analytics", "other"))
    given = keys(world.client("s3"), federation.LAKE)
    together.interleave([together.runner(load, "manual", FIRST, params=until(FIRST))], SEEDS[0])
    made, wrong = tables(world), []
    for number, seed in enumerate(SEEDS, 1):
        day = FIRST + number * DAY
        upkeep = [
            together.runner(one, "scheduled", day, interval=both(day)),
            together.runner(one, "manual", day),
            together.runner(one, "backfill", day - DAY, interval=both(day - DAY)),
            together.runner(two, "scheduled", day, interval=both(day)),
        ]
        together.interleave([*upkeep, together.runner(load, "manual", day, params=until(day))], seed)
        wrong += unmade(world, upkeep)
        wrong += [f"{TABLE} after {seed}"] * (world.ask(f"SELECT id FROM {TABLE} ORDER BY id") != ROWS)
    books = load_books(world, together.runs, made, given)
    books.account("checks and rows", wrong, lambda _: False)
    together.closed(books)


def until(moment: datetime) -> dict[str, str]:
    """Parameters of a load by hand."""
    return {"window_end": moment.isoformat()}


def differences(world: Federated) -> Iterator[str]:
    """Where the targets, what is made of them, or what the ledger says of them, are not what the source is."""
    for target in ("item", "item_everywhere", "item_other", "item_everywhere_other"):
        found = world.compare("item", f"retail.{target}", FEW_COLUMNS[:1], FEW_COLUMNS)
        if found != Difference():
            yield f"{target}: {found}"
    for target in ("store", "store_other"):
        found = world.compare("store", f"retail.{target}", STORE[:1], STORE)
        if found != Difference():
            yield f"{target}: {found}"
    prices = "SELECT i_category_id, COUNT(*), SUM(i_current_price) FROM {} GROUP BY 1"
    source = sorted(str(tuple(one and str(one) for one in row)) for row in world.edit(prices.format("item")))
    for table in ("item", "item_other"):
        if sorted(map(str, world.ask_lake(prices.format(table)))) != source:
            yield f"{table} in the lake"
    for row in world.ledger(DIFFERENT):
        yield f"{row}"


def unmade(world: Federated, runs: Sequence[DagRunner]) -> Iterator[str]:
    """Checks of a warehouse that runs have not recorded exactly once."""
    found = [
        (row["dag_id"], row["run_id"], row["name"])
        for row in world.ledger("SELECT * FROM switchyard.check_result WHERE kind = 'warehouse health'")
    ]
    for run in runs:
        for check in health.BY_NAME.values():
            if found.count((run.dag.dag_id, run.run_id, check.title)) != 1:
                yield f"{check.title} of {run.dag.dag_id} {run.run_id}"


def add_deployment(
    file: Path, change: Callable[[dict[str, Any]], dict[str, Any]] = lambda content: content
) -> None:
    """Write a second configuration beside one."""
    file.with_name("other.yaml").write_text(yaml.safe_dump(change(yaml.safe_load(file.read_text()))))


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
