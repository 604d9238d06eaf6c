"""An Aurora cluster with one instance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.seed.worlds.place import found
from sandbox.seed.worlds.server import TAGS, Server, make_subnet_group


class Cluster(Server):
    """A cluster of one instance, see ``Server``."""

    @property
    def endpoint(self) -> str:
        """The address of the cluster's writer endpoint."""
        return str(self._cluster()["Endpoint"])

    @property
    def port(self) -> int:
        """The port of the cluster's endpoints."""
        return int(self._cluster()["Port"])

    def create(self) -> None:
        """Create the cluster with its groups and its instance where they are missing, and wait for them."""
        groups = self._groups()
        if found(self._cluster, "DBClusterNotFoundFault") is None:
            self._create_cluster(groups)
        self.place.wait(f"cluster {self.plan.name}", lambda: str(self._cluster()["Status"]))
        if found(self._instance, "DBInstanceNotFound") is None:
            self._create_instance()
        self.place.wait(f"instance {self.plan.instance}", lambda: str(self._instance()["DBInstanceStatus"]))

    def _create_cluster(self, groups: Mapping[str, Any]) -> None:
        self._rds.create_db_cluster(
            DBClusterIdentifier=self.plan.name,
            DatabaseName=self.login["dbname"],
            **self._common(),
            **groups,
        )
        self.place.note(f"cluster {self.plan.name}")

    def _create_instance(self) -> None:
        self._rds.create_db_instance(
            DBInstanceIdentifier=self.plan.instance,
            DBClusterIdentifier=self.plan.name,
            DBInstanceClass=self.plan.instance_class,
            Engine=self.plan.engine,
            Tags=TAGS,
        )
        self.place.note(f"instance {self.plan.instance}")

    def _groups(self) -> dict[str, Any]:
        """Make the groups that the plan names, and say them and the capacity as CreateDBCluster takes them."""
        groups: dict[str, Any] = {}
        if self.plan.capacity:
            least, most = self.plan.capacity
            groups["ServerlessV2ScalingConfiguration"] = {"MinCapacity": least, "MaxCapacity": most}
        if self.plan.subnet_group:
            make_subnet_group(self.place, self.plan.subnet_group)
            groups["DBSubnetGroupName"] = self.plan.subnet_group
        if self.plan.parameter_group:
            self._create_parameter_group(self.plan.parameter_group)
            groups["DBClusterParameterGroupName"] = self.plan.parameter_group
        return groups

    def _create_parameter_group(self, name: str) -> None:
        look = self._rds.describe_db_cluster_parameter_groups
        absent = ("DBParameterGroupNotFound", "DBClusterParameterGroupNotFound")
        if found(lambda: look(DBClusterParameterGroupName=name), *absent) is None:
            self._rds.create_db_cluster_parameter_group(
                DBClusterParameterGroupName=name,
                DBParameterGroupFamily=self.plan.family,
                Description=f"Settings of the {self.plan.name} cluster",
            )
            self.place.note(f"cluster parameter group {name}")

    def _cluster(self) -> dict[str, Any]:
        [cluster] = self._rds.describe_db_clusters(DBClusterIdentifier=self.plan.name)["DBClusters"]
        return dict(cluster)

    def _instance(self) -> dict[str, Any]:
        return self._instance_named(self.plan.instance)
