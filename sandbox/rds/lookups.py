"""Finding clusters, instances and snapshots by name or ARN, with AWS's answer where there is none."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, TypeVar

from moto.rds.exceptions import (
    DBClusterNotFoundError,
    DBInstanceAlreadyExists,
    DBInstanceNotFoundError,
    InvalidParameterValue,
)
from moto.rds.models import RDSBackend, rds_backends

from sandbox.rds.clusters import Cluster
from sandbox.rds.exceptions import DBClusterAlreadyExists
from sandbox.rds.identifiers import parse_arn
from sandbox.rds.instances import AnyInstance
from sandbox.rds.plain_instances import PlainInstance
from sandbox.rds.served import Served
from sandbox.rds.snapshots import InstanceSnapshot, Snapshot, Taken

Kept = TypeVar("Kept", bound=Taken)


class Lookups(RDSBackend):
    """The part of the backend that finds things and knows which names are taken.

    A resource in the invisible part of a rename has no name: it is in `hidden_…` and in no listing.
    """

    clusters: MutableMapping[str, Cluster]
    cluster_snapshots: MutableMapping[str, Snapshot]
    database_snapshots: MutableMapping[str, InstanceSnapshot]
    databases: MutableMapping[str, AnyInstance]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.hidden_clusters: list[Cluster] = []
        self.hidden_instances: list[AnyInstance] = []
        self.reserved_clusters: set[str] = set()
        self.reserved_instances: set[str] = set()

    def all_clusters(self) -> list[Cluster]:
        """Return all clusters, also those that no name leads to at the moment."""
        return [*self.clusters.values(), *self.hidden_clusters]

    def all_instances(self) -> list[AnyInstance]:
        """Return all instances, also those that no name leads to at the moment."""
        return [*self.databases.values(), *self.hidden_instances]

    def all_served(self) -> list[Served]:
        """Return all clusters and plain instances."""
        plain = [instance for instance in self.all_instances() if isinstance(instance, PlainInstance)]
        return [*self.all_clusters(), *plain]

    def find_cluster(self, identifier: str) -> Cluster:
        """Return the cluster of a name or ARN of this account and Region; DBClusterNotFoundFault if none."""
        cluster = self.clusters.get(self._own_name(identifier, "cluster") or "")
        if cluster is None:
            raise DBClusterNotFoundError(identifier)
        return cluster

    def find_instance(self, identifier: str) -> AnyInstance:
        """Return the instance of a name or ARN of this account and Region; DBInstanceNotFound if none."""
        instance = self.databases.get(self._own_name(identifier, "db") or "")
        if instance is None:
            raise DBInstanceNotFoundError(identifier)
        return instance

    def kept(self, of: type[Kept]) -> MutableMapping[str, Kept]:
        """Return the account's own snapshots of a kind."""
        snapshots: MutableMapping[str, Kept] = getattr(self, of.KIND.collection)
        return snapshots

    def find_own_snapshot(self, of: type[Kept], identifier: str) -> Kept:
        """Return a snapshot this account owns here; the kind's NotFound if none."""
        name = self._own_name(identifier, of.KIND.noun) or ""
        snapshot = self.kept(of).get(name) or self.kept(of).get(name.lower())
        if snapshot is None:
            raise of.KIND.not_found(identifier)
        return snapshot

    def find_snapshot(self, of: type[Kept], identifier: str, *, other_regions: bool = False) -> Kept:
        """Return a snapshot this account may read: its own, or by ARN one that is shared with it.

        Raises the kind's NotFound where there is none, none shared, or one of another Region where that is not
        allowed.
        """
        arn = parse_arn(identifier)
        if arn is None:
            return self.find_own_snapshot(of, identifier)
        if arn.kind != of.KIND.noun:
            raise InvalidParameterValue(f"Invalid {of.KIND.noun.replace('-', ' ')} identifier: {identifier}")
        backends: Any = rds_backends[arn.account]
        here = arn.region == self.region_name
        if arn.region not in backends or not (here or other_regions):
            raise of.KIND.not_found(identifier)
        snapshot: Kept | None = backends[arn.region].kept(of).get(arn.name)
        if snapshot is None or not snapshot.admits(self.account_id):
            raise of.KIND.not_found(identifier)
        return snapshot

    def get_db_cluster_snapshot(self, identifier: str) -> Snapshot:
        """Find a cluster snapshot as moto's own methods ask for it."""
        return self.find_snapshot(Snapshot, identifier)

    def get_db_snapshot(self, identifier: str) -> InstanceSnapshot:
        """Find an instance snapshot as moto's own methods ask for it."""
        return self.find_snapshot(InstanceSnapshot, identifier)

    def shared_snapshots(self, of: type[Kept]) -> list[Kept]:
        """Return other accounts' snapshots of this Region that this account may read."""
        others: list[Any] = [
            backends[self.region_name]
            for account, backends in list(rds_backends.items())
            if account != self.account_id and self.region_name in backends.keys()  # noqa: SIM118 -- moto's `in` differs
        ]
        found = [snapshot for other in others for snapshot in other.kept(of).values()]
        return [snapshot for snapshot in found if snapshot.admits(self.account_id)]

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
