"""Holding a load against its source, and its size against the cap."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from sandbox.seed.worlds import customers
from switchyard.errors import CheckFailed, NotAllowed, StepFailed
from tests.support.discovery_steps import table

CONTACT, LANGUAGE, NOBODY = (table(name) for name in ("contact", "language", "nobody"))


@pytest.fixture(autouse=True)
def _swept(steps):
    yield
    steps.run().step("empty")


@contextmanager
def ending(steps, status):
    """Let a task that fails show this status."""
    steps.sandbox.choose(dms_error_status=status)
    try:
        yield
    finally:
        steps.sandbox.choose(dms_error_status="failed")


def coverage(steps, run):
    rows = steps.ledger(
        "SELECT table_name, rows_before, rows_after, rows_loaded, proof, objects FROM switchyard.discovery_coverage "
        f"WHERE run_id = 'manual__{run.stamp}' ORDER BY table_name"
    )
    return [tuple(row.values()) for row in rows]


def test_equal_counts_are_proof(steps):
    """It should prove each table, an empty one too, and list the objects without reading one."""
    run = steps.run()
    begun = len(steps.sandbox.calls("GetObject"))
    run.upto("reconcile")
    assert coverage(steps, run) == [
        ("contact", 3, None, 3, "equal", 1),
        ("language", 3, None, 3, "equal", 1),
        ("nobody", 0, None, 0, "equal", 0),
    ]
    assert run.results["reconcile"]["objects"] == 2
    read, written = run.told["reconcile"].inputs, run.told["reconcile"].outputs
    assert [one.name for one in read] == ["sakila.contact", "sakila.language", "sakila.nobody"]
    assert {one.namespace.partition("://")[0] for one in read} == {"mysql"}
    assert [(one.rows, one.files) for one in written] == [(3, 1), (3, 1), (0, 0)]
    assert {one.namespace for one in written} == {f"s3://{customers.EXTRACT}"}
    read = [call for call in steps.sandbox.calls("GetObject")[begun:] if call["service"] == "s3"]
    assert len(read) == len([call for call in read if call["error"] is None or call["error"] == "NoSuchKey"])


def test_filters_choose_the_rows(steps):
    """It should count and load the rows that the filters let pass."""
    filters = [{"column": "id", "operator": "gte", "value": "2"}]
    run = steps.run(tables=[CONTACT | {"filters": filters}]).upto("reconcile")
    assert coverage(steps, run) == [("contact", 2, None, 2, "equal", 1)]


def test_source_in_use_drifts(steps):
    """It should allow for rows that came between count and load, which a second count explains."""
    run = steps.run(tables=[CONTACT])
    run.step("count")
    steps.edit("INSERT INTO contact VALUES (4, 'dan@example.org', 'd')")
    try:
        run.upto("reconcile")
        assert coverage(steps, run) == [("contact", 3, 4, 4, "drift", 1)]
    finally:
        steps.edit("DELETE FROM contact WHERE id = 4")


def test_counts_that_do_not_agree_fail(steps):
    """It should fail where no count of the source explains the rows that were loaded."""
    run = steps.run(tables=[CONTACT])
    run.step("count")
    steps.edit("INSERT INTO contact VALUES (4, 'dan@example.org', 'd')")
    run.step("load")
    steps.edit("DELETE FROM contact WHERE id = 4")
    with pytest.raises(
        CheckFailed, match=r"sakila\.contact: 4 rows were loaded, the source had 3 before and 3 after"
    ):
        run.step("reconcile")


def test_table_that_is_not_loaded_fails(steps):
    """It should miss a table that DMS does not know, whose mapping fits nothing."""
    run = steps.run(tables=[CONTACT, LANGUAGE])
    run.step("count")
    run.step("load", choices=[CONTACT | {"kind": "table", "exclude_columns": [], "filters": []}])
    with pytest.raises(CheckFailed, match=r"sakila\.language: DMS knows no such table"):
        run.step("reconcile")


def test_load_that_is_stopped_by_hand_fails(steps):
    """It should not take for finished a load that a person has stopped: its tables tell."""
    run = steps.run(tables=[CONTACT, LANGUAGE], load={"subtasks": 1})
    run.step("count")

    def stop(trigger):
        if "kind" in vars(trigger) and steps.task()["Status"] == "running":
            steps.client("dms").stop_replication_task(ReplicationTaskArn=steps.task()["ReplicationTaskArn"])

    with steps.faults("dms:Load/*", "slow", seconds=2, times=None):
        assert run.step("load", at_wait=stop)["summary"] == "loaded, NORMAL"
    with pytest.raises(CheckFailed, match=r"sakila\.language: its state is '(Before load|Table cancelled)'"):
        run.step("reconcile")


@pytest.mark.parametrize("status", ["failed", "stopped"])
@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("FATAL_ERROR", "FATAL_ERROR.*Last Error Injected fault"),
        ("TABLE_BROKEN", "FATAL_ERROR.*(?s:.*)"),
        ("DATA_ERROR", "FATAL_ERROR.*(?s:.*)"),
        ("STOPPED_DUE_TO_LOW_MEMORY", "STOPPED_DUE_TO_LOW_MEMORY"),
    ],
)
def test_load_that_fails_is_an_error(steps, status, code, found):
    """It should end the load at the first error of the task, a table or a row, and say what DMS says of it."""
    run = steps.run(tables=[CONTACT])
    run.step("count")
    with (
        ending(steps, status),
        steps.faults("dms:Load/*/sakila.contact", "error", code=code),
        pytest.raises(StepFailed, match=f"it is (failed|stopped) with {found}"),
    ):
        run.step("load")


def test_load_of_another_day_is_not_this_run(steps):
    """It should not reconcile this run with the numbers of a load that somebody began after it."""
    run = steps.run(tables=[CONTACT]).upto("load")
    steps.run().step("empty")
    steps.run(tables=[CONTACT]).upto("load")
    with pytest.raises(NotAllowed, match=r"it was last started .*, and this run's load .*Clear the run"):
        run.step("reconcile")


def test_load_must_have_ended(steps):
    """It should not reconcile a run that has never loaded."""
    run = steps.run(tables=[CONTACT])
    run.step("count")
    with pytest.raises(NotAllowed, match="this run's load has not ended"):
        run.step("reconcile")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("sakila/contact/LOAD00000001.parquet.tmp", "is of no loaded table"),
        ("sakila/other/LOAD00000001.parquet", "is of no loaded table"),
        ("sakila/nobody/LOAD00000001.parquet", "has objects and no row"),
    ],
)
def test_strange_objects_fail(steps, name, problem):
    """It should not let anything be searched that this run did not load."""
    run = steps.run(tables=[CONTACT, NOBODY]).upto("load")
    steps.put(name)
    with pytest.raises(CheckFailed, match=problem):
        run.step("reconcile")


def test_lost_object_fails(steps):
    """It should miss the objects of a table that has rows."""
    run = steps.run(tables=[CONTACT]).upto("load")
    steps.client("s3").delete_object(Bucket=customers.EXTRACT, Key=steps.keys()[0])
    with pytest.raises(CheckFailed, match=r"sakila\.contact has rows and no object"):
        run.step("reconcile")


@pytest.fixture
def wide(steps):
    """A table of a megabyte that compresses to next to nothing, and a view of it."""
    steps.edit(
        "CREATE TABLE wide (id INT PRIMARY KEY, note VARCHAR(1000))",
        "INSERT INTO wide SELECT seq, REPEAT('x', 1000) FROM seq_1_to_1000",
        "CREATE VIEW wide_view AS SELECT * FROM wide",
    )
    yield
    steps.edit("DROP VIEW wide_view", "DROP TABLE wide")


@pytest.mark.parametrize(("name", "kind"), [("wide", "table"), ("wide_view", "view")])
def test_cost_is_of_uncompressed_bytes(steps, wide, name, kind):
    """It should estimate by the size of rows, not of their compressed files, for views as for tables."""
    chosen = [table(name, kind=kind)]
    cost = {"max_usd": 0.05, "usd_per_gb": 100}
    run = steps.run(tables=chosen, cost=cost)
    with pytest.raises(
        NotAllowed, match=r"searching 1 tables .* cost about 0\.09 USD, and cost\.max_usd allows 0\.05"
    ):
        run.step("count")
    counted = run.step("count", max_usd=1)
    assert 1_000_000 <= counted["bytes"] <= 1_010_000
    run.step("load")
    assert sum(one["Size"] for one in objects(steps)) < 100_000
    with pytest.raises(NotAllowed, match=r"searching the extract: .* cost about 0\.09 USD"):
        run.step("reconcile")
    assert run.step("reconcile", max_usd=1)


def test_columns_that_are_left_out_cost_nothing(steps, wide):
    """It should measure what is loaded alone."""
    run = steps.run(tables=[table("wide", exclude_columns=["note"])])
    assert run.step("count")["bytes"] < 5_000


def objects(steps):
    return steps.client("s3").list_objects_v2(Bucket=customers.EXTRACT)["Contents"]
