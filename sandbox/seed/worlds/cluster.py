"""An Aurora cluster with one instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.seed.worlds.place import Place, found

INSTANCE_CLASS = "db.r6g.large"
EngineName = Literal["mysql", "postgres"]
ENGINES: Mapping[str, EngineName] = {"aurora-mysql": "mysql", "aurora-postgresql": "postgres"}
"""What a cluster's engine speaks."""

LOGS = {"aurora-mysql": "error", "aurora-postgresql": "postgresql"}
TAGS = [{"Key": "owner", "Value": "database-team"}]


@dataclass(frozen=True)
class Plan:
    """What a cluster is to be; groups that are not named are AWS's defaults."""

    name: str
    engine: str
    subnet_group: str | None = None
    parameter_group: str | None = None
    family: str | None = None

    @property
    def instance(self) -> str:
        """The name of its instance."""
        return f"{self.name}-1"


class Cluster:
    """A cluster of one account, encrypted under the key with this ARN."""

    def __init__(self, place: Place, plan: Plan, key: str, login: Mapping[str, Any]) -> None:
        self.place = place
        self.login = login
        self._plan = plan
        self._key = key
        self._rds = place.client("rds")

    @property
    def endpoint(self) -> str:
        """The address of the cluster's writer endpoint."""
        return str(self._cluster()["Endpoint"])

    @property
    def port(self) -> int:
        """The port of the cluster's endpoints."""
        return int(self._cluster()["Port"])

    def connection(self, ca_bundle: str) -> dict[str, Any]:
        """Return what a driver's `connect` takes: PyMySQL's, or psycopg2's."""
        verified: dict[str, Any] = {"ssl": {"ca": ca_bundle}}
        if ENGINES[self._plan.engine] == "postgres":
            verified = {"sslmode": "verify-full", "sslrootcert": ca_bundle}
        return {
            "host": self.endpoint,
            "port": self.port,
            "user": self.login["username"],
            "password": self.login["password"],
            "database": self.login["dbname"],
            **verified,
        }

    def create(self) -> None:
        """Create the cluster with its groups and its instance where they are missing, and wait for them."""
        groups = self._groups()
        if found(self._cluster, "DBClusterNotFoundFault") is None:
            self._create_cluster(groups)
        self.place.wait(f"cluster {self._plan.name}", lambda: str(self._cluster()["Status"]))
        if found(self._instance, "DBInstanceNotFound") is None:
            self._create_instance()
        self.place.wait(f"instance {self._plan.instance}", lambda: str(self._instance()["DBInstanceStatus"]))

    def _create_cluster(self, groups: Mapping[str, str]) -> None:
        self._rds.create_db_cluster(
            DBClusterIdentifier=self._plan.name,
            Engine=self._plan.engine,
            MasterUsername=self.login["username"],
            MasterUserPassword=self.login["password"],
            DatabaseName=self.login["dbname"],
            StorageEncrypted=True,
            KmsKeyId=self._key,
            BackupRetentionPeriod=7,
            EnableCloudwatchLogsExports=[LOGS[self._plan.engine]],
            Tags=TAGS,
            **groups,
        )
        self.place.note(f"cluster {self._plan.name}")

    def _create_instance(self) -> None:
        self._rds.create_db_instance(
            DBInstanceIdentifier=self._plan.instance,
            DBClusterIdentifier=self._plan.name,
            DBInstanceClass=INSTANCE_CLASS,
            Engine=self._plan.engine,
            Tags=TAGS,
        )
        self.place.note(f"instance {self._plan.instance}")

    def _groups(self) -> dict[str, str]:
        """Make the groups that the plan names, and say them as CreateDBCluster takes them."""
        groups = {}
        if self._plan.subnet_group:
            self._create_subnet_group(self._plan.subnet_group)
            groups["DBSubnetGroupName"] = self._plan.subnet_group
        if self._plan.parameter_group:
            self._create_parameter_group(self._plan.parameter_group)
            groups["DBClusterParameterGroupName"] = self._plan.parameter_group
        return groups

    def _create_subnet_group(self, name: str) -> None:
        look = self._rds.describe_db_subnet_groups
        if found(lambda: look(DBSubnetGroupName=name), "DBSubnetGroupNotFoundFault") is None:
            subnets = self.place.client("ec2").describe_subnets()["Subnets"]
            self._rds.create_db_subnet_group(
                DBSubnetGroupName=name,
                DBSubnetGroupDescription="All zones of the default network",
                SubnetIds=[subnet["SubnetId"] for subnet in subnets],
            )
            self.place.note(f"subnet group {name}")

    def _create_parameter_group(self, name: str) -> None:
        look = self._rds.describe_db_cluster_parameter_groups
        absent = ("DBParameterGroupNotFound", "DBClusterParameterGroupNotFound")
        if found(lambda: look(DBClusterParameterGroupName=name), *absent) is None:
            self._rds.create_db_cluster_parameter_group(
                DBClusterParameterGroupName=name,
                DBParameterGroupFamily=self._plan.family,
                Description=f"Settings of the {self._plan.name} cluster",
            )
            self.place.note(f"cluster parameter group {name}")

    def _cluster(self) -> dict[str, Any]:
        [cluster] = self._rds.describe_db_clusters(DBClusterIdentifier=self._plan.name)["DBClusters"]
        return dict(cluster)

    def _instance(self) -> dict[str, Any]:
        [instance] = self._rds.describe_db_instances(DBInstanceIdentifier=self._plan.instance)["DBInstances"]
        return dict(instance)
