"""One run at a time has the extract: another one waits until it is let go of or its time is up, and deletes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.seed.worlds import customers
from switchyard.errors import NotAllowed, StepFailed
from switchyard.operators.discovery.holding import Holding
from tests.support.aws_connections import SOURCE
from tests.support.discovery_steps import table

HOUR = timedelta(hours=1)
LEFT = "sakila/contact/LOAD00000001.parquet"
PLACE = {
    "Bucket": customers.FINDINGS,
    "Key": f"findings/extracts/{customers.TASK}.json",
    "ExpectedBucketOwner": SOURCE["account_id"],
}


@pytest.fixture
def key(steps):
    """What says who has the extract; it is gone after the test."""
    yield PLACE["Key"]
    steps.client("s3").delete_object(Bucket=PLACE["Bucket"], Key=PLACE["Key"])


def test_run_waits_for_the_one_that_has_the_extract(steps, key):
    """It should delete nothing of the other run, say for whom it waits, and go on when that one has ended."""
    first, second = steps.run(tables=[table("contact")]), steps.run()
    first.step("empty", held_for=HOUR)
    steps.put(LEFT)
    waited = []

    def at_wait(_trigger):
        if not waited:
            assert steps.keys() == [customers.FOLDER + LEFT]
            first.step("purge", held_for=HOUR)
        waited.append(steps.keys())

    second.step("empty", at_wait=at_wait, held_for=HOUR)
    assert waited == [[]]
    with pytest.raises(
        StepFailed, match=rf"time ran out, waiting: run {second.stamp}, which has the extract until"
    ):
        first.step("purge", held_for=HOUR, timeout=timedelta(seconds=0.2))
    second.step("purge", held_for=HOUR)


def test_run_finds_itself_in_it(steps, key):
    """It should go on at once when it is cleared, and take the extract over from a run whose time is up."""
    late, run = steps.run(), steps.run()
    late.step("empty", held_for=timedelta(microseconds=1))
    for name in ("empty", "empty", "purge", "purge"):
        run.step(name, held_for=HOUR, at_wait=lambda trigger: pytest.fail(f"it waits: {trigger}"))


def test_of_two_at_once_one_has_it(steps, key):
    """It should be refused to who wrote on what was read before, whether the object was there or not."""
    s3 = steps.client("s3")
    one, two = Holding(s3, PLACE, "one"), Holding(s3, PLACE, "two")
    for _ in range(2):
        read = two._read()
        assert one.take(HOUR) is None
        assert not two._put(read, datetime.now(UTC) + HOUR)
        assert two.take(HOUR).run == "one"
        one.release()


def test_object_that_goes_meanwhile_is_written_anew(steps, key):
    """It should have it by an object of its own where somebody deletes the one that it has read."""
    s3 = steps.client("s3")
    Holding(s3, PLACE, "late").take(timedelta())
    goes = [key]

    def delete(**_):
        if goes:
            s3.delete_object(Bucket=PLACE["Bucket"], Key=goes.pop())

    s3.meta.events.register("before-call.s3.PutObject", delete)
    assert Holding(s3, PLACE, "one").take(HOUR) is None
    assert Holding(s3, PLACE, "two").take(HOUR).run == "one"


def test_object_that_says_nothing_is_refused(steps, key):
    """It should name the object, and take nothing."""
    steps.client("s3").put_object(Bucket=PLACE["Bucket"], Key=key, Body=b"{}")
    with pytest.raises(NotAllowed, match=rf"{key} does not say which run has it. Look who wrote it"):
        steps.run().step("empty", held_for=HOUR)
