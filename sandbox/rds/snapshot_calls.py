"""Calls that take, copy, show and delete cluster snapshots.

Rules: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-copy-snapshot.html and the service
model's documentation of CopyDBClusterSnapshot and DescribeDBClusterSnapshots (botocore).
"""

from __future__ import annotations

from functools import partial
from typing import Any

from moto.rds.exceptions import (
    DBClusterSnapshotAlreadyExistsError,
    InvalidDBClusterSnapshotStateFault,
    InvalidDBClusterStateFault,
    InvalidParameterCombination,
    InvalidParameterValue,
)

from sandbox.rds import dataplane, events, kms_rules, quotas
from sandbox.rds.clusters import Cluster
from sandbox.rds.exceptions import ClusterNotInState, DBClusterSnapshotNotFound
from sandbox.rds.identifiers import check_identifier, check_new_tags, parse_arn
from sandbox.rds.sharing import Sharing
from sandbox.rds.snapshots import SharedView, Snapshot
from sandbox.runtime import runtime
from sandbox.transitions import Process, Stage, now, schedule

OWN_TYPES = ("automated", "manual")
TYPES = (*OWN_TYPES, "awsbackup", "public", "shared")
NO_KEY_FOR_REGION = "Must specify new KMS key for cross region encrypted snapshot copy."
NO_KEY_FOR_SHARE = "You must specify a KMS key to copy an encrypted snapshot that another account shares."


class CopyAbandoned(Exception):
    """The source of a copy was deleted before the copy was done."""


class SnapshotCalls(Sharing):
    """The part of the backend that answers calls on cluster snapshots."""

    def check_new_snapshot(self, identifier: str) -> None:
        """Refuse a manual snapshot for its name or the quota."""
        if identifier in self.cluster_snapshots:
            raise DBClusterSnapshotAlreadyExistsError(identifier)
        quotas.check_manual_snapshot(self)

    def create_db_cluster_snapshot(
        self,
        db_cluster_identifier: str,
        db_cluster_snapshot_identifier: str,
        snapshot_type: str = "manual",
        tags: list[dict[str, str]] | None = None,
    ) -> Snapshot:
        """Begin a snapshot of a cluster, which backs up meanwhile."""
        name = check_identifier("DBClusterSnapshotIdentifier", db_cluster_snapshot_identifier)
        check_new_tags(tags)
        cluster = self.find_cluster(db_cluster_identifier)
        self.check_new_snapshot(name)
        if cluster.status != "available" or cluster.busy:
            shown = "modifying" if cluster.status == "available" else cluster.status
            raise ClusterNotInState(cluster.db_cluster_identifier, shown, ("available",))
        if any(
            instance.is_cluster_writer and instance.status != "available" for instance in cluster.instances
        ):
            raise InvalidDBClusterStateFault(
                "Cannot create a snapshot because the database instance is not currently in the available "
                "state."
            )
        snapshot = self.take_snapshot(cluster, name, snapshot_type, tags)
        cluster.status = "backing-up"
        return snapshot

    def take_snapshot(
        self,
        cluster: Cluster,
        name: str,
        snapshot_type: str = "manual",
        tags: list[dict[str, str]] | None = None,
    ) -> Snapshot:
        """Begin a snapshot whose conditions are checked."""
        snapshot = Snapshot(self, cluster, name, status="creating", snapshot_type=snapshot_type, tags=tags)
        self.cluster_snapshots[name] = snapshot
        begun, ended = ("0168", "0169") if snapshot_type == "automated" else ("0074", "0075")
        events.record(f"RDS-EVENT-{begun}", snapshot, "db-cluster-snapshot")

        def end() -> None:
            snapshot.status = "available"
            self._end_backup(cluster)
            events.record(f"RDS-EVENT-{ended}", snapshot, "db-cluster-snapshot")

        stage = Stage(
            runtime.durations["cluster-snapshot.create"], work=dataplane.snapshot(cluster, snapshot), end=end
        )
        snapshot.process = self._begin_snapshot(snapshot, [stage], cluster)
        return snapshot

    def _begin_snapshot(
        self, snapshot: Snapshot, stages: list[Stage], cluster: Cluster | None = None
    ) -> Process:
        def failed(_: BaseException) -> None:
            snapshot.status = "failed"
            if cluster is not None:
                self._end_backup(cluster)

        return schedule(f"making of snapshot {snapshot.arn}", stages, failed)

    @staticmethod
    def _end_backup(cluster: Cluster) -> None:
        if cluster.status == "backing-up":
            cluster.status = "available"

    def automated_snapshot(self, cluster: Cluster) -> None:
        """Take the backup that AWS takes of a new cluster; at most one a minute, since named after it."""
        name = f"rds:{cluster.db_cluster_identifier}-{now():%Y-%m-%d-%H-%M}"
        if name not in self.cluster_snapshots:
            self.take_snapshot(cluster, name, "automated")

    def drop_automated_snapshots(self, cluster: Cluster) -> None:
        """Remove the automated backups of a cluster that is gone."""
        for name, snapshot in list(self.cluster_snapshots.items()):
            same = snapshot.db_cluster_resource_id == cluster.db_cluster_resource_id
            if same and snapshot.snapshot_type == "automated":
                del self.cluster_snapshots[name]
                self._drop_data(snapshot)

    def copy_db_cluster_snapshot(
        self,
        source_db_cluster_snapshot_identifier: str,
        target_db_cluster_snapshot_identifier: str,
        kms_key_id: str | None = None,
        copy_tags: bool = False,
        tags: list[dict[str, str]] | None = None,
        **_: Any,
    ) -> Snapshot:
        """Begin a full copy; copies of the same source follow one another."""
        name = check_identifier("TargetDBClusterSnapshotIdentifier", target_db_cluster_snapshot_identifier)
        source = self.find_snapshot(source_db_cluster_snapshot_identifier, other_regions=True)
        wanted_tags = self._tags_for_copy(source, tags, copy_tags=bool(copy_tags))
        check_new_tags(wanted_tags)
        self.check_new_snapshot(name)
        quotas.check_copy(self)
        if source.status != "available":
            raise InvalidDBClusterSnapshotStateFault(
                f"The source snapshot {source.db_cluster_snapshot_identifier} is in {source.status} state but"
                " must be available."
            )
        key = self._key_for_copy(source, kms_key_id)
        target = Snapshot(self, source.cluster, name, status="copying", tags=wanted_tags, source=source)
        target.encrypt_with(key)
        self.cluster_snapshots[name] = target
        self._begin_copy(source, target)
        return target

    def _tags_for_copy(
        self, source: Snapshot, tags: list[dict[str, str]] | None, *, copy_tags: bool
    ) -> list[dict[str, str]]:
        if tags or not copy_tags or source.account_id != self.account_id:
            return tags or []
        return source.tags

    def _key_for_copy(self, source: Snapshot, kms_key_id: str | None) -> str | None:
        if not source.encrypted:
            if kms_key_id:
                raise InvalidParameterCombination(
                    "KmsKeyId cannot be specified when copying an unencrypted DB cluster snapshot."
                )
            return None
        if not kms_key_id and source.region != self.region_name:
            raise InvalidParameterValue(NO_KEY_FOR_REGION)
        if not kms_key_id and source.account_id != self.account_id:
            raise InvalidParameterValue(NO_KEY_FOR_SHARE)
        key = kms_key_id and kms_rules.resolve(kms_key_id, account=self.account_id, region=self.region_name)
        kms_rules.check_source(source.kms_key_id, account=self.account_id, region=source.region)
        return key or source.kms_key_id

    def _begin_copy(self, source: Snapshot, target: Snapshot) -> None:
        before = [process for process in source.copies if not process.done]

        def end() -> None:
            target.status = "available"

        stage = Stage(
            runtime.durations["cluster-snapshot.copy"],
            gate=lambda: all(process.done for process in before),
            work=dataplane.copy(source, target),
            end=end,
        )
        target.process = self._begin_snapshot(target, [stage])
        source.copies.append(target.process)

    def delete_db_cluster_snapshot(self, db_snapshot_identifier: str) -> Snapshot:
        """Delete a manual snapshot; a copy that is under way is given up, copies from it fail."""
        snapshot = self.find_own_snapshot(db_snapshot_identifier)
        if snapshot.snapshot_type != "manual":
            raise InvalidDBClusterSnapshotStateFault("Only manual snapshots may be deleted.")
        if snapshot.status not in ("available", "copying", "failed"):
            raise InvalidDBClusterSnapshotStateFault(
                f"Cannot delete the snapshot because it is not currently in the available or failed state "
                f"but in {snapshot.status}."
            )
        seen = snapshot.as_it_was()
        if snapshot.process is not None:
            snapshot.process.stop()
        for process in snapshot.copies:
            if not process.done:
                process.fail(CopyAbandoned(f"the source {snapshot.arn} was deleted"))
        snapshot.status = "deleting"
        stage = Stage(runtime.durations["cluster-snapshot.delete"], end=partial(self._remove, snapshot))
        snapshot.process = schedule(f"deletion of snapshot {snapshot.arn}", [stage], lambda _: None)
        return seen

    def _remove(self, snapshot: Snapshot) -> None:
        del self.cluster_snapshots[snapshot.db_cluster_snapshot_identifier]
        self._drop_data(snapshot)

    @staticmethod
    def _drop_data(snapshot: Snapshot) -> None:
        """Remove the data once nothing reads or writes it any more."""
        work = dataplane.delete_snapshot(snapshot)
        if work is not None:
            users = [
                process.future for process in (snapshot.process, *snapshot.copies) if process is not None
            ]
            running = [future for future in users if future is not None]
            stages = [Stage(gate=lambda: all(future.done() for future in running)), Stage(work=work)]
            schedule(f"removal of the data of snapshot {snapshot.arn}", stages, lambda _: None)

    def describe_db_cluster_snapshots(
        self,
        db_cluster_identifier: str | None = None,
        db_snapshot_identifier: str | None = None,
        snapshot_type: str | None = None,
        filters: Any = None,
        *,
        include_shared: bool = False,
        include_public: bool = False,
        db_cluster_resource_id: str | None = None,
    ) -> list[Snapshot | SharedView]:
        """Return own snapshots, and shared ones where the call asks for them, by ARN and without tags."""
        if db_cluster_identifier and db_snapshot_identifier:
            raise InvalidParameterCombination(
                "Only one of DBClusterIdentifier and DBClusterSnapshotIdentifier can be specified."
            )
        if snapshot_type is not None and snapshot_type not in TYPES:
            raise InvalidParameterValue(f"Invalid snapshot type: {snapshot_type}")
        conditions = dict(filters or {})
        found = self._of_type(snapshot_type, shared=include_shared, public=include_public)
        if db_cluster_identifier:
            conditions.setdefault("db-cluster-id", [db_cluster_identifier])
        if db_snapshot_identifier:
            found = {arn: item for arn, item in found.items() if self._is(item, db_snapshot_identifier)}
        if conditions:
            found = self._filter_resources(found, conditions, Snapshot)
        if db_snapshot_identifier and not found:
            raise DBClusterSnapshotNotFound(db_snapshot_identifier)
        resource = db_cluster_resource_id
        return [item for item in found.values() if resource in (None, item.db_cluster_resource_id)]

    def _of_type(
        self, snapshot_type: str | None, *, shared: bool, public: bool
    ) -> dict[str, Snapshot | SharedView]:
        own_types = OWN_TYPES if snapshot_type is None else (snapshot_type,)
        own = [item for item in self.cluster_snapshots.values() if item.snapshot_type in own_types]
        views = []
        for item in self.shared_snapshots():
            kind = "shared" if self.account_id in item.attributes["restore"] else "public"
            included = snapshot_type is None and {"shared": shared, "public": public}[kind]
            if snapshot_type == kind or included:
                views.append(SharedView(item, kind))
        return {item.db_cluster_snapshot_arn: item for item in [*own, *views]}

    @staticmethod
    def _is(item: Snapshot | SharedView, identifier: str) -> bool:
        wanted = identifier if parse_arn(identifier) else identifier.lower()
        return wanted in (item.db_cluster_snapshot_identifier, item.db_cluster_snapshot_arn)
