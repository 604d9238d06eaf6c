"""Calls that take, show and delete snapshots.

Rules: the service model's documentation of CreateDBClusterSnapshot, CreateDBSnapshot, DescribeDBClusterSnapshots and
DescribeDBSnapshots (botocore).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from moto.rds.exceptions import (
    InvalidDBClusterStateFault,
    InvalidParameterCombination,
    InvalidParameterValue,
)

from sandbox.rds import dataplane, events
from sandbox.rds.identifiers import check_new_tags, parse_arn
from sandbox.rds.lookups import Kept
from sandbox.rds.plain_instances import PlainInstance
from sandbox.rds.served import CLUSTER, Served
from sandbox.rds.snapshot_copies import SnapshotCopies, Tags
from sandbox.rds.snapshots import InstanceSnapshot, SharedView, Snapshot, Taken
from sandbox.runtime import runtime
from sandbox.transitions import Stage, now, schedule

OWN_TYPES = ("automated", "manual")
TYPES = (*OWN_TYPES, "awsbackup", "public", "shared")
MEMBER = (
    "The specified instance is a member of a cluster and a snapshot cannot be created directly. Please use the "
    "CreateDBClusterSnapshot API instead."
)
"""Text from github.com/cevoaustralia/aws-backup-lambda/issues/5."""


class CopyAbandoned(Exception):
    """The source of a copy was deleted before the copy was done."""


class SnapshotCalls(SnapshotCopies):
    """The part of the backend that takes, shows and deletes snapshots."""

    def create_db_cluster_snapshot(
        self,
        db_cluster_identifier: str,
        db_cluster_snapshot_identifier: str,
        snapshot_type: str = "manual",
        tags: Tags | None = None,
    ) -> Snapshot:
        """Begin a snapshot of a cluster, which backs up meanwhile."""
        cluster = self.find_cluster(db_cluster_identifier)
        name = self._check_snapshot(Snapshot, cluster, db_cluster_snapshot_identifier, tags)
        if any(
            instance.is_cluster_writer and instance.status != "available" for instance in cluster.instances
        ):
            raise InvalidDBClusterStateFault(
                "Cannot create a snapshot because the database instance is not currently in the available "
                "state."
            )
        return self._take(Snapshot, cluster, name, snapshot_type, tags)

    def create_db_snapshot(
        self,
        db_instance_identifier: str,
        db_snapshot_identifier: str,
        snapshot_type: str = "manual",
        tags: Tags | None = None,
        **_: Any,
    ) -> InstanceSnapshot:
        """Begin a snapshot of a plain instance, which backs up meanwhile; of members only their cluster has any."""
        instance = self.find_instance(db_instance_identifier)
        if not isinstance(instance, PlainInstance):
            raise InvalidParameterValue(MEMBER)
        name = self._check_snapshot(InstanceSnapshot, instance, db_snapshot_identifier, tags)
        return self._take(InstanceSnapshot, instance, name, snapshot_type, tags)

    def _check_snapshot(self, of: type[Taken], served: Served, identifier: str, tags: Tags | None) -> str:
        """Return the name of a snapshot to take now; refuse it for name, tags, quota or the source's status."""
        check_new_tags(tags)
        name = self.check_new_snapshot(of, of.KIND.parameter, identifier)
        self.check_ready(served, served.KIND.snapshotted)
        return name

    @staticmethod
    def check_ready(served: Served, allowed: Sequence[str] = ("available",)) -> None:
        """Refuse a call on a cluster or plain instance that is not in one of these states, or about not to be."""
        if served.status not in allowed or served.busy:
            raise served.wrong_state(allowed)

    def _take(self, of: type[Kept], served: Served, name: str, snapshot_type: str, tags: Tags | None) -> Kept:
        snapshot = self.take_snapshot(of, served, name, snapshot_type, tags)
        served.status = "backing-up"
        return snapshot

    def take_snapshot(
        self,
        of: type[Kept],
        served: Served,
        name: str,
        snapshot_type: str = "manual",
        tags: Tags | None = None,
    ) -> Kept:
        """Begin a snapshot whose conditions are checked."""
        snapshot = of(self, served, name, status="creating", snapshot_type=snapshot_type, tags=tags)
        kind = of.KIND
        self.kept(of)[name] = snapshot
        begun, ended = kind.created[snapshot_type]
        events.record(begun, snapshot, kind.source_type)

        def end() -> None:
            snapshot.status = "available"
            self.end_backup(served)
            events.record(ended, snapshot, kind.source_type)

        stage = Stage(
            runtime.durations[f"{kind.noun}.create"], work=dataplane.snapshot(served, snapshot), end=end
        )
        snapshot.process = self.begin_snapshot(snapshot, [stage], served)
        return snapshot

    @staticmethod
    def snapshots_of(served: Served) -> type[Taken]:
        """Return the kind of snapshots that are taken of it."""
        return Snapshot if served.KIND is CLUSTER else InstanceSnapshot

    def automated_snapshot(self, served: Served) -> None:
        """Take the backup that AWS takes of what is new; at most one a minute, since named after it."""
        of = self.snapshots_of(served)
        name = f"rds:{served.resource_id}-{now():%Y-%m-%d-%H-%M}"
        if name not in self.kept(of):
            self.take_snapshot(of, served, name, "automated")

    def drop_automated_snapshots(self, served: Served) -> None:
        """Remove the automated backups of what is gone."""
        of = self.snapshots_of(served)
        for name, snapshot in list(self.kept(of).items()):
            if snapshot.source_resource_id == served.server_key and snapshot.snapshot_type == "automated":
                del self.kept(of)[name]
                self._drop_data(snapshot)

    def delete_db_cluster_snapshot(self, db_snapshot_identifier: str) -> Snapshot:
        """Delete a manual cluster snapshot."""
        return self._delete(self.find_own_snapshot(Snapshot, db_snapshot_identifier))

    def delete_db_snapshot(self, db_snapshot_identifier: str) -> InstanceSnapshot:
        """Delete a manual instance snapshot."""
        return self._delete(self.find_own_snapshot(InstanceSnapshot, db_snapshot_identifier))

    def _delete(self, snapshot: Kept) -> Kept:
        """Delete a manual snapshot; a copy that is under way is given up, copies from it fail."""
        kind = snapshot.KIND
        if snapshot.snapshot_type != "manual":
            raise kind.wrong_state("Only manual snapshots may be deleted.")
        if snapshot.status not in ("available", "copying", "failed"):
            raise kind.wrong_state(
                f"Cannot delete the snapshot because it is not currently in the available or failed state "
                f"but in {snapshot.status}."
            )
        seen = snapshot.as_it_was()
        if snapshot.status == "copying":
            snapshot.given_up()
        if snapshot.process is not None:
            snapshot.process.stop()
        for process in snapshot.copies:
            if not process.done:
                process.fail(CopyAbandoned(f"the source {snapshot.arn} was deleted"))
        snapshot.status = "deleting"
        stage = Stage(runtime.durations[f"{kind.noun}.delete"], end=partial(self._remove, snapshot))
        snapshot.process = schedule(f"deletion of snapshot {snapshot.arn}", [stage], lambda _: None)
        return seen

    def _remove(self, snapshot: Taken) -> None:
        if snapshot.KIND.deleted is not None:
            events.record(snapshot.KIND.deleted, snapshot, snapshot.KIND.source_type)
        del self.kept(type(snapshot))[snapshot.resource_id]
        self._drop_data(snapshot)

    @staticmethod
    def _drop_data(snapshot: Taken) -> None:
        """Remove the data once nothing reads or writes it any more."""
        work = dataplane.delete_snapshot(snapshot)
        if work is not None:
            users = [
                process.future for process in (snapshot.process, *snapshot.copies) if process is not None
            ]
            running = [future for future in users if future is not None]
            stages = [Stage(gate=lambda: all(future.done() for future in running)), Stage(work=work)]
            schedule(f"removal of the data of snapshot {snapshot.arn}", stages, lambda _: None)

    def describe_snapshots(
        self,
        of: type[Kept],
        taken_of: str | None = None,
        identifier: str | None = None,
        snapshot_type: str | None = None,
        filters: dict[str, list[str]] | None = None,
        *,
        include_shared: bool = False,
        include_public: bool = False,
        source_resource_id: str | None = None,
    ) -> list[Kept | SharedView]:
        """Return own snapshots, and shared ones where the call asks for them, by ARN and without tags."""
        kind = of.KIND
        if taken_of and identifier:
            raise InvalidParameterCombination(
                f"Only one of {kind.source_parameter} and {kind.parameter} can be specified."
            )
        if snapshot_type is not None and snapshot_type not in TYPES:
            raise InvalidParameterValue(f"Invalid snapshot type: {snapshot_type}")
        conditions = dict(filters or {})
        found = self._of_type(of, snapshot_type, shared=include_shared, public=include_public)
        if taken_of:
            conditions.setdefault(kind.source_filter, [taken_of])
        if identifier:
            found = {arn: item for arn, item in found.items() if _is(item, identifier)}
        if conditions:
            found = self._filter_resources(found, conditions, of)
        if identifier and not found:
            raise kind.not_found(identifier)
        return [item for item in found.values() if source_resource_id in (None, item.source_resource_id)]

    def _of_type(
        self, of: type[Kept], snapshot_type: str | None, *, shared: bool, public: bool
    ) -> dict[str, Kept | SharedView]:
        own_types = OWN_TYPES if snapshot_type is None else (snapshot_type,)
        own = [item for item in self.kept(of).values() if item.snapshot_type in own_types]
        views = []
        for item in self.shared_snapshots(of):
            kind = "shared" if self.account_id in item.attributes["restore"] else "public"
            included = snapshot_type is None and {"shared": shared, "public": public}[kind]
            if snapshot_type == kind or included:
                views.append(SharedView(item, kind))
        return {item.arn: item for item in [*own, *views]}


def _is(item: Taken | SharedView, identifier: str) -> bool:
    wanted = identifier if parse_arn(identifier) else identifier.lower()
    return wanted in (getattr(item, item.KIND.attribute), item.arn)
