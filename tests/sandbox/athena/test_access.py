"""Queries reach objects as their caller does."""

import json

import boto3
import pytest

from tests.support.athena import DATA, REGION, RESULTS, SOURCE
from tests.support.dms import refused


@pytest.fixture
def deny(lake):
    """Forbid everybody some actions on a bucket, under conditions."""

    def add(bucket, *actions, **condition):
        statement = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": list(actions),
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
            "Condition": condition or {"StringLike": {"aws:PrincipalArn": "*"}},
        }
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        lake.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))

    return add


def analyst(lake):
    """Return Athena's client of another role of the account."""
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{SOURCE}:root"},
        "Action": "sts:AssumeRole",
    }
    role = lake.client("iam").create_role(
        RoleName="analyst",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]["Arn"]
    issued = lake.client("sts").assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]
    return boto3.client(
        "athena",
        region_name=REGION,
        endpoint_url=lake.sandbox.endpoint_url,
        aws_access_key_id=issued["AccessKeyId"],
        aws_secret_access_key=issued["SecretAccessKey"],
        aws_session_token=issued["SessionToken"],
    )


def test_data_that_the_caller_may_not_read(orders, deny):
    """It should fail where the bucket's policy forbids the caller to read, and let others read."""
    role = {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/analyst"}}
    deny(DATA, "s3:GetObject", **role)
    client = analyst(orders)
    reason = orders.failed("SELECT count(customer) FROM orders", client=client)
    assert reason.startswith("PERMISSION_DENIED: ")
    assert "Access Denied" in reason
    assert orders.rows("SELECT count(customer) FROM orders") == [("3",)]


def test_data_that_the_caller_may_not_write(orders, deny):
    """It should fail an INSERT whose objects the policy does not take, and register no partition."""
    deny(DATA, "s3:PutObject")
    reason = orders.failed("INSERT INTO orders VALUES (4, 'Dan', 1.00, date '2026-03-01')")
    assert reason.startswith("PERMISSION_DENIED: Access Denied")
    assert ("day=2026-03-01",) not in orders.printed("SHOW PARTITIONS orders")


def test_results_that_the_caller_may_not_write_or_read(lake, deny):
    """It should fail a query whose result cannot be stored, and refuse results that cannot be read."""
    done = lake.run("SELECT 1")["QueryExecutionId"]
    deny(RESULTS, "s3:PutObject", "s3:GetObject")
    place = f"s3://{RESULTS}/"
    assert lake.failed("SELECT 1").startswith(f"Access denied when writing output to url: {place}")
    message = refused("InvalidRequestException", lake.athena.get_query_results, QueryExecutionId=done)
    assert message.startswith("You do not seem to have access to the S3 location of your query results.")


def test_bucket_of_results_must_be_there(lake):
    """It should refuse a start without a location, and with one in a bucket that is not there or not owned."""
    message = refused("InvalidRequestException", lake.start, "SELECT 1", ResultConfiguration={})
    assert message.startswith("No output location provided.")
    for settings in (
        {"OutputLocation": "s3://nope/"},
        {"OutputLocation": f"s3://{RESULTS}/", "ExpectedBucketOwner": "222222222222"},
    ):
        message = refused("InvalidRequestException", lake.start, "SELECT 1", ResultConfiguration=settings)
        assert message.startswith("Unable to verify/create output bucket")


def test_what_is_written_is_encrypted_as_configured(orders):
    """It should encrypt results and inserted data with the key that the request or workgroup names."""
    key = orders.client("kms").create_key()["KeyMetadata"]["Arn"]
    encryption = {"EncryptionOption": "SSE_KMS", "KmsKey": key}
    settings = {"OutputLocation": f"s3://{RESULTS}/", "EncryptionConfiguration": encryption}
    query = orders.run(
        "INSERT INTO orders VALUES (4, 'Dan', 1.00, date '2026-03-01')", ResultConfiguration=settings
    )
    assert query["ResultConfiguration"]["EncryptionConfiguration"] == encryption
    [inserted] = orders.keys("orders/day=2026-03-01/")
    result = orders.run("SELECT 1", ResultConfiguration=settings)["QueryExecutionId"]
    for bucket, key_of_object in ((DATA, inserted), (RESULTS, f"{result}.csv")):
        head = orders.s3.head_object(Bucket=bucket, Key=key_of_object)
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


def test_key_that_was_disabled_keeps_data_closed(orders):
    """It should fail a query over objects whose key can no longer be used."""
    key = orders.client("kms").create_key()["KeyMetadata"]["Arn"]
    orders.s3.put_object(
        Bucket=DATA,
        Key="secret/a.json",
        Body=b'{"n": 1}\n',
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=key,
    )
    orders.run(
        "CREATE EXTERNAL TABLE secret (n int) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' "
        "LOCATION 's3://data/secret/'"
    )
    assert orders.rows("SELECT n FROM secret") == [("1",)]
    orders.client("kms").disable_key(KeyId=key)
    assert orders.failed("SELECT n FROM secret").startswith("HIVE_CANNOT_OPEN_SPLIT: ")
