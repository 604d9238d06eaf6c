"""Where Macie's records come from: its API, the results that it exports, and the events that Firehose delivers."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from switchyard.discovery.records import Record, is_of_job, once, read_events, read_results

_AT_ONCE = 50
"""Findings that GetFindings takes (botocore)."""


@dataclass(frozen=True)
class Feeds:
    """The records of one job.

    Attributes:
        macie: a client of Macie.
        s3: a client of S3.
        job_id: the job.
        account_id: whose it is.
        region_name: where it ran.
    """

    macie: Any
    s3: Any
    job_id: str
    account_id: str
    region_name: str

    def count(self) -> int:
        """How many findings Macie counts."""
        groups = self.macie.get_finding_statistics(
            groupBy="classificationDetails.jobId", findingCriteria=self._criteria({})
        )["countsByGroup"]
        return int(sum(group["count"] for group in groups))

    def findings(self) -> Iterator[Record]:
        """The job's findings, each once, those included that a filter has archived."""
        return once(self._asked({}))

    def events(self, bucket: str, prefix: str, *, since: datetime) -> Iterator[Record]:
        """The job's findings among what Firehose delivered from then on, each once.

        Those that a filter has archived are not published, and are asked for.
        """
        published = (
            record
            for key in self._keys(bucket, prefix, since)
            for record in read_events(self._body(bucket, key))
            if is_of_job(record, self.job_id)
        )
        return once(chain(published, self._asked({"archived": {"eq": ["true"]}})))

    def results(self) -> Iterator[Record] | None:
        """The job's discovery results; None where the account exports none."""
        exported = self.macie.get_classification_export_configuration()
        place = exported.get("configuration", {}).get("s3Destination")
        if place is None:
            return None
        begin = f"{place['keyPrefix'].rstrip('/')}/" if place.get("keyPrefix") else ""
        prefix = f"{begin}AWSLogs/{self.account_id}/Macie/{self.region_name}/{self.job_id}/"
        return self._results(place["bucketName"], prefix)

    def _criteria(self, more: Mapping[str, Any]) -> dict[str, Any]:
        return {"criterion": {"classificationDetails.jobId": {"eq": [self.job_id]}, **more}}

    def _asked(self, more: Mapping[str, Any]) -> Iterator[Record]:
        pages = self.macie.get_paginator("list_findings").paginate(
            findingCriteria=self._criteria(more), PaginationConfig={"PageSize": _AT_ONCE}
        )
        for page in pages:
            if ids := page["findingIds"]:
                yield from self.macie.get_findings(findingIds=ids)["findings"]

    def _results(self, bucket: str, prefix: str) -> Iterator[Record]:
        for key in self._keys(bucket, prefix):
            for record in read_results(self._body(bucket, key)):
                if is_of_job(record, self.job_id):
                    yield record

    def _keys(self, bucket: str, prefix: str, since: datetime | None = None) -> Iterator[str]:
        for page in self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for one in page.get("Contents", ()):
                if since is None or one["LastModified"] >= since.replace(microsecond=0):
                    yield one["Key"]

    def _body(self, bucket: str, key: str) -> io.BytesIO:
        return io.BytesIO(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())
