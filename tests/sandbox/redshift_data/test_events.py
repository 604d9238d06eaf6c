import json

import pytest

from tests.support.dms import wait_for
from tests.support.redshift import REGION, SOURCE


@pytest.fixture
def heard(api):
    """What reaches a queue from the account's event bus."""
    sqs, events = api.client("sqs"), api.client("events")
    queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{SOURCE}:heard"
    events.put_rule(Name="all", EventPattern=json.dumps({"source": ["aws.redshift-data"]}))
    events.put_targets(Rule="all", Targets=[{"Id": "queue", "Arn": arn}])

    def receive():
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in found]

    return receive


def test_end_of_a_statement_is_told(orders, heard):
    """It should send an event with what became of a statement, where that was asked for."""
    orders.run("select 1")
    done = orders.run("delete from orders where id < 3", WithEvent=True, StatementName="tidy")
    (event,) = wait_for(heard, bool)
    assert (event["source"], event["detail-type"]) == (
        "aws.redshift-data",
        "Redshift Data Statement Status Change",
    )
    detail = event["detail"]
    assert (detail["statementId"], detail["statementName"]) == (done["Id"], "tidy")
    assert (detail["state"], detail["rows"]) == ("FINISHED", 2)
    assert detail["redshiftQueryId"] == str(done["RedshiftQueryId"])
    assert event["resources"][0].startswith("arn:aws:redshift-serverless:")


def test_failure_is_told_too(api, heard):
    """It should send the state of a statement that failed."""
    api.failed("select nothing", WithEvent=True)
    (event,) = wait_for(heard, bool)
    assert event["detail"]["state"] == "FAILED"
