"""Read replicas of plain instances.

A replica stays with the instance that it was made of, whatever that is called, and stands alone when it is promoted or
its source is deleted: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.rds.exceptions import InvalidParameterCombination, InvalidParameterValue
from moto.rds.models import rds_backends

from sandbox.rds import dataplane, events
from sandbox.rds.exceptions import InvalidDBInstanceState
from sandbox.rds.identifiers import parse_arn
from sandbox.rds.plain_calls import PlainCalls
from sandbox.rds.plain_instances import PlainInstance
from sandbox.runtime import runtime
from sandbox.transitions import Stage

INHERITED = (
    "allocated_storage",
    "auto_minor_version_upgrade",
    "db_instance_class",
    "db_name",
    "db_parameter_group_name",
    "engine",
    "engine_version",
    "iops",
    "kms_key_id",
    "license_model",
    "master_username",
    "port",
    "storage_encrypted",
    "storage_throughput",
    "storage_type",
    "vpc_security_group_ids",
)
"""Settings that a replica has from its source unless the call says otherwise."""


class Replicas(PlainCalls):
    """The part of the backend that answers calls on read replicas."""

    def create_db_instance_read_replica(self, db_kwargs: Mapping[str, Any]) -> PlainInstance:
        """Make a replica with the present rows of its source, without backups."""
        settings = {key: value for key, value in db_kwargs.items() if value is not None}
        source = self._source(settings.pop("source_db_instance_identifier"))
        self.check_new_instance(settings)
        self.check_instance_groups(settings)
        self.check_ready(source)
        if not source.backup_retention_period:
            raise InvalidDBInstanceState("Automated backups are not enabled for this database instance.")
        inherited = {name: getattr(source, name) for name in INHERITED}
        inherited |= {"backup_retention_period": 0, "master_user_password": source.stored_password}
        replica = PlainInstance(self, **(inherited | settings))
        replica.follow(source)
        self.databases[replica.db_instance_identifier] = replica

        def end() -> None:
            self.open_instance(replica)
            events.record("RDS-EVENT-0005", replica, "db-instance")

        work = dataplane.in_turn(dataplane.duplicate(source, replica), dataplane.start(replica))
        stage = Stage(runtime.durations["instance.create"], work=work, end=end)
        self.begin(replica, "creation", [stage], failed="failed")
        return replica

    def _source(self, identifier: str) -> PlainInstance:
        arn = parse_arn(identifier)
        backend: Any = rds_backends[self.account_id][arn.region] if arn is not None else self
        source = backend.find_instance(identifier)
        if not isinstance(source, PlainInstance):
            raise InvalidParameterValue(
                "Read replicas of this kind can't be created of a member of a DB cluster."
            )
        return source

    def promote_read_replica(self, db_kwargs: Mapping[str, Any]) -> PlainInstance:
        """Let a replica stand alone, which reboots it."""
        replica = self.find_instance(db_kwargs["db_instance_identifier"])
        if not isinstance(replica, PlainInstance) or replica.source is None:
            raise InvalidParameterCombination(
                f"DB Instance {replica.db_instance_identifier} is not a replica."
            )
        self.check_ready(replica)
        seen = replica.as_it_was("modifying")
        replica.stand_alone()
        retention = db_kwargs.get("backup_retention_period")
        replica.backup_retention_period = 1 if retention is None else retention

        def end() -> None:
            replica.status = "available"

        stage = Stage(runtime.durations["instance.modify"], end=end)
        replica.status = "modifying"
        self.begin(replica, "promotion", [stage], failed="failed")
        return seen
