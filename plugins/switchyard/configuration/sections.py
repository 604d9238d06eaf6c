"""The parts of an Aurora recovery's configuration file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from switchyard.aurora_recovery.settings import CLUSTER_SETTINGS, MEMBER_SETTINGS, STANDALONE_SETTINGS
from switchyard.configuration import types as t

ClusterSettings = Annotated[
    dict[str, Any], t.known_settings(CLUSTER_SETTINGS), t.settings_schema(CLUSTER_SETTINGS)
]
_INSTANCE_SETTINGS = (*MEMBER_SETTINGS, *STANDALONE_SETTINGS)
InstanceSettings = Annotated[
    dict[str, Any], t.known_settings(_INSTANCE_SETTINGS), t.settings_schema(_INSTANCE_SETTINGS)
]


class Database(t.Section):
    """What source and target have in common."""

    cluster_id: str | None
    instance_id: str | None

    @property
    def identifier(self) -> str:
        """The name, whether of a cluster or of a plain instance."""
        return self.cluster_id or self.instance_id or ""


class Source(Database):
    """The cluster or plain instance to protect."""

    aws_conn_id: t.ConnectionId = Field("aws_source", description="Airflow connection to the source account.")
    account_id: t.AccountId = Field(description="Account of what is protected, 12 digits.")
    region: t.Region = Field(description="Region of what is protected.")
    cluster_id: t.ClusterId | None = Field(
        None, description="Identifier of the cluster, where an aurora engine runs."
    )
    instance_id: t.ClusterId | None = Field(
        None, description="Identifier of the plain instance, where mysql or postgres runs."
    )
    kms_key_id: t.KeyId = Field(description="Customer-managed key it is encrypted with.")


class Recovery(t.Section):
    """Where the source account keeps the copy that it makes for another account in another Region."""

    region: t.Region = Field(description="Region of the copy, the Region of the target.")
    kms_key_id: t.KeyId = Field(
        description="Key of the source account in that Region; its policy lets the target account use it."
    )


class Target(Database):
    """The account that restores, and the cluster or plain instance it restores over."""

    aws_conn_id: t.ConnectionId = Field("aws_target", description="Airflow connection to the target account.")
    account_id: t.AccountId = Field(description="Account that restores, 12 digits; nobody else gets access.")
    region: t.Region = Field(description="Region to restore in.")
    cluster_id: t.ClusterId | None = Field(
        None, description="The live name of a cluster; need not exist before the first run."
    )
    instance_id: t.ClusterId | None = Field(
        None, description="The live name of a plain instance; need not exist before the first run."
    )
    kms_key_id: t.KeyId = Field(description="Key of the target account that encrypts what it restores.")
    subnet_group: t.SubnetGroup = Field(description="DB subnet group of what is restored.")
    security_group_ids: tuple[t.SecurityGroupId, ...] = Field(
        (), description="Security groups of what is restored; the VPC's default group when empty."
    )
    cluster_parameter_group: t.ParameterGroup | None = Field(
        None, description="Cluster parameter group; null takes the engine's default group."
    )
    instance_parameter_group: t.ParameterGroup | None = Field(
        None, description="Parameter group of the instances; null takes the engine's default group."
    )
    instance_class: t.InstanceClass | None = Field(
        None, description="Class of the restored instances; null takes the source's."
    )
    deletion_protection: bool | None = Field(
        None, description="Protection of the live one after a swap; null takes the source's."
    )
    monitoring_role_arn: t.RoleArn | None = Field(
        None, description="Role of the target account for enhanced monitoring, where the source uses it."
    )
    cluster_overrides: ClusterSettings = Field(
        default_factory=dict,
        description="Further arguments of a cluster's restore that win over the manifest.",
    )
    instance_overrides: InstanceSettings = Field(
        default_factory=dict, description="Further arguments of every instance that win over the manifest."
    )


class ManifestStore(t.Section):
    """Where manifests and acknowledgements lie, a bucket of the source account in the recovery Region."""

    bucket: t.Bucket = Field(
        description="Private bucket; the target reads manifests, writes acknowledgements."
    )
    prefix: t.Prefix = Field("manifests/", description="Folder of the manifests.")
    acknowledgements_prefix: t.Prefix = Field(
        "acknowledgements/", description="Folder where the target confirms what it copied and proved."
    )
    kms_key_id: t.KeyId | None = Field(
        None,
        description="Key of the bucket's account and Region that encrypts manifests; "
        "null takes recovery.kms_key_id, without it the bucket's own.",
    )


class Login(t.Section):
    """Secrets with the database login of each side, JSON with username, password and optionally dbname."""

    source_secret_id: t.SecretId = Field(description="Secret in the source account and Region.")
    target_secret_id: t.SecretId = Field(description="Secret in the target account and Region.")
    database: t.Database | None = Field(
        None, description="Database to connect to; null takes the secret's dbname."
    )


class Restore(t.Section):
    """How a restore starts, and what for."""

    start_on_message: bool = Field(True, description="Start a restore for each announced recovery point.")
    restore_from: Literal["local_copy", "share"] = Field(
        "local_copy",
        description="share saves the target's own copy, but nothing is left to restore from if the source is lost.",
    )
    mode: Literal["swap", "test", "keep"] = Field(
        "swap",
        description="swap gives the live name to the candidate; test proves it and tears it down, a recovery drill; "
        "keep leaves it running beside the live one.",
    )
    test_instance_class: t.InstanceClass | None = Field(
        None, description="Class of the instances in mode test; null takes the one of every restore."
    )


class Approval(t.Section):
    """Which changes a person has to approve, in Airflow or through its API."""

    swap: bool = Field(False, description="Ask before the candidate takes the live name.")
    retire: bool = Field(False, description="Ask before what was replaced is retired.")
    deadline_minutes: float = Field(720, gt=0, le=43_200, description="How long an answer is waited for.")
    default: Literal["reject", "approve"] = Field("reject", description="What no answer means.")
    approvers: tuple[t.Text, ...] = Field(
        (), description="Ids of the Airflow users who may answer; everybody with access when empty."
    )


class Retention(t.Section):
    """Which snapshots are kept; the newest and the last proved one always are."""

    keep_last: int = Field(7, ge=1, le=90, description="Snapshots kept whatever their age.")
    keep_days: int = Field(
        7, ge=0, le=3650, description="Snapshots younger than this are kept whatever their number."
    )
    require_acknowledgement: bool = Field(
        True, description="Delete only after the target acknowledged a newer recovery point."
    )


class Objectives(t.Section):
    """What the recovery has to achieve; missing it alerts."""

    rpo_minutes: int = Field(ge=1, le=525_600, description="Most minutes of data a disaster may cost.")
    rto_minutes: int = Field(
        ge=1, le=43_200, description="Most minutes from the start of a restore to its end."
    )
    max_recovery_point_age_minutes: int | None = Field(
        None,
        ge=1,
        le=525_600,
        description="Age at which a restore refuses a recovery point; null: twice the RPO.",
    )
    drill_days: int | None = Field(
        None,
        ge=1,
        le=3650,
        description="Most days since a restore was last proved; null asks for no proof.",
    )


class Sanity(t.Section):
    """What the candidate has to prove before it may go live."""

    row_counts: tuple[t.Table, ...] = Field((), description="Tables whose rows are counted on both sides.")
    watermarks: dict[t.Table, t.Column] = Field(
        default_factory=dict, description="Column whose greatest value is compared, by table."
    )
    checks: tuple[t.SqlFile, ...] = Field(
        (), description="Files under include/sql/aurora_recovery/sanity; each passes when it returns no row."
    )
    deleted_rows_percent: float = Field(
        0.0, ge=0, le=100, description="Rows that may be fewer than at capture time, for tables with deletes."
    )
    watermark_tolerance_seconds: int = Field(
        300,
        ge=0,
        le=86_400,
        description="How far a time watermark may lie beyond the snapshot, for clock skew.",
    )


class Swap(t.Section):
    """How the live name changes hands."""

    rename_instances: bool = Field(
        True, description="Swap the names of a cluster's instances too, which reboots them."
    )


class AfterSwap(t.Section):
    """What is carried over once the names are swapped; custom endpoints and scaling always are."""

    refresh_tls: bool = Field(
        False,
        description="Stop and start the live cluster where its certificate names another host: minutes without "
        "service, but clients that verify the host name get in.",
    )
    login_policies: tuple[t.PolicyArn, ...] = Field(
        (),
        description="Managed policies of the target account for logins by IAM; they get the new resource id.",
    )
    proxies: tuple[t.ProxyName, ...] = Field(
        (),
        description="RDS proxies of the target account that follow the live name; they are registered anew.",
    )


class Retire(t.Section):
    """What becomes of the cluster that was live before."""

    drain_minutes: int = Field(30, ge=0, le=10_080, description="Longest wait for connections to leave it.")
    action: Literal["delete", "stop"] = Field(
        "delete", description="stop keeps it stopped and tagged; AWS starts it again after 7 days."
    )
    final_snapshot: bool = Field(True, description="Take a last snapshot before it is deleted.")


class Timeouts(t.Section):
    """Minutes after which a step fails instead of waiting on."""

    snapshot: int = Field(120, ge=1, le=10_080, description="Snapshot of the source.")
    copy_snapshot: int = Field(
        720, ge=1, le=10_080, description="Copy to another Region or account, with its queue."
    )
    restore: int = Field(360, ge=1, le=10_080, description="Restore of the candidate.")
    instances: int = Field(120, ge=1, le=10_080, description="Creation of its instances.")
    checks: int = Field(120, ge=1, le=10_080, description="Sanity checks.")
    swap: int = Field(120, ge=1, le=10_080, description="All renames of the swap or of its rollback.")
    after_swap: int = Field(60, ge=1, le=10_080, description="All that is carried over after the swap.")
    retire: int = Field(
        720, ge=1, le=20_160, description="Drain, final snapshot and deletion of the old one."
    )


class Waits(t.Section):
    """How waiting is done."""

    poll_interval_seconds: float = Field(30.0, ge=0.1, le=600, description="Time between two looks at AWS.")
    timeouts_minutes: Timeouts = Field(Timeouts(), description="Deadlines by step.")


class Pools(t.Section):
    """Airflow pools that keep runs within the limits of AWS."""

    default: t.Pool = Field("default_pool", description="Pool of the steps.")
    copy_snapshot: t.Pool = Field(
        "default_pool",
        description="Pool of cross-Region copies; AWS runs five at a time per account and Region.",
    )
