"""Deliveries from a topic to a queue: may it go there, where else can it go, and how often.

A queue that is gone or refuses is a permanent failure: SNS does not retry it, the message goes to the
subscription's dead-letter queue or is dropped.
Source: https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
"""

from __future__ import annotations

import json
from typing import Any

from moto.kms.models import kms_backends
from moto.sqs.models import sqs_backends
from moto.utilities.arns import Arn, parse_arn

from sandbox.faults import DELIVERY
from sandbox.policy import Principal, Request, allows
from sandbox.runtime import runtime

SERVICE = Principal(service="sns.amazonaws.com")
OWN_KEY = "alias/aws/sqs"


def copies(topic_arn: str) -> int:
    """Return how often a message reaches a queue: once, and again for every duplicate ordered as a fault."""
    topic = parse_arn(topic_arn)
    if runtime.faults is None:
        return 1
    return 1 + len(runtime.faults.take(DELIVERY, topic.account, topic.region, inside=True))


def obstacle(queue_arn: str, topic_arn: str) -> str | None:
    """Tell why SNS cannot put a message of the topic into a queue; None where it can."""
    arn = parse_arn(queue_arn)
    queue: Any = sqs_backends[arn.account][arn.region].queues.get(arn.resource_id)
    if queue is None:
        return "the queue does not exist"
    request = Request(SERVICE, "sqs:SendMessage", queue_arn, _context(topic_arn))
    if queue.decide(request) is not True:
        return "the queue's policy does not allow sns.amazonaws.com sqs:SendMessage from the topic"
    if not _may_encrypt(queue.kms_master_key_id, arn, topic_arn):
        return "the queue's KMS key does not admit sns.amazonaws.com"
    return None


def dead_letter_queue(redrive_policy: Any) -> str | None:
    """Read the queue ARN out of a subscription's RedrivePolicy, JSON text or nothing."""
    if not redrive_policy:
        return None
    target = json.loads(redrive_policy).get("deadLetterTargetArn")
    return str(target) if target else None


def _context(topic_arn: str) -> dict[str, str]:
    return {"aws:SourceArn": topic_arn, "aws:SourceAccount": parse_arn(topic_arn).account}


def _may_encrypt(key_id: str | None, queue: Arn, topic_arn: str) -> bool:
    if not key_id:
        return True
    if key_id == OWN_KEY:
        return False  # the AWS managed key admits callers of its own account only
    backend = kms_backends[queue.account][queue.region]
    key = backend.keys.get(backend.any_id_to_key_id(key_id))
    return key is not None and all(
        allows(key.policy, Request(SERVICE, action, context=_context(topic_arn)))
        for action in ("kms:GenerateDataKey", "kms:Decrypt")
    )
