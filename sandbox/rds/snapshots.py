"""A snapshot as its owner sees it, and as an account sees it that it is shared with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar
from uuid import uuid4

from moto.rds.models import DBClusterSnapshot, DBSnapshot, RDSBackend
from moto.rds.utils import FilterDef

from sandbox.rds.changing import Changing
from sandbox.rds.clusters import Cluster
from sandbox.rds.plain_instances import PlainInstance
from sandbox.rds.served import Served
from sandbox.rds.snapshot_kinds import OF_CLUSTERS, OF_INSTANCES, SnapshotKind
from sandbox.transitions import Process, nothing, now

FROM_CLUSTER = (
    "availability_zones",
    "backup_retention_period",
    "cluster_create_time",
    "db_cluster_resource_id",
    "engine_mode",
    "iam_database_authentication_enabled",
    "license_model",
    "preferred_backup_window",
    "storage_type",
)
FROM_INSTANCE = (
    "availability_zone",
    "backup_retention_period",
    "dedicated_log_volume",
    "iops",
    "license_model",
    "option_group_name",
    "preferred_backup_window",
    "storage_throughput",
    "storage_type",
)


class Taken(Changing):
    """The base of both kinds of snapshots, with data of its own, to be mixed into moto's class.

    It keeps the name that its source had when it was taken, and the source's resource id, which stays.
    """

    KIND: ClassVar[SnapshotKind]
    FIELDS: ClassVar[tuple[str, ...]]
    """What it shows of its source."""

    arn: str
    account_id: str
    region: str
    resource_id: str
    engine: str
    engine_version: str
    port: int
    snapshot_type: str
    tags: list[dict[str, str]]
    attributes: dict[str, list[str]]
    created: datetime

    def __init__(
        self,
        backend: RDSBackend,
        taken_of: Served,
        identifier: str,
        *,
        status: str,
        snapshot_type: str = "manual",
        tags: list[dict[str, str]] | None = None,
        source: Taken | None = None,
    ) -> None:
        self.copies: list[Process] = []
        self.given_up: Callable[[], None] = nothing
        self.data_key = f"snapshot-{uuid4().hex}"
        super().__init__(backend, taken_of, identifier, snapshot_type, tags)
        self.taken_of.process = self.taken_of.server = None
        self.taken_of.routed = set()
        self.created = now()
        self.status = status
        if tags is not None:
            self.tags = tags
        self.password = source.password if source is not None else taken_of.stored_password
        self.vpc_id = source.vpc_id if source is not None else taken_of.vpc
        for name in self.FIELDS:
            setattr(self, name, getattr(taken_of, name))
        self.encrypt_with(taken_of.kms_key_id if taken_of.storage_encrypted else None)

    @property
    def taken_of(self) -> Any:
        """The source as it was then."""
        raise NotImplementedError

    def encrypt_with(self, key_arn: str | None) -> None:
        """Note the key of the data, None for data in the clear; a restore starts from the same."""
        self.kms_key_id = self.taken_of.kms_key_id = key_arn
        self.encrypted = self.storage_encrypted = self.taken_of.storage_encrypted = key_arn is not None

    @property
    def percent_progress(self) -> int:
        """How much is done, in percent; 0 while queued."""
        return self.process.progress if self.process is not None and not self.process.done else 100

    @percent_progress.setter
    def percent_progress(self, value: int) -> None:
        """Ignore moto's value, which is 100 from the start."""

    @property
    def storage_encryption_type(self) -> str:
        """How the data is encrypted: with a KMS key or not at all."""
        return "sse-kms" if self.encrypted else "none"

    @property
    def snapshot_create_time(self) -> datetime:
        """When the snapshot, or this copy of it, was made."""
        return self.created

    def admits(self, account: str) -> bool:
        """Tell whether an account may see, copy and restore it: its owner, or one it is shared with."""
        shared = self.attributes["restore"]
        return account == self.account_id or account in shared or "all" in shared


class Snapshot(Taken, DBClusterSnapshot):
    """moto's cluster snapshot with a status that changes over time."""

    KIND = OF_CLUSTERS
    FIELDS = FROM_CLUSTER
    SUPPORTED_FILTERS = {  # noqa: RUF012 -- moto's own shape
        **DBClusterSnapshot.SUPPORTED_FILTERS,
        "db-cluster-id": FilterDef(
            ["cluster.db_cluster_arn", "db_cluster_identifier"],
            "DB Cluster Identifiers",
            case_insensitive=True,
        ),
        "db-cluster-snapshot-id": FilterDef(
            ["db_cluster_snapshot_identifier", "db_cluster_snapshot_arn"],
            "DB Cluster Snapshot Identifiers",
            case_insensitive=True,
        ),
    }
    cluster: Cluster

    def __init__(self, *arguments: Any, source: Taken | None = None, **settings: Any) -> None:
        super().__init__(*arguments, source=source, **settings)
        self.cluster.instances, self.cluster.custom = [], []
        self.source_db_cluster_snapshot_arn = source.arn if source is not None else None

    @property
    def taken_of(self) -> Cluster:
        """The cluster as it was then."""
        return self.cluster

    @property
    def source_resource_id(self) -> str:
        """The resource id of the cluster."""
        return self.db_cluster_resource_id


class InstanceSnapshot(Taken, DBSnapshot):
    """moto's snapshot of an instance with a status that changes over time."""

    KIND = OF_INSTANCES
    FIELDS = FROM_INSTANCE
    SUPPORTED_FILTERS = {  # noqa: RUF012 -- moto's own shape
        **DBSnapshot.SUPPORTED_FILTERS,
        "db-snapshot-id": FilterDef(
            ["db_snapshot_identifier", "db_snapshot_arn"], "DB Snapshot Identifiers", case_insensitive=True
        ),
    }
    database: PlainInstance

    def __init__(self, *arguments: Any, source: InstanceSnapshot | None = None, **settings: Any) -> None:
        super().__init__(*arguments, source=source, **settings)
        self.instance_create_time = self.database.instance_create_time
        self.original_snapshot_create_time = (
            source.original_snapshot_create_time if source is not None else self.created
        )
        self.source_db_snapshot_identifier = self.source_region = None
        if source is not None:
            self._came_from(source)

    def _came_from(self, source: InstanceSnapshot) -> None:
        """Note where a copy comes from; an option group stays behind in its account and Region."""
        if source.region != self.region:
            self.source_region = source.region
        if (source.account_id, source.region) != (self.account_id, self.region):
            self.source_db_snapshot_identifier = source.arn
            self.option_group_name = self.database.default_option_group
        if source.account_id != self.account_id:
            self.database.tags = []

    @property
    def taken_of(self) -> PlainInstance:
        """The instance as it was then."""
        return self.database

    @property
    def source_resource_id(self) -> str:
        """The resource id of the instance."""
        return self.dbi_resource_id


class SharedView:
    """A snapshot as another account lists it: by ARN, "shared" or "public", without the owner's tags."""

    def __init__(self, snapshot: Taken, kind: str) -> None:
        self._snapshot = snapshot
        self.snapshot_type = kind
        self.tag_list: list[dict[str, str]] = []
        setattr(self, snapshot.KIND.attribute, snapshot.arn)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._snapshot, name)
