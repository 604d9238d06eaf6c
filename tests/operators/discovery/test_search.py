"""Searching the extract, collecting what was found, and saying what it proves."""

from __future__ import annotations

import json
from contextlib import contextmanager, nullcontext
from datetime import timedelta

import pytest

from sandbox.seed.worlds import customers
from switchyard.errors import CheckFailed, StepFailed
from switchyard.operators.discovery import collect
from tests.support.aws_connections import SOURCE
from tests.support.discovery_steps import table

ACCOUNT, REGION = SOURCE["account_id"], SOURCE["region_name"]
CONTACT, LANGUAGE, NOBODY = ([table(name)] for name in ("contact", "language", "nobody"))
FEED, STREAM = "feed-of-findings", "findings"


@pytest.fixture(autouse=True)
def _swept(steps, monkeypatch):
    """Leave no row behind, and give up on what does not come after some looks instead of ten."""
    monkeypatch.setattr(collect, "ROUNDS", 4)
    yield
    steps.run().step("empty")


@contextmanager
def hidden(steps, bucket, prefix):
    """Take objects away for a while, as if they were late; yields what brings them back."""
    s3, keys = steps.client("s3"), steps.keys(bucket, prefix)
    bodies = {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}
    for key in keys:
        s3.delete_object(Bucket=bucket, Key=key)

    def bring(_trigger=None):
        for key in list(bodies):
            s3.put_object(Bucket=bucket, Key=key, Body=bodies.pop(key))

    yield bring


@contextmanager
def archiving(steps):
    """Let a filter archive all findings about the contacts, as a person does who need not see them."""
    macie = steps.client("macie2")
    criterion = {"resourcesAffected.s3Object.key": {"eq": ["customers/sakila/contact/LOAD00000001.parquet"]}}
    made = macie.create_findings_filter(
        name="seen", action="ARCHIVE", clientToken="seen", findingCriteria={"criterion": criterion}
    )["id"]
    try:
        yield
    finally:
        macie.delete_findings_filter(id=made)


@contextmanager
def allowed(steps):
    """Let the test read the extract, which the bucket's policy may forbid."""
    s3 = steps.client("s3")
    before = s3.get_bucket_policy(Bucket=customers.EXTRACT)["Policy"]
    s3.delete_bucket_policy(Bucket=customers.EXTRACT)
    try:
        yield
    finally:
        s3.put_bucket_policy(Bucket=customers.EXTRACT, Policy=before)


def results_of(run):
    return f"AWSLogs/{ACCOUNT}/Macie/{REGION}/{run.results['classify']['job_id']}/"


def evidence(steps, run, origin):
    """The records that the run has kept."""
    prefix = f"findings/macie/origin={origin}/run_id={run.stamp}/"
    s3 = steps.client("s3")
    bodies = [
        s3.get_object(Bucket=customers.FINDINGS, Key=key)["Body"].read()
        for key in steps.keys(customers.FINDINGS, prefix)
    ]
    return [json.loads(line) for body in bodies for line in body.splitlines()]


# The job


@pytest.mark.parametrize("status", ["PAUSED", "USER_PAUSED", "CANCELLED", "IDLE"])
def test_job_that_will_not_end_fails_at_once(steps, status):
    """It should not wait for a job that is paused or cancelled, and say what to do about it."""
    run = steps.run(tables=CONTACT).upto("reconcile")
    with steps.slow(classification_job_run=100):
        stop = lambda _: steps.force("classification_job", run.job["jobId"], status)  # noqa: E731
        with pytest.raises(StepFailed, match=rf"its status is {status}\. \w+"):
            run.step("classify", at_wait=stop)


def test_complete_with_errors_is_no_success(steps):
    """It should not believe in a job that could not look into everything."""
    run = steps.run(tables=CONTACT).upto("reconcile")
    with steps.slow(classification_job_run=100):
        broken = lambda _: steps.force("classification_job", run.job["jobId"], "COMPLETE:ERROR")  # noqa: E731
        with pytest.raises(StepFailed, match=r"ended with error status ERROR.*CloudWatch Logs"):
            run.step("classify", at_wait=broken)


def test_one_run_has_one_job(steps):
    """It should find its job again, by its name and by its token, when the step begins anew."""
    run = steps.run(tables=CONTACT).upto("classify")
    first = run.job["jobId"]
    assert run.step("classify")["job_id"] == first
    assert len(steps.sandbox.calls("CreateClassificationJob")) == len(
        steps.client("macie2").list_classification_jobs()["items"]
    )


def test_run_that_loads_anew_has_another_job(steps):
    """It should not take for searched what its first job saw, when the run is cleared from the purge on."""
    run = steps.run(tables=CONTACT).upto("classify")
    first = run.job["jobId"]
    for name in ("empty", "count", "load", "reconcile", "classify"):
        run.step(name)
    assert run.job["jobId"] != first
    assert run.step("collect")["found"] == "found"


def test_resumed_load_is_searched_whole(steps):
    """It should search also what was written before a load that failed was taken up again."""
    run = steps.run(tables=[*CONTACT, *LANGUAGE], load={"subtasks": 1})
    for name in ("prepare", "empty", "count"):
        run.step(name)
    with (
        steps.faults("dms:Load/*/sakila.language", "error", code="STOPPED_DUE_TO_LOW_DISK"),
        pytest.raises(StepFailed, match="STOPPED_DUE_TO_LOW_DISK"),
    ):
        run.step("load")
    assert steps.keys() == ["customers/sakila/contact/LOAD00000001.parquet"]
    run.step("load")
    begun = steps.task()["ReplicationTaskStats"]
    assert begun["FreshStartDate"] < begun["StartDate"]
    assert run.operator("classify").read("load")["fresh"] == begun["FreshStartDate"].isoformat()
    run.upto("collect")
    assert (run.results["collect"]["found"], run.results["reconcile"]["objects"]) == ("found", 2)


# What was shown


def test_found_is_whole_evidence(steps):
    """It should keep findings and results, and no value of a row."""
    run = steps.run().upto("collect")
    found = run.results["collect"]
    assert (found["found"], found["origin"], found["findings"]) == ("found", "result", 1)
    assert len(evidence(steps, run, "result")) == 2
    [finding] = evidence(steps, run, "finding")
    assert (finding["schema_name"], finding["table_name"]) == ("sakila", "contact")
    assert "example.org" not in json.dumps([evidence(steps, run, "result"), finding, run.results])


def test_clean_is_proven(steps):
    """It should call clean what was searched whole and holds nothing."""
    assert steps.run(tables=LANGUAGE).upto("collect").results["collect"] == {
        "found": "clean",
        "findings": 0,
        "register_rows": 0,
        "origin": "result",
        "summary": "clean: 0 findings, 0 rows",
    }


@pytest.mark.parametrize(("tables", "findings"), [(LANGUAGE, 0), (CONTACT, 1)])
def test_unproven_is_said(steps, tables, findings):
    """It should not call clean what no discovery result proves, and fail unless the configuration lets it pass."""
    with steps.unexported():
        strict = steps.run(tables=tables).upto("classify")
        with pytest.raises(CheckFailed, match=r"unproven: 1 of 1 objects .* Configure the export"):
            strict.step("collect")
        strict.step("empty")
        found = steps.run(tables=tables, macie={"require_results": False}).upto("collect").results["collect"]
        assert (found["found"], found["origin"], found["findings"]) == ("unproven", "finding", findings)


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("PERMISSION_DENIED", "SKIPPED PERMISSION_DENIED"),
        ("INVALID_ENCRYPTION", "SKIPPED INVALID_ENCRYPTION"),
        ("TIME_CUT_OFF_REACHED", "PARTIAL TIME_CUT_OFF_REACHED"),
    ],
)
def test_blind_fails(steps, code, shown):
    """It should fail where an object was skipped or not searched whole, findings or not, and keep which and why."""
    run = steps.run(tables=[*CONTACT, *LANGUAGE])
    with steps.faults(f"macie2:Classify/{customers.EXTRACT}/*language*", "error", code=code):
        run.upto("classify")
    with pytest.raises(
        CheckFailed, match=rf"blind: 1 of 2 objects.*language/LOAD00000001.parquet is {shown}"
    ):
        run.step("collect")
    kept = steps.ledger(
        "SELECT table_name, objects_complete, reasons FROM switchyard.discovery_coverage "
        f"WHERE run_id = 'manual__{run.stamp}' ORDER BY table_name"
    )
    assert [(one["table_name"], one["objects_complete"], one["reasons"]) for one in kept] == [
        ("contact", 1, []),
        ("language", 0, [code]),
    ]


def test_nothing_scanned_fails(steps):
    """It should not call clean a search that had no object in its scope."""
    run = steps.run(tables=CONTACT).upto("reconcile")
    steps.client("s3").delete_object(Bucket=customers.EXTRACT, Key=steps.keys()[0])
    run.step("classify")
    with pytest.raises(CheckFailed, match=r"nothing scanned: 1 of 1 objects .* UNSEEN\. Look at the scope"):
        run.step("collect")


def test_empty_tables_need_no_search(steps):
    """It should pass, without a job, where every table is proven to be empty."""
    run = steps.run(tables=NOBODY).upto("collect")
    assert run.results["classify"]["job_id"] == ""
    assert (run.results["collect"]["found"], run.results["collect"]["findings"]) == ("nothing scanned", 0)


# What comes late, twice, or not at all


def test_late_results_are_waited_for(steps):
    """It should not call blind what Macie has not told yet."""
    run = steps.run(tables=CONTACT).upto("classify")
    with hidden(steps, customers.RESULTS, results_of(run)) as bring:
        assert run.step("collect", at_wait=bring)["found"] == "found"


def test_lost_results_are_given_up(steps):
    """It should fail at last where a result never comes."""
    run = steps.run(tables=CONTACT).upto("classify")
    with (
        hidden(steps, customers.RESULTS, results_of(run)),
        pytest.raises(CheckFailed, match="nothing scanned: 1 of 1"),
    ):
        run.step("collect")


def test_late_findings_are_waited_for(steps, monkeypatch):
    """It should wait for findings of which the results tell, though Macie counts none yet."""
    monkeypatch.setattr(collect, "ROUNDS", 1_000)
    with steps.slow(finding_invisible=2):
        run = steps.run(tables=CONTACT).upto("classify")
        assert run.step("collect")["findings"] == 1


def test_findings_of_strange_objects_are_told(steps):
    """It should fail where Macie counts more findings than there are for what this run loaded."""
    run = steps.run(tables=CONTACT).upto("reconcile")
    s3, [own] = steps.client("s3"), steps.keys()
    with allowed(steps):
        body = s3.get_object(Bucket=customers.EXTRACT, Key=own)["Body"].read()
    steps.put("sakila/contact/LOAD00000002.parquet", body)
    run.step("classify")
    with pytest.raises(CheckFailed, match="1 of this run's objects came, Macie counts 2"):
        run.step("collect")


def test_archived_findings_are_registered(steps):
    """It should count what a filter archived, and register it like the rest."""
    with archiving(steps):
        run = steps.run(tables=CONTACT).upto("collect")
    assert (run.results["collect"]["findings"], run.results["collect"]["found"]) == (1, "found")
    assert evidence(steps, run, "finding")[0]["archived"] is True


def test_allow_list_leaves_no_evidence(steps):
    """It should find nothing in what an allow list lets pass: an exception would have kept it in the register."""
    macie = steps.client("macie2")
    made = macie.create_allow_list(
        clientToken="ours", name="ours", criteria={"regex": r"[a-z]+@example\.org"}
    )["id"]
    run = steps.run(tables=CONTACT, macie={"allow_list_ids": [made]})
    assert run.step("check")
    assert run.upto("collect").results["collect"]["found"] == "clean"
    macie.delete_allow_list(id=made)


# Events as the feed


@pytest.fixture
def feed(steps):
    """EventBridge hands findings to Firehose, which hands them to a bucket when it is told to."""
    s3, firehose, events = steps.client("s3"), steps.client("firehose"), steps.client("events")
    if FEED not in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=FEED, CreateBucketConfiguration={"LocationConstraint": REGION})
        role = f"arn:aws:iam::{ACCOUNT}:role/firehose"
        stream = firehose.create_delivery_stream(
            DeliveryStreamName=STREAM,
            ExtendedS3DestinationConfiguration={
                "RoleARN": role,
                "BucketARN": f"arn:aws:s3:::{FEED}",
                "Prefix": "raw/",
            },
        )["DeliveryStreamARN"]
        pattern = {"source": ["aws.macie"], "detail-type": ["Macie Finding"]}
        events.put_rule(Name="findings", EventPattern=json.dumps(pattern))
        events.put_targets(Rule="findings", Targets=[{"Id": "feed", "Arn": stream, "RoleArn": role}])
    return {"feed": "events", "events_bucket": FEED, "events_prefix": "raw/"}


def flush(steps):
    return lambda _trigger=None: steps.sandbox.flush(STREAM, account=ACCOUNT, region=REGION)


@pytest.mark.parametrize("mishap", ["none", "twice", "archived"])
def test_events_are_the_same_evidence(steps, feed, mishap):
    """It should wait until Firehose delivers, count each finding once, and ask for those that are not published."""
    twice = steps.faults("firehose:Deliver", "duplicate", times=None)
    disturbed = {"none": nullcontext(), "twice": twice, "archived": archiving(steps)}[mishap]
    with disturbed:
        run = steps.run(tables=[*CONTACT, *LANGUAGE], macie=feed).upto("classify")
        waited = []
        run.step("collect", at_wait=lambda _: waited.append(flush(steps)()))
    assert waited
    assert run.results["collect"]["findings"] == 1
    [record] = evidence(steps, run, "finding")
    assert (record["table_name"], record["archived"]) == ("contact", mishap == "archived")


def test_events_that_never_come_fail(steps, feed):
    """It should not settle for fewer findings than Macie counts, and say how many are missing."""
    run = steps.run(tables=CONTACT, macie=feed).upto("classify")
    with pytest.raises(StepFailed, match="time ran out, waiting: findings to come: there are 0 of 1"):
        run.step("collect", timeout=timedelta(seconds=1))
    flush(steps)()


def test_events_alone_fill_the_register(steps, feed):
    """It should register from events what there is, where the account keeps no results."""
    with steps.unexported():
        run = steps.run(tables=CONTACT, macie=feed | {"require_results": False}).upto("classify")
        found = run.step("collect", at_wait=flush(steps))
    assert (found["found"], found["origin"], found["register_rows"]) == ("unproven", "finding", 1)
