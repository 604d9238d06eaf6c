"""Restoring a plain instance from a snapshot: what is kept of the source, and AWS's defaults for the rest.

Source: the service model's documentation of RestoreDBInstanceFromDBSnapshot (botocore) and
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_RestoreFromSnapshot.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.rds.exceptions import InvalidParameterCombination, InvalidParameterValue

from sandbox.rds import dataplane, events, kms_rules
from sandbox.rds.plain_calls import PlainCalls
from sandbox.rds.plain_instances import PlainInstance
from sandbox.rds.snapshots import InstanceSnapshot
from sandbox.runtime import runtime
from sandbox.transitions import Stage

KEPT = (
    "allocated_storage",
    "auto_minor_version_upgrade",
    "backup_retention_period",
    "db_instance_class",
    "db_name",
    "iops",
    "license_model",
    "master_username",
    "port",
    "publicly_accessible",
    "storage_throughput",
)
"""Settings of the source that a restore keeps."""
SHARED_AND_ENCRYPTED = (
    "You can't restore a DB instance from a DB snapshot that is both shared and encrypted. Instead, make a copy of the "
    "DB snapshot and restore the DB instance from the copy."
)


class InstanceRestores(PlainCalls):
    """The part of the backend that makes plain instances from snapshots."""

    def restore_db_instance_from_db_snapshot(
        self, from_snapshot_id: str, overrides: Mapping[str, Any]
    ) -> PlainInstance:
        """Begin a restore into a new plain instance, with the key of the snapshot."""
        settings = {key: value for key, value in overrides.items() if value is not None}
        settings.pop("db_snapshot_identifier", None)
        self.check_new_instance(settings)
        self.check_instance_groups(settings)
        snapshot = self.find_snapshot(InstanceSnapshot, from_snapshot_id)
        self._check_source(snapshot, settings)
        instance = PlainInstance(self, **(_from_snapshot(snapshot, settings) | settings))
        self.databases[instance.db_instance_identifier] = instance

        def end() -> None:
            self.open_instance(instance)
            if snapshot.account_id == self.account_id:
                events.record("RDS-EVENT-0043", snapshot, "db-snapshot", name=snapshot.resource_id)

        work = dataplane.in_turn(dataplane.restore(snapshot, instance), dataplane.start(instance))
        stage = Stage(runtime.durations["instance.restore"], work=work, end=end)
        self.begin(instance, "restore", [stage], failed="incompatible-restore")
        return instance

    def _check_source(self, snapshot: InstanceSnapshot, settings: Mapping[str, Any]) -> None:
        """Refuse a snapshot that is not ready, that has to be copied first, or that does not fit."""
        if snapshot.status != "available":
            raise snapshot.KIND.wrong_state(
                f"The snapshot {snapshot.resource_id} is in {snapshot.status} state but must be available."
            )
        if snapshot.encrypted and snapshot.account_id != self.account_id:
            raise InvalidParameterValue(SHARED_AND_ENCRYPTED)
        if settings.get("engine", snapshot.engine) != snapshot.engine:
            raise InvalidParameterCombination(
                f"The engine {settings['engine']} does not match the engine {snapshot.engine} of the DB snapshot."
            )
        if settings.get("multi_az") and settings.get("availability_zone"):
            raise InvalidParameterCombination(
                "Requesting a specific availability zone is not valid for Multi-AZ instances."
            )
        if settings.get("allocated_storage", snapshot.allocated_storage) < snapshot.allocated_storage:
            raise InvalidParameterValue(
                "The allocated storage size can't be less than the source snapshot or backup size."
            )
        if snapshot.encrypted:
            kms_rules.check_source(snapshot.kms_key_id, account=self.account_id, region=self.region_name)

    def restore_db_instance_to_point_in_time(self, *_: Any, **__: Any) -> PlainInstance:
        """Refuse: the sandbox keeps no log to replay, and moto's empty instance would look like success."""
        raise NotImplementedError("instances can be restored from snapshots only")


def _from_snapshot(snapshot: InstanceSnapshot, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a restore takes from the snapshot unless the call says otherwise."""
    source = snapshot.taken_of
    kept = {name: getattr(source, name) for name in KEPT}
    return kept | {
        "engine": snapshot.engine,
        "engine_version": snapshot.engine_version,
        "kms_key_id": snapshot.kms_key_id,
        "master_user_password": snapshot.password,
        "option_group_name": snapshot.option_group_name,
        "storage_encrypted": snapshot.encrypted,
        "storage_type": "io1" if settings.get("iops") else "gp3",
        "tags": source.tags,
    }
