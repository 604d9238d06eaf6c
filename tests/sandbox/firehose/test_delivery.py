import base64
import gzip
import json
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from sandbox.errors import SandboxError

ACCOUNT, REGION = "111111111111", "us-west-2"
BUCKET, STREAM = "feed", "findings"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/firehose"
LINES = {
    "Enabled": True,
    "Processors": [
        {
            "Type": "AppendDelimiterToRecord",
            "Parameters": [{"ParameterName": "Delimiter", "ParameterValue": "\\n"}],
        }
    ],
}


@pytest.fixture
def s3(sandbox):
    client = sandbox.client("s3", "source", REGION)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return client


@pytest.fixture
def firehose(sandbox, s3):
    sandbox.set_clock(manual=True)
    return sandbox.client("firehose", "source", REGION)


@pytest.fixture
def stream(firehose):
    """Make the stream, with its settings."""

    def make(**settings):
        wanted = {"RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{BUCKET}"} | settings
        made = firehose.create_delivery_stream(
            DeliveryStreamName=STREAM, ExtendedS3DestinationConfiguration=wanted
        )
        return made["DeliveryStreamARN"]

    return make


def send(firehose, *records):
    answer = firehose.put_record_batch(
        DeliveryStreamName=STREAM, Records=[{"Data": record} for record in records]
    )
    assert (answer["FailedPutCount"], len(answer["RequestResponses"])) == (0, len(records))


def delivered(s3):
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    return {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


def flush(sandbox):
    return sandbox.flush(STREAM, account=ACCOUNT, region=REGION)


def hour(sandbox):
    return datetime.fromtimestamp(sandbox.clock.now(), UTC)


def test_records_wait_for_the_interval(sandbox, s3, firehose, stream):
    """It should deliver all records as one object, without anything between them, when the interval is over."""
    stream(BufferingHints={"IntervalInSeconds": 60, "SizeInMBs": 1})
    began = hour(sandbox)
    send(firehose, b'{"a":1}', b'{"a":2}')
    sandbox.advance(59)
    firehose.put_record(DeliveryStreamName=STREAM, Record={"Data": b'{"a":3}'})
    assert delivered(s3) == {}
    sandbox.advance(1)
    firehose.list_delivery_streams()
    [(key, body)] = delivered(s3).items()
    assert body == b'{"a":1}{"a":2}{"a":3}'
    assert key.startswith(f"{began:%Y/%m/%d/%H}/{STREAM}-1-{began:%Y-%m-%d-%H-%M-%S}-")


def test_full_buffer_is_delivered_at_once(s3, firehose, stream):
    """It should deliver when the size is reached, and begin a new object with what comes then."""
    stream(BufferingHints={"IntervalInSeconds": 900, "SizeInMBs": 1})
    send(firehose, b"a" * 600_000, b"b" * 600_000, b"c")
    assert [len(body) for body in delivered(s3).values()] == [1_200_000]


def test_delimiter_compression_and_prefix(sandbox, s3, firehose, stream):
    """It should put a delimiter after every record, compress, and fill the expressions of the prefix."""
    stream(
        Prefix="raw/day=!{timestamp:yyyy-MM-dd}/",
        ErrorOutputPrefix="errors/!{firehose:error-output-type}/",
        CompressionFormat="GZIP",
        ProcessingConfiguration=LINES,
    )
    send(firehose, b'{"a":1}', b'{"a":2}')
    assert flush(sandbox) == 2
    assert flush(sandbox) == 0
    [(key, body)] = delivered(s3).items()
    assert key.startswith(f"raw/day={hour(sandbox):%Y-%m-%d}/{STREAM}-1-")
    assert key.endswith(".gz")
    assert gzip.decompress(body) == b'{"a":1}\n{"a":2}\n'


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"Prefix": "!{timestamp:yyyy}/"}, "ErrorOutputPrefix can't be null"),
        ({"Prefix": "!{firehose:error-output-type}/", "ErrorOutputPrefix": "e/"}, "Prefix can't contain"),
        ({"Prefix": "!{lambda:x}/", "ErrorOutputPrefix": "e/"}, "isn't valid"),
        ({"ErrorOutputPrefix": "e/!{timestamp:yyyy}/"}, "must contain !{firehose:error-output-type}"),
    ],
)
def test_prefixes_must_be_valid(stream, settings, message):
    """It should refuse expressions that there are not, and prefixes that leave errors without a place."""
    with pytest.raises(ClientError, match=message):
        stream(**settings)


def test_what_cannot_be_processed_goes_to_the_error_output(sandbox, s3, firehose, stream):
    """It should keep the records of a failed delivery under the error prefix, with their data in base 64."""
    stream(Prefix="raw/!{timestamp:yyyy}/", ErrorOutputPrefix="errors/!{firehose:error-output-type}/")
    sandbox.fault(f"firehose:Write/{STREAM}", "error", code="Lambda.FunctionError")
    send(firehose, b"one")
    flush(sandbox)
    [(key, body)] = delivered(s3).items()
    assert key.startswith(f"errors/processing-failed/{STREAM}-1-")
    assert base64.b64decode(json.loads(body)["rawData"]) == b"one"


def test_record_can_arrive_twice(sandbox, s3, firehose, stream):
    """It should deliver a record again where a fault orders it."""
    stream(ProcessingConfiguration=LINES)
    sandbox.fault("firehose:Deliver", "duplicate", after=1)
    send(firehose, b"one", b"two", b"three")
    flush(sandbox)
    assert list(delivered(s3).values()) == [b"one\ntwo\ntwo\nthree\n"]


def test_stream_writes_as_its_role(sandbox, s3, firehose, stream):
    """It should hold records that its role may not write, and deliver them an interval after it may."""
    stream(BufferingHints={"IntervalInSeconds": 60, "SizeInMBs": 1})
    rule = {
        "Effect": "Deny",
        "Principal": {"AWS": ROLE},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Statement": [rule]}))
    send(firehose, b"one")
    assert flush(sandbox) == 0
    assert delivered(s3) == {}
    s3.delete_bucket_policy(Bucket=BUCKET)
    sandbox.advance(60)
    firehose.list_delivery_streams()
    assert list(delivered(s3).values()) == [b"one"]
    send(firehose, b"two")
    firehose.delete_delivery_stream(DeliveryStreamName=STREAM)
    with pytest.raises(SandboxError, match="there is no delivery stream findings"):
        flush(sandbox)


def test_object_is_encrypted_with_the_key_of_the_stream(sandbox, s3, firehose, stream):
    """It should encrypt with the destination's key and keep the chosen extension."""
    key = sandbox.client("kms", "source", REGION).create_key()["KeyMetadata"]["Arn"]
    stream(EncryptionConfiguration={"KMSEncryptionConfig": {"AWSKMSKeyARN": key}}, FileExtension=".jsonl")
    send(firehose, b"one")
    flush(sandbox)
    [name] = delivered(s3)
    head = s3.head_object(Bucket=BUCKET, Key=name)
    assert (name.endswith(".jsonl"), head["SSEKMSKeyId"]) == (True, key)


def test_findings_reach_the_bucket(sandbox, s3, firehose, stream):
    """It should carry each finding that is not archived from Macie over the bus and the stream into the bucket."""
    arn = stream(ProcessingConfiguration=LINES)
    events, macie = (sandbox.client(name, "source", REGION) for name in ("events", "macie2"))
    pattern = {
        "source": ["aws.macie"],
        "detail-type": ["Macie Finding"],
        "detail": {"category": ["CLASSIFICATION"]},
    }
    events.put_rule(Name="findings", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="findings", Targets=[{"Id": "1", "Arn": arn, "RoleArn": ROLE}])
    s3.create_bucket(Bucket="extract", CreateBucketConfiguration={"LocationConstraint": REGION})
    macie.enable_macie()
    known = {"criterion": {"resourcesAffected.s3Object.key": {"eq": ["known.csv"]}}}
    macie.create_findings_filter(name="known", action="ARCHIVE", findingCriteria=known)
    for key in ("known.csv", "new.csv"):
        s3.put_object(Bucket="extract", Key=key, Body=b"phone\n4155550100\n")
    job = macie.create_classification_job(
        jobType="ONE_TIME",
        name="look",
        s3JobDefinition={"bucketDefinitions": [{"accountId": ACCOUNT, "buckets": ["extract"]}]},
    )["jobId"]
    while macie.describe_classification_job(jobId=job)["jobStatus"] != "COMPLETE":
        pass
    assert len(macie.list_findings()["findingIds"]) == 2
    assert flush(sandbox) == 1
    [body] = delivered(s3).values()
    event = json.loads(body)
    assert set(event) == {
        "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"
    }  # fmt: skip
    assert (event["source"], event["account"], event["region"]) == ("aws.macie", ACCOUNT, REGION)
    assert datetime.strptime(event["time"], "%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ007
    assert event["detail"]["resourcesAffected"]["s3Object"]["key"] == "new.csv"
    assert datetime.strptime(event["detail"]["createdAt"], "%Y-%m-%dT%H:%M:%S.%fZ")  # noqa: DTZ007
