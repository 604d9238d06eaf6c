"""Calls that create, show, delete, stop and start clusters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.rds.exceptions import (
    DBClusterToBeDeletedHasActiveMembers,
    DBSubnetGroupNotFoundError,
    InvalidParameterCombination,
)
from moto.rds.models import find_cluster, rds_backends

from sandbox.rds import dataplane, events, quotas
from sandbox.rds.clusters import Cluster
from sandbox.rds.engine_versions import check_version
from sandbox.rds.exceptions import DBClusterParameterGroupNotFound
from sandbox.rds.identifiers import check_identifier, check_new_tags
from sandbox.rds.served import INACCESSIBLE, RECOVERABLE
from sandbox.rds.served_calls import ServedCalls
from sandbox.runtime import runtime
from sandbox.transitions import Stage, now

DELETABLE = (
    "available",
    "failed",
    "incompatible-parameters",
    "incompatible-restore",
    "migration-failed",
    "cloning-failed",
    RECOVERABLE,
    INACCESSIBLE,
)


class ClusterCalls(ServedCalls):
    """The part of the backend that answers calls on clusters."""

    def create_db_cluster(self, kwargs: Mapping[str, Any]) -> Cluster:
        """Create an empty cluster; its server starts with its first instance."""
        settings = dict(kwargs)
        self.check_new_cluster(settings)
        settings["engine_version"] = check_version(settings["engine"], settings.get("engine_version"))
        settings["kms_key_id"] = self.new_key(settings)
        cluster = Cluster(self, **settings)
        self._join(cluster)
        self.clusters[cluster.db_cluster_identifier] = cluster
        cluster.status = "creating"

        def end() -> None:
            self.open_cluster(cluster)
            self.automated_snapshot(cluster)

        stage = Stage(runtime.durations["cluster.create"], work=dataplane.create(cluster), end=end)
        self.begin(cluster, "creation", [stage], failed="failed")
        return cluster

    def check_new_cluster(self, settings: dict[str, Any]) -> None:
        """Refuse a new cluster for its name, its groups, its tags or the quota."""
        name = check_identifier("DBClusterIdentifier", settings["db_cluster_identifier"])
        settings["db_cluster_identifier"] = name
        check_new_tags(settings.get("tags"))
        self.check_cluster_name_free(name)
        self.check_groups(settings)
        quotas.check_cluster(self)

    def check_groups(self, settings: Mapping[str, Any]) -> None:
        """Refuse a parameter group or subnet group that is not there."""
        group = settings.get("db_cluster_parameter_group_name")
        if group and not group.startswith("default.") and group not in self.db_cluster_parameter_groups:
            raise DBClusterParameterGroupNotFound(group)
        subnets = settings.get("db_subnet_group_name")
        if subnets and subnets != "default" and subnets not in self.subnet_groups:
            raise DBSubnetGroupNotFoundError(subnets)

    def _join(self, cluster: Cluster) -> None:
        """Make a cluster a member of the global cluster and the replica of the source that it names."""
        for backend in rds_backends[self.account_id].values():
            parent = backend.global_clusters.get(cluster.global_cluster_identifier or "")
            if parent is not None:
                parent.members.append(cluster)
                cluster.is_writer = len(parent.members) == 1
        if cluster.replication_source_identifier:
            source = find_cluster(cluster.replication_source_identifier)
            source.read_replica_identifiers.append(cluster.db_cluster_arn)

    def open_cluster(self, cluster: Cluster) -> None:
        """End a creation or restore: the cluster is available and has backups from now on."""
        cluster.status = "available"
        cluster.restorable_since = now()
        events.record("RDS-EVENT-0170", cluster, "db-cluster")

    def describe_db_clusters(
        self, db_cluster_identifier: str | None = None, filters: Any = None
    ) -> list[Cluster]:
        """Return the clusters that a name, an ARN or filters ask for."""
        found = self.clusters
        if db_cluster_identifier:
            cluster = self.find_cluster(db_cluster_identifier)
            found = {cluster.db_cluster_identifier: cluster}
        if filters:
            found = self._filter_resources(found, filters, Cluster)
        return list(found.values())

    def delete_db_cluster(
        self,
        cluster_identifier: str,
        snapshot_name: str | None = None,
        *,
        skip_final_snapshot: bool = False,
        delete_automated_backups: bool = True,
    ) -> Cluster:
        """Delete a cluster without members, with a final snapshot unless it is skipped."""
        cluster = self.find_cluster(cluster_identifier)
        self.check_final_choice(snapshot_name, skip=skip_final_snapshot)
        self._check_deletion(cluster, final=bool(snapshot_name))
        seen = cluster.as_it_was()
        self.begin_deletion(
            cluster,
            snapshot_name,
            empty=lambda: not cluster.instances,
            forget=lambda: self._forget(cluster, backups=delete_automated_backups),
        )
        return seen

    @staticmethod
    def _check_deletion(cluster: Cluster, *, final: bool) -> None:
        if cluster.deletion_protection:
            raise InvalidParameterCombination(
                "Cannot delete protected Cluster, please disable deletion protection and try again."
            )
        if any(instance.status != "deleting" for instance in cluster.instances):
            raise DBClusterToBeDeletedHasActiveMembers
        allowed = ("available",) if final else DELETABLE
        if cluster.status not in allowed or cluster.busy:
            raise cluster.wrong_state(allowed)

    def _forget(self, cluster: Cluster, *, backups: bool) -> None:
        events.record("RDS-EVENT-0171", cluster, "db-cluster")
        cluster.custom = []
        del self.clusters[cluster.db_cluster_identifier]
        if cluster.global_cluster_identifier and cluster.global_cluster_identifier in self.global_clusters:
            self.remove_from_global_cluster(cluster.global_cluster_identifier, cluster.db_cluster_arn)
        if backups:
            self.drop_automated_snapshots(cluster)

    def stop_db_cluster(self, cluster_identifier: str) -> Cluster:
        """Stop a cluster and its instances; their data stays."""
        cluster = self.find_cluster(cluster_identifier)
        self.check_ready(cluster)
        for instance in cluster.instances:
            if instance.status != "available" or instance.busy:
                raise instance.wrong_state()
        self.stop_served(cluster)
        return cluster

    def start_db_cluster(self, cluster_identifier: str) -> Cluster:
        """Start a stopped cluster with fresh certificates, or one whose key works again."""
        cluster = self.find_cluster(cluster_identifier)
        self.start_served(cluster)
        return cluster

    def reboot_db_cluster(self, cluster_identifier: str) -> Cluster:
        """Refuse: this call is for Multi-AZ DB clusters, Aurora reboots by instance."""
        cluster = self.find_cluster(cluster_identifier)
        raise InvalidParameterCombination(
            f"RebootDBCluster is not supported for DB cluster {cluster.db_cluster_identifier} with engine "
            f"{cluster.engine}. Reboot its DB instances instead."
        )
