"""Emptying the extract, whatever is in it and whatever else has failed; and ending what a killed run left."""

from __future__ import annotations

import json

import pytest
from airflow.sdk.exceptions import TaskDeferred

from sandbox.seed.worlds import customers
from switchyard.errors import StepFailed
from switchyard.operators.discovery import purge
from tests.support.aws_connections import SOURCE
from tests.support.discovery_steps import Killed, kill, table

REGION = SOURCE["region_name"]
CONTACT = [table("contact")]


@pytest.fixture
def plain(steps):
    """A bucket that the purge is pointed at instead of the extract's, with the pipeline's folder in it."""
    name = f"plain-{steps.runs}"
    s3 = steps.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


def put(steps, bucket, *names, body=b"left"):
    for name in names:
        steps.client("s3").put_object(Bucket=bucket, Key=customers.FOLDER + name, Body=body)


def test_folder_alone_is_emptied(steps, plain):
    """It should delete all of its folder and nothing beside it, and record the proof."""
    put(steps, plain, "a", "b/c")
    steps.client("s3").put_object(Bucket=plain, Key="elsewhere", Body=b"stays")
    run = steps.run(extract={"bucket": plain})
    assert run.step("purge") | {"summary": ""} == {"deleted": 2, "versions": 0, "uploads": 0, "summary": ""}
    assert steps.keys(plain) == ["elsewhere"]
    [proof] = steps.ledger(f"SELECT * FROM switchyard.extract_purge WHERE run_id = 'manual__{run.stamp}'")
    assert (proof["task_id"], proof["bucket"], proof["deleted"]) == ("purge", plain, 2)


def test_a_purge_that_was_cleared_adds_to_what_it_deleted(steps, plain):
    """It should keep the count of the first purge, count once what tries of one purge saw, and prove it anew."""
    put(steps, plain, "a", "b")
    run = steps.run(extract={"bucket": plain})
    context = run.context()
    found = f"SELECT deleted, proved_at FROM switchyard.extract_purge WHERE run_id = 'manual__{run.stamp}'"
    counts, proofs = [], []
    for clears, left in ((0, ()), (0, ()), (1, ()), (2, ("c",)), (2, ())):
        put(steps, plain, *left)
        context["ti"].max_tries = clears
        run.step("purge", context=context)
        [proof] = steps.ledger(found)
        counts.append(proof["deleted"])
        proofs.append(proof["proved_at"])
    assert counts == [2, 2, 2, 3, 3]
    assert proofs == sorted(set(proofs))


def test_versions_are_deleted_too(steps, plain):
    """It should leave neither an older version nor a marker in a bucket whose versions were turned on meanwhile."""
    s3 = steps.client("s3")
    put(steps, plain, "a")
    s3.put_bucket_versioning(Bucket=plain, VersioningConfiguration={"Status": "Enabled"})
    put(steps, plain, "a", "b")
    s3.delete_object(Bucket=plain, Key=f"{customers.FOLDER}b")
    done = steps.run(extract={"bucket": plain}).step("purge")
    assert (done["deleted"], done["versions"]) == (1, 5)
    found = s3.list_object_versions(Bucket=plain)
    assert (found.get("Versions", []), found.get("DeleteMarkers", [])) == ([], [])


def test_unfinished_uploads_are_ended(steps, plain):
    """It should end uploads that nobody finished, whose parts hold rows that no listing shows."""
    s3 = steps.client("s3")
    upload = {"Bucket": plain, "Key": f"{customers.FOLDER}big"}
    part = s3.create_multipart_upload(**upload)["UploadId"]
    s3.upload_part(**upload, UploadId=part, PartNumber=1, Body=b"x" * 1000)
    assert steps.run(extract={"bucket": plain}).step("purge")["uploads"] == 1
    assert s3.list_multipart_uploads(Bucket=plain).get("Uploads", []) == []


def test_what_cannot_be_deleted_fails_last(steps, plain):
    """It should delete all it can, name what stays and why, and claim no proof."""
    put(steps, plain, "a", "kept", "z")
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:DeleteObject",
        "Resource": f"arn:aws:s3:::{plain}/{customers.FOLDER}kept",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    steps.client("s3").put_bucket_policy(Bucket=plain, Policy=policy)
    run = steps.run(extract={"bucket": plain})
    with pytest.raises(StepFailed, match="1 objects stay, the first with AccessDenied"):
        run.step("purge")
    assert steps.keys(plain) == [f"{customers.FOLDER}kept"]
    assert steps.ledger(f"SELECT * FROM switchyard.extract_purge WHERE run_id = 'manual__{run.stamp}'") == []


def test_extract_is_emptied_though_macie_is_off(steps):
    """It should delete the rows first: nothing but what writes there may keep them from being deleted."""
    steps.put("sakila/contact/LOAD00000001.parquet")
    run, macie = steps.run(), steps.client("macie2")
    before = macie.get_classification_export_configuration()["configuration"]
    macie.disable_macie()
    try:
        with pytest.raises(StepFailed, match="Macie is not enabled"):
            run.step("purge")
        assert steps.keys() == []
    finally:
        macie.enable_macie()
        macie.put_classification_export_configuration(configuration=before)


def test_extract_is_emptied_though_the_task_is_gone(steps):
    """It should delete the rows of a task that somebody has deleted: nothing writes any more."""
    steps.put("sakila/contact/LOAD00000001.parquet")
    steps.run(load={"replication_task_id": "deleted-since"}).step("purge")
    assert steps.keys() == []


def test_dry_run_reports_leftovers_and_deletes_nothing(steps):
    """It should plan the deletion of what another run left, and then go on to plan the load."""
    steps.put("sakila/contact/LOAD00000001.parquet")
    run = steps.run(tables=CONTACT)
    [planned] = run.step("empty", dry_run=True)["planned_calls"]
    assert planned["operation"] == "DeleteObjects"
    assert "customers/sakila/contact/LOAD00000001.parquet" in json.dumps(planned["parameters"])
    assert "StartReplicationTask" in [
        one["operation"] for one in run.step("load", dry_run=True)["planned_calls"]
    ]
    assert len(steps.keys()) == 1
    steps.run().step("empty")


def test_killed_load_is_stopped(steps):
    """It should stop the load that a person left under way by killing its task, and leave no row."""
    run = steps.run(tables=CONTACT)
    run.step("empty")
    with steps.faults("dms:Load/*", "slow", seconds=2):
        with pytest.raises(Killed):
            run.step("load", at_wait=lambda trigger: kill(trigger) if "kind" in vars(trigger) else None)
        assert steps.task()["Status"] == "running"
        run.step("purge")
    assert steps.task()["Status"] == "stopped"
    assert steps.keys() == []


def test_load_that_shows_late_is_stopped(steps, monkeypatch):
    """It should wait for a load that was started just before the kill and that DMS does not show yet."""
    run = steps.run(tables=CONTACT)
    run.step("empty")
    before = steps.task()["ReplicationTaskStats"].get("FreshStartDate")
    monkeypatch.setattr(purge, "LOOKS", 1_000)
    with steps.slow(replication_task_start_invisible=1):
        with pytest.raises(Killed):
            run.step("load", at_wait=kill)
        run.step("purge")
    assert steps.task()["ReplicationTaskStats"]["FreshStartDate"] != before
    assert (steps.task()["Status"], steps.keys()) == ("stopped", [])


def test_killed_search_is_cancelled(steps):
    """It should cancel the job that a person left under way by killing its task."""
    run = steps.run(tables=CONTACT).upto("reconcile")
    with steps.slow(classification_job_run=100):
        with pytest.raises(Killed):
            run.step("classify", at_wait=kill)
        assert run.job["jobStatus"] == "RUNNING"
        run.step("purge")
    assert run.job["jobStatus"] == "CANCELLED"
    assert steps.keys() == []


def test_killed_statement_is_stopped(steps):
    """It should stop the run's statements, however many others have come since, and no one else's."""
    run, athena = steps.run(), steps.client("athena")
    group = {"WorkGroup": customers.GROUP}
    with steps.slow(query_run=100):
        other = athena.start_query_execution(QueryString="SELECT 1", **group)["QueryExecutionId"]
        with pytest.raises(Killed):
            run.step("publish", at_wait=kill)
        [own] = [one for one in athena.list_query_executions(**group)["QueryExecutionIds"] if one != other][
            :1
        ]
        for _ in range(50):
            later = athena.start_query_execution(QueryString="SELECT 1", **group)["QueryExecutionId"]
            athena.stop_query_execution(QueryExecutionId=later)
        run.step("purge")

        def state(query):
            found = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            return found["Status"]["State"]

        assert state(own) == "CANCELLED"
        assert state(other) in ("QUEUED", "RUNNING")
        athena.stop_query_execution(QueryExecutionId=other)


def test_statements_are_stopped_with_their_worker(steps):
    """It should stop all statements under way when the worker itself is told to end."""
    run = steps.run()
    with steps.slow(query_run=100):
        step = run.operator("publish")
        context = run.context()
        with pytest.raises(TaskDeferred):
            step.execute(context)
        store = context["task_state_store"]
        queries = [value["id"] for name, value in store.items() if name.startswith("statement")]
        step.on_kill()
        found = steps.client("athena").batch_get_query_execution(QueryExecutionIds=queries)["QueryExecutions"]
    assert {one["Status"]["State"] for one in found} == {"CANCELLED"}
