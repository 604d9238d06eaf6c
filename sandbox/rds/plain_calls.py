"""Calls on instances that belong to no cluster: their creation, deletion, stop and start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.rds.exceptions import (
    DBParameterGroupNotFoundError,
    DBSubnetGroupNotFoundError,
    InvalidParameterCombination,
    OptionGroupNotFoundFaultError,
)

from sandbox.rds import dataplane, events, quotas
from sandbox.rds.cluster_calls import ClusterCalls
from sandbox.rds.engine_versions import check_version
from sandbox.rds.exceptions import InvalidDBInstanceState
from sandbox.rds.identifiers import check_identifier, check_new_tags
from sandbox.rds.instances import AnyInstance
from sandbox.rds.plain_instances import PlainInstance
from sandbox.rds.snapshots import InstanceSnapshot
from sandbox.runtime import runtime
from sandbox.transitions import Stage, now

UNSAVEABLE = ("failed", "incompatible-network", "incompatible-restore")
"""States in which an instance can only be deleted without a final snapshot."""


class PlainCalls(ClusterCalls):
    """The part of the backend that answers calls on plain instances."""

    def check_new_instance(self, settings: dict[str, Any]) -> None:
        """Refuse a new instance for its name, its tags or the quota; the settings get the name as AWS stores it."""
        name = check_identifier("DBInstanceIdentifier", settings["db_instance_identifier"])
        self.check_instance_name_free(name)
        quotas.check_instance(self)
        check_new_tags(settings.get("tags"))
        settings["db_instance_identifier"] = name

    def create_plain(self, settings: dict[str, Any]) -> PlainInstance:
        """Create an instance with a server of its own, whose name and tags are checked."""
        self.check_instance_groups(settings)
        settings["engine_version"] = check_version(settings["engine"], settings.get("engine_version"))
        settings["kms_key_id"] = self.new_key(settings)
        instance = PlainInstance(self, **settings)
        self.databases[instance.db_instance_identifier] = instance

        def end() -> None:
            self.open_instance(instance)
            events.record("RDS-EVENT-0005", instance, "db-instance")
            if instance.backup_retention_period:
                self.automated_snapshot(instance)

        work = dataplane.in_turn(dataplane.create(instance), dataplane.start(instance))
        stage = Stage(runtime.durations["instance.create"], work=work, end=end)
        self.begin(instance, "creation", [stage], failed="failed")
        return instance

    def open_instance(self, instance: PlainInstance) -> None:
        """End a creation or restore: the instance answers, and has backups from now on."""
        instance.status = "available"
        instance.restorable_since = now()
        dataplane.look_up_server(instance)

    def check_instance_groups(self, settings: Mapping[str, Any]) -> None:
        """Refuse a subnet group, parameter group or option group that is not there."""
        subnets = settings.get("db_subnet_group_name")
        if subnets and subnets not in self.subnet_groups:
            raise DBSubnetGroupNotFoundError(subnets)
        self.check_parameter_group(settings.get("db_parameter_group_name"))
        options = settings.get("option_group_name")
        if options and not options.startswith("default:") and options not in self.option_groups:
            raise OptionGroupNotFoundFaultError(options)

    def check_parameter_group(self, name: str | None) -> None:
        """Refuse an instance parameter group that is not there."""
        if name and not name.startswith("default.") and name not in self.db_parameter_groups:
            raise DBParameterGroupNotFoundError(name)

    def delete_plain(
        self, instance: PlainInstance, final_name: str | None, *, skip: bool, backups: bool
    ) -> PlainInstance:
        """Delete a plain instance whose status allows it, with a final snapshot unless it is skipped."""
        self._check_plain_deletion(instance, final_name, skip=skip)

        def forget() -> None:
            events.record("RDS-EVENT-0003", instance, "db-instance")
            del self.databases[instance.db_instance_identifier]
            instance.leave_replicas()
            if backups:
                self.drop_automated_snapshots(instance)

        self.begin_deletion(instance, final_name, empty=lambda: True, forget=forget)
        return instance

    def _check_plain_deletion(self, instance: PlainInstance, final_name: str | None, *, skip: bool) -> None:
        if instance.is_replica and final_name:
            raise InvalidParameterCombination(
                "FinalDBSnapshotIdentifier can not be specified when deleting a replica instance"
            )
        if not instance.is_replica:
            self.check_final_choice(final_name, skip=skip)
        if instance.deletion_protection:
            raise InvalidParameterCombination(
                "Cannot delete protected DB Instance, please disable deletion protection and try again."
            )
        if instance.status in UNSAVEABLE and not skip:
            raise InvalidDBInstanceState(
                f"Instance {instance.db_instance_identifier} is in {instance.status} state and can only be "
                "deleted without a final snapshot."
            )
        if final_name:
            self.check_ready(instance)

    def stop_db_instance(
        self, db_instance_identifier: str, db_snapshot_identifier: str | None = None
    ) -> AnyInstance:
        """Stop a plain instance, after a snapshot if one is named; a cluster's instances stop with the cluster."""
        instance = self._plain(db_instance_identifier)
        self.check_ready(instance)
        if db_snapshot_identifier:
            name = self.check_new_snapshot(InstanceSnapshot, "DBSnapshotIdentifier", db_snapshot_identifier)
            snapshot = self.take_snapshot(InstanceSnapshot, instance, name)
            self.stop_served(instance, gate=lambda: snapshot.status != "creating")
        else:
            self.stop_served(instance)
        return instance

    def start_db_instance(self, db_instance_identifier: str) -> AnyInstance:
        """Start a stopped plain instance, or one whose key works again."""
        instance = self._plain(db_instance_identifier)
        self.start_served(instance)
        return instance

    def _plain(self, identifier: str) -> PlainInstance:
        instance = self.find_instance(identifier)
        if not isinstance(instance, PlainInstance):
            raise InvalidParameterCombination(
                f"{instance.engine} DB instances are not eligible for stopping and starting."
            )
        return instance
