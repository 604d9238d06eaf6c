import gzip
import json

import pytest

from sandbox.objects import Objects
from tests.support.dms import REGION, SOURCE, wait_for
from tests.support.stacks import deploy


def lines(s3, bucket, prefix):
    """Return the records of all compressed files under a prefix."""
    found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    bodies = [s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in found]
    return [json.loads(line) for body in bodies for line in gzip.decompress(body).splitlines()]


@pytest.fixture
def search(sandbox, account):
    """Search what DMS has written into the extract, to the end, with the results going where the page says."""
    macie = sandbox.client("macie2")

    def run(**objects):
        writer = Objects(SOURCE, REGION, account["ExtractWriterRoleArn"])
        for name, content in objects.items():
            writer.write(
                account["ExtractBucketName"],
                f"people/{name}.csv",
                content,
                sse="aws:kms",
                kms_key=account["ExtractKeyArn"],
            )
        macie.enable_macie()
        place = {
            "bucketName": account["ResultsBucketName"],
            "kmsKeyArn": account["ResultsKeyArn"],
            "expectedBucketOwner": SOURCE,
        }
        macie.put_classification_export_configuration(configuration={"s3Destination": place})
        looked_at = [{"accountId": SOURCE, "buckets": [account["ExtractBucketName"]]}]
        job = macie.create_classification_job(
            clientToken="one",
            jobType="ONE_TIME",
            name="look",
            managedDataIdentifierSelector="ALL",
            s3JobDefinition={"bucketDefinitions": looked_at},
        )["jobId"]
        ended = wait_for(
            lambda: macie.describe_classification_job(jobId=job),
            lambda found: found["jobStatus"] == "COMPLETE",
        )
        assert ended["lastRunErrorStatus"]["code"] == "NONE"

    return run


def test_results_reach_the_orchestrator(account, orchestrator, search):
    """It should let Macie read the extract, clean or not, and keep records that the orchestrator can read."""
    search(phones=b"phone\n4155550100\n", numbers=b"number\n1\n")
    found = lines(orchestrator("s3"), account["ResultsBucketName"], "AWSLogs/")
    results = {
        one["resourcesAffected"]["s3Object"]["key"]: one["classificationDetails"]["result"] for one in found
    }
    assert {key: one["status"]["code"] for key, one in results.items()} == {
        "people/phones.csv": "COMPLETE",
        "people/numbers.csv": "COMPLETE",
    }
    assert results["people/phones.csv"]["sensitiveData"] != []


def test_findings_flow_into_their_bucket(sandbox, account, orchestrator, search):
    """It should bring each finding through EventBridge and Firehose into the bucket, as a line of a compressed file."""
    deploy(sandbox.client("cloudformation"), "feed", "switchyard-discovery-feed")
    sandbox.set_clock(manual=True)
    search(phones=b"phone\n4155550100\n", more=b"phone\n4155550101\n", numbers=b"number\n1\n")
    sandbox.advance(60)
    s3, bucket = orchestrator("s3"), account["FindingsBucketName"]
    events = wait_for(lambda: lines(s3, bucket, "feed/"), lambda found: found)
    keys = [event["detail"]["resourcesAffected"]["s3Object"]["key"] for event in events]
    assert sorted(keys) == ["people/more.csv", "people/phones.csv"]


def test_session(sandbox):
    """It should enable Macie with the wanted frequency, and leave it enabled when the stack goes."""
    stacks, macie = sandbox.client("cloudformation"), sandbox.client("macie2")
    deploy(stacks, "macie", "switchyard-discovery-macie", FindingPublishingFrequency="ONE_HOUR")
    found = macie.get_macie_session()
    assert (found["status"], found["findingPublishingFrequency"]) == ("ENABLED", "ONE_HOUR")
    stacks.delete_stack(StackName="switchyard-discovery-macie")
    assert macie.get_macie_session()["status"] == "ENABLED"
