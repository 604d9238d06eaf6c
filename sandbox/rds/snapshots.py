"""A DB cluster snapshot as its owner sees it, and as an account sees it that it is shared with."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any
from uuid import uuid4

from moto.rds.models import DBClusterSnapshot, RDSBackend
from moto.rds.utils import FilterDef

from sandbox.rds.clusters import Cluster, default_vpc
from sandbox.transitions import Process, now

TAKEN_OVER = (
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
FILTERS = {
    **DBClusterSnapshot.SUPPORTED_FILTERS,
    "db-cluster-id": FilterDef(
        ["cluster.db_cluster_arn", "db_cluster_identifier"], "DB Cluster Identifiers", case_insensitive=True
    ),
    "db-cluster-snapshot-id": FilterDef(
        ["db_cluster_snapshot_identifier", "db_cluster_snapshot_arn"],
        "DB Cluster Snapshot Identifiers",
        case_insensitive=True,
    ),
}


class Snapshot(DBClusterSnapshot):
    """moto's cluster snapshot with a status that changes over time and data of its own.

    It keeps the name that its cluster had when it was taken, and the cluster's resource id, which stays.
    """

    SUPPORTED_FILTERS = FILTERS

    def __init__(
        self,
        backend: RDSBackend,
        cluster: Cluster,
        identifier: str,
        *,
        status: str,
        snapshot_type: str = "manual",
        tags: list[dict[str, str]] | None = None,
        source: Snapshot | None = None,
    ) -> None:
        self.process: Process | None = None
        self.copies: list[Process] = []
        self.data_key = f"snapshot-{uuid4().hex}"
        super().__init__(backend, cluster, identifier, snapshot_type, tags)
        self.cluster.instances, self.cluster.custom, self.cluster.routed = [], [], set()
        self.cluster.process = self.cluster.server = None
        self.created = now()
        self.status = status
        self.source_db_cluster_snapshot_arn = source.arn if source is not None else None
        self.vpc_id = source.vpc_id if source is not None else default_vpc(cluster)
        for name in TAKEN_OVER:
            setattr(self, name, getattr(cluster, name))
        self.encrypt_with(cluster.kms_key_id if cluster.storage_encrypted else None)

    def encrypt_with(self, key_arn: str | None) -> None:
        """Note the key of the data, None for data in the clear; a restore starts from the same."""
        self.kms_key_id = self.cluster.kms_key_id = key_arn
        self.encrypted = self.storage_encrypted = self.cluster.storage_encrypted = key_arn is not None

    @property
    def percent_progress(self) -> int:
        """How much is copied, in percent; 0 while queued."""
        return self.process.progress if self.process is not None and not self.process.done else self._progress

    @percent_progress.setter
    def percent_progress(self, value: int) -> None:
        self._progress = value

    @property
    def storage_encryption_type(self) -> str:
        """How the data is encrypted: with a KMS key or not at all."""
        return "sse-kms" if self.storage_encrypted else "none"

    @property
    def snapshot_create_time(self) -> datetime:
        """When the snapshot, or this copy of it, was made."""
        return self.created

    def as_it_was(self, status: str = "available") -> Snapshot:
        """Return the snapshot as an answer shows it whose call has only begun to change it."""
        seen = copy.copy(self)
        seen.status = status
        return seen

    def admits(self, account: str) -> bool:
        """Tell whether an account may see, copy and restore it: its owner, or one it is shared with."""
        shared = self.attributes["restore"]
        return account == self.account_id or account in shared or "all" in shared


class SharedView:
    """A snapshot as another account lists it: by ARN, "shared" or "public", without the owner's tags."""

    def __init__(self, snapshot: Snapshot, kind: str) -> None:
        self._snapshot = snapshot
        self.snapshot_type = kind
        self.db_cluster_snapshot_identifier = snapshot.arn
        self.tag_list: list[dict[str, str]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._snapshot, name)
