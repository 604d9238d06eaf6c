"""Putting a cluster into a status by hand, for tests of what AWS cannot be asked to do."""

from __future__ import annotations

from typing import Any

from moto.redshift.models import redshift_backends

from sandbox.errors import SandboxError
from sandbox.transitions import LOCK, scheduler

KINDS = {"redshift_cluster"}


def force_status(kind: str, account: str, region: str, identifier: str, status: str) -> None:
    """Set the status of a cluster and end what is under way with it; SandboxError where there is none."""
    with LOCK:
        scheduler.tick()
        backend: Any = redshift_backends[account][region]
        cluster = backend.clusters.get(identifier)
        if cluster is None:
            raise SandboxError(f"there is no {kind} {identifier} in account {account}, Region {region}")
        cluster.stop()
        cluster.status = status
