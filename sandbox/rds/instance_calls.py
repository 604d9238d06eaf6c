"""Calls on DB instances that belong to a cluster; plain instances keep moto's behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.rds.exceptions import (
    DBParameterGroupNotFoundError,
    InvalidDBClusterStateFault,
    InvalidDBInstanceEngine,
    InvalidParameterCombination,
    InvalidParameterValue,
)
from moto.rds.models import DBInstance

from sandbox.rds import dataplane, endpoints, events, quotas
from sandbox.rds.cluster_calls import ClusterCalls
from sandbox.rds.exceptions import ClusterNotInState, InvalidDBInstanceState
from sandbox.rds.identifiers import check_identifier, check_new_tags
from sandbox.rds.instances import Instance, new_resource_id
from sandbox.runtime import runtime
from sandbox.transitions import Stage, schedule

READY_FOR_INSTANCES = ("available", "backing-up")
NOT_DELETABLE = ("deleting", "starting", "stopped", "stopping")
NO_SCALING = (
    "Set the Serverless v2 scaling configuration on the parent DB cluster before creating a Serverless v2 DB "
    "instance."
)


class InstanceCalls(ClusterCalls):
    """The part of the backend that answers calls on instances."""

    def create_db_instance(self, db_kwargs: Mapping[str, Any]) -> DBInstance:
        """Create an instance; a cluster's server starts with its first one."""
        settings = dict(db_kwargs)
        name = check_identifier("DBInstanceIdentifier", settings["db_instance_identifier"])
        self.check_instance_name_free(name)
        quotas.check_instance(self)
        if settings.get("db_cluster_identifier") is None:
            plain = super().create_db_instance(db_kwargs)
            plain.dbi_resource_id = new_resource_id()
            return plain
        check_new_tags(settings.get("tags"))
        settings["db_instance_identifier"] = name
        self._check_member(settings)
        instance = Instance(self, **settings)
        self.databases[name] = instance
        self._begin_instance(instance, "creation", self._creation(instance))
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
            raise ClusterNotInState(
                cluster.db_cluster_identifier, self.shown_status(cluster), READY_FOR_INSTANCES
            )

    def _creation(self, instance: Instance) -> list[Stage]:
        cluster = instance.cluster

        def end() -> None:
            instance.status = "available"
            dataplane.look_up_server(cluster)
            events.record("RDS-EVENT-0005", instance, "db-instance")

        return [Stage(runtime.durations["instance.create"], work=dataplane.start(cluster), end=end)]

    def _begin_instance(self, instance: Instance, what: str, stages: list[Stage]) -> None:
        def failed(_: BaseException) -> None:
            instance.status = "failed"
            endpoints.refresh(instance.cluster)
            events.record("RDS-EVENT-0031", instance, "db-instance")

        instance.process = schedule(f"{what} of instance {instance.arn}", stages, failed)

    def describe_db_instances(
        self, db_instance_identifier: str | None = None, filters: Any = None
    ) -> list[DBInstance]:
        """Return the instances that a name, an ARN or filters ask for."""
        found = self.databases
        if db_instance_identifier:
            instance = self.find_instance(db_instance_identifier)
            found = {instance.db_instance_identifier: instance}
        if filters:
            found = self._filter_resources(found, filters, Instance)
        return list(found.values())

    def reboot_db_instance(self, db_instance_identifier: str) -> DBInstance:
        """Restart an instance; its connections are cut and refused until it is back."""
        instance = self.find_instance(db_instance_identifier)
        if not isinstance(instance, Instance):
            return instance
        self.check_instance_ready(instance)
        self._begin_instance(instance, "reboot", self.reboot_stages(instance))
        return instance.as_it_was("rebooting")

    def reboot_stages(self, instance: Instance) -> list[Stage]:
        """Return the stages of a reboot: the status is a moment late, as on AWS."""
        total = runtime.durations["instance.reboot"]

        def begin() -> None:
            self.take_down(instance, "rebooting")

        def end() -> None:
            self.bring_back(instance)

        work = dataplane.restart(instance.cluster) if instance.is_cluster_writer else None
        return [Stage(total / 4), Stage(total * 3 / 4, begin=begin, work=work, end=end)]

    def take_down(self, instance: Instance, status: str) -> None:
        """Let an instance stop answering; the writer's established connections are cut."""
        instance.status = status
        endpoints.refresh(instance.cluster)
        if instance.is_cluster_writer:
            dataplane.cut(instance.cluster)

    def bring_back(self, instance: Instance) -> None:
        """Let an instance answer again after a restart."""
        instance.status = "available"
        dataplane.look_up_server(instance.cluster)
        events.record("RDS-EVENT-0006", instance, "db-instance")

    def check_instance_ready(self, instance: Instance) -> None:
        """Refuse a call on an instance that is not available, or about not to be."""
        if instance.status != "available" or instance.busy:
            raise InvalidDBInstanceState(
                f"Instance {instance.db_instance_identifier} is not in available state."
            )

    def delete_db_instance(
        self, db_instance_identifier: str, final_db_snapshot_identifier: str | None = None, **options: Any
    ) -> DBInstance:
        """Delete an instance; with its last one a cluster's server stops and its data stays."""
        instance = self.find_instance(db_instance_identifier)
        if not isinstance(instance, Instance):
            return super().delete_db_instance(db_instance_identifier, final_db_snapshot_identifier, **options)
        if final_db_snapshot_identifier:
            raise InvalidParameterCombination(
                "FinalDBSnapshotIdentifier can not be specified when deleting a cluster instance"
            )
        if instance.status in NOT_DELETABLE or instance.busy:
            raise InvalidDBInstanceState(
                f"Instance {instance.db_instance_identifier} is in {instance.status} state and cannot be deleted."
            )
        self._begin_instance(instance, "deletion", self._deletion(instance))
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

    def stop_db_instance(
        self, db_instance_identifier: str, db_snapshot_identifier: str | None = None
    ) -> DBInstance:
        """Stop a plain instance; a cluster's instances stop with the cluster only."""
        self._refuse_member(db_instance_identifier)
        return super().stop_db_instance(db_instance_identifier, db_snapshot_identifier)

    def start_db_instance(self, db_instance_identifier: str) -> DBInstance:
        """Start a plain instance; a cluster's instances start with the cluster only."""
        self._refuse_member(db_instance_identifier)
        return super().start_db_instance(db_instance_identifier)

    def _refuse_member(self, identifier: str) -> None:
        instance = self.find_instance(identifier)
        if isinstance(instance, Instance):
            raise InvalidParameterCombination(
                f"{instance.engine} DB instances are not eligible for stopping and starting."
            )

    def create_db_snapshot(self, db_instance_identifier: str, *args: Any, **options: Any) -> Any:
        """Snapshot a plain instance; of members only their cluster has snapshots.

        Text from github.com/cevoaustralia/aws-backup-lambda/issues/5.
        """
        if isinstance(self.databases.get(db_instance_identifier), Instance):
            raise InvalidParameterValue(
                "The specified instance is a member of a cluster and a snapshot cannot be created directly. "
                "Please use the CreateDBClusterSnapshot API instead."
            )
        return super().create_db_snapshot(db_instance_identifier, *args, **options)

    def check_parameter_group(self, name: str | None) -> None:
        """Refuse an instance parameter group that is not there."""
        if name and not name.startswith("default.") and name not in self.db_parameter_groups:
            raise DBParameterGroupNotFoundError(name)
