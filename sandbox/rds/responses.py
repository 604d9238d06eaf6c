"""The RDS API's calls that moto lacks or answers differently from AWS."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from moto.core.responses import ActionResult
from moto.rds.responses import RDSResponse

from sandbox.rds import engine_versions, events, quotas
from sandbox.rds.models import SandboxRDSBackend
from sandbox.rds.paging import page
from sandbox.rds.snapshots import InstanceSnapshot, Snapshot, Taken
from sandbox.transitions import LOCK, scheduler


class SandboxRDSResponse(RDSResponse):
    """moto's RDS responses on the sandbox's backend, one call at a time."""

    backend: SandboxRDSBackend

    def call_action(self) -> Any:
        """Answer the call on a state that has caught up with the clock."""
        with LOCK:
            scheduler.tick()
            self.backend.settle()
            return super().call_action()

    def describe_db_clusters(self) -> ActionResult:
        """DescribeDBClusters, in pages."""
        found = self.backend.describe_db_clusters(self.params.get("DBClusterIdentifier"), self._filters())
        return self._paged("DBClusters", found, lambda cluster: cluster.arn)

    def describe_db_instances(self) -> ActionResult:
        """DescribeDBInstances, in pages."""
        found = self.backend.describe_db_instances(self.params.get("DBInstanceIdentifier"), self._filters())
        return self._paged("DBInstances", found, lambda instance: instance.arn)

    def describe_db_cluster_snapshots(self) -> ActionResult:
        """DescribeDBClusterSnapshots, in pages and with what is shared."""
        return self._snapshots("DBClusterSnapshots", Snapshot, self.params.get("DbClusterResourceId"))

    def describe_db_snapshots(self) -> ActionResult:
        """DescribeDBSnapshots, in pages and with what is shared."""
        return self._snapshots("DBSnapshots", InstanceSnapshot, self.params.get("DbiResourceId"))

    def _snapshots(self, key: str, of: type[Taken], source_resource_id: str | None) -> ActionResult:
        found = self.backend.describe_snapshots(
            of,
            self.params.get(of.KIND.source_parameter),
            self.params.get(of.KIND.parameter),
            self.params.get("SnapshotType"),
            self._filters(),
            include_shared=bool(self.params.get("IncludeShared")),
            include_public=bool(self.params.get("IncludePublic")),
            source_resource_id=source_resource_id,
        )
        return self._paged(key, found, lambda snapshot: str(snapshot.arn))

    def delete_db_cluster(self) -> ActionResult:
        """DeleteDBCluster, with all its parameters."""
        automated = self.params.get("DeleteAutomatedBackups")
        cluster = self.backend.delete_db_cluster(
            self.params["DBClusterIdentifier"],
            self.params.get("FinalDBSnapshotIdentifier"),
            skip_final_snapshot=bool(self.params.get("SkipFinalSnapshot")),
            delete_automated_backups=automated is None or bool(automated),
        )
        return ActionResult({"DBCluster": cluster})

    def reboot_db_cluster(self) -> ActionResult:
        """RebootDBCluster, which Aurora refuses."""
        return ActionResult({"DBCluster": self.backend.reboot_db_cluster(self.params["DBClusterIdentifier"])})

    def describe_account_attributes(self) -> ActionResult:
        """DescribeAccountAttributes."""
        return ActionResult({"AccountQuotas": quotas.account_attributes(self.backend)})

    def describe_db_engine_versions(self) -> ActionResult:
        """DescribeDBEngineVersions."""
        found = engine_versions.describe(
            self.params.get("Engine"),
            self.params.get("EngineVersion"),
            self.params.get("DBParameterGroupFamily"),
            default_only=bool(self.params.get("DefaultOnly")),
        )
        return self._paged(
            "DBEngineVersions", found, lambda item: f"{item['Engine']}:{item['EngineVersion']}"
        )

    def describe_pending_maintenance_actions(self) -> ActionResult:
        """DescribePendingMaintenanceActions."""
        actions = self.backend.describe_pending_maintenance_actions(self.params.get("ResourceIdentifier"))
        return ActionResult({"PendingMaintenanceActions": actions})

    def create_db_cluster_endpoint(self) -> ActionResult:
        """CreateDBClusterEndpoint."""
        made = self.backend.create_db_cluster_endpoint(
            self.params["DBClusterIdentifier"],
            self.params["DBClusterEndpointIdentifier"],
            self.params["EndpointType"],
            static_members=self.params.get("StaticMembers") or (),
            excluded_members=self.params.get("ExcludedMembers") or (),
            tags=self.params.get("Tags"),
        )
        return ActionResult(made.described())

    def modify_db_cluster_endpoint(self) -> ActionResult:
        """ModifyDBClusterEndpoint."""
        changed = self.backend.modify_db_cluster_endpoint(
            self.params["DBClusterEndpointIdentifier"],
            kind=self.params.get("EndpointType"),
            static_members=self.params.get("StaticMembers"),
            excluded_members=self.params.get("ExcludedMembers"),
        )
        return ActionResult(changed.described())

    def delete_db_cluster_endpoint(self) -> ActionResult:
        """DeleteDBClusterEndpoint."""
        gone = self.backend.delete_db_cluster_endpoint(self.params["DBClusterEndpointIdentifier"])
        return ActionResult(gone.described())

    def describe_db_cluster_endpoints(self) -> ActionResult:
        """DescribeDBClusterEndpoints, in pages."""
        found = self.backend.describe_db_cluster_endpoints(
            self.params.get("DBClusterIdentifier"),
            self.params.get("DBClusterEndpointIdentifier"),
            self._filters(),
        )
        return self._paged("DBClusterEndpoints", found, lambda item: str(item["Endpoint"]))

    def enable_http_endpoint(self) -> ActionResult:
        """EnableHttpEndpoint."""
        return self._http_endpoint(enabled=True)

    def disable_http_endpoint(self) -> ActionResult:
        """DisableHttpEndpoint."""
        return self._http_endpoint(enabled=False)

    def _http_endpoint(self, *, enabled: bool) -> ActionResult:
        cluster = self.backend.change_http_endpoint(self.params["ResourceArn"], enabled=enabled)
        return ActionResult({"ResourceArn": cluster.db_cluster_arn, "HttpEndpointEnabled": enabled})

    def describe_events(self) -> ActionResult:
        """DescribeEvents, in pages, oldest first."""
        found = list(enumerate(events.select(self.backend.events, self.params)))
        chosen, marker = page(found, self.params, lambda item: f"{item[1].date.isoformat()}-{item[0]:09}")
        return ActionResult({"Events": [event for _, event in chosen], "Marker": marker})

    def _filters(self) -> dict[str, list[str]]:
        return {item["Name"]: list(item["Values"]) for item in self.params.get("Filters") or []}

    def _paged(self, key: str, found: Iterable[Any], order: Callable[[Any], str]) -> ActionResult:
        items, marker = page(found, self.params, order)
        return ActionResult({key: items, "Marker": marker})
