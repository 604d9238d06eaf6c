"""SQS across accounts: queues by URL, queue policies that count, and time by the sandbox's clock."""

from __future__ import annotations

from functools import cache

from sandbox.patch import put


@cache
def install() -> None:
    """Put these rules into moto's SQS."""
    from moto.sqs import models as sqs

    from sandbox.sqs import models

    put(sqs, Message=models.Message, Queue=models.Queue, unix_time_millis=models.now_in_milliseconds)
    put(sqs.sqs_backends, backend=models.SQSBackend)
