"""Putting a workgroup into a status by hand, for tests of what AWS cannot be asked to do."""

from __future__ import annotations

from sandbox.errors import SandboxError
from sandbox.redshift_serverless.models import redshift_serverless_backends
from sandbox.transitions import LOCK, scheduler

KINDS = {"redshift_workgroup"}


def force_status(kind: str, account: str, region: str, identifier: str, status: str) -> None:
    """Set the status of a workgroup and end what is under way with it; SandboxError where there is none."""
    with LOCK:
        scheduler.tick()
        workgroup = redshift_serverless_backends[account][region].find_workgroup(identifier)
        if workgroup is None:
            raise SandboxError(f"there is no {kind} {identifier} in account {account}, Region {region}")
        workgroup.stop()
        workgroup.status = status
