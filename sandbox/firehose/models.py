"""The delivery streams of one account and Region."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import partial
from typing import Any

from moto.firehose.models import FirehoseBackend as MotoBackend

from sandbox.firehose import delivery
from sandbox.firehose.delivery import Buffer
from sandbox.transitions import Stage, schedule, scheduler

Destination = Mapping[str, Any]


class FirehoseBackend(MotoBackend):
    """moto's streams, which deliver to S3 after a while instead of at once."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.buffers: dict[str, Buffer] = {}

    @property
    def _url_module(self) -> Any:
        from sandbox.firehose import urls

        return urls

    def reset(self) -> None:
        """Forget everything."""
        self.discard()
        super().reset()

    def discard(self) -> None:
        """Forget what was not delivered."""
        scheduler.forget([buffer.process for buffer in self.buffers.values() if buffer.process is not None])
        self.buffers = {}

    def create_delivery_stream(self, *args: Any, **kwargs: Any) -> str:
        """Make a stream whose destination, where it is S3, can be delivered to."""
        for one in (*args, *kwargs.values()):
            if isinstance(one, dict) and "BucketARN" in one:
                delivery.check(one)
        return super().create_delivery_stream(*args, **kwargs)

    def delete_delivery_stream(self, delivery_stream_name: str) -> None:
        """Delete a stream, with what it holds."""
        super().delete_delivery_stream(delivery_stream_name)
        buffer = self.buffers.pop(delivery_stream_name, None)
        if buffer is not None and buffer.process is not None:
            buffer.process.stop()

    def put_s3_records(
        self,
        delivery_stream_name: str,
        version_id: str,
        s3_destination: dict[str, Any],
        records: list[dict[str, bytes]],
    ) -> list[dict[str, str]]:
        """Take records in; they are delivered when the buffer is full or has waited for its interval."""
        del version_id
        arrived = delivery.arriving(
            s3_destination, [record["Data"] for record in records], self.account_id, self.region_name
        )
        for record in arrived:
            self._hold(delivery_stream_name, s3_destination, record)
        return [{"RecordId": str(uuid.uuid4())} for _ in records]

    def flush(self, name: str) -> int:
        """Deliver what a stream holds and return how many records that was."""
        buffer = self.buffers.pop(name, None)
        if buffer is None:
            return 0
        if buffer.process is not None:
            buffer.process.stop()
        stream = self.delivery_streams[name]
        destination = _destination(stream)
        if not delivery.deliver(stream, destination, buffer, self.account_id, self.region_name):
            self._wait(name, destination, buffer)
            return 0
        return len(buffer.records)

    def _hold(self, name: str, destination: Destination, record: bytes) -> None:
        buffer = self.buffers.get(name)
        if buffer is None:
            buffer = Buffer()
            self._wait(name, destination, buffer)
        buffer.records.append(record)
        if buffer.size >= delivery.limits(destination)[0]:
            self.flush(name)

    def _wait(self, name: str, destination: Destination, buffer: Buffer) -> None:
        """Deliver a buffer when its interval is over."""
        self.buffers[name] = buffer
        stage = Stage(delivery.limits(destination)[1], end=partial(self._due, name))
        buffer.process = schedule(f"delivery stream {name}", [stage], _broken)

    def _due(self, name: str) -> None:
        if name in self.buffers:
            self.flush(name)


def _destination(stream: Any) -> Destination:
    found: Destination = stream.destinations[0].get("ExtendedS3") or stream.destinations[0]["S3"]
    return found


def _broken(problem: BaseException) -> None:
    """Leave it at the log's entry: there is no state of a stream for it."""
    del problem
