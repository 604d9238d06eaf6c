"""What is the same of the databases of all worlds: how one logs in, and the groups they are in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Literal

import psycopg2
import pymysql

from sandbox.seed.worlds.place import Place, found

EngineName = Literal["mysql", "postgres"]
ENGINES: Mapping[str, EngineName] = {
    "aurora-mysql": "mysql",
    "aurora-postgresql": "postgres",
    "mysql": "mysql",
    "postgres": "postgres",
}
"""What each engine speaks."""

LOGS = {"mysql": "error", "postgres": "postgresql"}
"""What is exported to CloudWatch Logs, by what the engine speaks."""

TAGS = [{"Key": "owner", "Value": "database-team"}]
TABLES: Mapping[EngineName, str] = {
    "mysql": "SELECT count(*) FROM information_schema.tables WHERE table_schema = database()",
    "postgres": "SELECT count(*) FROM pg_stat_user_tables",
}


@dataclass(frozen=True)
class Plan:
    """What a database is to be; groups that are not named are AWS's defaults.

    Attributes:
        name: of the cluster, or of the plain instance.
        engine: in the words of RDS; those of Aurora make a cluster.
        subnet_group: made where it is missing.
        parameter_group: made where it is missing, of `family`.
        family: in the words of RDS.
        instance_class: of the one instance.
        capacity: the range of a Serverless v2 cluster, in capacity units.
    """

    name: str
    engine: str
    subnet_group: str | None = None
    parameter_group: str | None = None
    family: str | None = None
    instance_class: str = "db.r6g.large"
    capacity: tuple[float, float] | None = None

    @property
    def instance(self) -> str:
        """The name of a cluster's instance."""
        return f"{self.name}-1"

    @property
    def speaks(self) -> EngineName:
        """The protocol of its clients."""
        return ENGINES[self.engine]

    @property
    def is_cluster(self) -> bool:
        """Whether it is a cluster; else it is a plain instance."""
        return self.engine.startswith("aurora")


class Server(ABC):
    """A database of one account, encrypted under the key with this ARN, as a client reaches it."""

    def __init__(self, place: Place, plan: Plan, key: str, login: Mapping[str, Any]) -> None:
        self.place = place
        self.plan = plan
        self.login = login
        self._key = key
        self._rds = place.client("rds")

    @property
    @abstractmethod
    def endpoint(self) -> str:
        """The address for writing."""

    @property
    @abstractmethod
    def port(self) -> int:
        """The port of its endpoints."""

    @abstractmethod
    def create(self) -> None:
        """Create what is missing, and wait for it."""

    def _common(self) -> dict[str, Any]:
        """What CreateDBCluster takes as CreateDBInstance does of a plain instance."""
        return {
            "Engine": self.plan.engine,
            "MasterUsername": self.login["username"],
            "MasterUserPassword": self.login["password"],
            "StorageEncrypted": True,
            "KmsKeyId": self._key,
            "BackupRetentionPeriod": 7,
            "EnableCloudwatchLogsExports": [LOGS[self.plan.speaks]],
            "Tags": TAGS,
        }

    def _instance_named(self, name: str) -> dict[str, Any]:
        [instance] = self._rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
        return dict(instance)


def connection(server: Server, ca_bundle: str) -> dict[str, Any]:
    """Return what a driver's `connect` takes: PyMySQL's, or psycopg2's."""
    verified: dict[str, Any] = {"ssl": {"ca": ca_bundle}}
    if server.plan.speaks == "postgres":
        verified = {"sslmode": "verify-full", "sslrootcert": ca_bundle}
    return {
        "host": server.endpoint,
        "port": server.port,
        "user": server.login["username"],
        "password": server.login["password"],
        "database": server.login["dbname"],
        **verified,
    }


def is_empty(settings: Mapping[str, Any], engine: EngineName) -> bool:
    """Tell whether a database has no table; `settings` is what the driver's `connect` takes."""
    driver: Any = pymysql if engine == "mysql" else psycopg2
    with closing(driver.connect(**settings)) as database, database.cursor() as cursor:
        cursor.execute(TABLES[engine])
        return int(cursor.fetchone()[0]) == 0


def make_subnet_group(place: Place, name: str) -> None:
    """Make a subnet group over the default network where it is missing."""
    rds = place.client("rds")
    look = rds.describe_db_subnet_groups
    if found(lambda: look(DBSubnetGroupName=name), "DBSubnetGroupNotFoundFault") is None:
        subnets = place.client("ec2").describe_subnets()["Subnets"]
        rds.create_db_subnet_group(
            DBSubnetGroupName=name,
            DBSubnetGroupDescription="All zones of the default network",
            SubnetIds=[subnet["SubnetId"] for subnet in subnets],
        )
        place.note(f"subnet group {name}")
