import json

import pytest
from botocore.exceptions import ClientError

SOURCE, TARGET = "111111111111", "222222222222"
REGION = "us-west-1"
BUCKET = "manifests"


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, *resources, principal=TARGET):
    return {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": actions,
        "Resource": [f"arn:aws:s3:::{BUCKET}{resource}" for resource in resources],
    }


@pytest.fixture
def source(sandbox):
    return sandbox.client("s3", "source", REGION)


@pytest.fixture
def target(sandbox):
    return sandbox.client("s3", "target", REGION)


@pytest.fixture
def bucket(source):
    source.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    source.put_object(Bucket=BUCKET, Key="manifests/1.json", Body=b"{}")
    source.put_object(Bucket=BUCKET, Key="private/1.json", Body=b"{}")
    return BUCKET


@pytest.fixture
def key(sandbox, source, bucket):
    """A key of the source that the bucket encrypts with by default; its policy is the default one."""
    kms = sandbox.client("kms", "source", REGION)
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}
    source.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]},
    )
    source.put_bucket_policy(Bucket=bucket, Policy=policy(allow("s3:*", "/*")))
    return arn


def denied():
    return pytest.raises(ClientError, match="AccessDenied")


def test_bucket_is_closed_to_other_accounts(target, bucket):
    """It should refuse another account to list, read and write a bucket without a policy."""
    with denied():
        target.list_objects_v2(Bucket=bucket)
    with denied():
        target.get_object(Bucket=bucket, Key="manifests/1.json")
    with denied():
        target.put_object(Bucket=bucket, Key="manifests/1.json", Body=b"forged")
    with pytest.raises(ClientError, match="403"):
        target.head_object(Bucket=bucket, Key="manifests/1.json")


def test_bucket_policy_opens_what_it_names(source, target, bucket):
    """It should let another account read and write only under the prefixes of the policy."""
    source.put_bucket_policy(
        Bucket=bucket,
        Policy=policy(allow("s3:GetObject", "/manifests/*"), allow("s3:PutObject", "/acknowledgements/*")),
    )
    assert target.get_object(Bucket=bucket, Key="manifests/1.json")["Body"].read() == b"{}"
    target.put_object(Bucket=bucket, Key="acknowledgements/1.json", Body=b"ok")
    with denied():
        target.put_object(Bucket=bucket, Key="manifests/1.json", Body=b"forged")
    with denied():
        target.get_object(Bucket=bucket, Key="private/1.json")
    with denied():
        target.delete_object(Bucket=bucket, Key="manifests/1.json")
    with denied():
        target.delete_bucket_policy(Bucket=bucket)
    assert source.get_object(Bucket=bucket, Key="acknowledgements/1.json")["Body"].read() == b"ok"


def test_listing_can_be_limited_to_a_prefix(source, target, bucket):
    """It should go by the s3:prefix condition of a listing."""
    statement = allow("s3:ListBucket", "") | {"Condition": {"StringLike": {"s3:prefix": "manifests/*"}}}
    source.put_bucket_policy(Bucket=bucket, Policy=policy(statement))
    assert target.list_objects_v2(Bucket=bucket, Prefix="manifests/")["KeyCount"] == 1
    with denied():
        target.list_objects_v2(Bucket=bucket)


def test_deny_binds_the_owner(source, bucket):
    """It should refuse the bucket's own account what the policy denies it."""
    statement = allow("s3:PutObject", "/manifests/*", principal="*") | {"Effect": "Deny"}
    source.put_bucket_policy(Bucket=bucket, Policy=policy(statement))
    with denied():
        source.put_object(Bucket=bucket, Key="manifests/1.json", Body=b"changed")
    source.put_object(Bucket=bucket, Key="other/1.json", Body=b"new")


def test_deny_spares_whom_it_does_not_name(source, target, bucket):
    """It should deny the principals of the statement only."""
    denial = allow("s3:*", "/*") | {"Effect": "Deny"}
    source.put_bucket_policy(Bucket=bucket, Policy=policy(allow("s3:*", "/*"), denial))
    assert source.get_object(Bucket=bucket, Key="manifests/1.json")["Body"].read() == b"{}"
    with denied():
        target.get_object(Bucket=bucket, Key="manifests/1.json")


def test_batch_deletes_only_what_the_policy_leaves(source, bucket):
    """It should report the denied objects of a batch and delete the others."""
    denial = allow("s3:DeleteObject", "/manifests/*", principal="*") | {"Effect": "Deny"}
    source.put_bucket_policy(Bucket=bucket, Policy=policy(denial))
    objects = [{"Key": "manifests/1.json"}, {"Key": "private/1.json"}]
    answer = source.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    assert [error["Key"] for error in answer["Errors"]] == ["manifests/1.json"]
    assert [deleted["Key"] for deleted in answer["Deleted"]] == ["private/1.json"]


def test_copying_reads_the_source(source, target, bucket):
    """It should refuse to copy an object that the caller may not read."""
    source.put_bucket_policy(Bucket=bucket, Policy=policy(allow("s3:GetObject", "/manifests/*")))
    target.create_bucket(Bucket="mine", CreateBucketConfiguration={"LocationConstraint": REGION})
    target.copy_object(Bucket="mine", Key="a", CopySource=f"{bucket}/manifests/1.json")
    with denied():
        target.copy_object(Bucket="mine", Key="b", CopySource=f"{bucket}/private/1.json")


def test_encrypted_object_needs_its_key(sandbox, source, target, bucket, key):
    """It should refuse to read or write under a KMS key whose policy does not admit the caller."""
    source.put_object(Bucket=bucket, Key="manifests/2.json", Body=b"{}")
    with denied() as caught:
        target.get_object(Bucket=bucket, Key="manifests/2.json")
    assert "kms:Decrypt" in str(caught.value)
    with denied() as caught:
        target.put_object(Bucket=bucket, Key="acknowledgements/2.json", Body=b"ok")
    assert "kms:GenerateDataKey" in str(caught.value)
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "kms:*", "Resource": "*"}
        for account in (SOURCE, TARGET)
    ]
    sandbox.client("kms", "source", REGION).put_key_policy(
        KeyId=key, PolicyName="default", Policy=policy(*statements)
    )
    assert target.get_object(Bucket=bucket, Key="manifests/2.json")["Body"].read() == b"{}"
    target.put_object(Bucket=bucket, Key="acknowledgements/2.json", Body=b"ok")


def test_object_under_a_disabled_key(sandbox, source, bucket, key):
    """It should not give out an object whose key is out of use."""
    source.put_object(Bucket=bucket, Key="manifests/2.json", Body=b"{}")
    sandbox.client("kms", "source", REGION).disable_key(KeyId=key)
    with pytest.raises(ClientError, match=r"KMS\.DisabledException"):
        source.get_object(Bucket=bucket, Key="manifests/2.json")


def test_missing_bucket_is_not_a_refusal(source):
    """It should say NoSuchBucket where there is none."""
    with pytest.raises(ClientError, match="NoSuchBucket"):
        source.get_object(Bucket="nowhere", Key="x")


def test_policy_must_be_one(source, bucket):
    """It should refuse a bucket policy that is not a policy document."""
    with pytest.raises(ClientError, match="MalformedPolicy"):
        source.put_bucket_policy(Bucket=bucket, Policy="{not json")
    with pytest.raises(ClientError, match="MalformedPolicy"):
        source.put_bucket_policy(Bucket=bucket, Policy="{}")


def test_missing_object_is_forbidden_to_whom_may_not_list(source, target, bucket):
    """It should answer that an object is missing only to whom may list the bucket, and forbid it to others."""
    reading = allow("s3:GetObject", "/manifests/*")
    source.put_bucket_policy(Bucket=bucket, Policy=policy(reading))
    with denied():
        target.get_object(Bucket=bucket, Key="manifests/none.json")
    with pytest.raises(ClientError, match="403"):
        target.head_object(Bucket=bucket, Key="manifests/none.json")
    listing = allow("s3:ListBucket", "") | {"Condition": {"StringLike": {"s3:prefix": "manifests/*"}}}
    source.put_bucket_policy(Bucket=bucket, Policy=policy(reading, listing))
    with pytest.raises(ClientError, match="NoSuchKey"):
        target.get_object(Bucket=bucket, Key="manifests/none.json")
    with pytest.raises(ClientError, match="NoSuchKey"):
        source.get_object(Bucket=bucket, Key="manifests/none.json")
