"""The Macie job of a run: what it searches, for what, and how its end is judged.

Source: botocore, CreateClassificationJob and DescribeClassificationJob.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from switchyard.discovery.manifest import EXTENSION
from switchyard.discovery.names import client_token, job_name

Selector = Literal["ALL", "EXCLUDE", "INCLUDE", "NONE", "RECOMMENDED"]

REMEDIES: Mapping[str, str] = {
    "PAUSED": "The account's monthly quota for Macie is used up: raise it in Service Quotas or wait for the next "
    "month, then clear the run from the first purge on: it loads anew and makes another job",
    "USER_PAUSED": "Somebody paused the job, and the run's end cancels it as the extract goes: ask who, then clear "
    "the run from the first purge on",
    "CANCELLED": "A cancelled job never goes on: clear the run from the first purge on, which makes another",
    "IDLE": "The job is a recurring one, which this pipeline never makes: look who made a job of its name",
}
"""What a person does about a job in a status that no waiting mends."""


@dataclass(frozen=True)
class Search:
    """What to look for. Both lists of ids are of Macie; names are resolved before."""

    selector: Selector
    managed_ids: Sequence[str]
    custom_ids: Sequence[str]
    allow_list_ids: Sequence[str]


def job_request(
    *,
    pipeline: str,
    stamp: str,
    account_id: str,
    bucket: str,
    folder: str,
    loaded_from: str,
    search: Search,
) -> dict[str, Any]:
    """The arguments of CreateClassificationJob.

    The job reads every object whole: sampling takes objects by chance, and DMS writes a small table as one object.

    Nothing that was written before all tables were begun, the ISO moment ``loaded_from``, is of this run. A run that
    loads anew needs a job of its own: one that is complete has searched what was there before.
    """
    since = moment(loaded_from)
    scope = [
        _term("OBJECT_KEY", "STARTS_WITH", folder),
        _term("OBJECT_EXTENSION", "EQ", EXTENSION),
        _term("OBJECT_LAST_MODIFIED_DATE", "GTE", f"{since:%Y-%m-%dT%H:%M:%SZ}"),
    ]
    lists = {
        "managedDataIdentifierIds": list(search.managed_ids),
        "customDataIdentifierIds": list(search.custom_ids),
        "allowListIds": list(search.allow_list_ids),
    }
    return {
        "clientToken": client_token(pipeline, stamp, f"macie job {loaded_from}"),
        "name": job_name(pipeline, stamp, loaded_from),
        "description": f"Sensitive-data discovery {pipeline}, run {stamp}"[:200],
        "jobType": "ONE_TIME",
        "samplingPercentage": 100,
        "managedDataIdentifierSelector": search.selector,
        "s3JobDefinition": {
            "bucketDefinitions": [{"accountId": account_id, "buckets": [bucket]}],
            "scoping": {"includes": {"and": scope}},
        },
        "tags": {"switchyard:pipeline": pipeline, "switchyard:run": stamp},
        **{name: ids for name, ids in lists.items() if ids},
    }


def job_problem(job: Mapping[str, Any]) -> str:
    """Why a COMPLETE job is no success; empty when it is one.

    Macie also completes a job that could not read a bucket or its objects.
    """
    code = (job.get("lastRunErrorStatus") or {}).get("code", "NONE")
    if job["jobStatus"] == "COMPLETE" and code == "NONE":
        return ""
    return f"its status is {job['jobStatus']}, and its last run ended with error status {code}"


def moment(text: str) -> datetime:
    """An ISO moment in UTC; one without a zone is UTC already."""
    read = datetime.fromisoformat(text)
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def _term(key: str, comparator: str, value: str) -> dict[str, Any]:
    return {"simpleScopeTerm": {"key": key, "comparator": comparator, "values": [value]}}
