"""A DB cluster as DescribeDBClusters shows it."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from moto.ec2.models import ec2_backends
from moto.rds.models import AssociatedRole, DBCluster, RDSBackend
from moto.rds.utils import FilterDef

from sandbox.rds import endpoints
from sandbox.rds.engine_versions import default_parameter_group
from sandbox.transitions import Process, now

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
RECOVERABLE = "inaccessible-encryption-credentials-recoverable"
INACCESSIBLE = "inaccessible-encryption-credentials"
GRACE = timedelta(days=7)


class Cluster(DBCluster):
    """moto's cluster with a status that changes over time, members that belong to it, and a real server."""

    SUPPORTED_FILTERS = {  # noqa: RUF012 -- moto's own shape
        **DBCluster.SUPPORTED_FILTERS,
        "clone-group-id": FilterDef(["clone_group_id"], "Clone Group Ids"),
        "db-cluster-resource-id": FilterDef(["db_cluster_resource_id"], "DB Cluster Resource Ids"),
        "domain": FilterDef(["domain_memberships"], "Domains"),
    }

    def __init__(self, backend: RDSBackend, **settings: Any) -> None:
        self.instances: list[Instance] = []
        self.custom: list[CustomEndpoint] = []
        self.process: Process | None = None
        self.named = True
        self.server: tuple[str, int] | None = None
        self.routed: set[str] = set()
        self.certified: list[str] = []
        self.pending: dict[str, Any] = {}
        self.restorable_since: datetime | None = None
        self.inaccessible_since: datetime | None = None
        self.automatic_restart_time: datetime | None = None
        self.http_endpoint_stale = False
        wanted_port = settings.pop("port", None)
        super().__init__(backend, **(_defaults(settings) | settings))
        self.created = self.cluster_create_time = now()
        self.port = endpoints.port(self.engine, wanted_port)
        self._take(settings)

    def _take(self, settings: Mapping[str, Any]) -> None:
        """Set what moto gets wrong or leaves out."""
        if self.engine.startswith("aurora"):
            self.use_storage(settings.get("storage_type"))
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

    def use_storage(self, kind: str | None) -> None:
        """Take a storage type; AWS leaves out Aurora's standard one where it describes a cluster."""
        self.storage_type = None if kind == "aurora" else kind

    @property
    def status(self) -> str:
        """The present status; a transition changes it when its time has come."""
        return self._status

    @status.setter
    def status(self, value: str) -> None:
        self._status = value

    @property
    def busy(self) -> bool:
        """Whether a transition is under way, even where the status does not show it yet."""
        return self.process is not None and not self.process.done

    @property
    def _members(self) -> list[Instance]:
        return list(self.instances)

    def designate_writer(self) -> None:
        """Make the first member in the order of failovers the writer if there is none."""
        staying = [instance for instance in self.instances if instance.status != "deleting"]
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
    def earliest_restorable_time(self) -> datetime | None:
        """Since when the cluster has backups; none until it is created or restored."""
        return self.restorable_since

    @earliest_restorable_time.setter
    def earliest_restorable_time(self, value: datetime) -> None:
        """Ignore moto's value, which is there from the start."""

    @property
    def latest_restorable_time(self) -> datetime | None:
        """Until when the cluster has backups; none until it is created or restored."""
        return now() if self.restorable_since is not None else None

    @property
    def pending_modified_values(self) -> dict[str, Any] | None:
        """What waits for the maintenance window, in the words of the API."""
        shown = {
            "db_cluster_identifier": "DBClusterIdentifier",
            "engine_version": "EngineVersion",
            "iam_auth": "IAMDatabaseAuthenticationEnabled",
            "storage_type": "StorageType",
        }
        return {shown[key]: value for key, value in self.pending.items() if key in shown} or None

    @property
    def storage_encryption_type(self) -> str:
        """How storage is encrypted: with a KMS key or not at all."""
        return "sse-kms" if self.storage_encrypted else "none"

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
    def stored_password(self) -> str | None:
        """The master password as it was set or as Secrets Manager holds it, for the real server."""
        if self.manage_master_user_password:
            return str(json.loads(self.master_user_secret.secret.secret_string)["password"])
        return getattr(self, "_master_user_password", None)

    @property
    def clone_group_id(self) -> str:
        """The group of clusters that share storage: each is alone in its own."""
        return self.db_cluster_resource_id

    def as_it_was(self, status: str = "available") -> Cluster:
        """Return the cluster as an answer shows it whose call has only begun to change it."""
        seen = copy.copy(self)
        seen.status = status
        return seen


def _defaults(settings: Mapping[str, Any]) -> dict[str, Any]:
    if str(settings.get("engine")).startswith("aurora"):
        return {"allocated_storage": 1, "backup_retention_period": 1}
    return {}


def default_vpc(cluster: Cluster) -> str:
    """Return the VPC of the cluster's subnet group, or the account's default VPC."""
    group = cluster.backend.subnet_groups.get(cluster.db_subnet_group_name)
    if group is not None:
        return str(group.vpc_id)
    return str(ec2_backends[cluster.account_id][cluster.region].default_vpc.id)


def default_security_group(cluster: Cluster) -> str:
    """Return the default security group of the cluster's VPC."""
    ec2 = ec2_backends[cluster.account_id][cluster.region]
    return str(ec2.get_default_security_group(default_vpc(cluster)).id)
