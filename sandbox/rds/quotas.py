"""How many of each thing an account may have in a Region, and what DescribeAccountAttributes says of it.

Numbers: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/CHAP_Limits.html
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sandbox.rds.exceptions import (
    CopiesInFlightExceeded,
    DBClusterQuotaExceeded,
    InstanceQuotaExceeded,
    ManualSnapshotQuotaExceeded,
)
from sandbox.rds.snapshots import InstanceSnapshot, Snapshot, Taken

if TYPE_CHECKING:
    from sandbox.rds.lookups import Lookups


@dataclass
class Quotas:
    """AWS's defaults, per account and Region; a test lowers them and calls `restore` afterwards."""

    manual_cluster_snapshots: int = 100
    manual_snapshots: int = 100
    copies_in_flight: int = 5
    instance_copies_in_flight: int = 20
    clusters: int = 40
    instances: int = 40
    shared_accounts: int = 20
    custom_endpoints: int = 5

    def restore(self) -> None:
        """Go back to AWS's defaults."""
        for field in fields(self):
            setattr(self, field.name, field.default)


quotas = Quotas()


def used_snapshots(backend: Lookups, of: type[Taken]) -> int:
    """Count the snapshots that the quota counts: manual ones, in any state."""
    return sum(snapshot.snapshot_type == "manual" for snapshot in backend.kept(of).values())


def check_manual_snapshot(backend: Lookups, of: type[Taken]) -> None:
    """Refuse one manual snapshot too many."""
    most = getattr(quotas, of.KIND.quota)
    if used_snapshots(backend, of) >= most:
        raise ManualSnapshotQuotaExceeded(most)


def check_copy(backend: Lookups, of: type[Taken]) -> None:
    """Refuse one copy too many at a time into this Region; queued copies count."""
    in_flight = sum(snapshot.status == "copying" for snapshot in backend.kept(of).values())
    most = getattr(quotas, of.KIND.in_flight)
    if in_flight >= most:
        raise CopiesInFlightExceeded(most)


def check_cluster(backend: Lookups) -> None:
    """Refuse one cluster too many."""
    if len(backend.all_clusters()) >= quotas.clusters:
        raise DBClusterQuotaExceeded


def check_instance(backend: Lookups) -> None:
    """Refuse one instance too many."""
    if len(backend.all_instances()) >= quotas.instances:
        raise InstanceQuotaExceeded


def account_attributes(backend: Lookups) -> list[dict[str, Any]]:
    """Return the quotas in the shape of DescribeAccountAttributes."""
    counts = {
        "DBInstances": (len(backend.all_instances()), quotas.instances),
        "ManualSnapshots": (used_snapshots(backend, InstanceSnapshot), quotas.manual_snapshots),
        "DBParameterGroups": (len(backend.db_parameter_groups), 50),
        "DBSubnetGroups": (len(backend.subnet_groups), 50),
        "EventSubscriptions": (len(backend.event_subscriptions), 20),
        "DBClusters": (len(backend.all_clusters()), quotas.clusters),
        "DBClusterParameterGroups": (len(backend.db_cluster_parameter_groups), 50),
        "ManualClusterSnapshots": (used_snapshots(backend, Snapshot), quotas.manual_cluster_snapshots),
    }
    return [{"AccountQuotaName": name, "Used": used, "Max": most} for name, (used, most) in counts.items()]
