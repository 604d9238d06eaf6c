"""Macie's findings and discovery results: read from each of their feeds, written as lines for Athena.

Both have the same members. Neither holds a value of the source: types, counts, places. What is written is the
record as it came, with the table added that its object is of.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

import msgspec

from switchyard.discovery.manifest import Manifest

LINES_PER_PART = 5_000
"""Records in one file; at about 3.5 KB each, one file takes less than 20 MB of memory."""

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Tables:
    """Which table each object of the extract is of, and whose the extract is.

    Attributes:
        pipeline: the pipeline instance.
        source: engine and cluster.
        by_key: schema and table by key.
    """

    pipeline: str
    source: str
    by_key: Mapping[str, tuple[str, str]]

    @classmethod
    def of(cls, manifest: Manifest, *, pipeline: str, source: str) -> Tables:
        """The tables of a manifest."""
        return cls(pipeline, source, {one.key: (one.schema, one.table) for one in manifest.objects})


def object_key(record: Record) -> str:
    """The key of the object that a record is about."""
    return str(record["resourcesAffected"]["s3Object"]["key"])


def is_of_job(record: Record, job_id: str) -> bool:
    """Say whether a record is of this job, and none of Macie's samples."""
    details = record.get("classificationDetails") or {}
    return details.get("jobId") == job_id and not record.get("sample")


def line(record: Record, tables: Tables) -> bytes | None:
    """A record as one line of JSON with its table; None where its object is none of the manifest."""
    owner = tables.by_key.get(object_key(record))
    if owner is None:
        return None
    placed = {
        **_with_texts(record),
        "resourcesAffected": {name: _with_texts(one) for name, one in record["resourcesAffected"].items()},
        "pipeline": tables.pipeline,
        "source_name": tables.source,
        "schema_name": owner[0],
        "table_name": owner[1],
    }
    return _ENCODER.encode(placed) + b"\n"


def parts(lines: Iterable[bytes], size: int = LINES_PER_PART) -> Iterator[bytes]:
    """Lines in files of so many, one at a time in memory; the same lines give the same files."""
    part = bytearray()
    count = 0
    for one in lines:
        part += one
        count += 1
        if count == size:
            yield bytes(part)
            part.clear()
            count = 0
    if part:
        yield bytes(part)


def once(records: Iterable[Record]) -> Iterator[Record]:
    """Each record once, by its id: EventBridge and Firehose deliver at least once."""
    seen: set[str] = set()
    for record in records:
        if record["id"] not in seen:
            seen.add(record["id"])
            yield record


def read_results(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    """The records of a file of discovery results, JSON lines under gzip."""
    with gzip.open(file) as text:
        for one in text:
            if one.strip():
                yield json.loads(one)


def read_events(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    """The findings in a file that Firehose delivered.

    Its events may stand on one line, as Firehose puts nothing between them unless it is told to, and may be
    compressed.

    Raises:
        ValueError: the file ends within an event, or holds something else.
    """
    content = file.read()
    if content[:2] == b"\x1f\x8b":
        content = gzip.GzipFile(fileobj=io.BytesIO(content)).read()
    text, at = content.decode(), 0
    decoder = json.JSONDecoder()
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        event, at = decoder.raw_decode(text, at)
        if event.get("source") == "aws.macie" and event.get("detail-type") == "Macie Finding":
            yield event["detail"]


def _with_texts(part: Mapping[str, Any]) -> dict[str, Any]:
    """Its moments as EventBridge writes them: boto3 has made datetimes of what GetFindings answered."""
    return {name: _instant(one) if isinstance(one, datetime) else one for name, one in part.items()}


def _instant(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


_ENCODER = msgspec.json.Encoder()
