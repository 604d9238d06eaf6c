"""An asset watcher on an SQS queue that loses no message and fires once per message.

A message is deleted only after its event is stored in Airflow's database: Airflow's shared stream calls the
producer's ``advance`` then. What was fired is remembered with the asset before the message is deleted, so that
a second delivery of the same content, which SQS and SNS both may make, fires nothing. Between the storing and
the remembering lies a moment; a triggerer that dies exactly there lets a message fire twice, which its
consumer has to bear.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import AsyncIterator, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from airflow.sdk.exceptions import AirflowRuntimeError
from airflow.triggers.base import BaseEventTrigger, TriggerEvent
from airflow.triggers.shared_stream import AdvanceItem, SharedStreamProducer
from botocore.exceptions import BotoCoreError, ClientError

from switchyard.aws.arns import Arn
from switchyard.aws.connections import async_client
from switchyard.errors import SwitchyardError

log = logging.getLogger(__name__)

REMEMBERED = 500
"""Fired messages remembered per asset; Airflow's state store warns above 64 KiB."""
LONGEST_WAIT = 20
"""Seconds that one ReceiveMessage may wait for a message (SQS long polling)."""
LONGEST_BACKOFF = 60.0
"""Seconds between two tries while the queue cannot be read."""
VISIBILITY = 120
"""Seconds until a message whose event was not stored is delivered again, e.g. after the triggerer died."""

EVENT_DISTANCE = 30.0
"""Seconds between two events: a margin for a busy scheduler, not a bound on how late it looks.

Of two events that reach Airflow 3.3 before its scheduler has looked, the first starts a run and the second
none, until a third comes: https://github.com/apache/airflow/issues/54659. What waits, waits in the queue.
"""

_FIRED = "fired_messages"


@dataclass(eq=False)
class Delivery:
    """A message on its way from the queue to Airflow's database.

    Attributes:
        event: what the watcher fires.
        receipt_handle: what deletes the message; every delivery of it has a new one.
        memories: state stores of the assets for which it fired.
    """

    event: Mapping[str, str]
    receipt_handle: str
    memories: list[Any] = field(default_factory=list)

    @classmethod
    def of(cls, message: Mapping[str, str]) -> Delivery:
        """The delivery of a message as SQS describes it."""
        event = {
            "message_id": message["MessageId"],
            "deduplication_id": content_id(message["Body"]),
            "body": message["Body"],
        }
        return cls(event, message["ReceiptHandle"])

    @property
    def content(self) -> str:
        """Identifies what the message says."""
        return self.event["deduplication_id"]


class SqsMessageTrigger(BaseEventTrigger):
    """Fire one event ``{"message_id", "deduplication_id", "body"}`` per message; for an `AssetWatcher`.

    The body is handed on as it is, however malformed: the DAG that it starts refuses it by name.

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
        """One poll per queue and connection, however many watchers there are."""
        return __name__, self.queue_arn, self.aws_conn_id, self.account_id

    @classmethod
    def create_shared_stream_producer(cls, kwargs: dict[str, Any]) -> SharedStreamProducer:
        """The queue's side of the stream."""
        return SqsProducer(**kwargs)

    async def filter_shared_stream(self, shared_stream: AsyncIterator[Any]) -> AsyncIterator[TriggerEvent]:
        """Fire for every message that was not fired before; a skipped one is deleted like a fired one."""
        async for delivery in shared_stream:
            if delivery.content in await _fired(self.asset_state_store):
                log.info("Message %s repeats one that was fired before", delivery.event["message_id"])
                continue
            delivery.memories.append(self.asset_state_store)
            yield TriggerEvent(dict(delivery.event))  # type: ignore[no-untyped-call]

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Refuse to run without the shared stream, which alone knows when an event is stored."""
        raise NotImplementedError("the triggerer runs filter_shared_stream instead")
        yield  # noqa: V201 - makes this the generator that the base class promises


class SqsProducer(SharedStreamProducer):
    """Receives messages, and deletes each one after its event is stored.

    Nothing that AWS answers ends the stream: that would end its watchers too.
    """

    def __init__(self, *, queue_arn: str, aws_conn_id: str, account_id: str, poll_interval: float) -> None:
        self._arn = Arn.parse(queue_arn)
        self._queue_arn = queue_arn
        self._connection = {
            "aws_conn_id": aws_conn_id,
            "account_id": account_id,
            "region_name": self._arn.region,
        }
        self._poll_interval = poll_interval
        self._in_flight: dict[str, Delivery] = {}
        self._fired: dict[str, None] = {}
        self._queue: Queue | None = None

    async def open_stream(self) -> AsyncIterator[tuple[Delivery, Delivery]]:
        """Yield messages for ever; a queue that cannot be read is tried again, ever more slowly."""
        failures = 0
        while True:
            try:
                async with async_client("sqs", **self._connection) as sqs:
                    self._queue = await Queue.find(sqs, self._arn)
                    while True:
                        message = await self._queue.receive(self._poll_interval)
                        if message and (delivery := await self._take(Delivery.of(message))):
                            yield delivery, delivery
                            await asyncio.sleep(EVENT_DISTANCE)
                        failures = 0
            except (ClientError, BotoCoreError, SwitchyardError) as error:
                failures += 1
                pause = min(self._poll_interval * 2**failures, LONGEST_BACKOFF)
                log.warning("Queue %s cannot be read: %s. Next try in %.0f s", self._queue_arn, error, pause)
                await asyncio.sleep(pause)
            finally:
                self._queue = None

    def get_advance_lane(self, broker_payload: Delivery) -> Hashable:
        """Let every message go its own way: none waits for the storing of another."""
        return broker_payload.event["message_id"]

    async def advance(self, batch: Sequence[AdvanceItem]) -> None:
        """Remember and delete the messages whose events are stored; the others come again by themselves."""
        for delivery, outcome in batch:
            self._in_flight.pop(delivery.content, None)
            # Not `is_clean`: to some releases of Airflow a message that nobody took was clean.
            if outcome.acked and not outcome.failed:
                self._note_fired(delivery)
                for memory in delivery.memories:
                    await _remember(memory, delivery.content)
                await self._delete(delivery)

    async def _take(self, delivery: Delivery) -> Delivery | None:
        """The delivery if it is to be fired; None when it was fired before or is on its way."""
        if delivery.content in self._fired:
            await self._delete(delivery)
            return None
        earlier = self._in_flight.setdefault(delivery.content, delivery)
        if earlier is delivery:
            return delivery
        if earlier.event["message_id"] == delivery.event["message_id"]:
            earlier.receipt_handle = delivery.receipt_handle  # the older one deletes nothing any more
        return None

    def _note_fired(self, delivery: Delivery) -> None:
        self._fired[delivery.content] = None
        if len(self._fired) > REMEMBERED:
            del self._fired[next(iter(self._fired))]

    async def _delete(self, delivery: Delivery) -> None:
        message_id = delivery.event["message_id"]
        if self._queue is None:
            log.warning("Message %s stays in the queue, which cannot be reached now", message_id)
            return
        try:
            await self._queue.delete(delivery.receipt_handle)
        except (ClientError, BotoCoreError) as error:
            log.warning("Message %s stays in the queue until it is delivered again: %s", message_id, error)


@dataclass(frozen=True)
class Queue:
    """An SQS queue and an open client."""

    sqs: Any
    url: str

    @classmethod
    async def find(cls, sqs: Any, arn: Arn) -> Queue:
        """Look up the queue's address."""
        found = await sqs.get_queue_url(QueueName=arn.resource, QueueOwnerAWSAccountId=arn.account)
        return cls(sqs, found["QueueUrl"])

    async def receive(self, poll_interval: float) -> dict[str, str] | None:
        """A message, as soon as there is one; None after ``poll_interval`` seconds."""
        wait = min(int(poll_interval), LONGEST_WAIT)
        found = await self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=1, WaitTimeSeconds=wait, VisibilityTimeout=VISIBILITY
        )
        messages: list[dict[str, str]] = found.get("Messages", [])
        if messages:
            return messages[0]
        await asyncio.sleep(poll_interval - wait)
        return None

    async def delete(self, receipt_handle: str) -> None:
        """Delete one delivered message."""
        await self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=receipt_handle)


def content_id(body: str) -> str:
    """Identify what a message says, not which delivery it is: a repeated publication is the same message."""
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        envelope = None
    inner = envelope.get("Message") if isinstance(envelope, dict) else None
    said = inner if isinstance(inner, str) else body
    # JSON can spell half a character, which is nothing to any other encoding.
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


async def _fired(memory: Any) -> list[str]:
    # In a thread, as Airflow 3.3.0's stores have no asynchronous methods.
    return [] if memory is None else await asyncio.to_thread(memory.get, _FIRED, default=[])


async def _remember(memory: Any, content: str) -> None:
    if memory is None:
        return
    try:
        known = [one for one in await _fired(memory) if one != content]
        await asyncio.to_thread(memory.set, _FIRED, [*known, content][-REMEMBERED:])
    except AirflowRuntimeError as error:
        log.warning("A message was fired and not remembered; published again it would fire again: %s", error)
