"""Publishing a file under its hash, and removing what only the run needed."""

from __future__ import annotations

import time

import pytest

from switchyard.errors import CheckFailed, StepFailed
from switchyard.operators.synonyms.clean_up import CleanUpOperator
from switchyard.operators.synonyms.lock import Asked, PublicationLock
from switchyard.operators.synonyms.publish import PublishFileOperator
from switchyard.operators.synonyms.releases import draft_key, lock_key, release_key
from tests.support.control_plane import new_context, run_step
from tests.support.release_world import (
    BUCKET,
    FIRST,
    FOLDER,
    OTHER_STAMP,
    PIPELINE,
    SECOND,
    STAMP,
    digest,
    step_settings,
)

DRAFT, KEY = draft_key(FOLDER, STAMP), release_key(FOLDER, digest(SECOND))


@pytest.fixture
def s3(world):
    return world.client("s3")


@pytest.fixture
def draft(s3):
    s3.put_object(Bucket=BUCKET, Key=DRAFT, Body=SECOND.encode(), ServerSideEncryption="AES256")


def publish(*, dry_run=False):
    step = PublishFileOperator(
        bucket=BUCKET, draft_key=DRAFT, key=KEY, sha256=digest(SECOND), **step_settings()
    )
    return run_step(step, new_context(dry_run=dry_run))


def content(s3, key):
    return s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()


@pytest.mark.usefixtures("draft")
def test_a_draft_is_published_once(world, s3):
    """It should put the file under its hash, encrypted by S3 itself, and leave it alone from then on."""
    world.changes()
    found = publish()
    assert found["object_uri"] == f"s3://{BUCKET}/{KEY}"
    assert found["size"] == len(SECOND)
    assert content(s3, KEY) == SECOND
    assert s3.head_object(Bucket=BUCKET, Key=KEY)["ServerSideEncryption"] == "AES256"
    publish()
    assert world.changes() == {"PutObject": 1}


def test_a_published_file_needs_no_draft(world, s3):
    """It should accept what an earlier run has published, after its draft is gone."""
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=SECOND.encode())
    world.changes()
    publish()
    assert not world.changes()


@pytest.mark.usefixtures("draft")
def test_a_lost_answer_is_no_error(world, s3):
    """It should find the object that was written although nobody said so."""
    world.sandbox.fault("s3:PutObject", "lost-response")
    publish()
    assert content(s3, KEY) == SECOND


@pytest.mark.usefixtures("draft")
def test_another_file_of_that_name_is_refused(world, s3):
    """It should not take foreign bytes for the release, nor overwrite them."""
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=FIRST.encode())
    world.changes()
    with pytest.raises(
        CheckFailed, match=rf"s3://{BUCKET}/{KEY}: its content has the hash {digest(FIRST)}\. Look who"
    ):
        publish()
    assert not world.changes()


def test_a_file_under_a_kms_key_is_refused(s3):
    """It should refuse what OpenSearch Service could not read."""
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=SECOND.encode(), ServerSideEncryption="aws:kms")
    with pytest.raises(
        CheckFailed, match=r"it is encrypted with aws:kms, which OpenSearch Service cannot read"
    ):
        publish()


def test_a_missing_draft_is_named(world):
    """It should say from which step on to begin again."""
    with pytest.raises(
        StepFailed, match=rf"draft s3://{BUCKET}/{DRAFT}: it is gone\. .* clear this one from build_rel"
    ):
        publish()


def test_a_draft_of_other_rows_is_refused(s3):
    """It should publish only what was compared and approved."""
    s3.put_object(Bucket=BUCKET, Key=DRAFT, Body=FIRST.encode())
    with pytest.raises(StepFailed, match=r"it is not the file that was compared"):
        publish()


def test_a_dry_run_plans_the_one_call(world):
    """It should plan the condition and the encryption with it."""
    world.changes()
    (call,) = publish(dry_run=True)["planned_calls"]
    assert call["operation"] == "PutObject"
    assert (call["parameters"]["IfNoneMatch"], call["parameters"]["ServerSideEncryption"]) == ("*", "AES256")
    assert not world.changes()


# Cleaning up.


def clean_up(*, dry_run=False):
    step = CleanUpOperator(bucket=BUCKET, folder=FOLDER, settle_seconds=60, **step_settings())
    return run_step(step, new_context(dry_run=dry_run))


def lock_of(s3, stamp):
    return PublicationLock(s3, BUCKET, lock_key(FOLDER), run=stamp, pipeline=PIPELINE)


@pytest.mark.usefixtures("draft")
def test_the_runs_own_things_are_removed(world, s3):
    """It should remove the run's draft and lock, and leave releases and drafts of other runs."""
    lock_of(s3, STAMP).hold(600)
    s3.put_object(Bucket=BUCKET, Key=KEY, Body=SECOND.encode())
    other = draft_key(FOLDER, OTHER_STAMP)
    s3.put_object(Bucket=BUCKET, Key=other, Body=b"x")
    assert clean_up()["removed"] == ["draft", "lock"]
    assert world.keys(FOLDER) == {KEY, other}


def test_nothing_is_written_where_nothing_is(world):
    """It should only look."""
    world.changes()
    assert clean_up()["summary"] == "nothing to remove"
    assert not world.changes()


def test_the_lock_of_another_run_stays(world, s3):
    """It should not let a third run in while another one publishes."""
    lock_of(s3, OTHER_STAMP).hold(600)
    world.changes()
    assert clean_up()["removed"] == []
    assert not world.changes()
    assert world.lock()["run"] == OTHER_STAMP


def test_the_lock_outlasts_an_update_that_may_still_show(world, s3):
    """It should keep others out until a call whose answer was lost must have become visible."""
    lock = lock_of(s3, STAMP)
    lock.hold(600)
    lock.intend(Asked(STAMP, digest(SECOND), "v1", time.time(), 0, failed_before=False))
    clean_up()
    assert world.lock()["run"] == STAMP
    assert world.lock()["until"] < time.time() + 61


@pytest.mark.usefixtures("draft")
def test_a_dry_run_removes_nothing(world, s3):
    """It should leave everything where it is."""
    world.changes()
    clean_up(dry_run=True)
    assert not world.changes()
    assert content(s3, DRAFT) == SECOND
