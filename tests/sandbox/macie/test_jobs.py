import pytest

from sandbox.errors import SandboxError
from tests.sandbox.macie.conftest import ACCOUNT, EXTRACT, REGION

PHONES = "phone\n4155550100\n"


def scope(side="includes", **term):
    kind = "tagScopeTerm" if "tagValues" in term else "simpleScopeTerm"
    return {side: {"and": [{kind: term}]}}


def definition(scoping=None, buckets=(EXTRACT,), account=ACCOUNT):
    wanted = {"bucketDefinitions": [{"accountId": account, "buckets": list(buckets)}]}
    return wanted | ({"scoping": scoping} if scoping else {})


def test_job_completes_with_its_numbers(desk):
    """It should run for as long as the clock says, then be COMPLETE with nothing left and no error."""
    desk.sandbox.set_clock(manual=True)
    desk.sandbox.durations({"classification-job.run": 60})
    desk.put("1.csv", PHONES)
    job = desk.start(tags={"run": "7"})
    assert desk.macie.describe_classification_job(jobId=job)["jobStatus"] == "RUNNING"
    desk.sandbox.advance(60)
    found = desk.wait(job)
    assert found["lastRunErrorStatus"] == {"code": "NONE"}
    assert found["statistics"] == {"approximateNumberOfObjectsToProcess": 0.0, "numberOfRuns": 1.0}
    assert desk.macie.list_tags_for_resource(resourceArn=found["jobArn"])["tags"] == {"run": "7"}
    desk.macie.tag_resource(resourceArn=found["jobArn"], tags={"kept": "yes"})
    desk.macie.untag_resource(resourceArn=found["jobArn"], tagKeys=["run"])
    assert desk.macie.describe_classification_job(jobId=job)["tags"] == {"kept": "yes"}


def test_token_makes_one_job(desk):
    """It should return the same job for the same token, and list jobs by their name."""
    assert desk.start() == desk.start()
    other = desk.start(clientToken="two", name="other")
    named = {"includes": [{"key": "name", "comparator": "EQ", "values": ["other"]}]}
    assert [one["jobId"] for one in desk.macie.list_classification_jobs(filterCriteria=named)["items"]] == [
        other
    ]
    assert len(desk.macie.list_classification_jobs(maxResults=1)["items"]) == 1
    left = {"excludes": [{"key": "name", "comparator": "STARTS_WITH", "values": ["oth"]}]}
    assert [one["name"] for one in desk.macie.list_classification_jobs(filterCriteria=left)["items"]] == [
        "look"
    ]


@pytest.mark.parametrize(
    ("scoping", "expected"),
    [
        (
            scope(key="OBJECT_KEY", comparator="STARTS_WITH", values=["run/", "none/"]),
            {"run/a.csv", "run/b.txt"},
        ),
        (scope(key="OBJECT_EXTENSION", comparator="EQ", values=["csv"]), {"run/a.csv", "old/c.csv"}),
        (scope(key="OBJECT_EXTENSION", comparator="NE", values=["csv"]), {"run/b.txt"}),
        (scope(key="OBJECT_SIZE", comparator="GT", values=["17"]), {"run/b.txt"}),
        (scope("excludes", key="OBJECT_KEY", comparator="STARTS_WITH", values=["run/"]), {"old/c.csv"}),
        (scope(key="OBJECT_LAST_MODIFIED_DATE", comparator="LT", values=["2001-01-01T00:00:00Z"]), set()),
        (
            scope(key="TAG", comparator="EQ", target="S3_OBJECT", tagValues=[{"key": "table", "value": "b"}]),
            {"run/b.txt"},
        ),
    ],
)
def test_scope_chooses_objects(desk, scoping, expected):
    """It should look at the objects whose key, extension, size, date and tags the terms let."""
    desk.put("run/a.csv", PHONES)
    desk.put("run/b.txt", "phone 4155550100 and more", Tagging="table=b")
    desk.put("old/c.csv", PHONES)
    desk.put("run/", b"")
    assert set(desk.look(s3JobDefinition=definition(scoping))) == expected


@pytest.mark.parametrize(
    ("scoping", "message"),
    [
        (scope(key="OBJECT_KEY", comparator="EQ", values=["a"]), "EQ isn't valid for OBJECT_KEY"),
        (scope(key="OBJECT_SIZE", comparator="EQ", values=["1", "2"]), "Wrong number of values"),
        (scope(key="TAG", comparator="GT", target="S3_OBJECT", tagValues=[]), "must be EQ or NE"),
    ],
)
def test_scope_must_be_valid(desk, scoping, message):
    """It should refuse comparators that a key does not have."""
    with pytest.raises(desk.macie.exceptions.ValidationException, match=message):
        desk.start(s3JobDefinition=definition(scoping))


def test_sampling_takes_whole_objects(desk):
    """It should look at a part of the objects, and at all of each."""
    for number in range(10):
        desk.put(f"{number}.csv", PHONES + "4155550101\n")
    found = desk.look(samplingPercentage=30)
    assert len(found) == 3
    assert {
        one["classificationDetails"]["result"]["sensitiveData"][0]["totalCount"] for one in found.values()
    } == {2}


def test_job_can_be_paused_resumed_and_cancelled(desk):
    """It should stop where it is, go on with what is left, report nothing twice, and not start once cancelled."""
    for number in range(6):
        desk.put(f"{number}.csv", PHONES)
    desk.sandbox.fault("macie2:Classify/extract/2.csv", "slow", seconds=2)
    job = desk.start()
    desk.macie.update_classification_job(jobId=job, jobStatus="USER_PAUSED")
    paused = desk.macie.describe_classification_job(jobId=job)
    assert paused["jobStatus"] == "USER_PAUSED"
    details = paused["userPausedDetails"]
    assert (details["jobExpiresAt"] - details["jobPausedAt"]).days == 30
    desk.macie.update_classification_job(jobId=job, jobStatus="RUNNING")
    desk.wait(job)
    assert len(desk.macie.list_findings()["findingIds"]) == 6
    with pytest.raises(desk.macie.exceptions.ConflictException, match="can't be changed from COMPLETE"):
        desk.macie.update_classification_job(jobId=job, jobStatus="CANCELLED")
    desk.sandbox.fault("macie2:Classify/*", "slow", seconds=2)
    other = desk.start(clientToken="two")
    desk.macie.update_classification_job(jobId=other, jobStatus="CANCELLED")
    assert desk.macie.describe_classification_job(jobId=other)["jobStatus"] == "CANCELLED"
    with pytest.raises(desk.macie.exceptions.ConflictException, match="can't be changed from CANCELLED"):
        desk.macie.update_classification_job(jobId=other, jobStatus="RUNNING")
    with pytest.raises(desk.macie.exceptions.ValidationException, match="can't be changed to COMPLETE"):
        desk.macie.update_classification_job(jobId=other, jobStatus="COMPLETE")


@pytest.mark.parametrize("status", ["PAUSED", "USER_PAUSED", "IDLE", "CANCELLED"])
def test_status_can_be_forced(desk, status):
    """It should show the status that a test asks for, and keep to it."""
    job = desk.start()
    desk.sandbox.force_status("classification_job", job, status, account=ACCOUNT, region=REGION)
    assert desk.macie.describe_classification_job(jobId=job)["jobStatus"] == status


def test_forced_error_and_wrong_orders(desk):
    """It should show a job that ended with an error, and refuse statuses and jobs that there are not."""
    job = desk.start()
    where = {"account": ACCOUNT, "region": REGION}
    desk.sandbox.force_status("classification_job", "look", "COMPLETE:ERROR", **where)
    assert desk.macie.describe_classification_job(jobId=job)["lastRunErrorStatus"] == {"code": "ERROR"}
    with pytest.raises(SandboxError, match="status is DONE"):
        desk.sandbox.force_status("classification_job", "look", "DONE", **where)
    with pytest.raises(SandboxError, match="there is no classification_job nothing"):
        desk.sandbox.force_status("classification_job", "nothing", "PAUSED", **where)


def test_session_states(sandbox):
    """It should refuse every call while it is off, be enabled once, cancel jobs when paused and forget when off."""
    macie = sandbox.client("macie2", "source", REGION)
    for call in (macie.get_macie_session, macie.list_classification_jobs, macie.disable_macie):
        with pytest.raises(macie.exceptions.AccessDeniedException, match="Macie is not enabled"):
            call()
    macie.enable_macie(findingPublishingFrequency="ONE_HOUR")
    with pytest.raises(macie.exceptions.ConflictException, match="already been enabled"):
        macie.enable_macie()
    sandbox.client("s3", "source", REGION).create_bucket(
        Bucket=EXTRACT, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    sandbox.durations({"classification-job.run": 600})
    wanted = {"jobType": "ONE_TIME", "name": "look", "s3JobDefinition": definition()}
    job = macie.create_classification_job(**wanted)["jobId"]
    macie.update_macie_session(status="PAUSED")
    session = macie.get_macie_session()
    assert (session["status"], session["findingPublishingFrequency"]) == ("PAUSED", "ONE_HOUR")
    assert session["serviceRole"].endswith(
        "role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie"
    )
    assert macie.describe_classification_job(jobId=job)["jobStatus"] == "CANCELLED"
    with pytest.raises(macie.exceptions.AccessDeniedException, match="Macie is paused"):
        macie.create_classification_job(**wanted)
    macie.disable_macie()
    macie.enable_macie()
    assert macie.list_classification_jobs()["items"] == []
    with pytest.raises(macie.exceptions.ResourceNotFoundException, match="resource doesn't exist"):
        macie.describe_classification_job(jobId=job)


def test_usage_counts_what_was_analysed(desk):
    """It should tell the quota of a month and what the analysed bytes cost."""
    desk.put("1.csv", PHONES)
    desk.look()
    [record] = desk.macie.get_usage_statistics()["records"]
    [usage] = record["usage"]
    assert usage["serviceLimit"] == {"isServiceLimited": False, "unit": "TERABYTES", "value": 5}
    assert usage["estimatedCost"] == "0.00"
