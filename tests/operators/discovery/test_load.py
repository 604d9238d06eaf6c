"""The load of the extract, on a real database."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from switchyard.errors import NotAllowed, StepFailed
from switchyard.operators.discovery.extract import Folder
from switchyard.operators.discovery.load import LoadExtractOperator
from tests.support.aws_connections import SOURCE
from tests.support.control_plane import new_context, run_step
from tests.support.dms import BUCKET, fill, include

FINDINGS, FOLDER = "findings", "extract/"
STAMP, LATER = "2602010000-aaaaaa", "2602020000-bbbbbb"
SHOP = {"schema": "shop", "table": "%", "kind": "table", "exclude_columns": [], "filters": []}


@pytest.fixture
def task(migration, mysql, aws_connections):
    """A task that never ran, whose mappings are not the configured ones."""
    location = {"LocationConstraint": SOURCE["region_name"]}
    migration.client("s3").create_bucket(Bucket=FINDINGS, CreateBucketConfiguration=location)
    fill(mysql, "customer", "staff")
    target = migration.target(BucketFolder=FOLDER.rstrip("/"))
    return migration.task(migration.source(mysql), include("nothing"), target=target)


def load(stamp=STAMP, context=None, **params):
    step = LoadExtractOperator(
        task_id="load_extract",
        pipeline="sensitive_data_discovery/customers",
        stamp=stamp,
        evidence={"bucket": FINDINGS, "prefix": "findings/", "register_prefix": "register/"},
        load={"replication_task_id": "load", "lob_max_kb": 32, "subtasks": 2},
        extract={"bucket": BUCKET, "folder": FOLDER},
        choices=[SHOP],
        excluded=[],
        timeout=timedelta(seconds=60),
        poll_interval=0.05,
        **SOURCE,
    )
    return run_step(step, context or new_context(**params))


def force(migration, status):
    migration.sandbox.force_status(
        "replication_task", "load", status, account=SOURCE["account_id"], region=SOURCE["region_name"]
    )


def listing(migration):
    return migration.client("s3").list_objects_v2(Bucket=BUCKET)["Contents"]


def empty(migration):
    Folder(migration.client("s3"), BUCKET, FOLDER, SOURCE["account_id"]).empty()


def test_load_brings_the_task_up_to_date(migration, task):
    """It should give the task its mappings and settings, start it once, and take a repeated step for done."""
    first = load()
    assert migration.states(task) == {"customer": ("Table completed", 3), "staff": ("Table completed", 3)}
    assert load() == first
    assert len(migration.sandbox.calls("StartReplicationTask")) == 1
    assert '"TableErrorPolicy": "STOP_TASK"' in migration.show(task)["ReplicationTaskSettings"]


def test_later_run_reloads_into_an_empty_folder_only(migration, task):
    """It should not mix its rows with those of another run, and load all again where the folder is empty."""
    load()
    with pytest.raises(NotAllowed, match="it holds objects that this run did not write"):
        load(LATER)
    empty(migration)
    before = migration.show(task)["ReplicationTaskStats"]["FreshStartDate"]
    load(LATER)
    assert migration.show(task)["ReplicationTaskStats"]["FreshStartDate"] > before
    assert len(migration.listed()) == 2


def test_failed_load_is_an_error_and_a_cleared_step_goes_on(migration, task):
    """It should not take a stopped task for a finished one; what is left is loaded when the step begins anew."""
    load()
    force(migration, "stopped:STOPPED_DUE_TO_LOW_DISK")
    context = new_context()
    context["task_state_store"].set("step_clock", {"generation": 0, "deadline": 4e9})
    context["task_state_store"].set("load_watched", True)
    with pytest.raises(StepFailed, match="it is stopped with STOPPED_DUE_TO_LOW_DISK"):
        load(context=context)
    assert load()["summary"] == "loaded, FULL_LOAD_ONLY_FINISHED"
    assert len(migration.sandbox.calls("StartReplicationTask")) == 2


def test_load_that_fails_at_once_is_not_begun_again(migration, task):
    """It should fail with a load that has failed before it is looked at, instead of resuming it for ever."""
    migration.sandbox.fault("dms:Load/load/*", "error", code="STOPPED_DUE_TO_LOW_DISK", times=None)
    context = new_context()
    with pytest.raises(StepFailed, match="STOPPED_DUE_TO_LOW_DISK"):
        load(context=context)
    assert len(migration.sandbox.calls("StartReplicationTask")) == 1


def test_resumed_load_is_searched_whole(migration, task):
    """It should fail once the load has, however fast, and when it begins anew load what is missing."""
    # Meanwhile the other table is complete.
    migration.sandbox.fault("dms:Load/load/shop.staff", "slow", seconds=3)
    migration.sandbox.fault("dms:Load/load/shop.staff", "error", code="UNKNOWN", message="no more")
    with pytest.raises(StepFailed, match=r"it is (stopped|failed) with .*no more"):
        load()
    assert len(migration.sandbox.calls("StartReplicationTask")) == len(migration.listed()) == 1
    assert load()["summary"] == "loaded, FULL_LOAD_ONLY_FINISHED"
    assert [one["status"] for one in migration.sandbox.calls("StartReplicationTask")] == [200, 200]

    note = json.loads(
        migration.client("s3")
        .get_object(Bucket=FINDINGS, Key=f"findings/runs/run_id={STAMP}/load.json")["Body"]
        .read()
    )
    written = [one["LastModified"] for one in listing(migration)]
    assert len(written) == 2
    assert datetime.fromisoformat(note["fresh"]) < datetime.fromisoformat(note["started"])
    assert datetime.fromisoformat(note["fresh"]).replace(microsecond=0) <= min(written)


def test_load_of_somebody_else_is_left_alone(migration, task):
    """It should neither adopt nor stop a load that it did not start."""
    force(migration, "running")
    with pytest.raises(NotAllowed, match="this run did not start it"):
        load()
    assert migration.show(task)["Status"] == "running"


def test_dry_run_starts_nothing(migration, task):
    """It should plan the change of the task and its start."""
    planned = [call["operation"] for call in load(dry_run=True)["planned_calls"]]
    assert planned == ["ModifyReplicationTask", "PutObject", "StartReplicationTask"]
    assert migration.show(task)["Status"] == "ready"
