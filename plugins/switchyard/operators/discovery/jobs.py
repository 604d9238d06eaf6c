"""Macie's jobs, found by their names."""

from __future__ import annotations

from typing import Any


def find_job(macie: Any, name: str) -> dict[str, Any] | None:
    """The summary of the job of a name, None where there is none.

    Names are not unique in Macie; those of the pipeline hold the run's stamp. The newest counts.
    """
    criteria = {"includes": [{"comparator": "EQ", "key": "name", "values": [name]}]}
    pages = macie.get_paginator("list_classification_jobs").paginate(
        filterCriteria=criteria, sortCriteria={"attributeName": "createdAt", "orderBy": "DESC"}
    )
    return next((job for page in pages for job in page["items"] if job["name"] == name), None)
