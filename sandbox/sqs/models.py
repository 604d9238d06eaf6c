"""moto's queues with policies that last and are enforced, and time by the sandbox's clock."""

from __future__ import annotations

import json
from typing import Any

from moto.sqs.models import Message as MotoMessage
from moto.sqs.models import Queue as MotoQueue
from moto.sqs.models import SQSBackend as MotoSQSBackend

from sandbox import policy_log
from sandbox.policy import Request, decide
from sandbox.runtime import runtime
from sandbox.sqs.exceptions import InvalidPolicy


def now_in_milliseconds() -> float:
    """Return the sandbox's time in moto's unit for messages."""
    return runtime.clock.now() * 1000


class Message(MotoMessage):
    """A message that is visible again at the very end of its timeout, not after it."""

    @property
    def visible(self) -> bool:
        """Whether a receiver may get it now."""
        return now_in_milliseconds() >= self.visible_at


class Queue(MotoQueue):
    """A queue that keeps its policy when another attribute is set."""

    def _set_attributes(self, attributes: dict[str, Any], now: float | None = None) -> None:
        if "Policy" not in attributes and hasattr(self, "_policy_json"):
            attributes = {**attributes, "Policy": self.policy}
        if attributes.get("Policy"):
            _validate_policy(attributes["Policy"])
        super()._set_attributes(attributes, now)

    def decide(self, request: Request) -> bool | None:
        """Return what the queue's policy says to a request: True, False, or None for nothing."""
        decision = decide(self._policy_json, request)
        policy_log.keep(self.queue_arn, request, decision)
        return decision


class SQSBackend(MotoSQSBackend):
    """The queues of one account in one Region."""


def _validate_policy(policy: str) -> None:
    try:
        document = json.loads(policy)
    except ValueError as error:
        raise InvalidPolicy from error
    if not isinstance(document, dict) or not document.get("Statement"):
        raise InvalidPolicy
