from __future__ import annotations

import asyncio
import json
import logging
import time
from contextlib import asynccontextmanager

import pytest
from airflow.triggers.shared_stream import AdvanceItem, AdvanceOutcome, SharedStreamManager

from switchyard.aws.connections import aws_client
from switchyard.messaging import sqs
from switchyard.messaging.sqs import Delivery, SqsMessageTrigger, SqsProducer, content_id
from tests.support.aws_connections import SOURCE
from tests.support.broken_messages import BROKEN, broken_body

pytestmark = pytest.mark.usefixtures("aws_connections")

ARN = "arn:aws:sqs:us-west-2:111111111111:points"
PATIENCE = 60.0


@pytest.fixture(autouse=True)
def _swift(monkeypatch):
    monkeypatch.setattr(sqs, "EVENT_DISTANCE", 0.0)


@pytest.fixture
def queue(sandbox):
    """The address of an empty queue."""
    return sandbox.client("sqs", "source").create_queue(QueueName="points")["QueueUrl"]


@pytest.fixture
def send(sandbox, queue):
    """Put a body into the queue."""
    return lambda body: sandbox.client("sqs", "source").send_message(QueueUrl=queue, MessageBody=body)[
        "MessageId"
    ]


@pytest.fixture
def left(sandbox, queue):
    """How many messages the queue holds, under way or not."""

    def count():
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = sandbox.client("sqs", "source").get_queue_attributes(QueueUrl=queue, AttributeNames=names)
        return sum(int(value) for value in found["Attributes"].values())

    return count


class Memory(dict):
    """An asset's state store."""

    def get(self, key, default=None):
        return super().get(key, default)

    def set(self, key, value):
        self[key] = json.loads(json.dumps(value))


class Triggerer:
    """Airflow's own shared stream around a watcher; a test says when an event is stored."""

    def __init__(self, memory=None, **settings):
        self.memory = Memory() if memory is None else memory
        self.manager = SharedStreamManager(**settings)
        self.fired = []
        self._watchers = []
        self._unstored = []

    def watch(self, trigger_id=1):
        trigger = SqsMessageTrigger(
            queue_arn=ARN, aws_conn_id="aws_source", account_id="111111111111", poll_interval=0.1
        )
        trigger.asset_state_store = self.memory
        key = trigger.shared_stream_key()

        async def run():
            stream = self.manager.subscribe(trigger_id=trigger_id, trigger=trigger, key=key)
            async for event in trigger.filter_shared_stream(stream):
                self._unstored.append(self.manager.bind_pending_event(trigger_id=trigger_id, key=key))
                self.fired.append(event.payload)

        self._watchers.append(asyncio.create_task(run()))

    def store(self):
        """Do as if the events so far were in Airflow's database."""
        self.manager.confirm_persisted(self._unstored)
        self._unstored.clear()

    async def until(self, condition, what):
        for _ in range(int(PATIENCE / 0.05)):
            for watcher in self._watchers:
                if watcher.done():
                    watcher.result()
            if await asyncio.to_thread(condition):
                return
            await asyncio.sleep(0.05)
        raise AssertionError(f"never came true: {what}; fired {self.fired}")

    async def until_fired(self, number):
        await self.until(lambda: len(self.fired) >= number, f"{number} events")

    async def die(self):
        for watcher in self._watchers:
            watcher.cancel()
        await asyncio.gather(*self._watchers, return_exceptions=True)
        await self.manager.stop_all()


@asynccontextmanager
async def triggerer(memory=None, **settings):
    """A triggerer with one watcher, dead at the end of the block."""
    running = Triggerer(memory, **settings)
    running.watch()
    try:
        yield running
    finally:
        await running.die()


def bodies(running):
    return sorted(event["body"] for event in running.fired)


def test_a_message_is_deleted_after_its_event_is_stored_and_not_before(send, left):
    """It should leave the message in the queue while its event could still be lost."""
    message_id = send("hello")

    async def main():
        async with triggerer() as running:
            await running.until_fired(1)
            await asyncio.sleep(0.5)
            assert left() == 1
            running.store()
            await running.until(lambda: left() == 0, "the queue is empty")
            assert running.fired == [
                {"message_id": message_id, "deduplication_id": content_id("hello"), "body": "hello"}
            ]
            assert running.memory == {"fired_messages": [content_id("hello")]}

    asyncio.run(main())


def test_a_crash_before_the_storing_loses_nothing(send, left, monkeypatch):
    """It should fire again in the next triggerer, once the message is visible again."""
    monkeypatch.setattr(sqs, "VISIBILITY", 1)
    send("hello")
    memory = Memory()

    async def main():
        async with triggerer(memory) as running:
            await running.until_fired(1)
        assert left() == 1
        async with triggerer(memory) as running:
            await running.until_fired(1)
            running.store()
            await running.until(lambda: left() == 0, "the queue is empty")

    asyncio.run(main())


def test_several_messages_fire_one_event_each(send, left):
    """It should neither batch them nor let one wait for another."""
    for number in range(25):
        send(f"message {number}")

    async def main():
        async with triggerer() as running:
            await running.until_fired(25)
            running.store()
            await running.until(lambda: left() == 0, "the queue is empty")
            assert bodies(running) == sorted(f"message {number}" for number in range(25))

    asyncio.run(main())


def test_no_body_ends_the_watching(send, left):
    """It should fire once for each broken body too, and for the good one behind them: the DAG says what is wrong."""
    cases = [case for case in BROKEN if case["case"].startswith(("half", "number", "envelope around"))]
    poison = [*(broken_body(case, "{}") for case in cases), "[" * 100_000, "\u2028"]
    assert len(poison) == len({content_id(body) for body in poison}) > 7
    for body in (*poison, "the good one"):
        send(body)

    async def main():
        async with triggerer() as running:
            await running.until_fired(len(poison) + 1)
            running.store()
            await running.until(lambda: left() == 0, "the queue is empty")
            assert bodies(running) == sorted([*poison, "the good one"])

    asyncio.run(main())


def test_events_keep_their_distance(send, left, monkeypatch):
    """It should leave the next message in the queue until Airflow's scheduler has had time to look."""
    monkeypatch.setattr(sqs, "EVENT_DISTANCE", 3.0)
    for body in "ab":
        send(body)

    async def main():
        async with triggerer() as running:
            await running.until_fired(1)
            first = time.monotonic()
            await running.until_fired(2)
            assert time.monotonic() - first > 2.5

    asyncio.run(main())


def test_a_message_whose_event_is_not_stored_holds_up_no_other(send, left):
    """It should delete what is stored, whatever came before it."""

    async def main():
        async with triggerer() as running:
            send("first")
            await running.until_fired(1)
            running._unstored.clear()  # the first event is never stored
            send("second")
            await running.until_fired(2)
            running.store()
            await running.until(lambda: left() == 1, "one message is left")

    asyncio.run(main())


def test_a_repeated_publication_fires_once(send, left):
    """It should know a message by what it says, in whichever envelope and delivery it comes."""
    inner = json.dumps({"run_id": "scheduled__2026"})

    def envelope(number):
        return json.dumps({"Type": "Notification", "MessageId": f"sns-{number}", "Message": inner})

    async def main():
        memory = Memory()
        async with triggerer(memory) as running:
            send(envelope(1))
            await running.until_fired(1)
            running.store()
            send(envelope(2))
            await running.until(lambda: left() == 0, "the repetition is deleted")
            assert len(running.fired) == 1
        send(envelope(3))
        async with triggerer(memory) as running:  # a restarted triggerer asks the asset's memory
            await running.until(lambda: left() == 0, "the repetition is deleted after a restart")
            assert running.fired == []

    asyncio.run(main())


def test_two_copies_in_one_batch_fire_once(send, left, monkeypatch):
    """It should not fire the second while the first is on its way, nor delete it before that is stored."""
    monkeypatch.setattr(sqs, "VISIBILITY", 1)
    send("same")
    send("same")

    async def main():
        async with triggerer() as running:
            await running.until_fired(1)
            await asyncio.sleep(2.5)
            assert left() == 2
            running.store()
            await running.until(lambda: left() == 0, "both are deleted")
            assert len(running.fired) == 1

    asyncio.run(main())


def test_a_redelivery_while_the_event_is_on_its_way_fires_nothing(send, left, monkeypatch):
    """It should wait for the storing, and then delete by the newest receipt."""
    monkeypatch.setattr(sqs, "VISIBILITY", 1)
    send("slow")

    async def main():
        async with triggerer() as running:
            await running.until_fired(1)
            await asyncio.sleep(3.0)
            assert len(running.fired) == 1
            running.store()
            await running.until(lambda: left() == 0, "the queue is empty")

    asyncio.run(main())


def test_a_failed_deletion_is_made_up_for_at_the_next_delivery(sandbox, send, left, monkeypatch, caplog):
    """It should neither die nor fire again."""
    monkeypatch.setattr(sqs, "VISIBILITY", 1)
    sandbox.fault("sqs:DeleteMessage", "error", code="AccessDenied", message="not now", times=1)
    send("hello")

    async def main():
        async with triggerer() as running:
            await running.until_fired(1)
            running.store()
            await running.until(lambda: left() == 0, "the queue is empty")
            assert len(running.fired) == 1

    with caplog.at_level(logging.WARNING, "switchyard.messaging.sqs"):
        asyncio.run(main())
    assert "stays in the queue until it is delivered again" in caplog.text


@pytest.mark.parametrize("body", ["{", "[]", "null", '{"Message": 5}', "<xml/>", "ü" * 5000, "[" * 3000])
def test_a_malformed_body_fires_as_it_is(send, body):
    """It should leave the refusal to the DAG, where people see it."""
    send(body)

    async def main():
        async with triggerer() as running:
            await running.until_fired(1)
            assert bodies(running) == [body]

    asyncio.run(main())


def test_a_missing_queue_is_named_and_tried_again(sandbox, caplog):
    """It should say which queue cannot be read, keep the watcher alive, and go on when the queue appears."""

    async def main():
        async with triggerer() as running:
            await running.until(lambda: caplog.text.count("cannot be read") >= 2, "two warnings")
            address = sandbox.client("sqs", "source").create_queue(QueueName="points")["QueueUrl"]
            sandbox.client("sqs", "source").send_message(QueueUrl=address, MessageBody="late")
            await running.until_fired(1)

    with caplog.at_level(logging.WARNING, "switchyard.messaging.sqs"):
        asyncio.run(main())
    assert f"Queue {ARN} cannot be read: " in caplog.text
    assert "does not exist" in caplog.text


def test_an_unknown_connection_is_named_and_tried_again(monkeypatch, caplog):
    """It should not end the watcher: the connection can be made while Airflow runs."""
    monkeypatch.delenv("AIRFLOW_CONN_AWS_SOURCE")

    async def main():
        async with triggerer() as running:
            await running.until(lambda: "no such Airflow connection" in caplog.text, "a warning")

    with caplog.at_level(logging.WARNING, "switchyard.messaging.sqs"):
        asyncio.run(main())


def test_the_wait_between_two_tries_grows_to_a_limit(monkeypatch):
    """It should not hammer an account that refuses."""
    pauses = []

    class Refusing:
        async def __aenter__(self):
            raise sqs.SwitchyardError("no")

        async def __aexit__(self, *_):
            return None

    async def pause(seconds):
        pauses.append(seconds)
        if len(pauses) == 12:
            raise EOFError("enough seen")

    monkeypatch.setattr(sqs, "async_client", lambda *_, **__: Refusing())
    monkeypatch.setattr(sqs.asyncio, "sleep", pause)
    producer = SqsProducer(queue_arn=ARN, aws_conn_id="a", account_id="1" * 12, poll_interval=1.0)

    async def main():
        async for _ in producer.open_stream():
            pass

    with pytest.raises(EOFError, match="enough seen"):
        asyncio.run(main())
    assert pauses[:3] == [2.0, 4.0, 8.0]
    assert pauses[-1] == sqs.LONGEST_BACKOFF


def test_watchers_of_one_queue_share_one_poll(sandbox, send, left):
    """It should fire for both and delete once both events are stored."""
    send("hello")

    async def main():
        async with triggerer() as running:
            running.watch(trigger_id=2)
            await running.until_fired(2)
            assert len(running.manager._groups) == 1
            running.store()
            await running.until(lambda: left() == 0, "the queue is empty")

    asyncio.run(main())


@pytest.mark.parametrize(
    "outcome", [AdvanceOutcome(acked=0, failed=0), AdvanceOutcome(acked=1, failed=1), AdvanceOutcome(0, 1)]
)
def test_a_message_that_nobody_stored_stays(send, left, queue, outcome):
    """It should delete nothing that a watcher did not take, in every release of Airflow."""
    send("hello")
    message = aws_client("sqs", **SOURCE).receive_message(QueueUrl=queue)["Messages"][0]
    producer = SqsProducer(queue_arn=ARN, aws_conn_id="aws_source", account_id="1" * 12, poll_interval=1.0)
    asyncio.run(producer.advance([AdvanceItem(Delivery.of(message), outcome)]))
    assert left() == 1


def test_memory_is_bounded(monkeypatch):
    """It should forget the oldest, so that the state store's limit is never met."""
    monkeypatch.setattr(sqs, "REMEMBERED", 3)
    memory = Memory()
    for body in "abcda":
        asyncio.run(sqs._remember(memory, body))
    assert memory["fired_messages"] == ["c", "d", "a"]


def test_the_memory_fits_into_airflows_state_store():
    """It should stay below the size at which Airflow warns."""
    assert len(json.dumps([content_id(str(number)) for number in range(sqs.REMEMBERED)])) < 65_535


def test_the_watcher_survives_storage():
    """It should hash and serialize as an asset watcher must, with no secret in it."""
    trigger = SqsMessageTrigger(queue_arn=ARN, aws_conn_id="aws_source", account_id="1" * 12)
    classpath, kwargs = trigger.serialize()
    assert SqsMessageTrigger(**kwargs).serialize() == (classpath, kwargs)
    assert SqsMessageTrigger.hash(classpath, kwargs) == SqsMessageTrigger.hash(classpath, dict(kwargs))
