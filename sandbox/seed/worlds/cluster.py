"""An Aurora MySQL cluster with one instance, and the Sakila-shaped data in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pymysql

from sandbox.seed import sakila
from sandbox.seed.worlds.place import Place, found

CLUSTER = "orders"
INSTANCE = "orders-1"
INSTANCE_CLASS = "db.r6g.large"
SUBNET_GROUP = "switchyard"
PARAMETER_GROUP = "switchyard-orders"
ENGINE = "aurora-mysql"
FAMILY = "aurora-mysql8.0"
TAGS = [{"Key": "owner", "Value": "database-team"}]


class Cluster:
    """The cluster `orders` of one account, encrypted under the key with this ARN."""

    def __init__(self, place: Place, key: str, login: Mapping[str, Any]) -> None:
        self.place = place
        self.login = login
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

    def create(self) -> None:
        """Create the cluster with its groups and its instance where they are missing, and wait for them."""
        self._create_subnet_group()
        self._create_parameter_group()
        if found(self._cluster, "DBClusterNotFoundFault") is None:
            self._create_cluster()
        self.place.wait(f"cluster {CLUSTER}", lambda: str(self._cluster()["Status"]))
        if found(self._instance, "DBInstanceNotFound") is None:
            self._create_instance()
        self.place.wait(f"instance {INSTANCE}", lambda: str(self._instance()["DBInstanceStatus"]))

    def _create_cluster(self) -> None:
        self._rds.create_db_cluster(
            DBClusterIdentifier=CLUSTER,
            Engine=ENGINE,
            MasterUsername=self.login["username"],
            MasterUserPassword=self.login["password"],
            DatabaseName=self.login["dbname"],
            StorageEncrypted=True,
            KmsKeyId=self._key,
            DBSubnetGroupName=SUBNET_GROUP,
            DBClusterParameterGroupName=PARAMETER_GROUP,
            BackupRetentionPeriod=7,
            EnableCloudwatchLogsExports=["error"],
            Tags=TAGS,
        )
        self.place.note(f"cluster {CLUSTER}")

    def _create_instance(self) -> None:
        self._rds.create_db_instance(
            DBInstanceIdentifier=INSTANCE,
            DBClusterIdentifier=CLUSTER,
            DBInstanceClass=INSTANCE_CLASS,
            Engine=ENGINE,
            Tags=TAGS,
        )
        self.place.note(f"instance {INSTANCE}")

    def _create_subnet_group(self) -> None:
        look = self._rds.describe_db_subnet_groups
        if found(lambda: look(DBSubnetGroupName=SUBNET_GROUP), "DBSubnetGroupNotFoundFault") is None:
            subnets = self.place.client("ec2").describe_subnets()["Subnets"]
            self._rds.create_db_subnet_group(
                DBSubnetGroupName=SUBNET_GROUP,
                DBSubnetGroupDescription="All zones of the default network",
                SubnetIds=[subnet["SubnetId"] for subnet in subnets],
            )
            self.place.note(f"subnet group {SUBNET_GROUP}")

    def _create_parameter_group(self) -> None:
        look = self._rds.describe_db_cluster_parameter_groups
        absent = ("DBParameterGroupNotFound", "DBClusterParameterGroupNotFound")
        if found(lambda: look(DBClusterParameterGroupName=PARAMETER_GROUP), *absent) is None:
            self._rds.create_db_cluster_parameter_group(
                DBClusterParameterGroupName=PARAMETER_GROUP,
                DBParameterGroupFamily=FAMILY,
                Description="Settings of the orders cluster",
            )
            self.place.note(f"cluster parameter group {PARAMETER_GROUP}")

    def _cluster(self) -> dict[str, Any]:
        [cluster] = self._rds.describe_db_clusters(DBClusterIdentifier=CLUSTER)["DBClusters"]
        return dict(cluster)

    def _instance(self) -> dict[str, Any]:
        [instance] = self._rds.describe_db_instances(DBInstanceIdentifier=INSTANCE)["DBInstances"]
        return dict(instance)


class Database:
    """The database in a cluster, reached through its endpoint over TLS."""

    NAME = "sakila"

    def __init__(self, cluster: Cluster, ca_bundle: str) -> None:
        self._cluster = cluster
        self._connection = {
            "host": cluster.endpoint,
            "port": cluster.port,
            "user": cluster.login["username"],
            "password": cluster.login["password"],
            "database": cluster.login["dbname"],
            "ssl": {"ca": ca_bundle},
        }

    def fill(self, until: date | None) -> None:
        """Load the data where the database is empty; rentals and payments end before `until`."""
        if self._is_empty():
            sakila.load(self._connection, "mysql", until=until)
            self._cluster.place.note(f"data of {self.NAME}")

    def _is_empty(self) -> bool:
        with pymysql.connect(**self._connection) as database, database.cursor() as cursor:
            return int(cursor.execute("SHOW TABLES")) == 0
