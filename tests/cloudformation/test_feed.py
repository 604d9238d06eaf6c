import json

import pytest

from tests.support.dms import REGION, SOURCE
from tests.support.stacks import deploy

NAME = "switchyard-discovery-findings"


@pytest.fixture
def feed(sandbox, account):
    return deploy(sandbox.client("cloudformation"), "feed", "switchyard-discovery-feed")


def finding(source="aws.macie", **detail):
    """Return an event as Macie publishes it."""
    content = {
        "type": "SensitiveData:S3Object/Personal",
        "category": "CLASSIFICATION",
        "sample": False,
        "resourcesAffected": {"s3Bucket": {"name": f"switchyard-extract-{SOURCE}-{REGION}"}},
    }
    return {"Source": source, "DetailType": "Macie Finding", "Detail": json.dumps(content | detail)}


def test_rule_takes_findings_of_the_extract(sandbox, feed):
    """It should take real findings of sensitive data in the extract, and no other event."""
    events, sqs = sandbox.client("events"), sandbox.client("sqs")
    queue = sqs.create_queue(QueueName="taken")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.remove_targets(Rule=NAME, Ids=["Feed"])
    events.put_targets(Rule=NAME, Targets=[{"Id": "Queue", "Arn": arn}])
    others = [
        finding(sample=True),
        finding(category="POLICY", type="Policy:IAMUser/S3BucketPublic"),
        finding(resourcesAffected={"s3Bucket": {"name": "another"}}),
        finding(source="aws.macie2"),
    ]
    events.put_events(Entries=[*others, finding(id="taken")])
    found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert [json.loads(message["Body"])["detail"]["id"] for message in found] == ["taken"]


def test_rule_hands_them_to_firehose(sandbox, feed):
    """It should send what the rule takes to the delivery stream, under a role that may do that alone."""
    [target] = sandbox.client("events").list_targets_by_rule(Rule=NAME)["Targets"]
    assert target["Arn"] == feed["FeedArn"]
    role = target["RoleArn"].rpartition("/")[2]
    found = sandbox.client("iam").get_role_policy(RoleName=role, PolicyName="hand-findings-to-the-feed")
    assert found["PolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Action": ["firehose:PutRecord", "firehose:PutRecordBatch"],
            "Resource": feed["FeedArn"],
        }
    ]


def test_firehose_writes_lines(sandbox, account, feed):
    """It should write one finding a line, compressed and encrypted, into the findings bucket."""
    shown = sandbox.client("firehose").describe_delivery_stream(DeliveryStreamName=NAME)
    [destination] = shown["DeliveryStreamDescription"]["Destinations"]
    found = destination["ExtendedS3DestinationDescription"]
    assert found["BucketARN"] == f"arn:aws:s3:::{account['FindingsBucketName']}"
    assert (found["CompressionFormat"], found["FileExtension"]) == ("GZIP", ".jsonl.gz")
    assert found["Prefix"] == "feed/!{timestamp:yyyy/MM/dd/HH}/"
    assert found["BufferingHints"] == {"IntervalInSeconds": 60, "SizeInMBs": 5}
    assert found["EncryptionConfiguration"] == {
        "KMSEncryptionConfig": {"AWSKMSKeyARN": account["FindingsKeyArn"]}
    }
    [processor] = found["ProcessingConfiguration"]["Processors"]
    assert processor["Type"] == "AppendDelimiterToRecord"
    assert processor["Parameters"] == [{"ParameterName": "Delimiter", "ParameterValue": "\\n"}]
    logging = found["CloudWatchLoggingOptions"]
    logs = sandbox.client("logs")
    [stream] = logs.describe_log_streams(logGroupName=logging["LogGroupName"])["logStreams"]
    assert stream["logStreamName"] == logging["LogStreamName"]
    [group] = logs.describe_log_groups(logGroupNamePrefix=logging["LogGroupName"])["logGroups"]
    assert group["retentionInDays"] == 90


def test_firehose_may_write_its_folders_alone(sandbox, account, feed):
    """It should let Firehose put objects under its own prefixes and read none."""
    found = sandbox.client("iam").get_role_policy(
        RoleName="switchyard-discovery-firehose", PolicyName="write-the-feed"
    )["PolicyDocument"]
    bucket = f"arn:aws:s3:::{account['FindingsBucketName']}"
    writes = [one for one in found["Statement"] if "s3:PutObject" in one["Action"]]
    assert [one["Resource"] for one in writes] == [[f"{bucket}/feed/*", f"{bucket}/feed-errors/*"]]
    assert not [one for one in found["Statement"] if "s3:GetObject" in one["Action"]]


def test_feed_goes_with_its_stack(sandbox, feed):
    """It should leave nothing of the feed when its stack is deleted."""
    sandbox.client("cloudformation").delete_stack(StackName="switchyard-discovery-feed")
    assert sandbox.client("firehose").list_delivery_streams()["DeliveryStreamNames"] == []
    assert sandbox.client("events").list_rules()["Rules"] == []
    assert sandbox.client("logs").describe_log_groups()["logGroups"] == []
