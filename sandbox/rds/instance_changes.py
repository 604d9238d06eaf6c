"""Changes of instances that belong to a cluster, and their renames."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from moto.rds.exceptions import InvalidParameterCombination
from moto.rds.models import DBInstance

from sandbox.rds import dataplane
from sandbox.rds.identifiers import check_identifier
from sandbox.rds.instance_calls import InstanceCalls
from sandbox.rds.instances import Instance
from sandbox.runtime import runtime
from sandbox.transitions import Stage

INSTANCE_DEFERRED = {
    "new_db_instance_identifier": "db_instance_identifier",
    "db_instance_class": "db_instance_class",
}
INSTANCE_DIRECT = {
    **{
        name: name
        for name in (
            "auto_minor_version_upgrade",
            "ca_certificate_identifier",
            "copy_tags_to_snapshot",
            "database_insights_mode",
            "db_parameter_group_name",
            "monitoring_interval",
            "monitoring_role_arn",
            "performance_insights_kms_key_id",
            "performance_insights_retention_period",
            "preferred_maintenance_window",
            "promotion_tier",
            "publicly_accessible",
        )
    },
    "enable_performance_insights": "performance_insights_enabled",
}
LATE = 0.25
"""The part of a change's time in which the status does not show it yet."""


class InstanceChanges(InstanceCalls):
    """The part of the backend that changes and renames instances."""

    def modify_db_instance(self, db_instance_identifier: str, db_kwargs: Mapping[str, Any]) -> DBInstance:
        """Change an instance; the answer shows it as it was."""
        instance = self.find_instance(db_instance_identifier)
        new_name = db_kwargs.get("new_db_instance_identifier")
        if new_name:
            self.check_instance_name_free(check_identifier("NewDBInstanceIdentifier", new_name))
        if not isinstance(instance, Instance):
            return super().modify_db_instance(db_instance_identifier, db_kwargs)
        settings = _member_settings(db_kwargs)
        self.check_parameter_group(settings.get("db_parameter_group_name"))
        self.check_instance_ready(instance)
        now = bool(db_kwargs.get("apply_immediately"))
        pending = instance.pending | take(settings, INSTANCE_DEFERRED)
        if now and "db_instance_identifier" in pending:
            self.check_instance_name_free(pending["db_instance_identifier"])
        seen = instance.as_it_was()
        instance.pending, due = ({}, pending) if now else (pending, {})
        seen.pending = instance.pending
        stages = self._instance_stages(instance, settings, due)
        if stages:
            self._begin_instance(instance, "modification", stages)
        return seen

    def _instance_stages(
        self, instance: Instance, settings: Mapping[str, Any], due: Mapping[str, Any]
    ) -> list[Stage]:
        for key, value in settings.items():
            setattr(instance, INSTANCE_DIRECT[key], value)
        stages: list[Stage] = []
        if settings or "db_instance_class" in due:
            total = runtime.durations["instance.modify"]

            def end() -> None:
                instance.db_instance_class = due.get("db_instance_class", instance.db_instance_class)
                instance.status = "available"

            begin = partial(setattr, instance, "status", "modifying")
            stages += [Stage(total * LATE), Stage(total * (1 - LATE), begin=begin, end=end)]
        if "db_instance_identifier" in due:
            stages += self._instance_rename_stages(instance, due["db_instance_identifier"].lower())
        return stages

    def _instance_rename_stages(self, instance: Instance, new: str) -> list[Stage]:
        """Return the stages of a rename, which reboots the instance under its new name."""
        old = instance.db_instance_identifier
        total = runtime.durations["instance.rename"]
        self.reserved_instances.add(new)

        def hide() -> None:
            del self.databases[old]
            self.hidden_instances.append(instance)
            instance.named = False
            instance.db_instance_identifier = new

        def show() -> None:
            self.hidden_instances.remove(instance)
            self.reserved_instances.discard(new)
            self.databases[new] = instance
            instance.named = True
            instance.status = "rebooting"

        def restart() -> None:
            work = dataplane.restart(instance.cluster) if instance.is_cluster_writer else None
            if work is not None:
                work()

        return [
            Stage(total / 4),
            Stage(total / 4, begin=partial(self.take_down, instance, "renaming")),
            Stage(runtime.durations["instance.rename.invisible"], begin=hide, end=show),
            Stage(total / 2, work=restart, end=partial(self.bring_back, instance)),
        ]


def take(settings: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Take the named settings out, under the names of their attributes."""
    return {names[key]: settings.pop(key) for key in list(settings) if key in names}


def _member_settings(db_kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings to change; InvalidParameterCombination for those that the cluster holds."""
    ignored = {"db_instance_identifier", "apply_immediately"}
    settings = {key: value for key, value in db_kwargs.items() if key not in ignored and value is not None}
    unknown = sorted(set(settings) - set(INSTANCE_DIRECT) - set(INSTANCE_DEFERRED))
    if unknown:
        raise InvalidParameterCombination(
            f"{', '.join(unknown)} can't be modified for an instance of a DB cluster; modify the DB cluster."
        )
    return settings
