"""The policies that docs/how-to/point-it-at-aws.md shows, against those of the sandbox."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sandbox.seed.worlds.orders import BUCKET, POINTS, RECOVERY_REGION

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "point-it-at-aws.md"


@pytest.fixture
def in_place(sandbox):
    """The statements of each policy of the world "orders", by the name that the page gives it."""
    sandbox.seed("orders")

    def client(service, account):
        return sandbox.client(service, account, RECOVERY_REGION)

    kms, queues = client("kms", "source"), client("sqs", "target")
    key = kms.describe_key(KeyId="alias/switchyard-recovery")["KeyMetadata"]["Arn"]
    topic = f"arn:aws:sns:{RECOVERY_REGION}:111111111111:{POINTS}"
    queue = queues.get_queue_url(QueueName=POINTS)["QueueUrl"]
    policies = {
        "key": kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"],
        "bucket": client("s3", "source").get_bucket_policy(Bucket=BUCKET)["Policy"],
        "topic": client("sns", "source").get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"],
        "queue": queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])["Attributes"][
            "Policy"
        ],
    }
    return {name: json.loads(text)["Statement"] for name, text in policies.items()}


def test_policies_are_those_of_the_sandbox(in_place):
    """It should show for key, bucket, topic and queue the statements that the sandbox was tried with."""
    blocks = re.findall(r"<!-- policy: (\w+) -->\n```json\n(.*?)```", PAGE.read_text(), re.DOTALL)
    shown = {name: json.loads(text) for name, text in blocks}
    assert set(shown) == set(in_place)
    assert shown.pop("key") == in_place.pop("key")[1:], "the first statement is the owner's"
    assert shown == in_place
