"""Taking away what the source has deleted: no more than that, and never too much."""

from __future__ import annotations

import pytest

from switchyard.errors import NotAllowed
from tests.support.redshift_steps import Killed
from tests.support.whole_loads import Load, another_try

HARD = {"deletes": {"mode": "hard", "max_fraction": 0.5}}
SOFT = {"deletes": {"mode": "soft", "flag": "is_deleted", "max_fraction": 0.5}}


@pytest.fixture
def loads(mysql, request):
    """Make a table of the test's own at the source, with three rows that the target has too."""
    name = request.node.name.partition("[")[0].removeprefix("test_")[:40]

    def make(**changes):
        load = Load(mysql, name, changes).make()
        load.put((1, "a", 1, 0.2), (2, "b", 1, 0.4), (3, "c", 1, 0.6))
        apply(load, 0, 1)
        return load

    return make


def apply(load, lo, hi):
    run, staged = load.staged(lo, hi)
    run.apply(staged).run()
    return run


def drop(load, *ids):
    load.world.edit(f"DELETE FROM {load.name} WHERE id IN ({', '.join(map(str, ids))})")


def test_deleted_rows_are_deleted(loads):
    """It should find what no watermark tells of, and tell how much of how much."""
    load = loads(**HARD)
    drop(load, 2)
    done = load.run(1, 2).deletes().run()
    assert (done["deleted"], done["keys"], done["held"], load.ids()) == (1, 2, 3, [1, 3])
    assert load.run(2, 3).deletes().run()["deleted"] == 0


def test_deleted_rows_are_marked(loads):
    """It should mark them once, and unmark a row whose key comes back."""
    load = loads(**SOFT)
    drop(load, 2)
    assert load.run(1, 2).deletes().run()["deleted"] == 1
    assert load.run(2, 3).deletes().run()["deleted"] == 0
    assert (load.ids("is_deleted"), load.ids("NOT is_deleted")) == ([2], [1, 3])
    load.put((2, "back", 1, 3.5))
    apply(load, 3, 4)
    assert load.ids("NOT is_deleted") == [1, 2, 3]


def test_a_marked_row_that_is_read_again_is_unmarked(loads):
    """It should take a row for alive that its source has after all, with the watermark that it had."""
    load = loads(**SOFT)
    drop(load, 2)
    load.run(1, 2).deletes().run()
    load.put((2, "b", 1, 0.4))
    apply(load, 0, 1)
    assert load.ids("NOT is_deleted") == [1, 2, 3]


def test_too_many_deletes_are_refused(loads):
    """It should stop with the target as it was, and say how many of how many are gone."""
    load = loads(**HARD)
    drop(load, 1, 2)
    with pytest.raises(NotAllowed, match=r"2 of 3 rows \(66.7%\) are gone at the source, and 50.0% may be"):
        load.run(1, 2).deletes().run()
    assert load.ids() == [1, 2, 3]


def test_an_emptied_source_is_not_followed(loads):
    """It should not empty the target, whatever fraction is allowed."""
    load = loads(deletes={"mode": "hard", "max_fraction": 1.0})
    drop(load, 1, 2, 3)
    with pytest.raises(NotAllowed, match="the source has no rows at all"):
        load.run(1, 2).deletes().run()
    assert load.ids() == [1, 2, 3]


def test_passes_are_made_every_few_runs(loads):
    """It should look at all keys in every second run alone, and not at all where rows are never deleted."""
    load = loads(deletes={**HARD["deletes"], "every": 2})
    made = []
    for hour in (1, 2, 3, 4):
        run = apply(load, hour, hour + 1)
        made.append(run.deletes().run()["made"])
    assert made == [True, False, True, False]
    assert not load.run(5, 6, deletes={"mode": "none"}).deletes().run()["made"]


def killed_after(begin, statement):
    """A task that was killed as soon as a statement of it had ended."""
    for lives in range(1, 50):
        task = begin()
        task.store.lives, task.store.dies_after = lives, True
        with pytest.raises(Killed):
            task.run()
        known = task.store.get("redshift_statements") or {"by_purpose": {}}
        if (known["by_purpose"].get(statement) or {}).get("ended"):
            return task
    raise AssertionError(f"{statement} was never sent")


def test_rows_that_come_meanwhile_stay(loads):
    """It should not delete a row that the source got after its keys were read, nor one that came back."""
    load = loads(**HARD)
    drop(load, 2)
    task = killed_after(load.run(1, 2).deletes, "read_keys")
    load.put((2, "back", 1, 1.9), (4, "late", 1, 0.5))
    apply(load, 1, 2)
    apply(load, 0, 1)
    another_try(task).run()
    assert load.ids() == [1, 2, 3, 4]


@pytest.mark.parametrize("after", [False, True])
def test_kills_anywhere_converge(loads, after):
    """It should end with the same target after a kill before or after any note that it makes, and one more try."""
    load = loads(**HARD)
    lives, killed = 1, True
    while killed:
        load.put((2, "b", 1, 0.4))
        apply(load, 0, 1)
        drop(load, 2)
        task = load.run(1, 2).deletes()
        task.store.lives, task.store.dies_after = lives, after
        try:
            task.run()
            killed = False
        except Killed:
            another_try(task).run()
        assert load.ids() == [1, 3], lives
        lives += 1
    assert lives > 6
