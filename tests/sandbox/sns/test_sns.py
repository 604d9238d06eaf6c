import json

import pytest
from botocore.exceptions import ClientError

SOURCE, TARGET, STRANGER = "111111111111", "222222222222", "333333333333"
REGION = "us-west-1"
HOUR = 3600


def arn_of(sqs, url):
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def admit_topic(sqs, url, topic):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn_of(sqs, url),
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(statement)})


def admit_subscriber(sns, topic, principal=f"arn:aws:iam::{TARGET}:role/switchyard-target", **condition):
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": ["sns:Subscribe", "sns:ListSubscriptionsByTopic"],
        "Resource": topic,
    } | ({"Condition": {"StringEquals": condition}} if condition else {})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy(statement))


@pytest.fixture
def source(sandbox):
    return sandbox.client("sns", "source", REGION)


@pytest.fixture
def target(sandbox):
    return sandbox.client("sns", "target", REGION)


@pytest.fixture
def sqs(sandbox):
    return sandbox.client("sqs", "target", REGION)


@pytest.fixture
def topic(source):
    return source.create_topic(Name="points")["TopicArn"]


@pytest.fixture
def queue(sqs):
    return sqs.create_queue(QueueName="points")["QueueUrl"]


@pytest.fixture
def subscription(source, target, sqs, topic, queue):
    """A subscription of the target's queue to the source's topic, with both policies in place."""
    admit_subscriber(source, topic)
    admit_topic(sqs, queue, topic)
    return target.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue))["SubscriptionArn"]


def received(sqs, url):
    return [
        message["Body"]
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    ]


def test_message_reaches_the_other_account(source, sqs, topic, queue, subscription):
    """It should deliver to the account in the queue's ARN, wrapped in SNS's envelope."""
    message_id = source.publish(TopicArn=topic, Message="hello", Subject="greeting")["MessageId"]
    [body] = received(sqs, queue)
    envelope = json.loads(body)
    assert (envelope["Type"], envelope["TopicArn"]) == ("Notification", topic)
    assert (envelope["MessageId"], envelope["Message"]) == (message_id, "hello")
    assert envelope["Subject"] == "greeting"


def test_raw_delivery(source, target, sqs, topic, queue, subscription):
    """It should deliver the bare message with its attributes when the subscription asks for it."""
    target.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="RawMessageDelivery", AttributeValue="true"
    )
    source.publish(
        TopicArn=topic,
        Message="hello",
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "greeting"}},
    )
    [message] = sqs.receive_message(QueueUrl=queue, MessageAttributeNames=["All"])["Messages"]
    assert message["Body"] == "hello"
    assert message["MessageAttributes"]["kind"]["StringValue"] == "greeting"


def test_delivery_across_regions(sandbox, source, topic):
    """It should deliver to a queue in another Region."""
    sqs = sandbox.client("sqs", "source", "us-west-2")
    url = sqs.create_queue(QueueName="far")["QueueUrl"]
    admit_topic(sqs, url, topic)
    source.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, url))
    source.publish(TopicArn=topic, Message="hello")
    assert json.loads(received(sqs, url)[0])["Message"] == "hello"


def test_subscription_belongs_to_its_maker_and_lives_with_the_topic(source, target, topic, subscription):
    """It should be listed by the topic in the source and by its owner in the target."""
    [of_topic] = source.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    [of_target] = target.list_subscriptions()["Subscriptions"]
    assert of_topic["SubscriptionArn"] == of_target["SubscriptionArn"] == subscription
    assert of_topic["Owner"] == TARGET
    assert source.list_subscriptions()["Subscriptions"] == []
    attributes = target.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    assert (attributes["Owner"], attributes["PendingConfirmation"]) == (TARGET, "false")


def test_subscribing_twice_is_one_subscription(target, sqs, topic, queue, subscription):
    """It should return the subscription that there is."""
    again = target.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue))
    assert again["SubscriptionArn"] == subscription


def test_topic_policy_decides_on_foreign_subscribers(sandbox, source, target, sqs, topic, queue):
    """It should refuse another account to subscribe until the policy names it, with its conditions."""
    endpoint = arn_of(sqs, queue)
    with pytest.raises(ClientError, match="not authorized to perform: SNS:Subscribe") as caught:
        target.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)
    assert caught.value.response["Error"]["Code"] == "AuthorizationError"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    admit_subscriber(source, topic, **{"sns:Protocol": "sqs", "sns:Endpoint": endpoint})
    with pytest.raises(ClientError, match="AuthorizationError"):
        target.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint + "-other")
    with pytest.raises(ClientError, match="AuthorizationError"):
        sandbox.client("sns", STRANGER, REGION).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)
    target.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)


def test_publishing_to_a_foreign_topic_needs_its_policy(target, topic, subscription):
    """It should refuse another account to publish where the policy lets it only subscribe."""
    with pytest.raises(ClientError, match="not authorized to perform: SNS:Publish"):
        target.publish(TopicArn=topic, Message="hello")


def test_topic_policy_must_be_one(source, topic):
    """It should refuse a policy that is not a policy document."""
    with pytest.raises(ClientError, match="InvalidParameter"):
        source.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue="{not json")


def test_subscribing_works_in_the_topics_region_only(sandbox, topic, sqs, queue):
    """It should not find a topic from another Region's endpoint."""
    with pytest.raises(ClientError, match="Invalid parameter: TopicArn"):
        sandbox.client("sns", "target", "us-west-2").subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue)
        )


def test_queue_without_policy_gets_nothing(source, target, sqs, topic, queue):
    """It should drop what the queue's policy does not admit, and let the publisher go on."""
    admit_subscriber(source, topic)
    target.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue))
    source.publish(TopicArn=topic, Message="hello")
    assert received(sqs, queue) == []


def test_queue_policy_for_another_topic_does_not_help(source, sqs, topic, queue, subscription):
    """It should go by aws:SourceArn in the queue's policy."""
    admit_topic(sqs, queue, topic + "-other")
    source.publish(TopicArn=topic, Message="hello")
    assert received(sqs, queue) == []


def test_vanished_queue_is_no_error_for_the_publisher(source, sqs, topic, queue, subscription):
    """It should answer the publisher as always when the queue is gone."""
    sqs.delete_queue(QueueUrl=queue)
    assert source.publish(TopicArn=topic, Message="hello")["MessageId"]


def test_undeliverable_message_goes_to_the_dead_letter_queue(source, target, sqs, topic, queue, subscription):
    """It should put what it cannot deliver into the queue of the subscription's redrive policy."""
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    admit_topic(sqs, dead, topic)
    target.set_subscription_attributes(
        SubscriptionArn=subscription,
        AttributeName="RedrivePolicy",
        AttributeValue=json.dumps({"deadLetterTargetArn": arn_of(sqs, dead)}),
    )
    sqs.delete_queue(QueueUrl=queue)
    source.publish(TopicArn=topic, Message="hello")
    assert json.loads(received(sqs, dead)[0])["Message"] == "hello"


def test_message_may_come_twice(sandbox, source, sqs, topic, queue, subscription):
    """It should deliver a message twice when told to, with one message id of SNS and two of SQS."""
    sandbox.fault("sns:Deliver", "duplicate")
    source.publish(TopicArn=topic, Message="first")
    source.publish(TopicArn=topic, Message="second")
    messages = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    envelopes = [json.loads(message["Body"]) for message in messages]
    assert [envelope["Message"] for envelope in envelopes] == ["first", "first", "second"]
    assert envelopes[0]["MessageId"] == envelopes[1]["MessageId"]
    assert len({message["MessageId"] for message in messages}) == 3


def test_queue_under_a_customer_key_needs_the_keys_policy(sandbox, source, sqs, topic, queue, subscription):
    """It should not deliver into an encrypted queue whose key does not admit SNS."""
    kms = sandbox.client("kms", "target", REGION)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"KmsMasterKeyId": key})
    source.publish(TopicArn=topic, Message="lost")
    root = {"Effect": "Allow", "Principal": {"AWS": TARGET}, "Action": "kms:*", "Resource": "*"}
    service = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
        "Resource": "*",
    }
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=policy(root, service))
    source.publish(TopicArn=topic, Message="found")
    assert [json.loads(body)["Message"] for body in received(sqs, queue)] == ["found"]


def test_topic_owners_subscription_waits_for_the_queues_owner(source, sqs, topic, queue):
    """It should stay pending, deliver nothing, and start with the token sent to the queue."""
    admit_topic(sqs, queue, topic)
    answer = source.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue))
    assert answer["SubscriptionArn"] == "pending confirmation"
    [listed] = source.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["SubscriptionArn"] == "PendingConfirmation"
    source.publish(TopicArn=topic, Message="too early")
    [body] = received(sqs, queue)
    assert json.loads(body)["Type"] == "SubscriptionConfirmation"
    with pytest.raises(ClientError, match="Invalid parameter: Token"):
        source.confirm_subscription(TopicArn=topic, Token="wrong")
    confirmed = source.confirm_subscription(TopicArn=topic, Token=json.loads(body)["Token"])
    assert confirmed["SubscriptionArn"].startswith(topic)
    source.publish(TopicArn=topic, Message="in time")
    assert json.loads(received(sqs, queue)[0])["Message"] == "in time"


def test_stranger_cannot_end_a_subscription(sandbox, source, sqs, topic, queue, subscription):
    """It should refuse an account that owns neither the subscription nor the topic."""
    stranger = sandbox.client("sns", STRANGER, REGION)
    with pytest.raises(ClientError, match="not authorized to perform: SNS:Unsubscribe"):
        stranger.unsubscribe(SubscriptionArn=subscription)
    with pytest.raises(ClientError, match="not authorized to perform: SNS:GetSubscriptionAttributes"):
        stranger.get_subscription_attributes(SubscriptionArn=subscription)
    source.publish(TopicArn=topic, Message="hello")
    assert len(received(sqs, queue)) == 1


def test_own_unsubscribe_can_be_taken_back(source, target, sqs, topic, queue, subscription):
    """It should stop deliveries, and let the owner subscribe again at once."""
    target.unsubscribe(SubscriptionArn=subscription)
    source.publish(TopicArn=topic, Message="hello")
    assert received(sqs, queue) == []
    target.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue))


def test_unsubscribe_by_the_topics_owner_lasts_three_days(
    sandbox, source, target, sqs, topic, queue, subscription
):
    """It should keep the subscription's owner from making it again for 72 hours."""
    sandbox.set_clock(manual=True)
    source.unsubscribe(SubscriptionArn=subscription)
    [listed] = target.list_subscriptions()["Subscriptions"]
    assert listed["SubscriptionArn"] == "Deleted"
    source.publish(TopicArn=topic, Message="hello")
    assert received(sqs, queue) == []
    endpoint = arn_of(sqs, queue)
    sandbox.advance(72 * HOUR - 1)
    with pytest.raises(ClientError, match="can be made again after 72 hours"):
        target.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)
    sandbox.advance(1)
    target.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=endpoint)
    source.publish(TopicArn=topic, Message="hello again")
    assert len(received(sqs, queue)) == 1


def test_topic_owner_can_replace_a_deleted_subscription(source, target, sqs, topic, queue, subscription):
    """It should let the topic's owner subscribe at once, to be confirmed from the queue."""
    source.unsubscribe(SubscriptionArn=subscription)
    source.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue))
    token = json.loads(received(sqs, queue)[0])["Token"]
    source.confirm_subscription(TopicArn=topic, Token=token)
    [listed] = source.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed["Owner"] == SOURCE


def test_unconfirmed_subscription_vanishes_after_two_days(sandbox, source, sqs, topic, queue):
    """It should be cleared away when nobody confirms it for 48 hours."""
    sandbox.set_clock(manual=True)
    source.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn_of(sqs, queue))
    sandbox.advance(48 * HOUR - 1)
    assert len(source.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1
    sandbox.advance(1)
    assert source.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
