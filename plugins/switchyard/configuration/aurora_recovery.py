"""Configuration of one Aurora recovery, as written in include/pipelines/aurora_recovery/NAME.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from switchyard.configuration import sections as s
from switchyard.configuration.agreement import disagreements
from switchyard.configuration.faults import Faults
from switchyard.configuration.instance import Claim, Instance, SqlFile
from switchyard.configuration.types import Text

Half = Literal["recovery_point", "recovery_restore", "recovery_watch"]
Engine = Literal["aurora-mysql", "aurora-postgresql"]


class AuroraRecovery(Instance):
    """Protects one cluster: recovery points in the source account, restores in the target account."""

    folder: ClassVar[str] = "aurora_recovery"

    halves: tuple[Half, ...] = Field(
        ("recovery_point", "recovery_restore", "recovery_watch"),
        description="DAGs that this deployment runs.",
    )
    engine: Engine = Field(description="Engine as RDS names it.")
    source: s.Source
    recovery: s.Recovery
    target: s.Target
    manifest: s.ManifestStore
    notification: s.Notification = s.Notification()
    login: s.Login
    schedule: s.Schedules = s.Schedules()
    restore: s.Restore = s.Restore()
    retention: s.Retention = s.Retention()
    objectives: s.Objectives
    alert: s.Alert = s.Alert()
    sanity: s.Sanity = s.Sanity()
    swap: s.Swap = s.Swap()
    retire: s.Retire = s.Retire()
    waits: s.Waits = s.Waits()
    pools: s.Pools = s.Pools()
    explained_differences: dict[Text, Text] = Field(
        default_factory=dict,
        description="Reason by setting for differences between source and candidate that are wanted.",
    )

    @model_validator(mode="after")
    def _agree(self) -> AuroraRecovery:
        """Raise every contradiction between fields at once."""
        if faults := tuple(disagreements(self)):
            raise Faults(faults)
        return self

    @property
    def recovery_region(self) -> str:
        """Region of the shared snapshot, the manifests and the topic."""
        return self.recovery.region

    @property
    def max_recovery_point_age_minutes(self) -> int:
        """Age in minutes beyond which a recovery point is refused."""
        goals = self.objectives
        return goals.max_recovery_point_age_minutes or 2 * goals.rpo_minutes

    @property
    def restore_overrides(self) -> dict[str, Any]:
        """Arguments of the restore that win over the manifest."""
        target = self.target
        chosen = {
            "DBSubnetGroupName": target.subnet_group,
            "VpcSecurityGroupIds": list(target.security_group_ids) or None,
            "DBClusterParameterGroupName": target.cluster_parameter_group,
            "KmsKeyId": target.kms_key_id,
            "MonitoringRoleArn": target.monitoring_role_arn,
            "DeletionProtection": target.deletion_protection,
        }
        return {**_given(chosen), **target.cluster_overrides}

    @property
    def instance_overrides(self) -> dict[str, Any]:
        """Arguments of every restored instance of a cluster that win over the manifest."""
        chosen = {
            "DBParameterGroupName": self.target.instance_parameter_group,
            "DBInstanceClass": self.target.instance_class,
            "MonitoringRoleArn": self.target.monitoring_role_arn,
        }
        return {**_given(chosen), **self.target.instance_overrides}

    def claims(self) -> Iterator[Claim]:
        """Two pipelines must not swap the same live name."""
        target = self.target
        if "recovery_restore" in self.halves:
            yield Claim(
                field="target.cluster_id",
                value=target.cluster_id,
                key=f"cluster {target.account_id}/{target.region}/{target.cluster_id}",
                deed="already restores over this cluster",
                remedy="Give each pipeline its own live name, or leave recovery_restore out of one's halves.",
            )

    def sql_files(self) -> Iterator[SqlFile]:
        """The sanity checks."""
        for number, check in enumerate(self.sanity.checks):
            yield SqlFile(f"sanity.checks[{number}]", check, PurePosixPath(self.folder, "sanity"))


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}
