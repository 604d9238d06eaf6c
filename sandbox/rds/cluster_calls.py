"""Calls that create, show, delete, stop and start clusters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from moto.rds.exceptions import (
    DBClusterToBeDeletedHasActiveMembers,
    DBSubnetGroupNotFoundError,
    InvalidParameterCombination,
    KMSKeyNotAccessibleFault,
)
from moto.rds.models import find_cluster, rds_backends

from sandbox.rds import dataplane, endpoints, events, kms_rules, quotas
from sandbox.rds.clusters import GRACE, INACCESSIBLE, RECOVERABLE, Cluster
from sandbox.rds.engine_versions import check_version
from sandbox.rds.exceptions import (
    ClusterNotInState,
    DBClusterParameterGroupNotFound,
    InvalidDBInstanceState,
)
from sandbox.rds.identifiers import check_identifier, check_new_tags
from sandbox.rds.snapshot_calls import SnapshotCalls
from sandbox.rds.snapshots import Snapshot
from sandbox.runtime import runtime
from sandbox.transitions import Process, Stage, now, schedule

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
LONGEST_STOP = timedelta(days=7)


class ClusterCalls(SnapshotCalls):
    """The part of the backend that answers calls on clusters."""

    def create_db_cluster(self, kwargs: Mapping[str, Any]) -> Cluster:
        """Create an empty cluster; its server starts with its first instance."""
        settings = dict(kwargs)
        self.check_new_cluster(settings)
        settings["engine_version"] = check_version(settings["engine"], settings.get("engine_version"))
        settings["kms_key_id"] = self._new_cluster_key(settings)
        cluster = Cluster(self, **settings)
        self._join(cluster)
        self.clusters[cluster.db_cluster_identifier] = cluster
        cluster.status = "creating"

        def end() -> None:
            self.open_cluster(cluster)
            self.automated_snapshot(cluster)

        stage = Stage(runtime.durations["cluster.create"], work=dataplane.create(cluster), end=end)
        cluster.process = self.begin(cluster, "creation", [stage], failed="failed")
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

    def _new_cluster_key(self, settings: Mapping[str, Any]) -> str | None:
        key = settings.get("kms_key_id")
        if not settings.get("storage_encrypted"):
            if key:
                raise InvalidParameterCombination("KmsKeyId can only be set when StorageEncrypted is true.")
            return None
        if key:
            return kms_rules.resolve(key, account=self.account_id, region=self.region_name)
        return kms_rules.default_key(self.account_id, self.region_name)

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

    def begin(self, cluster: Cluster, what: str, stages: list[Stage], *, failed: str) -> Process:
        """Begin a process on a cluster, which takes the status `failed` when its work fails."""

        def on_failure(_: BaseException) -> None:
            cluster.status = failed
            endpoints.refresh(cluster)

        return schedule(f"{what} of cluster {cluster.arn}", stages, on_failure)

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
        self._check_deletion(cluster, snapshot_name, skip=skip_final_snapshot)
        if snapshot_name:
            check_identifier("FinalDBSnapshotIdentifier", snapshot_name, longest=255)
            self.check_new_snapshot(snapshot_name)
        seen = cluster.as_it_was()
        final = self.take_snapshot(cluster, snapshot_name) if snapshot_name else None
        cluster.status = "deleting"
        endpoints.refresh(cluster)

        def free() -> bool:
            return not cluster.instances and (final is None or final.status != "creating")

        def end() -> None:
            self._forget(cluster, backups=delete_automated_backups)

        stages = [
            Stage(gate=free, begin=partial(self._keep_if_unsaved, cluster, final)),
            Stage(runtime.durations["cluster.delete"], work=dataplane.delete(cluster), end=end),
        ]
        cluster.process = self.begin(cluster, "deletion", stages, failed="failed")
        return seen

    def _check_deletion(self, cluster: Cluster, snapshot_name: str | None, *, skip: bool) -> None:
        if snapshot_name and skip:
            raise InvalidParameterCombination(
                "You cannot specify both FinalDBSnapshotIdentifier and SkipFinalSnapshot"
            )
        if not snapshot_name and not skip:
            raise InvalidParameterCombination(
                "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
            )
        if cluster.deletion_protection:
            raise InvalidParameterCombination(
                "Cannot delete protected Cluster, please disable deletion protection and try again."
            )
        if any(instance.status != "deleting" for instance in cluster.instances):
            raise DBClusterToBeDeletedHasActiveMembers
        allowed = ("available",) if snapshot_name else DELETABLE
        if cluster.status not in allowed or cluster.busy:
            raise ClusterNotInState(cluster.db_cluster_identifier, self.shown_status(cluster), allowed)

    @staticmethod
    def _keep_if_unsaved(cluster: Cluster, final: Snapshot | None) -> None:
        """Do not delete a cluster whose final snapshot failed."""
        if final is not None and final.status != "available" and cluster.process is not None:
            cluster.process.stop()
            cluster.status = "available"
            endpoints.refresh(cluster)

    def _forget(self, cluster: Cluster, *, backups: bool) -> None:
        events.record("RDS-EVENT-0171", cluster, "db-cluster")
        cluster.named, cluster.server, cluster.custom = False, None, []
        endpoints.refresh(cluster)
        del self.clusters[cluster.db_cluster_identifier]
        if cluster.global_cluster_identifier and cluster.global_cluster_identifier in self.global_clusters:
            self.remove_from_global_cluster(cluster.global_cluster_identifier, cluster.db_cluster_arn)
        if cluster.manage_master_user_password:
            cluster.master_user_secret.delete_secret()
        if backups:
            self.drop_automated_snapshots(cluster)

    def stop_db_cluster(self, cluster_identifier: str) -> Cluster:
        """Stop a cluster and its instances; their data stays."""
        cluster = self.find_cluster(cluster_identifier)
        self.check_ready(cluster)
        for instance in cluster.instances:
            if instance.status != "available" or instance.busy:
                raise InvalidDBInstanceState(
                    f"Instance {instance.db_instance_identifier} is not in available state."
                )
        self._all_to(cluster, "stopping")

        def end() -> None:
            self._all_to(cluster, "stopped")
            dataplane.look_up_server(cluster)
            cluster.automatic_restart_time = now() + LONGEST_STOP
            events.record("RDS-EVENT-0150", cluster, "db-cluster")

        stage = Stage(runtime.durations["cluster.stop"], work=dataplane.stop(cluster), end=end)
        cluster.process = self.begin(cluster, "stop", [stage], failed="failed")
        return cluster

    def start_db_cluster(self, cluster_identifier: str) -> Cluster:
        """Start a stopped cluster with fresh certificates, or one whose key works again."""
        cluster = self.find_cluster(cluster_identifier)
        if cluster.status not in ("stopped", RECOVERABLE):
            raise ClusterNotInState(
                cluster.db_cluster_identifier, self.shown_status(cluster), ("stopped", RECOVERABLE)
            )
        if not self._key_alive(cluster):
            raise KMSKeyNotAccessibleFault(cluster.kms_key_id)
        self._all_to(cluster, "starting")
        cluster.automatic_restart_time = cluster.inaccessible_since = None
        cluster.server = None

        def end() -> None:
            self._all_to(cluster, "available")
            dataplane.look_up_server(cluster)
            events.record("RDS-EVENT-0151", cluster, "db-cluster")

        work = dataplane.start(cluster) if cluster.instances else None
        stage = Stage(runtime.durations["cluster.start"], work=work, end=end)
        cluster.process = self.begin(cluster, "start", [stage], failed="failed")
        return cluster

    def reboot_db_cluster(self, cluster_identifier: str) -> Cluster:
        """Refuse: this call is for Multi-AZ DB clusters, Aurora reboots by instance."""
        cluster = self.find_cluster(cluster_identifier)
        raise InvalidParameterCombination(
            f"RebootDBCluster is not supported for DB cluster {cluster.db_cluster_identifier} with engine "
            f"{cluster.engine}. Reboot its DB instances instead."
        )

    def _all_to(self, cluster: Cluster, status: str) -> None:
        cluster.status = status
        for instance in cluster.instances:
            if instance.status != "deleting":
                instance.status = status
        endpoints.refresh(cluster)

    def check_ready(self, cluster: Cluster) -> None:
        """Refuse a call on a cluster that is not available, or about not to be."""
        if cluster.status != "available" or cluster.busy:
            raise ClusterNotInState(cluster.db_cluster_identifier, self.shown_status(cluster), ("available",))

    @staticmethod
    def shown_status(cluster: Cluster) -> str:
        """Return the status to name in an error: a change under way counts before it shows."""
        return "modifying" if cluster.busy and cluster.status == "available" else cluster.status

    def settle(self) -> None:
        """Let time do what no call asked for: keys that died, stops that have lasted too long."""
        for cluster in self.all_clusters():
            if cluster.status == "available" and not cluster.busy and not self._key_alive(cluster):
                self._lock_out(cluster)
            since = cluster.inaccessible_since
            if cluster.status == RECOVERABLE and since is not None and now() - since > GRACE:
                self._all_to(cluster, INACCESSIBLE)
            restart = cluster.automatic_restart_time
            if cluster.status == "stopped" and restart is not None and now() >= restart:
                self.start_db_cluster(cluster.db_cluster_identifier)

    def _key_alive(self, cluster: Cluster) -> bool:
        return cluster.kms_key_id is None or kms_rules.alive(
            cluster.kms_key_id, account=self.account_id, region=self.region_name
        )

    def _lock_out(self, cluster: Cluster) -> None:
        cluster.inaccessible_since = now()
        self._all_to(cluster, RECOVERABLE)
        stage = Stage(work=dataplane.stop(cluster), end=partial(dataplane.look_up_server, cluster))
        cluster.process = self.begin(cluster, "lock-out", [stage], failed=RECOVERABLE)
