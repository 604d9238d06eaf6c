"""Bringing stages into targets: any order, any number of times, killed anywhere."""

from __future__ import annotations

from decimal import Decimal

import pytest

from switchyard.errors import CheckFailed, StepFailed
from tests.support.redshift_steps import Killed
from tests.support.whole_loads import MAKE, Load, another_try, at, written

ONE = Decimal("1.00")
WITHOUT_KEY = """
CREATE TABLE {name} (
  id BIGINT, note VARCHAR(20), price DECIMAL(7,2), updated_at DATETIME NOT NULL, INDEX changed (updated_at)
)
"""


@pytest.fixture
def loads(mysql, request):
    """Make a table of the test's own at the source, with its target."""
    name = request.node.name.partition("[")[0].removeprefix("test_")[:40]

    def make(make=MAKE, **changes):
        return Load(mysql, name, changes, definition=make).make()

    return make


def test_a_window_is_applied(loads):
    """It should bring new rows, take changed ones for their older versions, and tell the ledger."""
    load = loads()
    load.put((1, "a", 1, 0.5), (2, "b", 1, 0.5))
    run, staged = load.staged(0, 1)
    assert run.apply(staged).run()["inserted"] == 2
    load.put((2, "c", 1, 1.5), (3, None, 1, 1.5))
    run, staged = load.staged(1, 2)
    applied = run.apply(staged).run()
    assert (applied["inserted"], applied["replaced"], applied["superseded"]) == (2, 1, 0)
    assert load.held() == [(1, "a", ONE), (2, "c", ONE), (3, None, ONE)]
    first, second = load.windows()
    assert (first["state"], first["hi"], second["lo"]) == ("applied", at(1), at(1))
    assert (second["inserted_rows"], second["replaced_rows"]) == (2, 1)


def test_a_repeated_window_changes_nothing(loads):
    """It should not touch a row that is as it should be, not even one with NULLs."""
    load = loads()
    load.put((1, "a", 1, 0.5), (2, None, 1, 0.5))
    for expected in (2, 0):
        run, staged = load.staged(0, 1)
        applied = run.apply(staged).run()
        assert (applied["inserted"], applied["replaced"]) == (expected, 0)
    assert load.ids() == [1, 2]


def test_a_scheduled_run_makes_up_for_those_before_it(loads):
    """It should read from where windows end when runs were missed or have failed; a backfill reads its own interval."""
    load = loads()
    load.put((1, "a", 1, 0.5))
    run, staged = load.staged(0, 1)
    run.apply(staged).run()
    checked = load.run(3, 4).preconditions().run()
    assert checked["windows"][load.name]["lo"] == at(1).isoformat()
    assert any("no run has loaded what changed from" in one for one in checked["warnings"])
    backfill = load.run(3, 4).preconditions()
    backfill.run_type = "backfill"
    checked = backfill.run()
    assert checked["windows"][load.name]["lo"] == at(3).isoformat()
    assert any("is not loaded" in one for one in checked["warnings"])
    again = load.run(0, 1).preconditions().run()
    assert again["windows"][load.name]["lo"] == at(0).isoformat()


def test_windows_come_in_any_order(loads):
    """It should keep the newer version of a row, whichever window is applied last."""
    load = loads()
    load.put((1, "old", 1, 0.5), (2, "only", 1, 0.5))
    first, staged_first = load.staged(0, 1)
    load.put((1, "new", 1, 1.5))
    second, staged_second = load.staged(1, 2)
    second.apply(staged_second).run()
    assert first.apply(staged_first).run()["inserted"] == 1
    assert load.held() == [(1, "new", ONE), (2, "only", ONE)]


def test_the_later_reading_of_one_moment_wins(loads):
    """It should know which of two versions with the same watermark is newer, by when they were read."""
    load = loads()
    load.put((1, "first", 1, 0.97))
    early, staged_early = load.staged(0, 1)
    load.put((1, "second", 1, 0.97))
    late, staged_late = load.staged(1, 2)
    late.apply(staged_late).run()
    assert early.apply(staged_early).run()["superseded"] == 1
    assert load.held() == [(1, "second", ONE)]


def test_a_version_of_one_moment_gives_way_to_a_later_reading(loads):
    """It should not stay with the version that was seen first when clocks are coarse."""
    load = loads()
    load.put((1, "first", 1, 0.97))
    for note in ("first", "second"):
        load.put((1, note, 1, 0.97))
        run, staged = load.staged(0, 1)
        run.apply(staged).run()
    assert load.held() == [(1, "second", ONE)]


def test_append_never_changes_a_row(loads):
    """It should add rows whose keys are new, once, and leave all others alone."""
    load = loads(mode="append")
    load.put((1, "a", 1, 0.5))
    for _ in range(2):
        run, staged = load.staged(0, 1)
        run.apply(staged).run()
    load.put((1, "changed", 1, 0.99), (2, "b", 1, 1.5))
    run, staged = load.staged(1, 2)
    assert run.apply(staged).run()["inserted"] == 1
    assert load.held() == [(1, "a", ONE), (2, "b", ONE)]


def keyless(load, *rows):
    """Write rows (note, price, hour) that nothing tells apart."""
    for note, price, hour in rows:
        load.world.edit(
            f"INSERT INTO {load.name} (note, price, updated_at) VALUES ('{note}', {price}, '{written(hour)}')"
        )


def test_rows_without_a_key_are_appended_by_window(loads):
    """It should hold as many equal rows as the source, whichever window is applied last or again."""
    load = loads(mode="append", key=[], make=WITHOUT_KEY, reconcile={"sums": ["price"]})
    keyless(load, ("a", 1, 0.5), ("a", 1, 0.5), ("b", 2, 0.99))
    early, staged_early = load.staged(0, 1)
    early.check_stage(staged_early).run()
    keyless(load, ("late", 3, 0.97), ("c", 4, 1.5))
    late, staged_late = load.staged(1, 2)
    late.apply(staged_late).run()
    assert early.apply(staged_early).run()["superseded"] == 1
    everything = [("a", ONE), ("a", ONE), ("b", 2 * ONE), ("c", 4 * ONE), ("late", 3 * ONE)]
    assert load.held("note, price") == everything
    again, staged = load.staged(0, 1)
    again.apply(staged).run()
    assert load.held("note, price") == everything
    assert again.reconcile().run()["differing"] == 0
    load.world.ask(f"DELETE FROM {load.target} WHERE note = 'b'")
    with pytest.raises(CheckFailed, match="1 missing in the target: 2026-01-10"):
        load.run(1, 2).reconcile().run()


def test_without_a_stage_nothing_is_applied(loads):
    """It should say what to do where the step before has made no stage."""
    with pytest.raises(StepFailed, match=r"no stage of this table\. Clear the run from its stage on"):
        loads().run(0, 1).apply({}).run()


def test_swap_replaces_all_rows_and_keeps_grants(loads):
    """It should change the table for another one with the same readers, and keep the old one until the end."""
    load = loads(mode="swap")
    load.put((1, "a", 1, 0.5))
    first, staged = load.staged(0, 1)
    first.apply(staged).run()
    first.tidy().run()
    load.world.ask(f"GRANT SELECT ON {load.target} TO PUBLIC")
    load.world.edit(f"DELETE FROM {load.name}")
    load.put((2, "b", 1, 0.5))
    run, staged = load.staged(1, 2)
    kept = run.apply(staged).run()["kept"]
    assert load.ids() == [2]
    assert load.world.ask(f"SELECT id FROM {kept}") == [{"id": 1}]
    grants = "SELECT privilege_type FROM svv_relation_privileges WHERE relation_name = :name"
    assert [row["privilege_type"] for row in load.world.ask(grants, name=load.name)] == ["SELECT"]
    run.tidy().run()
    left = "SELECT COUNT(*) AS remaining FROM svv_redshift_tables WHERE table_name LIKE :name"
    assert load.world.ask(left, name=f"{load.name}_%") == [{"remaining": 0}]


def test_an_older_reading_never_swaps_out_a_newer_one(loads):
    """It should leave the target alone where a later reading is in it already."""
    load = loads(mode="swap")
    load.put((1, "a", 1, 0.5))
    early, staged_early = load.staged(0, 1)
    load.put((2, "b", 1, 0.5))
    late, staged_late = load.staged(1, 2)
    late.apply(staged_late).run()
    assert early.apply(staged_early).run()["summary"] == "the target holds a later reading"
    assert load.ids() == [1, 2]


@pytest.mark.parametrize(("mode", "after"), [("merge", False), ("merge", True), ("swap", False)])
def test_kills_anywhere_converge(loads, mode, after):
    """It should end with the same target after a kill before or after any note that it makes, and one more try."""
    load = loads(mode=mode)
    load.put((1, "a", 1, 0.5))
    run, staged = load.staged(0, 1)
    run.apply(staged).run()
    load.put((1, "b", 1, 1.5), (2, "c", 1, 1.5))
    lives, killed = 1, True
    while killed:
        run, staged = load.staged(1, 2)
        task = run.apply(staged)
        task.store.lives, task.store.dies_after = lives, after
        try:
            task.run()
            killed = False
        except Killed:
            another_try(task).run()
        assert load.held() == [(1, "b", ONE), (2, "c", ONE)], lives
        lives += 1
    assert lives > 4
