"""A DB instance as DescribeDBInstances shows it, and one that belongs to a cluster."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBInstance, DBInstanceClustered, DBSubnetGroup, RDSBackend
from moto.rds.utils import FilterDef

from sandbox.rds import endpoints
from sandbox.rds.changing import Renamable
from sandbox.rds.engine_versions import VERSIONS, family
from sandbox.rds.exceptions import InvalidDBInstanceState
from sandbox.rds.identifiers import new_resource_id
from sandbox.transitions import now

if TYPE_CHECKING:
    from sandbox.rds.clusters import Cluster
    from sandbox.rds.served import Served

CA = "rds-ca-rsa2048-g1"
CA_LIFETIME = timedelta(days=365)
SERVING = {
    "available",
    "backing-up",
    "configuring-enhanced-monitoring",
    "configuring-iam-database-auth",
    "configuring-log-exports",
    "maintenance",
    "modifying",
    "resetting-master-credentials",
    "storage-optimization",
}
FILTERS = {
    **DBInstance.SUPPORTED_FILTERS,
    "db-cluster-id": FilterDef(
        ["db_cluster_identifier", "cluster.db_cluster_arn"], "DB Cluster Identifiers", case_insensitive=True
    ),
    "domain": FilterDef(["domain_memberships"], "Domains"),
}
EXTRA_SETTINGS = {
    "database_insights_mode": None,
    "performance_insights_kms_key_id": None,
    "performance_insights_retention_period": None,
}


def _size(instance_class: str) -> int:
    """Return a number that grows with the size in a class's name: 2 for "large", 17 for "8xlarge"."""
    size = instance_class.rpartition(".")[2]
    if size.endswith("xlarge"):
        return 2 * int(size.removesuffix("xlarge") or 1) + 1
    return {"large": 2, "medium": 1}.get(size, 0)


class AnyInstance(Renamable):
    """What instances of clusters and plain ones have in common, to be mixed into moto's class."""

    PENDING = {  # noqa: RUF012 -- declared in the base
        "db_instance_identifier": "DBInstanceIdentifier",
        "db_instance_class": "DBInstanceClass",
    }
    account_id: str
    region: str
    engine: str
    engine_version: str
    ca_certificate_identifier: str
    db_instance_identifier: str
    is_cluster_writer: bool
    arn: str

    def __init__(self, backend: RDSBackend, **settings: Any) -> None:
        settings.setdefault("ca_certificate_identifier", CA)
        super().__init__(backend=backend, **settings)
        self.status = "creating"
        self.created = self.instance_create_time = now()
        self.dbi_resource_id = new_resource_id("db")
        self.certificate_from = now()
        for name, default in EXTRA_SETTINGS.items():
            setattr(self, name, settings.get(name, default))
        self.performance_insights_enabled = bool(settings.get("enable_performance_insights"))

    @property
    def served(self) -> Served:
        """What the server stands behind."""
        raise NotImplementedError

    @property
    def serving(self) -> bool:
        """Whether the instance takes connections."""
        return self.status in SERVING

    @property
    def address(self) -> str:
        """The host of the instance endpoint."""
        return endpoints.host(self.account_id, self.region, self.db_instance_identifier, "instance")

    @property
    def route(self) -> str:
        """The name of the instance endpoint for the router."""
        return endpoints.route_name(self.account_id, self.region, self.db_instance_identifier, "instance")

    def wrong_state(self, allowed: Iterable[str] = ("available",)) -> RDSClientError:
        """Return the fault of a call that the instance's status does not allow."""
        wanted = " or ".join(allowed)
        return InvalidDBInstanceState(f"Instance {self.db_instance_identifier} is not in {wanted} state.")

    def default_db_parameter_group_details(self) -> tuple[str, str]:
        """Return the family of the engine version and the name of its default group."""
        if self.engine not in VERSIONS:
            return super().default_db_parameter_group_details()  # type: ignore[misc]
        name = family(self.engine, self.engine_version)
        return name, f"default.{name}"

    @property
    def certificate_details(self) -> dict[str, Any] | None:
        """The server certificate; absent while the instance is being deleted."""
        if self.status == "deleting":
            return None
        return {
            "CAIdentifier": self.ca_certificate_identifier,
            "ValidTill": self.certificate_from + CA_LIFETIME,
        }


class Instance(AnyInstance, DBInstanceClustered):
    """moto's cluster member with a status that changes over time; it follows its cluster's renames."""

    SUPPORTED_FILTERS = FILTERS

    def __init__(self, backend: RDSBackend, **settings: Any) -> None:
        super().__init__(backend, **settings)
        self.cluster: Cluster
        self.cluster.instances.append(self)

    @property
    def served(self) -> Cluster:
        """What the server stands behind: the cluster."""
        return self.cluster

    @property
    def db_cluster_identifier(self) -> str:
        """The present name of the cluster this instance belongs to."""
        cluster = self.__dict__.get("cluster")
        return cluster.db_cluster_identifier if cluster is not None else self._wanted_cluster

    @db_cluster_identifier.setter
    def db_cluster_identifier(self, value: str) -> None:
        self._wanted_cluster = value

    @property
    def failover_rank(self) -> tuple[int, int]:
        """What orders instances for a failover: the promotion tier, then the larger class."""
        return self.promotion_tier, -_size(self.db_instance_class)

    @property
    def endpoint(self) -> dict[str, Any] | None:
        """The instance endpoint; none while the instance is first created."""
        if self.status == "creating":
            return None
        return {"Address": self.address, "Port": self.port, "HostedZoneId": self.cluster.hosted_zone_id}

    @property
    def port(self) -> int | None:
        """The port of the cluster; None until the instance belongs to one."""
        cluster = self.__dict__.get("cluster")
        return cluster.port if cluster is not None else None

    @port.setter
    def port(self, value: int | None) -> None:
        """Ignore a port of its own: a member listens where its cluster does."""

    @property
    def db_subnet_group(self) -> DBSubnetGroup | None:
        """The subnet group of the cluster."""
        return self.backend.subnet_groups.get(self.cluster.db_subnet_group_name)

    @db_subnet_group.setter
    def db_subnet_group(self, value: DBSubnetGroup) -> None:
        """Ignore a subnet group of its own."""

    @property
    def latest_restorable_time(self) -> datetime | None:
        """None: members have no backups, their cluster has."""
        return None

    @property
    def storage_encryption_type(self) -> str:
        """How storage is encrypted, which is the cluster's matter."""
        return self.cluster.storage_encryption_type

    @property
    def iam_database_authentication_enabled(self) -> bool:
        """Whether IAM users may log in, which is the cluster's matter."""
        return self.cluster.iam_database_authentication_enabled

    @property
    def associated_roles(self) -> list[Any]:
        """None: roles belong to the cluster."""
        return []
