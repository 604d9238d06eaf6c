"""Macie's jobs, found by their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

_UNFINISHED = ("RUNNING", "PAUSED", "USER_PAUSED")


def find_job(macie: Any, name: str) -> dict[str, Any] | None:
    """The summary of the job of a name, None where there is none.

    Names are not unique in Macie; those of the pipeline tell run and load. The newest counts.
    """
    return next((job for job in _listed(macie, "name", name) if job["name"] == name), None)


def cancel_jobs(macie: Any, prefix: str) -> None:
    """Cancel the jobs that have not ended, of those whose names begin so."""
    for job in list(_listed(macie, "jobStatus", *_UNFINISHED)):
        if job["name"].startswith(prefix):
            _cancel(macie, job["jobId"])


def _cancel(macie: Any, job_id: str) -> None:
    try:
        macie.update_classification_job(jobId=job_id, jobStatus="CANCELLED")
    except ClientError:
        # A job that has ended in between cannot be cancelled, and need not be.
        if macie.describe_classification_job(jobId=job_id)["jobStatus"] in _UNFINISHED:
            raise


def _listed(macie: Any, key: str, *values: str) -> Iterator[dict[str, Any]]:
    term: Mapping[str, Any] = {"comparator": "EQ", "key": key, "values": list(values)}
    pages = macie.get_paginator("list_classification_jobs").paginate(
        filterCriteria={"includes": [term]}, sortCriteria={"attributeName": "createdAt", "orderBy": "DESC"}
    )
    for page in pages:
        yield from page["items"]
