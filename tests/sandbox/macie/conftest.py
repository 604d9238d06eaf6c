"""Macie that is on, with a bucket to look through and one for its results."""

import gzip
import io
import json
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ACCOUNT, REGION = "111111111111", "us-west-2"
EXTRACT, RESULTS = "extract", "macie-results"
LONGEST = 120


def allow(principal, actions, resource="*"):
    return {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": resource}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


class Desk:
    """Macie's clients, and the shortest words for what tests do with them."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.macie, self.s3, self.kms, self.events = (
            sandbox.client(name, "source", REGION) for name in ("macie2", "s3", "kms", "events")
        )

    def bucket(self, name):
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})

    def put(self, key, body, **more):
        self.s3.put_object(Bucket=EXTRACT, Key=key, Body=body, **more)

    def parquet(self, key, columns, **more):
        file = io.BytesIO()
        pq.write_table(pa.table(columns), file, row_group_size=more.pop("row_group_size", None))
        self.put(key, file.getvalue(), **more)

    def new_key(self, *statements):
        own = allow({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "kms:*")
        return self.kms.create_key(Policy=document(own, *statements))["KeyMetadata"]["Arn"]

    def export(self):
        """Let discovery results go to a bucket of their own."""
        service = {"Service": "macie.amazonaws.com"}
        key = self.new_key(allow(service, ["kms:GenerateDataKey", "kms:Encrypt"]))
        self.bucket(RESULTS)
        self.s3.put_bucket_policy(
            Bucket=RESULTS, Policy=document(allow(service, "s3:PutObject", f"arn:aws:s3:::{RESULTS}/*"))
        )
        place = {"bucketName": RESULTS, "keyPrefix": "found", "kmsKeyArn": key}
        self.macie.put_classification_export_configuration(configuration={"s3Destination": place})
        return key

    def results(self):
        """Return all records of discovery results, by the key of their object."""
        listed = self.s3.list_objects_v2(Bucket=RESULTS, Prefix="found/AWSLogs/").get("Contents", [])
        bodies = [self.s3.get_object(Bucket=RESULTS, Key=one["Key"])["Body"].read() for one in listed]
        records = [json.loads(line) for body in bodies for line in gzip.decompress(body).splitlines()]
        return {record["resourcesAffected"]["s3Object"]["key"]: record for record in records}

    def start(self, *, prefix=None, **wanted):
        scoping = {}
        if prefix:
            term = {"comparator": "STARTS_WITH", "key": "OBJECT_KEY", "values": [prefix]}
            scoping = {"scoping": {"includes": {"and": [{"simpleScopeTerm": term}]}}}
        buckets = {"bucketDefinitions": [{"accountId": ACCOUNT, "buckets": [EXTRACT]}]}
        asked = {
            "jobType": "ONE_TIME",
            "name": "look",
            "clientToken": "one",
            "s3JobDefinition": buckets | scoping,
            "managedDataIdentifierSelector": "ALL",
        }
        return self.macie.create_classification_job(**(asked | wanted))["jobId"]

    def wait(self, job, status="COMPLETE"):
        """Wait until the job is there."""
        deadline = time.monotonic() + LONGEST
        while (found := self.macie.describe_classification_job(jobId=job))["jobStatus"] != status:
            assert time.monotonic() < deadline, found
            time.sleep(0.005)
        return found

    def look(self, **wanted):
        """Run a job to its end and return its findings by the key of their object."""
        return self.findings(self.wait(self.start(**wanted))["jobId"])

    def findings(self, job):
        criteria = {"criterion": {"classificationDetails.jobId": {"eq": [job]}}}
        ids = self.macie.list_findings(findingCriteria=criteria)["findingIds"]
        found = self.macie.get_findings(findingIds=ids)["findings"] if ids else []
        return {one["resourcesAffected"]["s3Object"]["key"]: one for one in found}

    def email(self, **wanted):
        asked = {
            "name": "e-mail",
            "regex": r"[\w.+-]+@[\w-]+\.[\w.]+",
            "clientToken": wanted.get("name", "e"),
        }
        return self.macie.create_custom_data_identifier(**(asked | wanted))["customDataIdentifierId"]


@pytest.fixture
def desk(sandbox):
    """Macie that is on, and a bucket."""
    made = Desk(sandbox)
    made.bucket(EXTRACT)
    made.macie.enable_macie()
    return made


def detections(finding):
    """Return (type or name of identifier, count, paths) of all detections."""
    result = finding["classificationDetails"]["result"]
    managed = [one for group in result["sensitiveData"] for one in group["detections"]]
    found = [*managed, *result["customDataIdentifiers"]["detections"]]
    return {
        (
            one.get("type") or one["name"],
            one["count"],
            tuple(dict.fromkeys(place.get("jsonPath") for place in one["occurrences"].get("records") or [])),
        )
        for one in found
    }
