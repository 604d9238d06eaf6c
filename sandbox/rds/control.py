"""Putting a resource into a status by hand, for tests of what AWS cannot be asked to do."""

from __future__ import annotations

from typing import Any

from moto.rds.models import rds_backends

from sandbox.errors import SandboxError
from sandbox.rds import endpoints
from sandbox.rds.snapshots import Taken
from sandbox.transitions import LOCK, scheduler

KINDS = {
    "db_cluster": "clusters",
    "db_instance": "databases",
    "db_cluster_snapshot": "cluster_snapshots",
    "db_snapshot": "database_snapshots",
}


def force_status(kind: str, account: str, region: str, identifier: str, status: str) -> None:
    """Set the status of a resource and end what is under way with it.

    `kind` is "db_cluster", "db_instance", "db_cluster_snapshot" or "db_snapshot". Raises SandboxError for a
    resource that is not there.
    """
    with LOCK:
        scheduler.tick()
        backend: Any = rds_backends[account][region]
        resource = getattr(backend, KINDS[kind]).get(identifier)
        if resource is None:
            raise SandboxError(f"there is no {kind} {identifier} in account {account}, Region {region}")
        if resource.process is not None:
            resource.process.stop()
        resource.status = status
        if not isinstance(resource, Taken):
            endpoints.refresh(resource.served)
