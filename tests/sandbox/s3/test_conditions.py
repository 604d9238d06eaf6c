import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from sandbox.s3.models import S3Backend

BUCKET = "releases"
REGION = "us-west-2"
WRITES = {
    "put": lambda s3, **condition: s3.put_object(Bucket=BUCKET, Key="lock", Body=b"mine", **condition),
    "copy": lambda s3, **condition: s3.copy_object(
        Bucket=BUCKET, Key="lock", CopySource={"Bucket": BUCKET, "Key": "draft"}, **condition
    ),
}


@pytest.fixture(params=["plain", "versioned"])
def s3(sandbox, request):
    """A client, with a bucket that holds a draft."""
    client = sandbox.client("s3", "source", REGION)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    if request.param == "versioned":
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    client.put_object(Bucket=BUCKET, Key="draft", Body=b"draft")
    return client


@pytest.fixture(params=sorted(WRITES))
def write(s3, request):
    return lambda **condition: WRITES[request.param](s3, **condition)


def put(s3, body=b"theirs"):
    return s3.put_object(Bucket=BUCKET, Key="lock", Body=body)["ETag"]


def content(s3, key="lock"):
    return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()


def refused(code, status):
    """Expect an AWS error of a code and an HTTP status."""
    return pytest.raises(ClientError, check=lambda error: _says(error, code, status))


def _says(error, code, status):
    answer = error.response
    return (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)


def test_write_only_where_nothing_is(s3, write):
    """It should write with IfNoneMatch "*" only under a key that is free, and leave the object alone."""
    write(IfNoneMatch="*")
    put(s3)
    with refused("PreconditionFailed", 412):
        write(IfNoneMatch="*")
    assert content(s3) == b"theirs"


def test_deleted_object_leaves_its_key_free(s3, write):
    """It should take a delete marker for nothing there."""
    put(s3)
    s3.delete_object(Bucket=BUCKET, Key="lock")
    write(IfNoneMatch="*")
    assert content(s3) in {b"mine", b"draft"}


def test_write_only_over_what_was_seen(s3, write):
    """It should write with IfMatch only over the object of that ETag, and say 404 where there is none."""
    with refused("NoSuchKey", 404):
        write(IfMatch='"0123"')
    seen = put(s3, b"first")
    put(s3, b"second")
    with refused("PreconditionFailed", 412):
        write(IfMatch=seen)
    assert content(s3) == b"second"
    write(IfMatch=put(s3, b"third"))
    assert content(s3) in {b"mine", b"draft"}


def test_write_unless_of_an_etag_is_not_offered(s3, write):
    """It should take nothing but "*" for IfNoneMatch."""
    with refused("NotImplemented", 501):
        write(IfNoneMatch='"0123"')


def test_copy_only_of_what_was_seen(s3):
    """It should copy only while the source has the ETag."""
    seen = s3.head_object(Bucket=BUCKET, Key="draft")["ETag"]
    WRITES["copy"](s3, CopySourceIfMatch=seen)
    s3.put_object(Bucket=BUCKET, Key="draft", Body=b"changed")
    with refused("PreconditionFailed", 412):
        WRITES["copy"](s3, CopySourceIfMatch=seen)
    assert content(s3) == b"draft"


def test_delete_only_what_was_seen(s3):
    """It should delete with IfMatch only the object of that ETag, or with "*" any that is there."""
    seen = put(s3, b"first")
    put(s3, b"second")
    with refused("PreconditionFailed", 412):
        s3.delete_object(Bucket=BUCKET, Key="lock", IfMatch=seen)
    assert content(s3) == b"second"
    s3.delete_object(Bucket=BUCKET, Key="lock", IfMatch=put(s3, b"third"))
    put(s3)
    s3.delete_object(Bucket=BUCKET, Key="lock", IfMatch="*")
    with refused("NoSuchKey", 404):
        content(s3)


@pytest.mark.parametrize("etag", ["*", '"0123"'])
def test_delete_of_nothing_with_a_condition(s3, etag):
    """It should say 404 where the object never was, or is gone; without a condition that is no error."""
    with refused("NoSuchKey", 404):
        s3.delete_object(Bucket=BUCKET, Key="lock", IfMatch=etag)
    put(s3)
    s3.delete_object(Bucket=BUCKET, Key="lock")
    with refused("NoSuchKey", 404):
        s3.delete_object(Bucket=BUCKET, Key="lock", IfMatch=etag)
    s3.delete_object(Bucket=BUCKET, Key="lock")


def test_conditional_delete_of_a_version_is_not_offered(s3):
    """It should refuse IfMatch together with a version."""
    made = s3.put_object(Bucket=BUCKET, Key="lock", Body=b"x")
    version = made.get("VersionId", "null")
    with refused("NotImplemented", 501):
        s3.delete_object(Bucket=BUCKET, Key="lock", IfMatch=made["ETag"], VersionId=version)


@pytest.fixture
def slow_storage(monkeypatch):
    """Let a moment pass between the check of a write's condition and the write."""
    store = S3Backend.put_object

    def slowly(*arguments, **options):
        time.sleep(0.02)
        return store(*arguments, **options)

    monkeypatch.setattr(S3Backend, "put_object", slowly)


def test_one_of_many_writers_wins(s3, slow_storage):
    """It should let only one of several writers at once take a free key."""

    def take(number):
        try:
            s3.put_object(Bucket=BUCKET, Key="lock", Body=str(number).encode(), IfNoneMatch="*")
        except ClientError as error:
            return error.response["Error"]["Code"]
        return number

    with ThreadPoolExecutor(max_workers=4) as pool:
        outcomes = sorted(pool.map(take, range(4)), key=str)
    assert outcomes == [int(content(s3)), *["PreconditionFailed"] * 3]
