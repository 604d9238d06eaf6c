"""The deadline of a recovery in a real scheduler and a real triggerer."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from demo.airflow_settings import REPOSITORY
from demo.aurora_recovery import POINT
from tests.support.page_commands import example
from tests.system.test_waiting import until

TOPIC = "arn:aws:sns:us-west-1:222222222222:switchyard-recovery-alerts"
TARGET = ("target", "us-west-1")
SHOWN = example("observe", "notify:")["notify"]
[NOTICE] = [one["arguments"]["message"] for one in SHOWN if "deadline" in one["events"]]


def subscribed(sandbox, place, topic, queue):
    """A queue that hears what a topic is told; what reads it."""
    sqs, sns = (sandbox.client(service, *place) for service in ("sqs", "sns"))
    url = sqs.create_queue(QueueName=queue)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    return lambda: [one["Body"] for one in sqs.receive_message(QueueUrl=url).get("Messages", [])]


def operations(sandbox):
    """The topic of the page about observing, made where it is missing: its place and its ARN."""
    [topic] = {one["arguments"]["target_arn"] for one in SHOWN if "target_arn" in one["arguments"]}
    *_, region, _, name = topic.split(":")
    place = ("source", region)
    assert sandbox.client("sns", *place).create_topic(Name=name)["TopicArn"] == topic
    return place, topic


def test_a_dag_with_a_deadline_runs_without_the_scheduler(api, stack, orders):
    """It should end `airflow dags test` well where the run does, also of a DAG that was unpaused, as the page says."""
    until(lambda: api.dag(POINT), "the DAG is parsed")
    api.unpause(POINT)
    for words in (["pause", POINT], ["test", POINT, "--conf", '{"dry_run": true}']):
        tried = subprocess.run(
            [sys.executable, "-m", "scripts.in_demo", "airflow", "dags", *words],
            cwd=REPOSITORY,
            env={**os.environ, "SWITCHYARD_STACK_HOME": str(stack.home)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert tried.returncode == 0, tried.stdout[-20_000:] + tried.stderr[-4000:]


def test_a_late_run_is_told_through_sns_by_the_triggerer(api, stack, orders):
    """It should publish one alert that names run, objective and remedy, call the notifiers, and let the run go on."""
    sandbox = stack.sandbox.client()
    read = subscribed(sandbox, TARGET, TOPIC, "late-pager")
    read_notices = subscribed(sandbox, *operations(sandbox), "late-operations")
    sqs = sandbox.client("sqs", "target", "us-west-1")
    hold = sqs.create_queue(QueueName="late-hold")["QueueUrl"]
    until(lambda: api.dag("late"), "the DAG is parsed")
    api.unpause("late")
    run_id = api.trigger("late")
    (alert,) = map(json.loads, until(read, "the alert has come"))
    assert until(read_notices, "the notifier was called") == [NOTICE]
    assert (alert["event"], alert["field"]) == ("deadline missed", "objectives.rto_minutes")
    assert alert["value"] == f"run {run_id} of late"
    assert "recover-a-half-swap" in alert["remedy"]
    sqs.delete_queue(QueueUrl=hold)
    assert api.wait_for_run("late", run_id, seconds=300)["state"] == "success"
    assert (read(), read_notices()) == ([], [])
