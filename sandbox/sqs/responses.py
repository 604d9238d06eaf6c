"""Answers of SQS: moto's, after the queue is found by the account in its URL and its policy was asked."""

from __future__ import annotations

import re
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.sqs.exceptions import QueueDoesNotExist
from moto.sqs.models import SQSBackend as MotoSQSBackend
from moto.sqs.models import sqs_backends
from moto.sqs.responses import SQSResponse as MotoSQSResponse

from sandbox import identity
from sandbox.errors import NotAuthorized
from sandbox.policy import Principal, Request

QUEUE_URL = re.compile(r"https?://[^/]+/(\d{12})/[\w.-]+")
SHAREABLE = {
    "ChangeMessageVisibility",
    "DeleteMessage",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListDeadLetterSourceQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
}
"""What a policy can let other accounts do. Source:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-limitations-of-custom-policies.html
"""


class SQSResponse(MotoSQSResponse):
    """One SQS request."""

    @property
    def sqs_backend(self) -> MotoSQSBackend:
        """The backend of the queue's account."""
        return sqs_backends[self._queue_account()][self.region]

    def _queue_account(self) -> str:
        owner = self._get_param("QueueOwnerAWSAccountId")
        url = QUEUE_URL.fullmatch(str(self._get_param("QueueUrl") or ""))
        return str(owner) if owner else url[1] if url else self.current_account

    def call_action(self) -> TYPE_RESPONSE:
        """Ask the queue's policy, then let moto answer."""
        self._authorize()
        return super().call_action()

    def _authorize(self) -> None:
        """Raise NotAuthorized where the policy denies, or where a foreign caller is not allowed."""
        name = self._get_param("QueueName") or self._get_queue_name()
        try:
            queue: Any = self.sqs_backend.get_queue(name)
        except QueueDoesNotExist:
            return  # moto says so
        operation = self._get_action().removesuffix("Batch")
        caller = identity.current.get()
        action = f"sqs:{operation}"
        request = Request(
            Principal(self.current_account, caller.arn),
            action,
            queue.queue_arn,
            {"aws:PrincipalAccount": self.current_account},
        )
        decision = queue.decide(request)
        foreign = queue.account_id != self.current_account
        if decision is False or (foreign and (operation not in SHAREABLE or decision is None)):
            name = caller.arn or self.current_account
            raise NotAuthorized("AccessDenied", caller=name, action=action, resource=queue.queue_arn)
