"""AWS::SNS::TopicPolicy, AWS::SNS::Subscription and AWS::SQS::QueuePolicy."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from moto.core.common_models import CloudFormationModel
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from moto.utilities.arns import parse_arn

from sandbox.cloudformation.declared import Declared
from sandbox.sns.models import authorize


class _Own(Declared):
    """A type whose properties are taken as they are, and which has no name of its own."""

    name_property = ""

    @classmethod
    def _wanted(cls, properties: Mapping[str, Any]) -> dict[str, Any]:
        return dict(properties)

    @classmethod
    def _backend(cls, account: str, region: str) -> Any:
        return account, region

    def _remove(self, backend: Any) -> None:
        """Leave the policy: it goes with what it is of."""


class TopicPolicy(_Own, CloudFormationModel):
    """The policy of topics."""

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::SNS::TopicPolicy"

    @classmethod
    def _make(cls, backend: Any, wanted: dict[str, Any]) -> TopicPolicy:
        account, region = backend
        for topic in wanted["Topics"]:
            document = json.dumps(wanted["PolicyDocument"])
            sns_backends[account][region].set_topic_attribute(topic, "policy", document)
        return cls(f"topic-policy-{uuid4().hex[:12]}")


class QueuePolicy(_Own, CloudFormationModel):
    """The policy of queues."""

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::SQS::QueuePolicy"

    @classmethod
    def _make(cls, backend: Any, wanted: dict[str, Any]) -> QueuePolicy:
        account, region = backend
        for url in wanted["Queues"]:
            policy = {"Policy": json.dumps(wanted["PolicyDocument"])}
            sqs_backends[account][region].set_queue_attributes(url.rpartition("/")[2], policy)
        return cls(f"queue-policy-{uuid4().hex[:12]}")


class Subscription(_Own, CloudFormationModel):
    """A subscription to a topic of any account in the Region, whose policy is asked; `Ref` gives its ARN."""

    @staticmethod
    def cloudformation_type() -> str:
        """Name the type in templates."""
        return "AWS::SNS::Subscription"

    @classmethod
    def _make(cls, backend: Any, wanted: dict[str, Any]) -> Subscription:
        _, region = backend
        topic_arn, protocol, endpoint = (wanted[name] for name in ("TopicArn", "Protocol", "Endpoint"))
        topics = sns_backends[parse_arn(topic_arn).account][region]
        keys = {"sns:Protocol": protocol, "sns:Endpoint": endpoint}
        authorize(topics.get_topic(topic_arn), "Subscribe", keys)
        arn = topics.subscribe(topic_arn, endpoint, protocol).arn
        if "RedrivePolicy" in wanted:
            topics.set_subscription_attributes(arn, "RedrivePolicy", json.dumps(wanted["RedrivePolicy"]))
        return cls(arn)

    def _remove(self, backend: Any) -> None:
        _, region = backend
        sns_backends[parse_arn(self.physical_resource_id).account][region].unsubscribe(
            self.physical_resource_id
        )
