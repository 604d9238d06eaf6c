"""Reading DMS outcomes."""

from datetime import UTC, datetime

import pytest

from switchyard.discovery.full_load import Mark, Move, Task, next_move, planned_move, without_values
from switchyard.discovery.reconciliation import TableCount, reconcile, to_count_again

FIRST, SECOND = "2026-01-01T00:00:00+00:00", "2026-01-02T00:00:00+00:00"


def task(status, reason="", start=FIRST, fresh=FIRST):
    return Task(status, reason, "", fresh, start)


def move(*arguments, empty=True, retry=True):
    return next_move(*arguments, extract_is_empty=empty, is_retry=retry)


def loaded(table, rows, state="Table completed"):
    return {"SchemaName": "shop", "TableName": table, "FullLoadRows": rows, "TableState": state}


@pytest.mark.parametrize(
    "reason",
    [
        "STOPPED_AFTER_FULL_LOAD", "STOPPED_AFTER_CACHED_EVENTS", "RECOVERABLE_ERROR", "FATAL_ERROR",
        "STOPPED_DUE_TO_LOW_MEMORY", "STOPPED_DUE_TO_LOW_DISK", "EXPRESS_LICENSE_LIMITS_REACHED",
        "STOPPED_AFTER_DDL_APPLY", "STOPPED_AT_SERVER_TIME", "STOPPED_AT_COMMIT_TIME",
        "RECONFIGURATION_RESTART", "RECYCLE_TASK", "",
    ],
)  # fmt: skip
def test_stopped_is_not_success(reason):
    """It should believe in no other stop reason than those of a finished full load, nor in none."""
    ended = Task.read(
        {"Status": "stopped", "StopReason": f"Stop Reason {reason} Error Level X" if reason else None}
    )
    assert not ended.ended_well
    assert (reason or "no stop reason") in ended.problem


@pytest.mark.parametrize("reason", ["FULL_LOAD_ONLY_FINISHED", "NORMAL"])
def test_finished_load_may_be_success(reason):
    """It should leave the last word about these to the tables."""
    assert Task.read({"Status": "stopped", "StopReason": f"Stop Reason {reason}"}).ended_well
    assert not Task.read({"Status": "failed", "StopReason": f"Stop Reason {reason}"}).ended_well


def test_moments_are_texts():
    """It should keep moments as texts, of which the statistics' own come first."""
    description = {
        "Status": "ready",
        "ReplicationTaskStats": {"StartDate": datetime(2026, 1, 1, tzinfo=UTC)},
        "ReplicationTaskStartDate": datetime(2025, 1, 1, tzinfo=UTC),
    }
    assert Task.read(description).start == FIRST
    assert Task.read({"Status": "ready"}).start == ""


def test_first_run_starts_and_later_ones_reload():
    """It should choose the start type by whether the task has ever run."""
    assert move(task("ready", start="", fresh=""), None) is Move.START
    assert move(task("stopped", "FULL_LOAD_ONLY_FINISHED"), None) is Move.RELOAD
    assert move(task("failed", "FATAL_ERROR"), None) is Move.RELOAD


def test_leftovers_and_strangers_are_not_touched():
    """It should not load over objects of another run, nor take over what somebody else started."""
    assert move(task("stopped"), None, empty=False) is Move.LEFTOVERS
    assert move(task("running"), None) is Move.FOREIGN
    assert move(task("running", start=SECOND), Mark(FIRST, started=FIRST)) is Move.FOREIGN
    assert move(task("modifying"), None) is Move.WAIT


def test_own_start_may_show_before_its_moment():
    """It should wait for a task that is starting while the moment of its start is still that of the run before."""
    assert move(task("starting"), Mark(before=FIRST)) is Move.WAIT
    assert move(task("running", start="", fresh=""), Mark(before="")) is Move.WAIT


def test_plan_supposes_an_empty_extract():
    """It should plan what a run does once it has emptied the extract."""
    assert planned_move(task("ready", start="", fresh="")) is Move.START
    assert planned_move(task("running")) is Move.RELOAD


def test_stale_state_is_not_taken_for_the_end():
    """It should start, not succeed, while AWS shows the end of the run before."""
    before = task("stopped", "FULL_LOAD_ONLY_FINISHED")
    assert move(before, Mark(before=FIRST), retry=False) is Move.RELOAD


def test_own_load_is_adopted():
    """It should wait for a load of its own, and take its end for what it is."""
    mark = Mark(before=FIRST)
    assert move(task("running", start=SECOND), mark, empty=False) is Move.WAIT
    ended = task("stopped", "FULL_LOAD_ONLY_FINISHED", start=SECOND)
    assert move(ended, mark, empty=False) is Move.ENDED
    assert move(ended, mark, empty=True, retry=False) is Move.ENDED


def test_failed_load_is_resumed_by_a_new_try_only():
    """It should fail with the load it waited for, and go on from there when the step is cleared."""
    mark, broken = Mark(before=FIRST), task("stopped", "STOPPED_DUE_TO_LOW_DISK", start=SECOND)
    assert move(broken, mark, empty=False, retry=False) is Move.ENDED
    assert move(broken, mark, empty=False) is Move.RESUME
    assert move(broken, mark, empty=True) is Move.RELOAD


def test_rows_are_reconciled():
    """It should prove tables whose counts agree, an empty one too, and allow for a source in use."""
    counts = [TableCount("shop", "a", 3), TableCount("shop", "b", 0), TableCount("shop", "c", 5, after=9)]
    outcomes = reconcile(counts, [loaded("a", 3), loaded("b", 0), loaded("c", 7)])
    assert [one.proof for one in outcomes] == ["equal", "equal", "drift"]
    assert to_count_again(counts, [loaded("a", 3), loaded("c", 7)]) == [("shop", "c")]


@pytest.mark.parametrize(
    ("statistics", "problem"),
    [
        ([], "DMS knows no such table"),
        ([loaded("a", 3, "Table error")], "its state is 'Table error'"),
        ([loaded("a", 3, "Before load")], "its state is 'Before load'"),
        ([loaded("a", 2)], "2 rows were loaded, the source had 3 before and 3 after"),
        ([loaded("a", 3), loaded("z", 1)], "the source did not list it"),
    ],
)
def test_what_is_not_proven_fails(statistics, problem):
    """It should name the table and what is wrong with it."""
    failed = [one for one in reconcile([TableCount("shop", "a", 3)], statistics) if not one.proof]
    assert len(failed) == 1
    assert problem in failed[0].problem


def test_drift_has_its_limit():
    """It should take rows outside both counts only as far as configured."""
    counts = [TableCount("shop", "a", 100, after=110)]
    assert reconcile(counts, [loaded("a", 112)])[0].problem
    assert reconcile(counts, [loaded("a", 112)], drift_percent=2)[0].proof == "drift"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Task 'customers' ran out of disk", "Task 'customers' ran out of disk"),
        ("Table 'shop'.'customer' cannot be loaded", "Table 'shop'.'customer' cannot be loaded"),
        ("Invalid value 'Mary Smith' in \"shop.customer\"", "Invalid value '***' in \"shop.customer\""),
        ("Row of mary@example.org, +4915112345678, code 1020414", "Row of *** +***, code 1020414"),
        ("Value 'shop of Mary'", "Value '***'"),
        ("", ""),
    ],
)
def test_failure_is_told_without_values_of_the_row(said, told):
    """It should keep names of the task and its tables, and hide what DMS may quote from a row."""
    names = 'customers {"rules": [{"object-locator": {"schema-name": "shop", "table-name": "customer"}}]}'
    assert without_values(said, names=names) == told
