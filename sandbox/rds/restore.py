"""Restoring a cluster from a snapshot: AWS's defaults and what the call says, not the source's settings.

Defaults: the service model's documentation of RestoreDBClusterFromSnapshot (botocore).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.rds.exceptions import InvalidDBClusterSnapshotStateFault, InvalidParameterCombination

from sandbox.rds import dataplane, kms_rules
from sandbox.rds.cluster_calls import ClusterCalls
from sandbox.rds.clusters import Cluster
from sandbox.rds.engine_versions import check_restore, check_version
from sandbox.rds.snapshots import Snapshot
from sandbox.runtime import runtime
from sandbox.transitions import Stage


class Restores(ClusterCalls):
    """The part of the backend that makes clusters from snapshots."""

    def restore_db_cluster_from_snapshot(
        self, from_snapshot_id: str, overrides: Mapping[str, Any]
    ) -> Cluster:
        """Begin a restore into a new cluster, which has no instances and no backups until it is done."""
        settings = {key: value for key, value in overrides.items() if value is not None}
        settings.pop("snapshot_identifier", None)
        self.check_new_cluster(settings)
        snapshot = self.find_snapshot(Snapshot, from_snapshot_id)
        if snapshot.status != "available":
            raise InvalidDBClusterSnapshotStateFault(
                f"The snapshot {from_snapshot_id} is in {snapshot.status} state but must be available."
            )
        settings["engine_version"] = _version(snapshot, settings)
        settings |= self._encryption(snapshot, settings.get("kms_key_id"))
        cluster = Cluster(self, **(_from_snapshot(snapshot) | settings))
        self.clusters[cluster.db_cluster_identifier] = cluster
        cluster.status = "creating"

        def end() -> None:
            self.open_cluster(cluster)

        stage = Stage(
            runtime.durations["cluster.restore"], work=dataplane.restore(snapshot, cluster), end=end
        )
        self.begin(cluster, "restore", [stage], failed="incompatible-restore")
        return cluster

    def _encryption(self, snapshot: Snapshot, kms_key_id: str | None) -> dict[str, Any]:
        """Decide the key: the one asked for, else the snapshot's own, whoever owns that."""
        key = kms_key_id and kms_rules.resolve(kms_key_id, account=self.account_id, region=self.region_name)
        if snapshot.encrypted:
            kms_rules.check_source(snapshot.kms_key_id, account=self.account_id, region=self.region_name)
            key = key or snapshot.kms_key_id
        return {"storage_encrypted": bool(key), "kms_key_id": key or None}

    def restore_db_cluster_to_point_in_time(self, *_: Any, **__: Any) -> Cluster:
        """Refuse: the sandbox keeps no log to replay, and moto's empty cluster would look like success."""
        raise NotImplementedError("clusters can be restored from snapshots only")


def _version(snapshot: Snapshot, settings: Mapping[str, Any]) -> str:
    engine = settings["engine"]
    if engine != snapshot.engine:
        raise InvalidParameterCombination(
            f"The engine {engine} does not match the engine {snapshot.engine} of the DB cluster snapshot."
        )
    version = check_version(engine, settings.get("engine_version"))
    check_restore(version, snapshot.engine_version)
    return version


def _from_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """Return what a restore keeps of the cluster that the snapshot was taken of."""
    source = snapshot.cluster
    return {
        "master_username": source.master_username,
        "master_user_password": snapshot.password,
        "database_name": source.database_name,
        "port": snapshot.port,
        "backup_retention_period": snapshot.backup_retention_period,
    }
