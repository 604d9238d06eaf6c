"""moto's topics with subscriptions across accounts.

Sources: https://docs.aws.amazon.com/sns/latest/dg/sns-send-message-to-sqs-cross-account.html and
https://aws.amazon.com/premiumsupport/knowledge-center/sns-cross-account-subscription/
"""

from __future__ import annotations

import copy
import json
import logging
import uuid
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from moto.core.utils import iso_8601_datetime_with_milliseconds
from moto.sns.exceptions import SNSNotFoundError
from moto.sns.models import SNSBackend as MotoSNSBackend
from moto.sns.models import Subscription as MotoSubscription
from moto.sns.models import Topic, sns_backends
from moto.sqs.models import sqs_backends
from moto.utilities.arns import parse_arn

from sandbox import identity, policy_log
from sandbox.policy import Principal, Request, decide
from sandbox.runtime import runtime
from sandbox.sns import delivery
from sandbox.sns.exceptions import AuthorizationError, InvalidParameter

DELETED_SECONDS = 72 * 3600
PENDING_SECONDS = 48 * 3600
log = logging.getLogger(__name__)


@cache
def signing_key() -> rsa.RSAPrivateKey:
    """Return the key that signs all messages of this process; making one takes a tenth of a second."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Subscription(MotoSubscription):
    """A subscription that belongs to the account that made it and delivers to the account of its endpoint."""

    def __init__(self, account_id: str, topic: Topic, endpoint: str, protocol: str) -> None:
        super().__init__(account_id, topic, endpoint, protocol)
        self.token = uuid.uuid4().hex
        self.made_at = runtime.clock.now()
        self.deleted_at: float | None = None
        if protocol == "sqs":
            self.account_id = parse_arn(endpoint).account

    @property
    def pending(self) -> bool:
        """Whether it still has to be confirmed from its endpoint."""
        return bool(self.attributes.get("PendingConfirmation"))

    @property
    def deleted(self) -> bool:
        """Whether the topic's owner has deleted it."""
        return self.deleted_at is not None

    @property
    def gone(self) -> bool:
        """Whether SNS has cleared it away: deleted for 72 hours, or unconfirmed for 48.

        Source of the latter:
        https://aws.amazon.com/about-aws/whats-new/2023/05/amazon-sns-automatic-deletion-unconfirmed-subscriptions/
        """
        if self.deleted_at is not None:
            return runtime.clock.now() >= self.deleted_at + DELETED_SECONDS
        return self.pending and runtime.clock.now() >= self.made_at + PENDING_SECONDS

    @property
    def subscription_arn(self) -> str:
        """The ARN as listings show it."""
        return "Deleted" if self.deleted else "PendingConfirmation" if self.pending else self.arn

    def private_key(self) -> rsa.RSAPrivateKey:  # type: ignore[override]  # moto's has a cache per object
        """Return the key that signs messages."""
        return signing_key()

    def publish(self, message: str, message_id: str, *args: Any, **kwargs: Any) -> None:
        """Deliver a message, or put it into the dead-letter queue of the subscription."""
        if self.pending or self.deleted:
            return
        if self.protocol != "sqs":
            super().publish(message, message_id, *args, **kwargs)
            return
        target = self._deliverable()
        if target is None:
            return
        for _ in range(delivery.copies(self.topic.arn)):
            MotoSubscription.publish(target, message, message_id, *args, **kwargs)

    def _deliverable(self) -> Subscription | None:
        """Return this subscription, or one to its dead-letter queue, or None where neither can take it."""
        obstacle = delivery.obstacle(self.endpoint, self.topic.arn)
        if obstacle is None:
            return self
        log.warning("SNS cannot deliver from %s to %s: %s", self.topic.arn, self.endpoint, obstacle)
        spare = delivery.dead_letter_queue(self.attributes.get("RedrivePolicy"))
        if spare is None or (obstacle := delivery.obstacle(spare, self.topic.arn)):
            log.warning("SNS drops the message: %s", obstacle if spare else "there is no dead-letter queue")
            return None
        redirected = copy.copy(self)
        redirected.endpoint = spare
        redirected.account_id = parse_arn(spare).account
        return redirected

    def ask_for_confirmation(self) -> None:
        """Send the token to the endpoint, whose owner has to give it back."""
        if self.protocol != "sqs" or delivery.obstacle(self.endpoint, self.topic.arn):
            return
        queue = parse_arn(self.endpoint)
        body = {
            "Type": "SubscriptionConfirmation",
            "MessageId": str(uuid.uuid4()),
            "Token": self.token,
            "TopicArn": self.topic.arn,
            "Message": f"You have chosen to subscribe to the topic {self.topic.arn}.",
            "Timestamp": iso_8601_datetime_with_milliseconds(),
        }
        sqs_backends[queue.account][queue.region].send_message(queue.resource_id, json.dumps(body, indent=2))


class SNSBackend(MotoSNSBackend):
    """The topics of one account in one Region, with all their subscriptions, whoever made them."""

    def subscribe(self, topic_arn: str, endpoint: str, protocol: str) -> Subscription:
        """Subscribe an endpoint for the caller; an SQS queue of another account has to confirm it."""
        owner = identity.current.get().account
        known: Any = self._find_subscription(topic_arn, endpoint, protocol)
        if known is not None and known.deleted:
            if owner == known.owner:
                reason = "the topic's owner deleted this subscription; it can be made again after 72 hours"
                raise InvalidParameter("Endpoint", reason)
            del self.subscriptions[known.arn]
            known = None
        subscription: Any = super().subscribe(topic_arn, endpoint, protocol)
        if known is None:
            subscription.owner = subscription.attributes["Owner"] = owner
            if protocol == "sqs" and parse_arn(endpoint).account != owner:
                subscription.attributes |= {
                    "PendingConfirmation": True,
                    "ConfirmationWasAuthenticated": False,
                }
                subscription.ask_for_confirmation()
        confirmed: Subscription = subscription
        return confirmed

    def confirm(self, topic_arn: str, token: str) -> Subscription:
        """Confirm the subscription that a token was sent for."""
        for subscription in self._get_topic_subscriptions(self.get_topic(topic_arn)):
            if isinstance(subscription, Subscription) and subscription.token == token:
                subscription.attributes["PendingConfirmation"] = False
                return subscription
        raise InvalidParameter("Token")

    def unsubscribe(self, subscription_arn: str) -> None:
        """Drop a subscription, as its owner or the topic's.

        By the topic's owner it stays deleted for 72 hours, during which its owner cannot make it again.
        """
        subscription = self.subscriptions.get(subscription_arn)
        if subscription is None:
            return
        caller = identity.current.get()
        if caller.account not in {subscription.owner, self.account_id}:
            raise AuthorizationError(caller.arn or caller.account, "SNS:Unsubscribe", subscription_arn)
        if caller.account != subscription.owner and isinstance(subscription, Subscription):
            subscription.deleted_at = runtime.clock.now()
        else:
            super().unsubscribe(subscription_arn)

    def _get_topic_subscriptions(self, topic: Topic) -> list[Any]:
        return [subscription for subscription in _present(self).values() if subscription.topic == topic]

    def _find_subscription(self, topic_arn: str, endpoint: str, protocol: str) -> Any:
        _present(self)
        return super()._find_subscription(topic_arn, endpoint, protocol)

    def list_subscriptions(self, next_token: str | None = None) -> tuple[list[Any], int | None]:
        """List the subscriptions that the caller made, to topics of any account in this Region."""
        account = identity.current.get().account
        owned = {
            arn: subscription
            for regions in list(sns_backends.values())
            for arn, subscription in _present(regions[self.region_name]).items()
            if subscription.owner == account
        }
        return self._get_values_nexttoken(owned, next_token)

    def own_subscription(self, arn: str, action: str) -> None:
        """Raise where the subscription does not exist or the caller owns neither it nor its topic."""
        subscription = self.subscriptions.get(arn)
        if subscription is None:
            raise SNSNotFoundError("Subscription does not exist")
        caller = identity.current.get()
        if caller.account not in {subscription.owner, self.account_id}:
            raise AuthorizationError(caller.arn or caller.account, action, arn)

    def set_topic_attribute(self, topic_arn: str, attribute_name: str, attribute_value: Any) -> None:
        """Set an attribute of a topic; InvalidParameter for a policy that is none."""
        if attribute_name == "policy":
            _validate_policy(attribute_value)
        super().set_topic_attribute(topic_arn, attribute_name, attribute_value)


def _present(backend: MotoSNSBackend) -> dict[str, Any]:
    """Return the subscriptions that are not cleared away yet, by ARN."""
    for arn, subscription in list(backend.subscriptions.items()):
        if isinstance(subscription, Subscription) and subscription.gone:
            backend.subscriptions.pop(arn)
    return dict(backend.subscriptions)


def authorize(topic: Topic, operation: str, context: dict[str, str]) -> None:
    """Raise AuthorizationError where the topic's policy forbids the caller an operation.

    Callers of the topic's own account need no statement, others do.
    """
    caller = identity.current.get()
    action = f"SNS:{operation}"
    keys = {"aws:SourceOwner": caller.account, "aws:PrincipalAccount": caller.account, **context}
    request = Request(Principal(caller.account, caller.arn), action, topic.arn, keys)
    decision = decide(topic._policy_json, request)
    policy_log.keep(topic.arn, request, decision)
    if decision is False or (decision is None and caller.account != topic.account_id):
        raise AuthorizationError(caller.arn or caller.account, action, topic.arn)


def _validate_policy(policy: str) -> None:
    try:
        document = json.loads(policy)
    except ValueError as error:
        raise InvalidParameter("Policy", "Policy Error: it is not JSON") from error
    if not isinstance(document, dict) or not document.get("Statement"):
        raise InvalidParameter("Policy", "Policy Error: it has no statement")
