"""The view over live database, warehouse and lake."""

from __future__ import annotations

from datetime import timedelta

import pytest

from switchyard.errors import CheckFailed
from tests.support.whole_loads import LAKE, Load, at, written


@pytest.fixture
def load(mysql, request):
    """A table of the test's own: rows 1 to 3 in the lake alone, 4 and 5 at the source since the first hour."""
    name = request.node.name.removeprefix("test_")[:30]
    view = {"name": f"retail.{name}_everywhere", "lake_table": f"{name}_archive"}
    load = Load(mysql, name, {"view": view}, lake=LAKE).make()
    archive = f"retail_lake.{name}_archive"
    rows = " UNION ALL ".join(
        f"SELECT CAST({key} AS bigint) AS id, CAST('lake' AS varchar(20)) AS note, CAST(1 AS decimal(7,2)) AS price,"
        f" CAST('{written(-20)}' AS timestamp) AS updated_at"
        for key in (1, 2, 3)
    )
    mysql.ask(
        f"CREATE EXTERNAL TABLE {archive} STORED AS PARQUET"
        f" LOCATION 's3://{LAKE['bucket']}/archive/{name}/' AS {rows}"
    )
    load.put((4, "a", 1, 0.5), (5, "a", 1, 0.5))
    return load


def apply(load, lo, hi):
    run, staged = load.staged(lo, hi)
    return run, run.apply(staged).run()


def shown(load):
    """The view's rows, id, note and where they come from."""
    rows = load.world.ask(f"SELECT id, note, source FROM {load.target}_everywhere ORDER BY id, source")
    return [tuple(row.values()) for row in rows]


def test_each_key_is_there_once_in_its_newest_version(load):
    """It should show the same rows before a change, after it, and once it is applied; only their source differs."""
    old = [(key, "lake", "lake") for key in (1, 2, 3)]
    run, applied = apply(load, 0, 1)
    assert applied["boundary"] == (at(1) - timedelta(minutes=5)).isoformat()
    assert shown(load) == [*old, (4, "a", "warehouse"), (5, "a", "warehouse")]
    load.put((3, "changed", 1, 1.5), (5, "changed", 1, 1.5), (6, "new", 1, 1.5))
    live = [(3, "changed"), (4, "a"), (5, "changed"), (6, "new")]
    sources = ["live", "warehouse", "live", "live"]
    assert shown(load) == [*old[:2], *((*row, source) for row, source in zip(live, sources, strict=True))]
    run, _ = apply(load, 1, 2)
    assert shown(load) == [*old[:2], *((*row, "warehouse") for row in live)]
    assert run.reconcile().run()["view"] == {"lake": 2, "warehouse": 4}


def test_what_commits_late_is_seen_at_once(load):
    """It should read live what may have been committed after its window was read."""
    apply(load, 0, 1)
    load.put((4, "late", 1, 0.95))
    assert (4, "late", "live") in shown(load)


def test_the_boundary_stays_before_a_missing_window(load):
    """It should go on reading live what a window that is still to come will bring."""
    apply(load, 0, 1)
    load.put((4, "changed", 1, 1.5))
    _, applied = apply(load, 2, 3)
    assert applied["boundary"] == (at(1) - timedelta(minutes=5)).isoformat()
    assert (4, "changed", "live") in shown(load)
    _, applied = apply(load, 1, 2)
    assert applied["boundary"] == (at(3) - timedelta(minutes=5)).isoformat()
    assert (4, "changed", "warehouse") in shown(load)


def test_doubled_keys_are_found(load):
    """It should not let a key be there twice unseen, whoever put it there."""
    run, _ = apply(load, 0, 1)
    load.world.ask(f"INSERT INTO {load.target} SELECT * FROM {load.target} WHERE id = 4")
    with pytest.raises(CheckFailed, match="1 keys are there more than once, 2 times together"):
        run.reconcile().run()
