"""Putting a task into a status by hand, for tests of what AWS cannot be asked to do."""

from __future__ import annotations

from typing import Any

from moto.dms.models import dms_backends

from sandbox.errors import SandboxError
from sandbox.transitions import LOCK, scheduler

KINDS = {"replication_task"}
STATUSES = (
    "creating",
    "deleting",
    "failed",
    "failed-move",
    "modifying",
    "moving",
    "ready",
    "running",
    "starting",
    "stopped",
    "stopping",
    "testing",
)


def force_status(kind: str, account: str, region: str, identifier: str, status: str) -> None:
    """Set the status of a replication task and end what is under way with it.

    A stop reason may follow the status, as in "stopped:STOPPED_DUE_TO_LOW_DISK". Raises SandboxError for a task
    that is not there and for another status.
    """
    shown, _, reason = status.partition(":")
    if shown not in STATUSES:
        raise SandboxError(f"status is {shown}: choose one of {', '.join(STATUSES)}")
    with LOCK:
        scheduler.tick()
        backend: Any = dms_backends[account][region]
        tasks = backend.replication_tasks.values()
        task = next((one for one in tasks if identifier in {one.identifier, one.arn}), None)
        if task is None:
            raise SandboxError(f"there is no {kind} {identifier} in account {account}, Region {region}")
        task.force(shown, reason or None)
