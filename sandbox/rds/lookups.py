"""Finding clusters, instances and snapshots by name or ARN, with AWS's answer where there is none."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from moto.rds.exceptions import (
    DBClusterNotFoundError,
    DBInstanceAlreadyExists,
    DBInstanceNotFoundError,
    InvalidParameterValue,
)
from moto.rds.models import DBInstance, RDSBackend, rds_backends

from sandbox.rds.clusters import Cluster
from sandbox.rds.exceptions import DBClusterAlreadyExists, DBClusterSnapshotNotFound
from sandbox.rds.identifiers import parse_arn
from sandbox.rds.snapshots import Snapshot


class Lookups(RDSBackend):
    """The part of the backend that finds things and knows which names are taken.

    A resource in the invisible part of a rename has no name: it is in `hidden_…` and in no listing.
    """

    clusters: MutableMapping[str, Cluster]
    cluster_snapshots: MutableMapping[str, Snapshot]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.hidden_clusters: list[Cluster] = []
        self.hidden_instances: list[DBInstance] = []
        self.reserved_clusters: set[str] = set()
        self.reserved_instances: set[str] = set()

    def all_clusters(self) -> list[Cluster]:
        """Return all clusters, also those that no name leads to at the moment."""
        return [*self.clusters.values(), *self.hidden_clusters]

    def all_instances(self) -> list[DBInstance]:
        """Return all instances, also those that no name leads to at the moment."""
        return [*self.databases.values(), *self.hidden_instances]

    def find_cluster(self, identifier: str) -> Cluster:
        """Return the cluster of a name or ARN of this account and Region; DBClusterNotFoundFault if none."""
        cluster = self.clusters.get(self._own_name(identifier, "cluster") or "")
        if cluster is None:
            raise DBClusterNotFoundError(identifier)
        return cluster

    def find_instance(self, identifier: str) -> DBInstance:
        """Return the instance of a name or ARN of this account and Region; DBInstanceNotFound if none."""
        instance = self.databases.get(self._own_name(identifier, "db") or "")
        if instance is None:
            raise DBInstanceNotFoundError(identifier)
        return instance

    def find_own_snapshot(self, identifier: str) -> Snapshot:
        """Return a cluster snapshot this account owns here; DBClusterSnapshotNotFoundFault if none."""
        snapshot = self.cluster_snapshots.get(self._own_name(identifier, "cluster-snapshot") or "")
        if snapshot is None:
            raise DBClusterSnapshotNotFound(identifier)
        return snapshot

    def find_snapshot(self, identifier: str, *, other_regions: bool = False) -> Snapshot:
        """Return a cluster snapshot this account may read: its own, or by ARN one that is shared with it.

        Raises DBClusterSnapshotNotFoundFault where there is none, none shared, or one of another Region where
        that is not allowed.
        """
        arn = parse_arn(identifier)
        if arn is None:
            return self.find_own_snapshot(identifier)
        if arn.kind != "cluster-snapshot":
            raise InvalidParameterValue(f"Invalid cluster snapshot identifier: {identifier}")
        backend: Any = rds_backends[arn.account]
        here = arn.region == self.region_name
        if arn.region not in backend or not (here or other_regions):
            raise DBClusterSnapshotNotFound(identifier)
        snapshot = backend[arn.region].cluster_snapshots.get(arn.name)
        if snapshot is None or not snapshot.admits(self.account_id):
            raise DBClusterSnapshotNotFound(identifier)
        return snapshot

    def get_db_cluster_snapshot(self, identifier: str) -> Snapshot:
        """Find a snapshot as moto's own methods ask for it."""
        return self.find_snapshot(identifier)

    def shared_snapshots(self) -> list[Snapshot]:
        """Return other accounts' snapshots of this Region that this account may read."""
        return [
            snapshot
            for account, backends in list(rds_backends.items())
            if account != self.account_id and self.region_name in backends.keys()  # noqa: SIM118 -- moto's `in` differs
            for snapshot in backends[self.region_name].cluster_snapshots.values()
            if snapshot.admits(self.account_id)
        ]

    def check_cluster_name_free(self, name: str) -> None:
        """Refuse a cluster name in use, also by a rename that has not come to it yet."""
        if name in self.clusters or name in self.reserved_clusters:
            raise DBClusterAlreadyExists

    def check_instance_name_free(self, name: str) -> None:
        """Refuse an instance name in use, also by a rename that has not come to it yet."""
        if name in self.databases or name in self.reserved_instances:
            raise DBInstanceAlreadyExists

    def _own_name(self, identifier: str, kind: str) -> str | None:
        arn = parse_arn(identifier)
        if arn is None:
            return identifier
        mine = (arn.account, arn.region, arn.kind) == (self.account_id, self.region_name, kind)
        return arn.name if mine else None
