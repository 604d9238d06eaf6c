"""Calls on DB instances: those that are the same for members of clusters and plain ones, and those on members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.rds.exceptions import (
    InvalidDBClusterStateFault,
    InvalidDBInstanceEngine,
    InvalidParameterCombination,
    InvalidParameterValue,
)

from sandbox.rds import dataplane, endpoints, events
from sandbox.rds.exceptions import InvalidDBInstanceState
from sandbox.rds.instances import AnyInstance, Instance
from sandbox.rds.plain_calls import PlainCalls
from sandbox.rds.plain_instances import PlainInstance
from sandbox.runtime import runtime
from sandbox.transitions import Stage

READY_FOR_INSTANCES = ("available", "backing-up")
NOT_DELETABLE = ("starting", "stopped", "stopping")
NO_SCALING = (
    "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB "
    "instance."
)


class InstanceCalls(PlainCalls):
    """The part of the backend that answers calls on instances."""

    def create_db_instance(self, db_kwargs: Mapping[str, Any]) -> AnyInstance:
        """Create an instance; a cluster's server starts with its first one."""
        settings = dict(db_kwargs)
        self.check_new_instance(settings)
        if settings.get("db_cluster_identifier") is None:
            return self.create_plain(settings)
        self._check_member(settings)
        instance = Instance(self, **settings)
        self.databases[instance.db_instance_identifier] = instance
        self.begin(instance, "creation", self._creation(instance), failed="failed")
        return instance

    def _check_member(self, settings: Mapping[str, Any]) -> None:
        cluster = self.find_cluster(settings["db_cluster_identifier"])
        if settings["engine"] != cluster.engine:
            raise InvalidDBInstanceEngine(settings["engine"], cluster.engine)
        if cluster.engine_mode == "serverless":
            raise InvalidParameterValue("Instances cannot be added to Aurora Serverless clusters.")
        if (
            settings.get("db_instance_class") == "db.serverless"
            and not cluster.serverless_v2_scaling_configuration
        ):
            raise InvalidDBClusterStateFault(NO_SCALING)
        if cluster.status not in READY_FOR_INSTANCES:
            raise cluster.wrong_state(READY_FOR_INSTANCES)

    def _creation(self, instance: Instance) -> list[Stage]:
        cluster = instance.cluster

        def end() -> None:
            instance.status = "available"
            dataplane.look_up_server(cluster)
            events.record("RDS-EVENT-0005", instance, "db-instance")

        return [Stage(runtime.durations["instance.create"], work=dataplane.start(cluster), end=end)]

    def describe_db_instances(
        self, db_instance_identifier: str | None = None, filters: Any = None
    ) -> list[AnyInstance]:
        """Return the instances that a name, an ARN or filters ask for."""
        found = self.databases
        if db_instance_identifier:
            instance = self.find_instance(db_instance_identifier)
            found = {instance.db_instance_identifier: instance}
        if filters:
            found = self._filter_resources(found, filters, Instance)
        return list(found.values())

    def reboot_db_instance(self, db_instance_identifier: str) -> AnyInstance:
        """Restart an instance; its connections are cut and refused until it is back."""
        instance = self.find_instance(db_instance_identifier)
        self.check_instance_ready(instance)
        self.begin(instance, "reboot", self.reboot_stages(instance), failed="failed")
        return instance.as_it_was("rebooting")

    def reboot_stages(self, instance: AnyInstance) -> list[Stage]:
        """Return the stages of a reboot: the status is a moment late, as on AWS."""
        total = runtime.durations["instance.reboot"]

        def begin() -> None:
            self.take_down(instance, "rebooting")

        def end() -> None:
            self.bring_back(instance)

        work = dataplane.restart(instance.served) if instance.is_cluster_writer else None
        return [Stage(total / 4), Stage(total * 3 / 4, begin=begin, work=work, end=end)]

    def take_down(self, instance: AnyInstance, status: str) -> None:
        """Let an instance stop answering; the writer's established connections are cut."""
        instance.status = status
        endpoints.refresh(instance.served)
        if instance.is_cluster_writer:
            dataplane.cut(instance.served)

    def bring_back(self, instance: AnyInstance) -> None:
        """Let an instance answer again after a restart."""
        instance.status = "available"
        dataplane.look_up_server(instance.served)
        events.record("RDS-EVENT-0006", instance, "db-instance")

    def check_instance_ready(self, instance: AnyInstance) -> None:
        """Refuse a call on an instance that is not available, or about not to be."""
        if instance.status != "available" or instance.busy:
            raise instance.wrong_state()

    def delete_db_instance(
        self,
        db_instance_identifier: str,
        final_db_snapshot_identifier: str | None = None,
        *,
        skip_final_snapshot: bool = False,
        delete_automated_backups: bool = True,
        **_: Any,
    ) -> AnyInstance:
        """Delete an instance; with its last one a cluster's server stops and its data stays."""
        instance = self.find_instance(db_instance_identifier)
        if instance.status == "deleting":
            raise InvalidDBInstanceState(
                f"Instance {instance.db_instance_identifier} is already being deleted."
            )
        if instance.status in NOT_DELETABLE or instance.busy:
            raise InvalidDBInstanceState(
                f"Instance {instance.db_instance_identifier} is in {instance.status} state and cannot be deleted."
            )
        if isinstance(instance, PlainInstance):
            return self.delete_plain(
                instance,
                final_db_snapshot_identifier,
                skip=skip_final_snapshot,
                backups=delete_automated_backups,
            )
        if final_db_snapshot_identifier:
            raise InvalidParameterCombination(
                "FinalDBSnapshotIdentifier can not be specified when deleting a cluster instance"
            )
        self.begin(instance, "deletion", self._deletion(instance), failed="failed")
        return instance

    def _deletion(self, instance: Instance) -> list[Stage]:
        cluster = instance.cluster
        instance.status = "deleting"
        last = all(other.status == "deleting" for other in cluster.instances)
        cluster.designate_writer()
        endpoints.refresh(cluster)

        def end() -> None:
            events.record("RDS-EVENT-0003", instance, "db-instance")
            cluster.instances.remove(instance)
            del self.databases[instance.db_instance_identifier]
            dataplane.look_up_server(cluster)

        work = dataplane.stop(cluster) if last else None
        return [Stage(runtime.durations["instance.delete"], work=work, end=end)]
