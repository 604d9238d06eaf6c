"""What the statuses of clusters, instances and snapshots mean.

Sources: the Aurora user guide's tables of cluster and instance statuses, and the waiters of botocore.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

Kind = Literal["cluster", "instance"]


class Health(StrEnum):
    """Whether a resource can be acted on."""

    READY = "ready"
    MOVING = "moving"
    STOPPED = "stopped"
    BROKEN = "broken"
    LEAVING = "leaving"


STOPPED = frozenset({"stopped", "stopping", "inaccessible-encryption-credentials-recoverable"})
"""Statuses that end only when somebody starts the resource, or repairs its key and then starts it."""

CLUSTER_BROKEN = frozenset(
    {
        "cloning-failed",
        "failed",
        "inaccessible-encryption-credentials",
        "incompatible-parameters",
        "incompatible-restore",
        "migration-failed",
    }
)
INSTANCE_BROKEN = frozenset(
    {
        "failed",
        "inaccessible-encryption-credentials",
        "incompatible-network",
        "incompatible-option-group",
        "incompatible-parameters",
        "incompatible-restore",
        "insufficient-capacity",
        "restore-error",
        "storage-full",
    }
)
SNAPSHOT_BROKEN = frozenset({"failed", "incompatible-restore", "incompatible-parameters"})


def health(kind: Kind, status: str) -> Health:
    """Say whether a cluster or instance of this status can be acted on.

    A status nobody documented counts as moving, so that the deadline of the step decides and not a guess.
    """
    if status == "available":
        return Health.READY
    if status in ("deleting", "delete-precheck"):
        return Health.LEAVING
    if status in STOPPED:
        return Health.STOPPED
    broken = CLUSTER_BROKEN if kind == "cluster" else INSTANCE_BROKEN
    return Health.BROKEN if status in broken else Health.MOVING


def remedy(kind: Kind, resource_name: str, status: str) -> str:
    """Tell a person what brings a stopped, broken or leaving resource back."""
    what = f"{kind} {resource_name}"
    if status == "inaccessible-encryption-credentials-recoverable":
        return (
            f"Make the key of {what} usable again, start the cluster within 7 days, then run the step again."
        )
    if status in STOPPED:
        return f"Start {what}, then run the step again."
    if status == "insufficient-capacity":
        return (
            f"Delete {what} and create it with another class or Availability Zone, then run the step again."
        )
    if status == "storage-full":
        return f"Give {what} more storage, then run the step again."
    if status.startswith("incompatible-"):
        return f"Correct what makes {what} {status} (its events in RDS name it), then run the step again."
    return f"Look at the events of {what} in RDS; repair or replace it, then run the step again."
