"""Configuration of one Aurora recovery, as written in include/pipelines/aurora_recovery/NAME.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from switchyard.aurora_recovery.states import Kind
from switchyard.configuration import recovery_news as news
from switchyard.configuration import sections as s
from switchyard.configuration.agreement import disagreements
from switchyard.configuration.faults import Faults
from switchyard.configuration.instance import Claim, Instance, SqlFile
from switchyard.configuration.types import Text

Half = Literal["recovery_point", "recovery_restore", "recovery_watch"]
Engine = Literal["aurora-mysql", "aurora-postgresql", "mysql", "postgres"]
CopyMode = Literal["two_step", "single_step"]


class AuroraRecovery(Instance):
    """Protects one cluster or plain instance: recovery points in the source account, restores in the target account."""

    folder: ClassVar[str] = "aurora_recovery"

    halves: tuple[Half, ...] = Field(
        ("recovery_point", "recovery_restore", "recovery_watch"),
        description="DAGs that this deployment runs.",
    )
    engine: Engine = Field(description="Engine as RDS names it.")
    copy_mode: CopyMode = Field(
        "two_step",
        description="single_step lets the target copy over account and Region at once; the source copies nothing.",
    )
    source: s.Source
    recovery: s.Recovery | None = None
    target: s.Target
    manifest: s.ManifestStore
    notification: news.Notification = news.Notification()
    login: s.Login
    schedule: news.Schedules = news.Schedules()
    restore: s.Restore = s.Restore()
    approval: s.Approval = s.Approval()
    retention: s.Retention = s.Retention()
    objectives: s.Objectives
    alert: news.Alert = news.Alert()
    sanity: s.Sanity = s.Sanity()
    swap: s.Swap = s.Swap()
    after_swap: s.AfterSwap = s.AfterSwap()
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
    def kind(self) -> Kind:
        """What the engine runs on."""
        return "cluster" if self.engine.startswith("aurora-") else "instance"

    @property
    def one_account(self) -> bool:
        """Whether the source's account restores too."""
        return self.source.account_id == self.target.account_id

    @property
    def one_region(self) -> bool:
        """Whether it is restored in the source's Region."""
        return self.source.region == self.target.region

    @property
    def in_place(self) -> bool:
        """Whether it is the source itself that a restore replaces."""
        return self.one_account and self.one_region and self.source.identifier == self.target.identifier

    @property
    def recovery_region(self) -> str:
        """Region of the manifests and the topic, where it is restored."""
        return self.recovery.region if self.recovery else self.target.region

    @property
    def announced_region(self) -> str:
        """Region of the snapshot that is shared and announced."""
        return self.source.region if self.no_copy else self.recovery_region

    @property
    def copy_key_id(self) -> str:
        """Key of the copy that the source account makes; in one account nobody else needs to use it."""
        return self.recovery.kms_key_id if self.recovery else self.target.kms_key_id

    @property
    def copy_key_field(self) -> str:
        """Where that key is configured."""
        return "recovery.kms_key_id" if self.recovery else "target.kms_key_id"

    @property
    def no_copy(self) -> str:
        """Why the source account copies nothing; empty where it copies."""
        if self.one_region:
            return "it is restored in the Region of its source"
        return "the target account copies over account and Region at once" if self._single_step else ""

    @property
    def no_share(self) -> str:
        """Why nothing is shared; empty where it is."""
        return "it is restored in the account of its source" if self.one_account else ""

    @property
    def no_local_copy(self) -> str:
        """Why the target account copies nothing; empty where it copies."""
        if self.one_account:
            return "the snapshot belongs to this account already"
        shared = self.restore.restore_from == "share"
        return "it is restored from the share, as configured" if shared else ""

    @property
    def no_retention(self) -> str:
        """Why the target has no snapshots of its own to delete; empty where it has."""
        return (
            "the recovery points of this account are deleted where they are made" if self.one_account else ""
        )

    @property
    def manifest_key_id(self) -> str | None:
        """Key that encrypts the manifests; None leaves it to the bucket."""
        return self.manifest.kms_key_id or (self.recovery.kms_key_id if self.recovery else None)

    @property
    def _single_step(self) -> bool:
        return self.copy_mode == "single_step"

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
            "MonitoringRoleArn": target.monitoring_role_arn,
            "DeletionProtection": target.deletion_protection,
        }
        if self.kind == "instance":
            # Its key is that of the snapshot: the call takes none.
            return {**_given(chosen | self._class_and_group), **target.instance_overrides}
        chosen |= {
            "DBClusterParameterGroupName": target.cluster_parameter_group,
            "KmsKeyId": target.kms_key_id,
        }
        return {**_given(chosen), **target.cluster_overrides}

    @property
    def instance_overrides(self) -> dict[str, Any]:
        """Arguments of every restored instance of a cluster that win over the manifest."""
        chosen = self._class_and_group | {"MonitoringRoleArn": self.target.monitoring_role_arn}
        return {**_given(chosen), **self.target.instance_overrides}

    @property
    def _class_and_group(self) -> dict[str, Any]:
        return {
            "DBParameterGroupName": self.target.instance_parameter_group,
            "DBInstanceClass": self.target.instance_class,
        }

    def claims(self) -> Iterator[Claim]:
        """Two pipelines must not swap the same live name."""
        target = self.target
        if "recovery_restore" in self.halves:
            yield Claim(
                field=f"target.{self.kind}_id",
                value=target.identifier,
                key=f"{self.kind} {target.account_id}/{target.region}/{target.identifier}",
                deed=f"this {self.kind} is restored over",
                remedy="Give each pipeline its own live name, or leave recovery_restore out of one's halves.",
                dags=("recovery_restore",),
            )

    def sql_files(self) -> Iterator[SqlFile]:
        """The sanity checks."""
        for number, check in enumerate(self.sanity.checks):
            yield SqlFile(f"sanity.checks[{number}]", check, PurePosixPath(self.folder, "sanity"))


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value is not None}
