"""Changes of plain instances: what is done at once, what waits for the maintenance window, and how both show.

Rules by setting: the service model's documentation of ModifyDBInstance (botocore) and
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.Modifying.html
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from moto.rds.exceptions import InvalidParameterCombination

from sandbox.rds import endpoints
from sandbox.rds.changes import begin_change, check_rotation, defer, take
from sandbox.rds.engine_versions import check_version
from sandbox.rds.instance_renames import InstanceRenames
from sandbox.rds.plain_instances import PlainInstance
from sandbox.transitions import Stage

PLAIN_DEFERRED = {
    "new_db_instance_identifier": "db_instance_identifier",
    **{
        name: name
        for name in (
            "allocated_storage",
            "db_instance_class",
            "enable_iam_database_authentication",
            "engine_version",
            "iops",
            "license_model",
            "multi_az",
            "option_group_name",
            "storage_throughput",
            "storage_type",
        )
    },
}
PLAIN_DIRECT = {
    **{
        name: name
        for name in (
            "auto_minor_version_upgrade",
            "backup_retention_period",
            "ca_certificate_identifier",
            "copy_tags_to_snapshot",
            "database_insights_mode",
            "db_parameter_group_name",
            "dedicated_log_volume",
            "deletion_protection",
            "engine_lifecycle_support",
            "max_allocated_storage",
            "monitoring_interval",
            "monitoring_role_arn",
            "network_type",
            "performance_insights_kms_key_id",
            "performance_insights_retention_period",
            "preferred_backup_window",
            "preferred_maintenance_window",
            "publicly_accessible",
            "vpc_security_group_ids",
        )
    },
    "enable_performance_insights": "performance_insights_enabled",
}
PLAIN_HANDLED = {
    "cloudwatch_logs_export_configuration",
    "db_port_number",
    "manage_master_user_password",
    "master_user_password",
    "master_user_secret_kms_key_id",
    "rotate_master_user_password",
}
"""Settings that mean more than an attribute."""
OF_STATUS = {
    "configuring-enhanced-monitoring": {"monitoring_interval", "monitoring_role_arn"},
    "configuring-iam-database-auth": {"enable_iam_database_authentication"},
    "configuring-log-exports": {"cloudwatch_logs_export_configuration"},
}
"""The status of an instance of which just this is changed.
Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.Status.html
"""
OUTAGES = {"db_instance_class", "engine_version"}
"""Changes that take the instance down for a while."""


class PlainChanges(InstanceRenames):
    """The part of the backend that changes plain instances."""

    def plain_stages(self, instance: PlainInstance, settings: dict[str, Any], *, now: bool) -> list[Stage]:
        """Return the stages of a change; what waits for the maintenance window is noted as pending."""
        self._check_change(instance, settings, now=now)
        waiting = take(settings, PLAIN_DEFERRED)
        if _turns_backups(instance, settings):
            waiting["backup_retention_period"] = settings.pop("backup_retention_period")
        due = defer(instance, waiting, now=now)
        changes = {key: value for key, value in due.items() if key != "db_instance_identifier"}
        stages = self._stages(instance, settings, changes) if settings or changes else []
        if "db_instance_identifier" in due:
            stages += self.rename_stages(instance, due["db_instance_identifier"])
        return stages

    def _check_change(self, instance: PlainInstance, settings: dict[str, Any], *, now: bool) -> None:
        for permission in ("allow_major_version_upgrade", "certificate_rotation_restart"):
            settings.pop(permission, None)
        unknown = sorted(set(settings) - set(PLAIN_DEFERRED) - set(PLAIN_DIRECT) - PLAIN_HANDLED)
        if unknown:
            raise NotImplementedError(f"plain instances cannot be given {', '.join(unknown)}")
        if "engine_version" in settings:
            check_version(instance.engine, settings["engine_version"])
        if settings.get("rotate_master_user_password"):
            check_rotation(instance, now=now)
        self.check_instance_groups(settings)
        _check_monitoring(instance, settings)
        self.check_instance_ready(instance)

    def _stages(
        self, instance: PlainInstance, settings: dict[str, Any], changes: Mapping[str, Any]
    ) -> list[Stage]:
        """Change at once what does not wait, and return the stages of the rest."""
        status = _status({*settings, *changes})
        port = settings.pop("db_port_number", None)
        stages = begin_change(instance, settings, changes, direct=PLAIN_DIRECT, status=status)
        if port is not None:
            stages.append(Stage(end=partial(endpoints.move_port, instance, port)))
        if port is not None or OUTAGES & set(changes):
            stages += self.reboot_stages(instance)
        return stages


def _turns_backups(instance: PlainInstance, settings: Mapping[str, Any]) -> bool:
    """Tell whether a change turns automated backups on or off, which waits unlike other changes of retention."""
    wanted = settings.get("backup_retention_period")
    return wanted is not None and bool(wanted) != bool(instance.backup_retention_period)


def _check_monitoring(instance: PlainInstance, settings: Mapping[str, Any]) -> None:
    interval = settings.get("monitoring_interval", instance.monitoring_interval)
    role = settings.get("monitoring_role_arn", instance.monitoring_role_arn)
    if interval and not role:
        raise InvalidParameterCombination(
            "A MonitoringRoleARN value is required if you specify a MonitoringInterval value other than 0."
        )


def _status(asked: set[str]) -> str:
    return next((status for status, settings in OF_STATUS.items() if asked <= settings), "modifying")
