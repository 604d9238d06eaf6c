"""What a stream holds, and how it gets to S3.

Sources: https://docs.aws.amazon.com/firehose/latest/dev/basic-deliver.html and
https://docs.aws.amazon.com/firehose/latest/APIReference/API_ExtendedS3DestinationConfiguration.html
"""

from __future__ import annotations

import base64
import gzip
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.firehose import keys
from sandbox.objects import ObjectError, Objects
from sandbox.runtime import runtime
from sandbox.transitions import Process, now

log = logging.getLogger(__name__)
DELIVER = "firehose:Deliver"
USUAL_SIZE, USUAL_INTERVAL = 5, 300
"""MiB and seconds after which a buffer is delivered."""

EXTENSIONS = {"GZIP": ".gz", "UNCOMPRESSED": ""}


@dataclass
class Buffer:
    """Records that wait, since when, and the process that will deliver them."""

    records: list[bytes] = field(default_factory=list)
    since: datetime = field(default_factory=now)
    process: Process | None = None

    @property
    def size(self) -> int:
        """How many bytes wait."""
        return sum(map(len, self.records))


def limits(destination: Mapping[str, Any]) -> tuple[int, float]:
    """Return the (bytes, seconds) after which a buffer is delivered."""
    hints = destination.get("BufferingHints") or {}
    size, seconds = hints.get("SizeInMBs"), hints.get("IntervalInSeconds")
    return (USUAL_SIZE if size is None else size) * 2**20, USUAL_INTERVAL if seconds is None else seconds


def check(destination: Mapping[str, Any]) -> None:
    """Refuse a destination that could never be delivered to; NotImplementedError for what the sandbox lacks."""
    keys.check(destination.get("Prefix") or "", destination.get("ErrorOutputPrefix"))
    if (kind := destination.get("CompressionFormat") or "UNCOMPRESSED") not in EXTENSIONS:
        raise NotImplementedError(f"delivery streams that compress as {kind}")
    for name in ("DataFormatConversionConfiguration", "DynamicPartitioningConfiguration"):
        if (destination.get(name) or {}).get("Enabled"):
            raise NotImplementedError(f"delivery streams with {name}")
    for processor in _processors(destination):
        if processor["Type"] != "AppendDelimiterToRecord":
            raise NotImplementedError(f"the processor {processor['Type']} of delivery streams")


def arriving(
    destination: Mapping[str, Any], records: Sequence[bytes], account: str, region: str
) -> list[bytes]:
    """Return records as they will be delivered: with their delimiter, and twice where a fault orders it."""
    delimiter = _delimiter(destination)
    taken = runtime.faults.take if runtime.faults is not None else None
    found: list[bytes] = []
    for record in records:
        copies = 1 + (len(taken(DELIVER, account, region, inside=True)) if taken else 0)
        found += [record + delimiter] * copies
    return found


def deliver(stream: Any, destination: Mapping[str, Any], buffer: Buffer, account: str, region: str) -> bool:
    """Write what waits into one object as the stream's role; False where that may not be, and it waits on."""
    objects = Objects(account, region, destination["RoleARN"])
    bucket = destination["BucketARN"].rpartition(":")[2]
    failed = _struck(stream.delivery_stream_name, account, region)
    content, prefix, extension = (
        b"".join(buffer.records),
        destination.get("Prefix") or "",
        _extension(destination),
    )
    if failed:
        content, prefix = _errors(buffer, failed), destination.get("ErrorOutputPrefix") or ""
    if destination.get("CompressionFormat") == "GZIP":
        content = gzip.compress(content, mtime=0)
    folder = keys.folder(prefix, buffer.since, "processing-failed" if failed else "")
    key = folder + keys.name(stream.delivery_stream_name, stream.version_id, buffer.since, extension)
    managed = (destination.get("EncryptionConfiguration") or {}).get("KMSEncryptionConfig") or {}
    kms_key = managed.get("AWSKMSKeyARN")
    try:
        objects.write(bucket, key, content, sse="aws:kms" if kms_key else None, kms_key=kms_key)
    except ObjectError as error:
        log.warning("%s cannot write to s3://%s/%s: %s", stream.delivery_stream_name, bucket, key, error)
        return False
    return True


def _struck(stream: str, account: str, region: str) -> str | None:
    if runtime.faults is None:
        return None
    found = runtime.faults.take(f"firehose:Write/{stream}", account, region, inside=True)
    return next((fault.message or fault.code or "Injected fault" for fault in found), None)


def _errors(buffer: Buffer, message: str) -> bytes:
    """Return records as the error output has them: one JSON document a line, with the data in base 64."""
    arrived = int(buffer.since.replace(tzinfo=UTC).timestamp() * 1000)
    lines = [
        json.dumps(
            {
                "attemptsMade": 1,
                "arrivalTimestamp": arrived,
                "errorCode": "Processing.Failed",
                "errorMessage": message,
                "rawData": base64.b64encode(record).decode(),
            }
        )
        for record in buffer.records
    ]
    return "\n".join(lines).encode()


def _extension(destination: Mapping[str, Any]) -> str:
    chosen = destination.get("FileExtension")
    return str(chosen) if chosen else EXTENSIONS[destination.get("CompressionFormat") or "UNCOMPRESSED"]


def _processors(destination: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    processing = destination.get("ProcessingConfiguration") or {}
    return (processing.get("Processors") or []) if processing.get("Enabled") else []


def _delimiter(destination: Mapping[str, Any]) -> bytes:
    for processor in _processors(destination):
        named = {one["ParameterName"]: one["ParameterValue"] for one in processor.get("Parameters") or []}
        return str(named.get("Delimiter", r"\n")).encode().decode("unicode_escape").encode()
    return b""
