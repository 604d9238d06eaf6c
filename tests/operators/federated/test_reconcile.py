"""Holding targets against sources that move on meanwhile."""

from __future__ import annotations

import pytest

from switchyard.errors import CheckFailed
from tests.support.redshift_steps import Killed
from tests.support.whole_loads import Load, another_try, written

HARD = {"deletes": {"mode": "hard", "max_fraction": 0.9}, "reconcile": {"buckets": 4, "sums": ["price"]}}


@pytest.fixture
def loads(mysql, request):
    """Make a table of the test's own at the source, with twelve rows that the target has too."""
    name = request.node.name.partition("[")[0].removeprefix("test_")[:40]

    def make(**changes):
        load = Load(mysql, name, {**HARD, **changes}).make()
        load.put(*((number, "a", number, 0.2) for number in range(1, 13)))
        apply(load, 0, 1)
        return load

    return make


def apply(load, lo, hi):
    run, staged = load.staged(lo, hi)
    run.apply(staged).run()
    return run


def verdicts(load):
    """What the ledger has of the last comparison, by bucket."""
    rows = load.world.ledger(
        "SELECT DISTINCT ON (bucket) bucket, verdict FROM switchyard.load_reconciliation"
        f" WHERE table_name = '{load.name}' ORDER BY bucket, compared_at DESC"
    )
    return {row["bucket"]: row["verdict"] for row in rows}


def test_equal_tables_are_equal(loads):
    """It should compare all rows in buckets, and record each."""
    load = loads()
    done = load.run(1, 2).reconcile().run()
    assert (done["rows"], done["buckets"], done["differing"]) == (12, 4, 0)
    assert verdicts(load) == dict.fromkeys("0123", "equal")
    assert load.windows()[-1]["reconciled_at"] is not None


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("DELETE FROM {} WHERE id = 6", r"1 missing in the target: 6 \(buckets 2\)"),
        ("UPDATE {} SET price = 0 WHERE id = 7", r"1 older or different in the target: 7 \(buckets 3\)"),
        ("UPDATE {} SET updated_at = '2026-01-09' WHERE id = 7", r"1 older or different in the target: 7"),
        ("INSERT INTO {} SELECT * FROM {} WHERE id = 8", r"1 more than once in the target: 8"),
        ("UPDATE {} SET id = 16 WHERE id = 8", r"1 missing in the target: 8"),
    ],
)
def test_wrong_rows_are_named(loads, tampering, found):
    """It should find a row that is lost, older, different, doubled or under another key, and name it."""
    load = loads()
    load.world.ask(tampering.replace("{}", load.target))
    with pytest.raises(CheckFailed, match=found):
        load.run(1, 2).reconcile().run()
    assert "different" in verdicts(load).values()


def test_what_the_source_did_since_is_no_fault(loads):
    """It should explain rows that changed, came or went after the window, and rows that were committed late."""
    load = loads()
    run = apply(load, 1, 2)
    deletes = run.deletes().run()
    load.put((1, "changed", 5, 2.5), (20, "new", 5, 2.5), (21, "late", 5, 1.99))
    load.world.edit(f"DELETE FROM {load.name} WHERE id = 3")
    done = run.reconcile(deletes).run()
    assert done["differing"] == 2
    assert "1 perhaps committed late" in done["summary"]
    assert "1 deleted since the last pass" in done["summary"]
    assert verdicts(load) == {"0": "equal", "1": "explained", "2": "equal", "3": "explained"}


def test_windows_that_another_run_applies_meanwhile_are_no_fault(loads):
    """It should not miss rows in what it read of the target before another run brought them."""
    load = loads()
    load.put((13, "new", 1, 1.5), (14, "newer", 1, 2.5))
    earlier, staged = load.staged(1, 2)
    task = apply(load, 2, 3).reconcile()
    task.store.never_keeps = "is_fault"
    with pytest.raises(Killed):
        task.run()
    earlier.apply(staged).run()
    task.store.never_keeps = ""
    done = another_try(task).run()
    assert "1 of windows that are not loaded" in done["summary"]
    assert load.ids() == list(range(1, 15))
    assert earlier.reconcile().run()["differing"] == 0


def test_ghosts_are_faults_of_the_pass(loads):
    """It should blame a run whose pass read the keys for a row that was gone by then and is still there."""
    load = loads()
    load.world.edit(f"DELETE FROM {load.name} WHERE id = 3")
    run = load.run(1, 2)
    deletes = run.deletes().run()
    load.world.ask(f"INSERT INTO {load.target} (id, price, updated_at) VALUES (3, 3, '{written(0.2)}')")
    with pytest.raises(CheckFailed, match="1 not at the source: 3"):
        run.reconcile(deletes).run()


def test_marked_rows_do_not_count(loads):
    """It should take a row that is marked as deleted for gone."""
    load = loads(deletes={"mode": "soft", "flag": "is_deleted", "max_fraction": 0.9})
    load.world.edit(f"DELETE FROM {load.name} WHERE id = 3")
    run = load.run(1, 2)
    done = run.reconcile(run.deletes().run()).run()
    assert (done["rows"], done["differing"]) == (11, 0)


def test_comparisons_are_made_every_few_runs(loads):
    """It should compare in every second run alone."""
    load = loads(reconcile={"buckets": 4, "every": 2})
    made = [apply(load, hour, hour + 1).reconcile().run()["made"] for hour in (1, 2, 3)]
    assert made == [True, False, True]


def test_buckets_by_day(loads):
    """It should divide a table whose key is no number by the days of its watermark."""
    load = loads(key=["note"])
    load.world.ask(f"DELETE FROM {load.target} WHERE id = 5")
    with pytest.raises(CheckFailed, match="buckets 2026-01-10"):
        load.run(1, 2).reconcile().run()


def test_tables_without_watermark_are_compared_as_they_are(loads):
    """It should compare all rows of a table that is swapped."""
    load = loads(mode="swap", watermark=None, deletes={"mode": "none"})
    assert load.run(1, 2).reconcile().run()["rows"] == 12
    load.world.ask(f"DELETE FROM {load.target} WHERE id = 5")
    with pytest.raises(CheckFailed, match="1 missing in the target: 5"):
        load.run(1, 2).reconcile().run()
