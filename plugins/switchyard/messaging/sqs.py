"""An asset watcher on an SQS queue that loses no message and fires once per message.

A message is deleted only after its event is stored in Airflow's database: Airflow's shared stream calls the producer's
``advance`` then. What was fired is remembered with the asset before the message is deleted, so that a second delivery
of the same content, which SQS and SNS both may make, fires nothing. Between the storing and the remembering lies one
call; a triggerer that dies exactly there lets a message fire twice, which its consumer has to bear.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncIterator, Hashable, Mapping, Sequence
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent
from airflow.triggers.shared_stream import AdvanceItem, SharedStreamProducer
from botocore.exceptions import BotoCoreError, ClientError

from switchyard.aws.arns import Arn
from switchyard.aws.connections import async_client
from switchyard.errors import SwitchyardError

log = logging.getLogger(__name__)

REMEMBERED = 1_000
"""Fired messages remembered per asset; SQS keeps an undelivered copy for 14 days at most."""
LONGEST_WAIT = 20
"""Seconds that one ReceiveMessage may wait for a message (SQS long polling)."""
LONGEST_BACKOFF = 300.0
"""Seconds between two tries while the queue cannot be read."""
VISIBILITY = 360
"""Seconds until an unacknowledged message is delivered again; more than the 300 that Airflow waits for the storing."""

_FIRED = "fired_messages"
_memories: dict[Hashable, Any] = {}


class SqsMessageTrigger(BaseEventTrigger):
    """Fire one event ``{"message_id", "deduplication_id", "body"}`` per message; for an `AssetWatcher`.

    Args:
        queue_arn: the queue.
        aws_conn_id: the connection that may receive from it and delete.
        account_id: 12 digits; the account that the connection must lead to.
        poll_interval: seconds between two looks; up to 20 of them are SQS's own long polling.
    """

    def __init__(
        self, *, queue_arn: str, aws_conn_id: str, account_id: str, poll_interval: float = 20.0
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.queue_arn = queue_arn
        self.aws_conn_id = aws_conn_id
        self.account_id = account_id
        self.poll_interval = poll_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments; both are stored while the watcher lives."""
        names = ("queue_arn", "aws_conn_id", "account_id", "poll_interval")
        return f"{__name__}.{type(self).__name__}", {name: getattr(self, name) for name in names}

    def shared_stream_key(self) -> Hashable:
        """One poll per queue, however many assets watch it."""
        return _key(self.serialize()[1])

    @classmethod
    def create_shared_stream_producer(cls, kwargs: dict[str, Any]) -> SharedStreamProducer:
        """The queue's side of the stream."""
        return SqsProducer(**kwargs)

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Any]) -> AsyncIterator[TriggerEvent]:
        """Fire for every message that was not fired before; a skipped one is deleted like a fired one."""
        key = self.shared_stream_key()
        _memories[key] = self.asset_state_store
        async for message in shared_stream:
            if message["deduplication_id"] in await _remembered(key):
                log.info("Message %s repeats one that was fired before", message["message_id"])
            else:
                yield TriggerEvent(message)  # type: ignore[no-untyped-call]

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Unused: the stream is shared."""
        raise NotImplementedError("the triggerer runs filter_shared_stream instead")
        yield


class SqsProducer(SharedStreamProducer):
    """Receives messages, and deletes each one after its event is stored."""

    def __init__(self, *, queue_arn: str, aws_conn_id: str, account_id: str, poll_interval: float) -> None:
        self._arn = Arn.parse(queue_arn)
        self._queue_arn = queue_arn
        self._connection = {
            "aws_conn_id": aws_conn_id,
            "account_id": account_id,
            "region_name": self._arn.region,
        }
        self._key = _key({"queue_arn": queue_arn, "aws_conn_id": aws_conn_id})
        self._poll_interval = poll_interval

    async def open_stream(self) -> AsyncIterator[tuple[Any, Any]]:
        """Yield messages for ever; a queue that cannot be read is tried again, ever more slowly."""
        failures = 0
        while True:
            try:
                async with async_client("sqs", **self._connection) as sqs:
                    url = await self._queue_url(sqs)
                    while True:
                        for message in await self._receive(sqs, url):
                            yield _event(message), message
                        failures = 0
            except (ClientError, BotoCoreError, SwitchyardError) as error:
                failures += 1
                pause = min(self._poll_interval * 2**failures, LONGEST_BACKOFF)
                log.warning("Queue %s cannot be read: %s. Next try in %.0f s", self._queue_arn, error, pause)
                await asyncio.sleep(pause)

    async def advance(self, batch: Sequence[AdvanceItem]) -> None:
        """Remember and delete the messages whose events are stored; the others come again by themselves."""
        stored = [item.broker_payload for item in batch if item.outcome.is_clean]
        if not stored:
            return
        await _remember(self._key, [_event(message)["deduplication_id"] for message in stored])
        async with async_client("sqs", **self._connection) as sqs:
            url = await self._queue_url(sqs)
            for message in stored:
                await sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    async def _queue_url(self, sqs: Any) -> str:
        found = await sqs.get_queue_url(
            QueueName=self._arn.resource, QueueOwnerAWSAccountId=self._arn.account
        )
        return str(found["QueueUrl"])

    async def _receive(self, sqs: Any, url: str) -> list[dict[str, Any]]:
        wait = min(int(self._poll_interval), LONGEST_WAIT)
        found = await sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=wait, VisibilityTimeout=VISIBILITY
        )
        messages: list[dict[str, Any]] = found.get("Messages", [])
        if not messages:
            await asyncio.sleep(self._poll_interval - wait)
        return messages


def content_id(body: str) -> str:
    """Identify what a message says, not which delivery it is: a repeated publication is the same message."""
    try:
        envelope = json.loads(body)
    except ValueError:
        envelope = None
    inner = envelope.get("Message") if isinstance(envelope, dict) else None
    return hashlib.sha256((inner if isinstance(inner, str) else body).encode()).hexdigest()


def _event(message: Mapping[str, Any]) -> dict[str, str]:
    return {
        "message_id": message["MessageId"],
        "deduplication_id": content_id(message["Body"]),
        "body": message["Body"],
    }


def _key(arguments: Mapping[str, Any]) -> Hashable:
    return ("switchyard.sqs", arguments["queue_arn"], arguments["aws_conn_id"])


async def _remembered(key: Hashable) -> list[str]:
    memory = _memories.get(key)
    found: list[str] = [] if memory is None else await memory.aget(_FIRED, default=[])
    return found


async def _remember(key: Hashable, identifiers: Sequence[str]) -> None:
    memory = _memories.get(key)
    if memory is not None:
        known = await _remembered(key)
        fresh = [one for one in identifiers if one not in known]
        await memory.aset(_FIRED, [*known, *fresh][-REMEMBERED:])
