"""Putting a resource into a status by hand, for tests of what AWS cannot be asked to do."""

from __future__ import annotations

from typing import Any

from moto.rds.models import rds_backends

from sandbox.errors import SandboxError
from sandbox.rds import endpoints
from sandbox.transitions import LOCK, scheduler

KINDS = {
    "db_cluster": "clusters",
    "db_instance": "databases",
    "db_cluster_snapshot": "cluster_snapshots",
}


def force_status(kind: str, account: str, region: str, identifier: str, status: str) -> None:
    """Set the status of a resource and end what is under way with it.

    `kind` is "db_cluster", "db_instance" or "db_cluster_snapshot". Raises SandboxError for a resource that is
    not there.
    """
    with LOCK:
        scheduler.tick()
        backend: Any = rds_backends[account][region]
        resource = getattr(backend, KINDS[kind]).get(identifier)
        if resource is None:
            raise SandboxError(f"there is no {kind} {identifier} in account {account}, Region {region}")
        process = getattr(resource, "process", None)
        if process is not None:
            process.stop()
        resource.status = status
        cluster = getattr(resource, "cluster", None) if kind == "db_instance" else resource
        if kind != "db_cluster_snapshot" and cluster is not None:
            endpoints.refresh(cluster)
