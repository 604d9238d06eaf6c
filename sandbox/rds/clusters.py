"""A DB cluster as DescribeDBClusters shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from moto.ec2.models import ec2_backends
from moto.rds.exceptions import RDSClientError
from moto.rds.models import AssociatedRole, DBCluster, DBSubnetGroup, RDSBackend
from moto.rds.utils import FilterDef

from sandbox.rds import endpoints
from sandbox.rds.engine_versions import default_parameter_group
from sandbox.rds.exceptions import ClusterNotInState
from sandbox.rds.served import CLUSTER, Backend, Served
from sandbox.transitions import now

if TYPE_CHECKING:
    from sandbox.rds.custom_endpoints import CustomEndpoint
    from sandbox.rds.instances import Instance

EXTRA_SETTINGS = {
    "monitoring_interval": 0,
    "monitoring_role_arn": None,
    "database_insights_mode": None,
    "performance_insights_kms_key_id": None,
    "performance_insights_retention_period": None,
    "engine_lifecycle_support": "open-source-rds-extended-support",
    "master_user_authentication_type": "password",
}
"""Settings that moto drops, with AWS's defaults."""


class Cluster(Served, DBCluster):
    """moto's cluster with a status that changes over time, members that belong to it, and a real server."""

    KIND = CLUSTER
    PENDING = {  # noqa: RUF012 -- declared in the base
        "db_cluster_identifier": "DBClusterIdentifier",
        "engine_version": "EngineVersion",
        "iam_auth": "IAMDatabaseAuthenticationEnabled",
        "storage": "StorageType",
    }
    SUPPORTED_FILTERS = {  # noqa: RUF012 -- moto's own shape
        **DBCluster.SUPPORTED_FILTERS,
        "clone-group-id": FilterDef(["clone_group_id"], "Clone Group Ids"),
        "db-cluster-resource-id": FilterDef(["db_cluster_resource_id"], "DB Cluster Resource Ids"),
        "domain": FilterDef(["domain_memberships"], "Domains"),
    }

    def __init__(self, backend: RDSBackend, **settings: Any) -> None:
        self.instances: list[Instance] = []
        self.custom: list[CustomEndpoint] = []
        self.http_endpoint_stale = False
        wanted_port = settings.pop("port", None)
        super().__init__(backend, **(_defaults(settings) | settings))
        self.created = self.cluster_create_time = now()
        self.port = endpoints.port(self.engine, wanted_port)
        self._take(settings)

    def _take(self, settings: Mapping[str, Any]) -> None:
        """Set what moto gets wrong or leaves out."""
        if self.engine.startswith("aurora"):
            self.storage = settings.get("storage_type")
        self.parameter_group = settings.get("db_cluster_parameter_group_name") or default_parameter_group(
            self.engine, self.engine_version
        )
        if not self.vpc_security_group_ids:
            self.vpc_security_group_ids = [default_security_group(self)]
        self.kms_key_id = settings.get("kms_key_id")
        for name, default in EXTRA_SETTINGS.items():
            setattr(self, name, settings.get(name, default))
        self.performance_insights_enabled = bool(settings.get("enable_performance_insights"))
        self._enable_http_endpoint = bool(settings.get("enable_http_endpoint"))
        self.forward_local_writes = bool(settings.get("enable_local_write_forwarding"))
        self._associated_roles = [
            AssociatedRole(role["RoleArn"], role.get("FeatureName"))
            for role in settings.get("associated_roles") or []
        ]

    @property
    def storage(self) -> str:
        """The storage type; AWS leaves out Aurora's standard one where it describes a cluster."""
        return self.storage_type or "aurora"

    @storage.setter
    def storage(self, kind: str | None) -> None:
        self.storage_type = None if kind == "aurora" else kind

    @property
    def status(self) -> str:
        """The present status; a transition changes it when its time has come."""
        return self._status

    @status.setter
    def status(self, value: str) -> None:
        self._status = value

    @property
    def server_key(self) -> str:
        """The cluster's resource id."""
        return self.db_cluster_resource_id

    @property
    def first_database(self) -> str | None:
        """The name of the database that is made with the cluster."""
        return self.database_name

    @property
    def _members(self) -> list[Instance]:
        return list(self.instances)

    @property
    def subnets(self) -> DBSubnetGroup | None:
        """The subnet group; None where the default VPC is used."""
        return self.backend.subnet_groups.get(self.db_subnet_group_name)

    @property
    def runs(self) -> bool:
        """Whether the server runs while the cluster is available: it does with the first instance."""
        return bool(self.instances)

    def staying(self) -> list[Instance]:
        """Return the cluster's instances but those that are being deleted."""
        return [instance for instance in self.instances if instance.status != "deleting"]

    def routes(self) -> dict[str, Backend | None]:
        """Return where the cluster's endpoints and those of its instances lead now."""
        serving = [instance for instance in self.instances if instance.serving]
        server = self.server if self.named else None
        writes = any(instance.is_cluster_writer for instance in serving)
        routes: dict[str, Backend | None] = {}
        if self.named:
            routes[self._route("cluster")] = server if writes else None
            routes[self._route("cluster-ro")] = server if serving else None
        for instance in self.instances:
            if instance.named:
                routes[instance.route] = self.server if instance.serving else None
        for custom in self.custom:
            routes[custom.route] = self.server if custom.serving else None
        return routes

    def _route(self, kind: str) -> str:
        return endpoints.route_name(self.account_id, self.region, self.db_cluster_identifier, kind)

    def lasting_hosts(self) -> list[str]:
        """Return the cluster endpoints, whose certificate a reboot of an instance does not renew."""
        return [self.endpoint, self.reader_endpoint]

    def hosts(self) -> list[str]:
        """Return the instance endpoints."""
        return [instance.address for instance in self.instances]

    def wrong_state(self, allowed: Iterable[str]) -> RDSClientError:
        """Return the fault of a call that the cluster's status does not allow."""
        return ClusterNotInState(self.db_cluster_identifier, self.shown_status, allowed)

    def designate_writer(self) -> None:
        """Make the first member in the order of failovers the writer if there is none."""
        staying = self.staying()
        if staying and not any(instance.is_cluster_writer for instance in staying):
            for instance in self.instances:
                instance.is_cluster_writer = False
            min(staying, key=lambda one: one.failover_rank).is_cluster_writer = True

    @property
    def endpoint(self) -> str:
        """The writer endpoint."""
        return endpoints.host(self.account_id, self.region, self.db_cluster_identifier, "cluster")

    @property
    def reader_endpoint(self) -> str:
        """The reader endpoint."""
        return endpoints.host(self.account_id, self.region, self.db_cluster_identifier, "cluster-ro")

    @property
    def custom_endpoints(self) -> list[str]:
        """The hosts of the endpoints that a user defined."""
        return [one.host for one in self.custom]

    @property
    def pending_modified_values(self) -> dict[str, Any] | None:
        """What waits for the maintenance window; left out where nothing does."""
        return super().pending_modified_values or None

    @property
    def db_cluster_option_group_memberships(self) -> list[dict[str, str]]:
        """The option group, in the shape of the API."""
        return [{"DBClusterOptionGroupName": self.option_group_name, "Status": "in-sync"}]

    @property
    def enable_http_endpoint(self) -> bool:
        """Whether the Data API is on."""
        return self._enable_http_endpoint

    @enable_http_endpoint.setter
    def enable_http_endpoint(self, value: bool | None) -> None:
        self._enable_http_endpoint = bool(value)

    @property
    def local_write_forwarding_status(self) -> str:
        """Whether readers hand writes to the writer."""
        return "enabled" if self.forward_local_writes else "disabled"

    @property
    def clone_group_id(self) -> str:
        """The group of clusters that share storage: each is alone in its own."""
        return self.db_cluster_resource_id


def _defaults(settings: Mapping[str, Any]) -> dict[str, Any]:
    if str(settings.get("engine")).startswith("aurora"):
        return {"allocated_storage": 1, "backup_retention_period": 1}
    return {}


def default_security_group(cluster: Cluster) -> str:
    """Return the default security group of the cluster's VPC."""
    ec2 = ec2_backends[cluster.account_id][cluster.region]
    return str(ec2.get_default_security_group(cluster.vpc).id)
