"""Months of recoveries and of discoveries, and their books; `test_soak.py` runs them where the time can be moved on."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import figures
from tests.support.books import Books
from tests.support.discovery import DAG as DISCOVERY
from tests.support.discovery import FEW_TABLES, Discovery
from tests.support.months import Month, Tick
from tests.support.pipeline_books import (
    discovery_books,
    recovery_books,
)
from tests.support.recovery import SOURCE, TARGET, RecoveryWorld, load_dag

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
        struck=month.struck,
        red_runs=len(month.red),
        seen=sum(books.seen.values()),
        lost=books.lost,
    )
    assert books.orphans == {}


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
        rows = f"SELECT COUNT(*) FROM payment WHERE payment_date < '{swapped[0].moment:%Y-%m-%d %H:%M:%S}'"
        assert world.database(TARGET).ask(rows) == world.database(SOURCE).ask(rows)
    closed("aurora recovery", month, books)


@pytest.mark.timeout(900)
def test_discovery(make_discovery: Callable[..., Discovery]) -> None:
    """It should register what was added week by week, and keep no row of the source."""
    discovery = make_discovery(tables=FEW_TABLES, identifiers=2)
    month = Month(discovery.sandbox, discovery.folder, clears_all=True)
    dag = load_dag(DISCOVERY)
    month.by_hand(dag)

    def before(tick: Tick, _rng: random.Random) -> Mapping[str, Any]:
        name = f"contact_{tick.moment:%m%d}"
        discovery.edit(
            f"ALTER TABLE store ADD COLUMN {name} VARCHAR(50)",
            f"UPDATE store SET {name} = 'shop@example.org'",
        )
        return {}

    month.live({dag.dag_id: dag}, before)
    books = discovery_books(discovery, month.runs, without_notes=month.without_notes)
    books.account(
        "register of columns", map(str, discovery.registered() ^ discovery.published()), lambda _: False
    )
    added = {one.column for one in discovery.registered() if one.column.startswith("contact_")}
    assert len(added) == len(month.runs) - 1
    closed("sensitive data discovery", month, books)
