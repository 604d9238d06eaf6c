"""A month of each pipeline, and its books; `test_soak.py` runs these where the time of day can be moved on."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.seed.worlds import federation
from tests.support import figures
from tests.support.books import Books, keys
from tests.support.discovery import DAG as DISCOVERY
from tests.support.discovery import FEW_TABLES, Discovery
from tests.support.federated_runs import Loads
from tests.support.months import Month, Tick
from tests.support.pipeline_books import (
    discovery_books,
    load_books,
    recovery_books,
    synonym_books,
    tables,
)
from tests.support.product_search import ProductSearch
from tests.support.recovery import SOURCE, TARGET, RecoveryWorld, load_dag
from tests.support.two_loads import two_tables

HEALTH = Path(__file__).parents[2] / "include" / "pipelines" / "warehouse_health" / "analytics.yaml"
OLDEST = timedelta(days=9)
"""Of a recovery point: nothing is deleted before the week's drill has seen what is newer."""
KEEP_LAST = 3
"""As the shipped configuration has it."""
PAY = (
    "INSERT INTO payment (customer_id, staff_id, rental_id, amount, payment_date) "
    "SELECT customer_id, staff_id, rental_id, amount, %s FROM payment LIMIT %s"
)


def changed(file: Path, **sections: Any) -> None:
    """Give a configuration file other sections."""
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | sections))


def closed(pipeline: str, month: Month, books: Books) -> None:
    """Record the figures of a month, whose books must balance."""
    figures.record(
        "soak",
        pipeline=pipeline,
        days=month.days,
        runs=len(month.runs),
        disturbed=month.disturbed,
        kinds=len(month.struck_by),
        struck=month.struck,
        red_runs=len(month.red),
        seen=sum(books.seen.values()),
        orphans=sum(map(len, books.orphans.values())),
        missing=sum(map(len, books.missing.values())),
        left_gb=books.gigabytes,
        lost=books.lost,
    )
    assert (books.orphans, books.missing) == ({}, {})


def payments(world: RecoveryWorld, place: tuple[str, str], which: str) -> list[tuple[Any, ...]]:
    """Those at a place that fulfil a condition."""
    with closing(world.database(place).connect()) as database, database.cursor() as cursor:
        cursor.execute(f"SELECT payment_id, amount, payment_date FROM payment WHERE {which}")
        return list(cursor.fetchall())


@pytest.mark.timeout(900)
def test_recovery(configuration: Path, seed_world: Callable[[str], dict[str, Any]]) -> None:
    """It should keep what retention asks for and what is live, and nothing else, after drills and a swap."""
    written = yaml.safe_load(configuration.read_text())
    changed(
        configuration,
        schedule={
            "recovery_point": {"cron": "0 2 * * *"},
            "recovery_restore": {"cron": "0 3 * * 0"},
            "recovery_watch": {"cron": "0 9 * * *"},
        },
        objectives=written["objectives"] | {"rpo_minutes": 1500, "drill_days": 8},
        restore={"mode": "test", "start_on_message": False},
    )
    world = RecoveryWorld(**seed_world("orders"))
    month = Month(world.sandbox, world.folder)
    dags = {
        dag.dag_id: dag for dag in map(load_dag, ("recovery_point", "recovery_restore", "recovery_watch"))
    }
    point, restore, _ = dags
    swapped: list[Tick] = []

    def before(tick: Tick, rng: random.Random) -> Mapping[str, Any]:
        if tick.dag_id == point:
            with closing(world.database(SOURCE).connect()) as source, source.cursor() as cursor:
                cursor.execute(PAY, (tick.moment.replace(tzinfo=None), rng.randrange(1, 50)))
                source.commit()
        if tick.dag_id == restore and len(month.runs) > 40 and not swapped:
            swapped.append(tick)
            return {"params": {"mode": "swap"}}
        return {}

    month.by_hand(dags[point])
    month.by_hand(dags[restore])
    month.live(dags, before)
    books = recovery_books(
        world, month.runs, keep=OLDEST, keep_last=KEEP_LAST, without_notes=month.without_notes
    )
    assert bool(swapped) == (month.days >= 30)
    if swapped:
        before_swap = f"payment_date < '{swapped[0].moment:%Y-%m-%d %H:%M:%S}'"
        books.compare("payments", *(payments(world, place, before_swap) for place in (SOURCE, TARGET)))
    closed("aurora recovery", month, books)


@pytest.mark.timeout(900)
def test_synonyms(product_configuration: Path, make_shop: Callable[[], ProductSearch]) -> None:
    """It should have published each day's rows, and keep the files of releases alone."""
    changed(product_configuration, schedule={"refresh": {"cron": "0 6 * * *"}})
    shop = make_shop()
    for number in range(20):  # so many that a row more or less is no large change
        shop.insert(f"first{number}", f"first{number}x", None)
    month = Month(shop.sandbox, shop.folder)
    refresh = load_dag("synonym_refresh")
    month.by_hand(load_dag("synonym_bootstrap"))
    shop.fill()

    def before(tick: Tick, rng: random.Random) -> Mapping[str, Any]:
        word = f"word{tick.moment:%m%d}"
        if rng.random() < 0.7:
            shop.insert(word, f"{word}x", "ice cream")
        if rng.random() < 0.4:
            shop.edit("UPDATE SynonymsTable SET Synonym_2 = %s WHERE SynID > 1 ORDER BY SynID LIMIT 1", word)
        if rng.random() < 0.3:
            shop.edit("DELETE FROM SynonymsTable WHERE SynID > 1 ORDER BY SynID DESC LIMIT 1")
        return {}

    month.live({refresh.dag_id: refresh}, before)
    books = synonym_books(shop, month.runs, without_notes=month.without_notes)
    closed("synonym refresh", month, books)


@pytest.mark.timeout(900)
def test_discovery(make_discovery: Callable[..., Discovery]) -> None:
    """It should register what was added week by week, and keep no row of the source."""
    discovery = make_discovery(tables=FEW_TABLES, identifiers=2)
    month = Month(discovery.sandbox, discovery.folder, share=1.0, clears_all=True)
    dag = load_dag(DISCOVERY)
    month.by_hand(dag)
    added: list[str] = []

    def before(tick: Tick, _rng: random.Random) -> Mapping[str, Any]:
        name = f"contact_{tick.moment:%m%d}"
        added.append(name)
        discovery.edit(
            f"ALTER TABLE store ADD COLUMN {name} VARCHAR(50)",
            f"UPDATE store SET {name} = 'shop@example.org'",
        )
        return {}

    month.live({dag.dag_id: dag}, before)
    books = discovery_books(discovery, month.runs, without_notes=month.without_notes)
    books.require("columns", added, {one.column for one in discovery.registered()})
    closed("sensitive data discovery", month, books)


@pytest.mark.timeout(900)
def test_loads(make_loads: Callable[..., Loads], tmp_path: Path) -> None:
    """It should hold the source's rows in target, view and lake, and no stage."""
    loads = make_loads("retail-postgres", two_tables()[:1])
    changed(tmp_path / "pipelines" / "federated_load" / "test.yaml", schedule={"load": {"cron": "0 1 * * *"}})
    health = tmp_path / "pipelines" / "warehouse_health" / "analytics.yaml"
    health.parent.mkdir()
    health.write_text(HEALTH.read_text())
    changed(health, waits={"poll_interval_seconds": 0.1}, schedule={"health": {"cron": "30 5 * * 1"}})
    world, month = loads.world, Month(loads.world.sandbox, loads.folder)
    dags = {dag.dag_id: dag for dag in map(load_dag, ("federated_load", "warehouse_health"))}
    load, _ = dags
    given = keys(world.client("s3"), federation.LAKE)
    month.by_hand(dags[load], params={"window_end": datetime.now(UTC).isoformat()})
    made = tables(world)

    def before(tick: Tick, rng: random.Random) -> Mapping[str, Any]:
        if tick.dag_id == load:
            lo, hi = tick.interval
            moment = rng.random() * (hi - lo) / 2
            first, second = (f"{lo + one:%Y-%m-%d %H:%M:%S}" for one in (moment, moment + (hi - lo) / 2))
            rest, key = rng.randrange(7), 10_000 + tick.moment.timetuple().tm_yday
            world.edit(
                f"UPDATE item SET i_current_price = {rng.randrange(99)}.25, updated_at = '{first}' "
                f"WHERE i_item_sk % 7 = {rest}",
                f"UPDATE item SET i_item_sk = {key}, updated_at = '{second}' "
                "WHERE i_item_sk = (SELECT MIN(i_item_sk) FROM item)",
                "DELETE FROM item WHERE i_item_sk = (SELECT MIN(i_item_sk) FROM item)",
            )
        return {}

    month.live(dags, before)
    targets = ("retail.item", "retail.item_everywhere")
    books = load_books(world, month.runs, made, given, *targets, without_notes=month.without_notes)
    closed("federated load, warehouse health", month, books)
