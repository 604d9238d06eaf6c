"""An object that many write: nobody undoes what another wrote since the last look."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from switchyard.aws.conditional_object import ConditionalObject, Stored
from switchyard.aws.connections import aws_client
from tests.support.aws_connections import SOURCE

pytestmark = pytest.mark.usefixtures("aws_connections")

PLACE = {"Bucket": "shared-notes", "Key": "who.json", "ExpectedBucketOwner": SOURCE["account_id"]}


@pytest.fixture
def s3(sandbox):
    made = aws_client("s3", **SOURCE)
    made.create_bucket(
        Bucket=PLACE["Bucket"], CreateBucketConfiguration={"LocationConstraint": SOURCE["region_name"]}
    )
    return made


def test_object_is_changed_by_who_read_it_last(s3):
    """It should take the first content, and refuse whoever has read what another has changed or deleted since."""
    one, two = ConditionalObject(s3, PLACE), ConditionalObject(s3, PLACE)
    assert one.read() is None
    first = one.write(b"one", None)
    assert two.write(b"two", None) is None
    assert two.read() == Stored(b"one", first)
    second = two.write(b"two", first)
    assert one.write(b"one again", first) is None
    assert not one.delete(first)
    assert one.read() == Stored(b"two", second)
    assert two.delete(second)
    assert one.write(b"one again", second) is None
    assert one.read() is None


def test_object_is_written_as_it_was_asked_for(s3):
    """It should tell S3 of the object's kind and encryption whenever it is written."""
    asked = {"ContentType": "application/json", "ServerSideEncryption": "AES256"}
    made = ConditionalObject(s3, PLACE, **asked)
    made.write(b"2", made.write(b"1", None))
    found = s3.head_object(**PLACE)
    assert {name: found[name] for name in asked} == asked


def test_other_refusals_are_none_of_its_answers(s3):
    """It should let a call fail that S3 refuses for another reason, and name the object in words."""
    other = ConditionalObject(s3, {**PLACE, "ExpectedBucketOwner": "999999999999"})
    for call in (other.read, lambda: other.write(b"", None), lambda: other.delete('"etag"')):
        with pytest.raises(ClientError, match="AccessDenied"):
            call()
    assert str(other) == "s3://shared-notes/who.json"


def test_dry_run_plans_the_write(s3):
    """It should count as written what a run would write."""
    planned = []
    made = ConditionalObject(aws_client("s3", **SOURCE, planned=planned), PLACE)
    assert made.write(b"1", None) is not None
    assert [call.parameters["IfNoneMatch"] for call in planned] == ["*"]
    assert made.read() is None
