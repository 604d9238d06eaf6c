"""Answers of SNS: moto's, after the topic or subscription is found by its ARN and its policy was asked."""

from __future__ import annotations

from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult
from moto.sns.exceptions import SNSException
from moto.sns.models import sns_backends
from moto.sns.responses import SNSResponse as MotoSNSResponse
from moto.utilities.arns import parse_arn

from sandbox.sns.exceptions import InvalidParameter
from sandbox.sns.models import authorize

TOPIC_OPERATIONS = {
    "AddPermission",
    "DeleteTopic",
    "GetTopicAttributes",
    "ListSubscriptionsByTopic",
    "Publish",
    "PublishBatch",
    "RemovePermission",
    "SetTopicAttributes",
    "Subscribe",
}
SUBSCRIPTION_OPERATIONS = {"GetSubscriptionAttributes", "SetSubscriptionAttributes"}


class SNSResponse(MotoSNSResponse):
    """One SNS request."""

    @property
    def backend(self) -> Any:
        """The backend of the account in the topic's or subscription's ARN, else of the caller's."""
        arn = self._arn()
        return sns_backends[parse_arn(arn).account if arn else self.current_account][self.region]

    def _arn(self) -> str | None:
        """Return the topic or subscription ARN of the request; InvalidParameter for one of another Region."""
        for name in ("TopicArn", "SubscriptionArn"):
            value = self._get_param(name)
            if value and str(value).startswith("arn:"):
                if parse_arn(value).region != self.region:
                    raise InvalidParameter(name)
                return str(value)
        return None

    def call_action(self) -> TYPE_RESPONSE:
        """Ask the topic's policy, then let moto answer."""
        try:
            self._authorize(self._get_action())
        except SNSException as error:
            return self.serialized(ActionResult(error))
        return super().call_action()

    def _authorize(self, operation: str) -> None:
        arn = self._arn()
        if arn is None:
            return
        if operation in SUBSCRIPTION_OPERATIONS:
            self.backend.own_subscription(arn, f"SNS:{operation}")
        topic = self.backend.topics.get(arn)
        if operation in TOPIC_OPERATIONS and topic is not None:
            authorize(topic, operation.removesuffix("Batch"), self._context())

    def _context(self) -> dict[str, str]:
        keys = {"sns:Protocol": self._get_param("Protocol"), "sns:Endpoint": self._get_param("Endpoint")}
        return {name: value for name, value in keys.items() if value}

    def subscribe(self) -> ActionResult:
        """https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html."""
        answer = super().subscribe()
        made: Any = answer.result
        subscription = self.backend.subscriptions[made["SubscriptionArn"]]
        if subscription.pending and not self._get_param("ReturnSubscriptionArn"):
            return ActionResult({"SubscriptionArn": "pending confirmation"})
        return answer

    def confirm_subscription(self) -> ActionResult:
        """https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html."""
        subscription = self.backend.confirm(self._get_param("TopicArn"), self._get_param("Token"))
        return ActionResult({"SubscriptionArn": subscription.arn})
