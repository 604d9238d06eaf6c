"""Changes of instances: the call itself, and what it does to members of a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from moto.rds.exceptions import InvalidParameterCombination

from sandbox.rds.changes import LATE, defer, take
from sandbox.rds.identifiers import check_identifier
from sandbox.rds.instances import AnyInstance
from sandbox.rds.plain_changes import PlainChanges
from sandbox.rds.plain_instances import PlainInstance
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


class InstanceChanges(PlainChanges):
    """The part of the backend that changes instances."""

    def modify_db_instance(self, db_instance_identifier: str, db_kwargs: Mapping[str, Any]) -> AnyInstance:
        """Change an instance; the answer shows it as it was."""
        instance = self.find_instance(db_instance_identifier)
        ignored = {"db_instance_identifier", "apply_immediately"}
        settings = {
            key: value for key, value in db_kwargs.items() if key not in ignored and value is not None
        }
        now = bool(db_kwargs.get("apply_immediately"))
        self._check_new_name(instance, settings, now=now)
        self.check_parameter_group(settings.get("db_parameter_group_name"))
        seen = instance.as_it_was(instance.status)
        if isinstance(instance, PlainInstance):
            stages = self.plain_stages(instance, settings, now=now)
        else:
            stages = self._member_stages(instance, settings, now=now)
        seen.pending = instance.pending
        if stages:
            self.begin(instance, "modification", stages, failed="failed")
        return seen

    def _check_new_name(self, instance: AnyInstance, settings: dict[str, Any], *, now: bool) -> None:
        """Refuse a new name that is malformed or taken, also one that has waited until now."""
        new = settings.get("new_db_instance_identifier")
        if new:
            new = settings["new_db_instance_identifier"] = check_identifier("NewDBInstanceIdentifier", new)
        elif now:
            new = instance.pending.get("db_instance_identifier")
        if new:
            self.check_instance_name_free(new)

    def _member_stages(self, instance: AnyInstance, settings: dict[str, Any], *, now: bool) -> list[Stage]:
        _refuse_cluster_settings(settings)
        self.check_instance_ready(instance)
        due = defer(instance, take(settings, INSTANCE_DEFERRED), now=now)
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
            stages += self.rename_stages(instance, due["db_instance_identifier"])
        return stages


def _refuse_cluster_settings(settings: Mapping[str, Any]) -> None:
    """Refuse for a member what its cluster holds."""
    unknown = sorted(set(settings) - set(INSTANCE_DIRECT) - set(INSTANCE_DEFERRED))
    if unknown:
        raise InvalidParameterCombination(
            f"{', '.join(unknown)} can't be modified for an instance of a DB cluster; modify the DB cluster."
        )
