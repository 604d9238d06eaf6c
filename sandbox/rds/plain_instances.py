"""A DB instance that belongs to no cluster, as DescribeDBInstances shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from moto.rds.models import DBInstance, DBSubnetGroup, RDSBackend

from sandbox.rds import endpoints
from sandbox.rds.engine_versions import VERSIONS, family
from sandbox.rds.instances import FILTERS, AnyInstance
from sandbox.rds.served import INSTANCE, Backend, Served
from sandbox.transitions import Process

EXTRA_SETTINGS = {
    "dedicated_log_volume": False,
    "engine_lifecycle_support": "open-source-rds-extended-support",
    "network_type": "IPV4",
}
"""Settings that moto drops, with AWS's defaults."""
LICENSES = {"mysql": "general-public-license", "postgres": "postgresql-license"}


class PlainInstance(AnyInstance, Served, DBInstance):
    """moto's instance with a status that changes over time, and a real server of its own."""

    KIND = INSTANCE
    SUPPORTED_FILTERS = FILTERS
    PENDING = AnyInstance.PENDING | {
        "allocated_storage": "AllocatedStorage",
        "backup_retention_period": "BackupRetentionPeriod",
        "engine_version": "EngineVersion",
        "enable_iam_database_authentication": "IAMDatabaseAuthenticationEnabled",
        "iops": "Iops",
        "license_model": "LicenseModel",
        "multi_az": "MultiAZ",
        "storage_throughput": "StorageThroughput",
        "storage_type": "StorageType",
    }
    is_cluster_writer = True
    """It alone serves its data."""

    def __init__(self, backend: RDSBackend, **settings: Any) -> None:
        self.resolvable = True
        self.publication: Process | None = None
        self.source: PlainInstance | None = None
        self.followers: list[PlainInstance] = []
        if settings.get("engine") in LICENSES:
            settings.setdefault("license_model", LICENSES[settings["engine"]])
        if str(settings.get("option_group_name")).startswith("default:"):
            del settings["option_group_name"]
        super().__init__(backend, **settings)
        self.port = endpoints.port(self.engine, settings.get("port"))
        if self.engine in VERSIONS and not settings.get("option_group_name"):
            self.option_group_name = self.default_option_group
        for name, default in EXTRA_SETTINGS.items():
            setattr(self, name, settings.get(name, default))

    @property
    def served(self) -> PlainInstance:
        """What the server stands behind: the instance itself."""
        return self

    @property
    def server_key(self) -> str:
        """The instance's resource id."""
        return self.dbi_resource_id

    @property
    def first_database(self) -> str | None:
        """The name of the database that is made with the instance."""
        return self.db_name

    @property
    def subnets(self) -> DBSubnetGroup | None:
        """The subnet group; None where the default VPC is used."""
        return getattr(self, "db_subnet_group", None)

    @property
    def default_option_group(self) -> str:
        """The option group of an instance that names none, e.g. "default:mysql-8-0"."""
        major = family(self.engine, self.engine_version).removeprefix(self.engine).replace(".", "-")
        return f"default:{self.engine}-{major}"

    def routes(self) -> dict[str, Backend | None]:
        """Return where the instance's endpoint leads now."""
        if not (self.named and self.resolvable):
            return {}
        return {self.route: self.server if self.serving else None}

    def hosts(self) -> list[str]:
        """Return the instance's endpoint."""
        return [self.address]

    @property
    def endpoint(self) -> dict[str, Any] | None:
        """The endpoint; none while the instance is first created."""
        if self.status == "creating":
            return None
        return {"Address": self.address, "Port": self.port}

    @property
    def latest_restorable_time(self) -> datetime | None:
        """Until when it has backups; none while they are off or the instance is being made."""
        return super().latest_restorable_time if self.backup_retention_period else None

    def follow(self, source: PlainInstance) -> None:
        """Make this the read replica of another instance, for as long as both exist, whatever they are called."""
        self.set_as_replica()
        self.source = source
        source.followers.append(self)

    def stand_alone(self) -> None:
        """Follow no other instance any more."""
        if self.source is not None:
            self.source.followers.remove(self)
        self.source, self.is_replica = None, False

    def leave_replicas(self) -> None:
        """Forget whom it replicates, and let its replicas stand alone."""
        for instance in [self, *self.followers]:
            instance.stand_alone()

    @property
    def read_replica_source_db_instance_identifier(self) -> str | None:
        """The present name of the instance that it replicates; its ARN where that is in another Region."""
        return self.source and _seen_from(self, self.source)

    @property
    def read_replica_db_instance_identifiers(self) -> list[str]:
        """The present names of its read replicas; their ARNs where they are in another Region."""
        return [_seen_from(self, replica) for replica in self.followers]


def _seen_from(here: PlainInstance, other: PlainInstance) -> str:
    return other.db_instance_identifier if here.region == other.region else other.arn
