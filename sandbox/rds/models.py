"""The RDS backend of one account and Region: moto's, with AWS's behaviour for clusters and instances."""

from __future__ import annotations

from typing import Any

from moto.rds.exceptions import DBClusterNotFoundError, DBInstanceNotFoundError

from sandbox.rds import dataplane
from sandbox.rds.changing import Changing
from sandbox.rds.cluster_changes import ClusterChanges
from sandbox.rds.custom_endpoints import CustomEndpointCalls
from sandbox.rds.exceptions import DBClusterSnapshotNotFound, DBSnapshotNotFound, ResourceNotFound
from sandbox.rds.failovers import Failovers
from sandbox.rds.http_endpoints import HttpEndpoints
from sandbox.rds.identifiers import parse_arn
from sandbox.rds.instance_restores import InstanceRestores
from sandbox.rds.replicas import Replicas
from sandbox.rds.restore import Restores
from sandbox.rds.snapshots import Taken
from sandbox.transitions import now, scheduler

NOT_FOUND = {
    "cluster": DBClusterNotFoundError,
    "cluster-snapshot": DBClusterSnapshotNotFound,
    "db": DBInstanceNotFoundError,
    "snapshot": DBSnapshotNotFound,
}


class SandboxRDSBackend(
    ClusterChanges, InstanceRestores, Replicas, Restores, CustomEndpointCalls, Failovers, HttpEndpoints
):
    """What `moto.rds.models.rds_backends` holds once the extension is installed."""

    def reset(self) -> None:
        """Forget everything; work under way is waited for, and data removed."""
        self.discard()
        super().reset()

    def discard(self) -> None:
        """End what is under way and remove the data of clusters and snapshots."""
        snapshots: list[Taken] = [*self.cluster_snapshots.values(), *self.database_snapshots.values()]
        resources: list[Changing] = [*self.all_clusters(), *self.all_instances(), *snapshots]
        held = [resource.process for resource in resources if resource.process is not None]
        scheduler.forget(held)
        work = [dataplane.delete(served) for served in self.all_served()]
        work += [dataplane.delete_snapshot(snapshot) for snapshot in snapshots]
        for served in self.all_served():
            dataplane.forget_routes(served)
        for future in [scheduler.submit(removal) for removal in work if removal is not None]:
            future.result()

    def _get_resource_for_tagging(self, arn: str) -> Any:
        """Find the resource of an ARN: never another account's namesake, and never nothing."""
        parts = parse_arn(arn)
        resource = super()._get_resource_for_tagging(arn)
        if parts is None:
            return resource
        mine = (parts.account, parts.region or self.region_name) == (self.account_id, self.region_name)
        if resource is None or not mine:
            raise NOT_FOUND.get(parts.kind, ResourceNotFound)(arn)
        return resource

    def add_event(self, event_type: str, resource: Any) -> None:
        """Record one of moto's own events, at the sandbox's time."""
        super().add_event(event_type, resource)
        self.events[-1].date = now()

    def describe_pending_maintenance_actions(self, arn: str | None) -> list[dict[str, Any]]:
        """Return no actions: AWS plans none for the sandbox; ResourceNotFoundFault for an unknown ARN."""
        if arn is not None:
            parts = parse_arn(arn)
            if parts is None or self._find_resource(parts.kind, parts.name) is None:
                raise ResourceNotFound(arn)
        return []
