"""The shared poller, the step form and the SQS watcher in a real triggerer and real workers."""

from __future__ import annotations

import os
import signal
import time

import pytest

SNAPSHOTS, MESSAGES = "waiting__snapshots", "waiting__messages"
DESCRIBE = "rds:DescribeDBClusterSnapshots"


@pytest.fixture(scope="module")
def sandbox(stack):
    """The stack's sandbox with a cluster to take snapshots of, each of which ends when a test says so."""
    sandbox = stack.sandbox.client()
    before = sandbox.durations()["cluster-snapshot.create"]
    sandbox.durations({"cluster-snapshot.create": 3600.0})
    sandbox.client("rds", "source").create_db_cluster(
        DBClusterIdentifier="waiting",
        Engine="aurora-mysql",
        MasterUsername="admin",
        MasterUserPassword="not-a-secret-9",
    )
    yield sandbox
    sandbox.durations({"cluster-snapshot.create": before})


def until(condition, what, seconds=300.0):
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.5)
    return value


def start(api):
    until(lambda: api.dag(SNAPSHOTS), "the DAG is parsed")
    api.unpause(SNAPSHOTS)
    return api.trigger(SNAPSHOTS)


def states(api, run_id):
    return [one["state"] for one in api.tasks(SNAPSHOTS, run_id) if one["task_id"] == "snapshot"]


def until_deferred(api, run_id):
    until(lambda: states(api, run_id) == ["deferred"] * 6, "all six wait")


def test_waits_share_one_poller_in_the_triggerer(api, sandbox):
    """It should ask AWS at the pace of one wait while six are deferred, and resume them all."""
    run_id = start(api)
    until_deferred(api, run_id)
    time.sleep(3)
    before = len(sandbox.calls(DESCRIBE))
    time.sleep(10)
    looks = len(sandbox.calls(DESCRIBE)) - before
    assert states(api, run_id) == ["deferred"] * 6
    assert 2 <= looks <= 7
    sandbox.advance(3600.0)
    run = api.wait_for_run(SNAPSHOTS, run_id, seconds=300)
    assert run["state"] == "success"
    tries = [one["try_number"] for one in api.tasks(SNAPSHOTS, run_id) if one["task_id"] == "snapshot"]
    assert tries == [1] * 6


def test_waits_survive_the_death_of_the_triggerer(api, stack, sandbox):
    """It should go on in the next triggerer without using up a try or making a second snapshot."""
    run_id = start(api)
    until_deferred(api, run_id)
    (dead,) = [session for session in stack.sessions if session.name == "triggerer"][-1:]
    for pid in dead.members():
        os.kill(pid, signal.SIGKILL)
    stack._start_component("triggerer", "--skip-serve-logs")
    before = len(sandbox.calls("rds:CreateDBClusterSnapshot"))
    sandbox.advance(3600.0)
    run = api.wait_for_run(SNAPSHOTS, run_id, seconds=300)
    assert run["state"] == "success"
    assert len(sandbox.calls("rds:CreateDBClusterSnapshot")) == before


def test_a_message_starts_a_run_and_leaves_the_queue_afterwards(api, sandbox):
    """It should wait for a queue that does not exist yet, then fire once per message and delete it."""
    until(lambda: api.dag(MESSAGES), "the DAG is parsed")
    sqs = sandbox.client("sqs", "target", "us-west-1")
    address = sqs.create_queue(QueueName="waiting-messages")["QueueUrl"]
    for body in ("one", "two", "two"):
        sqs.send_message(QueueUrl=address, MessageBody=body)

    def bodies():
        runs = [run["dag_run_id"] for run in api.runs(MESSAGES) if run["state"] == "success"]
        return sorted(body for run_id in runs for body in api.xcom(MESSAGES, run_id, "bodies"))

    until(lambda: len(bodies()) >= 2, "both messages have started a run", seconds=300)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def left():
        found = sqs.get_queue_attributes(QueueUrl=address, AttributeNames=names)["Attributes"]
        return sum(int(number) for number in found.values())

    until(lambda: left() <= 1, "the stored messages are deleted")
    sqs.send_message(QueueUrl=address, MessageBody="two")
    time.sleep(10)
    assert bodies() == ["one", "two"]
