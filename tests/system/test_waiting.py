"""The shared poller, the step form and the SQS watcher in a real triggerer and real workers."""

from __future__ import annotations

import os
import signal
import time

import pytest

CLUSTERS, MESSAGES = "waiting__clusters", "waiting__messages"
DESCRIBE = "rds:DescribeDBClusters"
INTERVAL, LOOKS = 2.0, 4
"""Seconds between two looks of a wait in dags/waiting.py, and how many of them are watched."""
PLACE = {"account": "111111111111", "region": "us-west-2"}


@pytest.fixture(scope="module")
def sandbox(stack):
    """The stack's sandbox with six clusters."""
    sandbox = stack.sandbox.client()
    for number in range(6):
        sandbox.client("rds", "source").create_db_cluster(
            DBClusterIdentifier=f"waiting-{number}",
            Engine="aurora-mysql",
            MasterUsername="admin",
            MasterUserPassword="not-a-secret-9",
        )
    until(lambda: statuses(sandbox) == {"available"}, "the clusters are available")
    return sandbox


def statuses(sandbox):
    found = sandbox.client("rds", "source").describe_db_clusters()["DBClusters"]
    return {one["Status"] for one in found if one["DBClusterIdentifier"].startswith("waiting-")}


def put(sandbox, status):
    for number in range(6):
        sandbox.force_status("db_cluster", f"waiting-{number}", status, **PLACE)


def until(condition, what, seconds=300.0):
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.5)
    return value


def states(api, run_id):
    return [one["state"] for one in api.tasks(CLUSTERS, run_id) if one["task_id"] == "wait"]


@pytest.fixture
def waiting_run(api, sandbox):
    """A run whose six tasks are deferred."""
    put(sandbox, "modifying")
    until(lambda: api.dag(CLUSTERS), "the DAG is parsed")
    api.unpause(CLUSTERS)
    run_id = api.trigger(CLUSTERS)
    until(lambda: states(api, run_id) == ["deferred"] * 6, "all six wait")
    return run_id


def test_waits_share_one_poller_in_the_triggerer(api, sandbox, waiting_run):
    """It should ask AWS at the pace of one wait while six are deferred, and resume them all."""
    before = len(sandbox.calls(DESCRIBE))
    until(lambda: len(sandbox.calls(DESCRIBE)) > before, "the first look")
    began, before = time.monotonic(), len(sandbox.calls(DESCRIBE))
    until(lambda: len(sandbox.calls(DESCRIBE)) >= before + LOOKS, "some more looks")
    assert states(api, waiting_run) == ["deferred"] * 6
    # Waits that begin may hurry a look or two. Six pollers would have looked as often within one interval.
    assert time.monotonic() - began > LOOKS / 2 * INTERVAL
    put(sandbox, "available")
    run = api.wait_for_run(CLUSTERS, waiting_run, seconds=300)
    assert run["state"] == "success"
    assert api.xcom(CLUSTERS, waiting_run, "together") == ["available"] * 6


def test_waits_survive_the_death_of_the_triggerer(api, stack, sandbox, waiting_run):
    """It should go on in the next triggerer."""
    dead = [session for session in stack.sessions if session.name == "triggerer"][-1]
    for process in dead.members():
        os.kill(process, signal.SIGKILL)
    stack._start_component("triggerer", "--skip-serve-logs")
    put(sandbox, "available")
    run = api.wait_for_run(CLUSTERS, waiting_run, seconds=300)
    assert run["state"] == "success"


def test_a_message_starts_a_run_and_leaves_the_queue_afterwards(api, sandbox):
    """It should wait for a queue that does not exist yet, then fire once per message and delete it."""
    until(lambda: api.dag(MESSAGES), "the DAG is parsed")
    sqs = sandbox.client("sqs", "target", "us-west-1")
    address = sqs.create_queue(QueueName="waiting-messages")["QueueUrl"]

    def bodies():
        runs = [run["dag_run_id"] for run in api.runs(MESSAGES) if run["state"] == "success"]
        return sorted(body for run_id in runs for body in api.xcom(MESSAGES, run_id, "bodies"))

    def left():
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = sqs.get_queue_attributes(QueueUrl=address, AttributeNames=names)["Attributes"]
        return sum(int(number) for number in found.values())

    for body in ("one", "two"):
        sqs.send_message(QueueUrl=address, MessageBody=body)
    until(lambda: bodies() == ["one", "two"], "both messages have started a run")
    until(lambda: left() == 0, "the stored messages are deleted")
    sqs.send_message(QueueUrl=address, MessageBody="two")
    until(lambda: left() == 0, "the repetition is deleted")
    time.sleep(5)
    assert bodies() == ["one", "two"]
