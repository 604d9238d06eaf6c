"""Putting a job into a status by hand, for tests of what AWS cannot be asked to do."""

from __future__ import annotations

from typing import Any

from moto.macie2.models import macie2_backends

from sandbox.errors import SandboxError
from sandbox.macie.jobs import STATUSES
from sandbox.transitions import LOCK, scheduler

KINDS = {"classification_job"}


def force_status(kind: str, account: str, region: str, identifier: str, status: str) -> None:
    """Set the status of a job, by its id or name, and end what is under way with it.

    "COMPLETE:ERROR" is a job that could not look into everything. Raises SandboxError for a job that is not
    there and for another status.
    """
    shown, _, error = status.partition(":")
    if shown not in STATUSES or error not in {"", "ERROR"}:
        raise SandboxError(f"status is {status}: choose one of {', '.join(STATUSES)}, :ERROR may follow")
    with LOCK:
        scheduler.tick()
        backend: Any = macie2_backends[account][region]
        job = next((one for one in backend.jobs.values() if identifier in {one.job_id, one.name}), None)
        if job is None:
            raise SandboxError(f"there is no {kind} {identifier} in account {account}, Region {region}")
        job.force(shown, error=bool(error))
