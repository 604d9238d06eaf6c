import json

import pytest
from botocore.exceptions import ClientError

REGION = "us-west-1"


@pytest.fixture
def target(sandbox):
    return sandbox.client("sqs", "target", REGION)


@pytest.fixture
def source(sandbox):
    return sandbox.client("sqs", "source", REGION)


def arn_of(sqs, url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def admit(sqs, url, principal, actions):
    statement = {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": arn_of(sqs, url)}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [statement]})})


def bodies(sqs, url, **options):
    return [
        message["Body"]
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **options).get(
            "Messages", []
        )
    ]


def test_foreign_queue_needs_its_policy(source, target):
    """It should keep another account out of a queue until the queue's policy lets it in, action by action."""
    url = target.create_queue(QueueName="q")["QueueUrl"]
    with pytest.raises(ClientError, match="not authorized to perform: sqs:SendMessage") as caught:
        source.send_message(QueueUrl=url, MessageBody="hello")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert caught.value.response["Error"]["Code"] == "AccessDenied"
    admit(target, url, {"AWS": "111111111111"}, "sqs:SendMessage")
    source.send_message(QueueUrl=url, MessageBody="hello")
    with pytest.raises(ClientError, match="not authorized to perform: sqs:ReceiveMessage"):
        source.receive_message(QueueUrl=url)
    assert bodies(target, url) == ["hello"]


def test_owner_operations_cannot_be_shared(source, target):
    """It should refuse another account to change or delete a queue whatever the policy says."""
    url = target.create_queue(QueueName="q")["QueueUrl"]
    admit(target, url, "*", "sqs:*")
    with pytest.raises(ClientError, match="not authorized to perform: sqs:DeleteQueue"):
        source.delete_queue(QueueUrl=url)
    with pytest.raises(ClientError, match="not authorized to perform: sqs:SetQueueAttributes"):
        source.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})


def test_deny_in_a_policy_binds_the_owner(target):
    """It should refuse the queue's own account what the policy denies it."""
    url = target.create_queue(QueueName="q")["QueueUrl"]
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:SendMessage",
        "Resource": arn_of(target, url),
    }
    target.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [statement]})})
    with pytest.raises(ClientError, match="not authorized to perform: sqs:SendMessage"):
        target.send_message(QueueUrl=url, MessageBody="hello")


def test_same_name_in_two_accounts_is_two_queues(source, target):
    """It should go by the account in the URL, not by the caller's."""
    url = target.create_queue(QueueName="q")["QueueUrl"]
    source.create_queue(QueueName="q")
    admit(target, url, {"AWS": "111111111111"}, "sqs:SendMessage")
    source.send_message(QueueUrl=url, MessageBody="for the target")
    assert bodies(target, url) == ["for the target"]
    assert source.get_queue_url(QueueName="q")["QueueUrl"] != url


def test_policy_survives_other_attributes(target):
    """It should keep a queue's policy when another attribute is set, and drop it when it is set empty."""
    url = target.create_queue(QueueName="q")["QueueUrl"]
    admit(target, url, "*", "sqs:SendMessage")
    target.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})
    attributes = target.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert "sqs:SendMessage" in attributes["Policy"]
    assert attributes["VisibilityTimeout"] == "5"
    target.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    assert "Policy" not in target.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]


def test_policy_must_be_one(target):
    """It should refuse a policy that is not a policy document."""
    with pytest.raises(ClientError, match="Invalid value for the parameter Policy"):
        target.create_queue(QueueName="q", Attributes={"Policy": "{not json"})


def test_received_message_is_invisible_for_its_timeout(sandbox, target):
    """It should hide a received message until its visibility timeout ends by the sandbox's clock."""
    sandbox.set_clock(manual=True)
    url = target.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    target.send_message(QueueUrl=url, MessageBody="hello")
    assert bodies(target, url) == ["hello"]
    sandbox.advance(29)
    assert bodies(target, url) == []
    sandbox.advance(1)
    assert bodies(target, url) == ["hello"]


def test_visibility_can_be_changed(sandbox, target):
    """It should give a message back at once, or keep it longer, when its visibility is changed."""
    sandbox.set_clock(manual=True)
    url = target.create_queue(QueueName="q")["QueueUrl"]
    target.send_message(QueueUrl=url, MessageBody="hello")
    receipt = target.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    target.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0)
    receipt = target.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    target.change_message_visibility(QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=600)
    sandbox.advance(599)
    assert bodies(target, url) == []
    sandbox.advance(1)
    assert bodies(target, url) == ["hello"]


def test_message_moves_to_the_dead_letter_queue(sandbox, target):
    """It should move a message after maxReceiveCount receives that nobody confirmed."""
    sandbox.set_clock(manual=True)
    dead = target.create_queue(QueueName="dead")["QueueUrl"]
    redrive = {"deadLetterTargetArn": arn_of(target, dead), "maxReceiveCount": 2}
    url = target.create_queue(QueueName="q", Attributes={"RedrivePolicy": json.dumps(redrive)})["QueueUrl"]
    target.send_message(QueueUrl=url, MessageBody="poison")
    for _ in range(2):
        assert bodies(target, url) == ["poison"]
        sandbox.advance(30)
    assert bodies(target, url) == []
    assert bodies(target, dead) == ["poison"]


def test_deleted_message_does_not_come_back(sandbox, target):
    """It should not deliver a message again that was deleted within its timeout."""
    sandbox.set_clock(manual=True)
    url = target.create_queue(QueueName="q")["QueueUrl"]
    target.send_message(QueueUrl=url, MessageBody="hello")
    receipt = target.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    target.delete_message(QueueUrl=url, ReceiptHandle=receipt)
    sandbox.advance(3600)
    assert bodies(target, url) == []
