"""The discovery results of a job: JSON lines, compressed, in the bucket that the account exports to."""

from __future__ import annotations

import gzip
import json
import logging
import uuid
from collections.abc import Mapping
from typing import Any

from sandbox.macie.access import writer
from sandbox.macie.findings import json_ready
from sandbox.objects import ObjectError

log = logging.getLogger(__name__)
FULL = 100
"""Records after which a file is complete."""

NOT_SET = "[export-config-not-set]"


class Results:
    """Collects the records of one job into files. Nothing is written where the account does not export."""

    def __init__(self, account: str, region: str, job_id: str, destination: Mapping[str, Any] | None) -> None:
        self._destination = destination
        self._account = account
        prefix = (destination or {}).get("keyPrefix") or ""
        joined = f"{prefix.rstrip('/')}/" if prefix else ""
        self._folder = f"{joined}AWSLogs/{account}/Macie/{region}/{job_id}/{account}/"
        job_arn = f"arn:aws:macie2:{region}:{account}:classification-job/{job_id}"
        self._objects = writer(account, region, job_arn)
        self._begin()

    @property
    def location(self) -> str:
        """Where the next record will be, as findings say it."""
        bucket = self._destination["bucketName"] if self._destination else NOT_SET
        return f"s3://{bucket}/{self._key}"

    def add(self, record: Mapping[str, Any]) -> None:
        """Add a record; writes the file when it is complete."""
        self._records.append(record)
        if len(self._records) >= FULL:
            self.flush()

    def flush(self) -> None:
        """Write what was collected; where Macie may not, the log says so and the job goes on."""
        records = self._records
        key = self._key
        self._begin()
        if not records or not self._destination:
            return
        lines = "".join(json.dumps(json_ready(record)) + "\n" for record in records)
        try:
            self._objects.write(
                self._destination["bucketName"],
                key,
                gzip.compress(lines.encode(), mtime=0),
                sse="aws:kms",
                kms_key=self._destination["kmsKeyArn"],
                content_type="application/gzip",
            )
        except ObjectError as error:
            log.warning("discovery results of %s could not be written: %s", key, error)

    def _begin(self) -> None:
        self._records: list[Mapping[str, Any]] = []
        self._key = f"{self._folder}{uuid.uuid4()}.jsonl.gz"


def try_out(account: str, region: str, destination: Mapping[str, Any]) -> None:
    """Write a test object into an export destination; ObjectError where Macie may not."""
    objects = writer(account, region, f"arn:aws:macie2:{region}:{account}:export-configuration:s3")
    prefix = destination.get("keyPrefix") or ""
    key = f"{prefix.rstrip('/')}/macie-test-object" if prefix else "macie-test-object"
    objects.write(destination["bucketName"], key, b"", sse="aws:kms", kms_key=destination["kmsKeyArn"])
