import json

import pytest

OTHER_REGION = "us-west-1"


def missing_key(search):
    return {"S3BucketName": search.bucket, "S3Key": "missing.txt"}


def missing_bucket(search):
    return {"S3BucketName": "no-such-bucket", "S3Key": "synonyms.txt"}


def deleted(search):
    search.s3.put_bucket_versioning(Bucket=search.bucket, VersioningConfiguration={"Status": "Enabled"})
    source = search.store()
    search.s3.delete_object(Bucket=search.bucket, Key=source["S3Key"])
    return source


def in_another_region(search):
    other = search.at(region=OTHER_REGION)
    other.s3.create_bucket(Bucket="far-away", CreateBucketConfiguration={"LocationConstraint": OTHER_REGION})
    return other.store(bucket="far-away")


def under_a_kms_key(search):
    return search.store(ServerSideEncryption="aws:kms")


def under_the_kms_key_of_the_bucket(search):
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    search.s3.put_bucket_encryption(Bucket=search.bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return search.store()


def in_a_closed_bucket_of_another_account(search):
    other = search.at(account="222222222222")
    other.s3.create_bucket(Bucket="theirs", CreateBucketConfiguration={"LocationConstraint": other.region})
    return other.store(bucket="theirs")


def denied_by_policy(search):
    source = search.store()
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{search.bucket}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    search.s3.put_bucket_policy(Bucket=search.bucket, Policy=policy)
    return source


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        (missing_key, "NoSuchKey"),
        (missing_bucket, "NoSuchBucket"),
        (deleted, "NoSuchKey"),
        (in_another_region, "PermanentRedirect"),
        (under_a_kms_key, "AccessDenied"),
        (under_the_kms_key_of_the_bucket, "AccessDenied"),
        (in_a_closed_bucket_of_another_account, "AccessDenied"),
        (denied_by_policy, "AccessDenied"),
    ],
)
def test_file_that_cannot_be_copied(search, place, kind):
    """It should be COPY_FAILED, say why, and keep the version there was; another update mends it."""
    package = search.create(source=search.store("good.txt"))
    assert search.look(package) == ("AVAILABLE", "v1")
    source = place(search)
    search.update(package, source=source)
    found = search.show(package)
    assert (found["PackageStatus"], found["AvailablePackageVersion"]) == ("COPY_FAILED", "v1")
    assert found["ErrorDetails"]["ErrorType"] == kind
    assert f"s3://{source['S3BucketName']}/{source['S3Key']}" in found["ErrorDetails"]["ErrorMessage"]
    assert len(search.history(package)) == 1


def test_failed_package_can_be_updated(search):
    """It should take an update after a failed import, and forget the error."""
    package = search.create(source=missing_key(search))
    assert search.look(package) == ("COPY_FAILED", None)
    search.update(package)
    found = search.show(package)
    assert (found["PackageStatus"], found["AvailablePackageVersion"]) == ("AVAILABLE", "v1")
    assert "ErrorDetails" not in found


def test_explicit_encryption_spares_the_key_of_the_bucket(search):
    """It should read an object put with SSE-S3 into a bucket whose default is a KMS key."""
    under_the_kms_key_of_the_bucket(search)
    package = search.create(source=search.store(ServerSideEncryption="AES256"))
    assert search.look(package) == ("AVAILABLE", "v1")


@pytest.mark.parametrize("content", ["café\n".encode("latin-1"), "a, b\n".encode("utf-16"), b"a\xff\n"])
def test_file_that_is_not_utf8(search, content):
    """It should be VALIDATION_FAILED with details for bytes that are not UTF-8."""
    package = search.create()
    search.update(package, source=search.store("bad.txt", content))
    found = search.show(package)
    assert (found["PackageStatus"], found["AvailablePackageVersion"]) == ("VALIDATION_FAILED", "v1")
    assert "UTF-8" in found["ErrorDetails"]["ErrorMessage"]


@pytest.mark.parametrize("text", ["", "a => b => c\n", "danish,croissant, \n"])
def test_rules_are_not_validated(search, text):
    """It should accept a file that no index can use."""
    assert search.look(search.create(source=search.store(text=text))) == ("AVAILABLE", "v1")


def test_file_is_read_at_the_end_of_copying(search, stand_still):
    """It should copy what stands in S3 when the copy is made, not when it was asked for."""
    clock = stand_still("package.copy", "package.validate")
    package = search.create()
    search.store(text=b"\xff")
    clock.advance(100)
    assert search.look(package)[0] == "VALIDATING"
    search.store(text="changed after the copy\n")
    clock.advance(100)
    assert search.look(package)[0] == "VALIDATION_FAILED"
