"""The right to publish: one run at a time, whatever dies when."""

from __future__ import annotations

import threading

import pytest

from switchyard.errors import NotAllowed
from switchyard.operators.synonyms.lock import Asked, PublicationLock
from tests.support.release_world import BUCKET, OTHER_STAMP, PIPELINE, STAMP, SynonymWorld

KEY = "synonyms/products/lock.json"


def lock(world: SynonymWorld, run=STAMP):
    return PublicationLock(world.client("s3"), BUCKET, KEY, run=run, pipeline=PIPELINE)


def asked(**changes):
    settings = {
        "run": STAMP,
        "sha256": "a" * 64,
        "before": "v1",
        "at": 2e9,
        "generation": 0,
        "failed_before": False,
    }
    return Asked(**settings | changes)


def test_of_two_runs_one_is_refused(world):
    """It should name the run that holds the lock and the moment until when."""
    lock(world).hold(60)
    with pytest.raises(
        NotAllowed, match=rf"held by run {STAMP} of {PIPELINE} until 2\d{{3}}-.*clear this task"
    ):
        lock(world, OTHER_STAMP).hold(60)


def test_of_many_runs_at_once_one_is_let_in(world):
    """It should let one of many in, when all look at the same moment."""
    held, barrier = [], threading.Barrier(8)

    def contend(number):
        mine = lock(world, f"26020100{number:02}-aaaaaa")
        barrier.wait()
        try:
            mine.hold(60)
            held.append(number)
        except NotAllowed:
            pass

    threads = [threading.Thread(target=contend, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(held) == 1


def test_the_same_run_enters_again(world):
    """It should find itself in the lock and write nothing, until half of its time has gone."""
    lock(world).hold(60)
    world.changes()
    lock(world).hold(60)
    assert world.changes() == {}
    lock(world).hold(600)
    assert world.changes() == {"PutObject": 1}


def test_the_lock_of_a_dead_run_is_taken_over_once(world):
    """It should go to one of those who find it expired, with what the dead run had asked for."""
    dead = lock(world)
    dead.hold(0)
    dead.intend(asked())
    slow, swift = lock(world, OTHER_STAMP), lock(world, "2602030000-cccccc")
    read = slow._read
    looks = [read()]
    slow._read = lambda: looks.pop() if looks else read()
    swift.hold(60)
    assert swift.asked == asked()
    with pytest.raises(NotAllowed, match="held by run 2602030000-cccccc"):
        slow.hold(60)
    with pytest.raises(NotAllowed, match="held by run 2602030000-cccccc"):
        dead.intend(asked(sha256="b" * 64))


def test_a_lost_answer_is_no_refusal(world, sandbox):
    """It should recognise its own write behind the conflict that a repeated request meets."""
    sandbox.fault("s3:PutObject", "lost-response")
    mine = lock(world)
    mine.hold(60)
    sandbox.fault("s3:PutObject", "lost-response")
    mine.intend(asked())
    assert world.lock()["asked"]["sha256"] == "a" * 64
    mine.settle()
    assert world.lock()["asked"] is None


def test_a_lock_is_given_back_by_its_holder_alone(world):
    """It should delete its own lock, and nothing where there is none or another's."""
    assert lock(world).release(60) is False
    lock(world).hold(60)
    assert lock(world, OTHER_STAMP).release(60) is False
    assert world.lock()["run"] == STAMP
    assert lock(world).release(60) is True
    assert world.lock() is None
    world.changes()
    assert lock(world).release(60) is False
    assert world.changes() == {}


def test_a_lock_stays_while_what_was_asked_for_may_be_invisible(world, monkeypatch):
    """It should keep others out until an update whose answer was lost must show."""
    from switchyard.operators.synonyms import lock as module

    mine = lock(world)
    mine.hold(3600)
    now = module.time.time()
    mine.intend(asked(at=now))
    assert mine.release(60) is True
    assert world.lock()["until"] == now + 60
    with pytest.raises(NotAllowed, match="is held by"):
        lock(world, OTHER_STAMP).hold(60)
    monkeypatch.setattr(module.time, "time", lambda: now + 61)
    lock(world, OTHER_STAMP).hold(60)


def test_a_lock_that_is_none_stops_everybody(world):
    """It should not overwrite what it cannot read."""
    for content in (b"no json", b"{}", b"[]"):
        world.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=content)
        with pytest.raises(NotAllowed, match=r"lock\.json is no lock of this pipeline"):
            lock(world).hold(60)


def test_the_lock_works_in_a_versioned_bucket(world):
    """It should be there to take after a delete marker."""
    world.client("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    for _ in range(2):
        lock(world).hold(60)
        assert lock(world).release(60) is True
    lock(world, OTHER_STAMP).hold(60)
