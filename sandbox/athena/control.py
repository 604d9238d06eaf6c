"""Putting a query into a state by hand, for tests of what AWS cannot be asked to do."""

from __future__ import annotations

from typing import Any

from moto.athena.models import athena_backends

from sandbox.errors import SandboxError
from sandbox.transitions import LOCK, scheduler

KINDS = {"query"}
STATES = ("QUEUED", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED")


def force_status(kind: str, account: str, region: str, identifier: str, status: str) -> None:
    """Set the state of a query, and end the work under way for it.

    Raises SandboxError for a query that is not there and for another state.
    """
    if status not in STATES:
        raise SandboxError(f"status is {status}: choose one of {', '.join(STATES)}")
    with LOCK:
        scheduler.tick()
        backend: Any = athena_backends[account][region]
        execution = backend.runs.get(identifier)
        if execution is None:
            raise SandboxError(f"there is no {kind} {identifier} in account {account}, Region {region}")
        execution.force(status)
