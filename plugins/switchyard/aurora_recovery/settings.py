"""Which settings a restore does not carry by itself, and which call brings each of them back.

RestoreDBClusterFromSnapshot makes a cluster with default settings, so that each must be read from the
source when the recovery point is taken. Availability Zones are left to AWS, they mean nothing in another
Region. Sources: the botocore service model of RDS (arguments of the calls, fields of the descriptions); the
Aurora user guide on what a restored cluster starts with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Carry(StrEnum):
    """When a setting is applied to the restored resource."""

    CREATE = "create"
    """With the call that restores or creates it."""
    MODIFY = "modify"
    """With a modify call once it is available; no earlier call takes it."""
    OPERATION = "operation"
    """With an operation of its own once it is available; no other call takes it."""
    ACCEPT = "accept"
    """With a modify call after the swap; earlier it would stop the candidate from being torn down."""
    NEVER = "never"
    """By nothing that a restore may do; where the source has it, a person sets it up or explains why not."""


@dataclass(frozen=True)
class Setting:
    """One setting, named as the argument that carries it.

    Attributes:
        name: Argument of the call.
        kind: JSON type of the value.
        read: Reads the value from a description; None where the description holds none.
        carry: When it is applied.
        local: Whether the value means something only in its own account or Region, so that the target's
            configuration must give its own.
    """

    name: str
    kind: type
    read: Callable[[Mapping[str, Any]], Any]
    carry: Carry = Carry.CREATE
    local: bool = False


def _field(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda described: described.get(name)


def _same(name: str, kind: type, carry: Carry = Carry.CREATE, *, local: bool = False) -> Setting:
    return Setting(name, kind, _field(name), carry, local)


def _list(name: str, item: str) -> Callable[[Mapping[str, Any]], list[str] | None]:
    def read(described: Mapping[str, Any]) -> list[str] | None:
        found = described.get(name)
        return None if found is None else sorted(entry[item] for entry in found)

    return read


def _first(name: str, item: str) -> Callable[[Mapping[str, Any]], str | None]:
    def read(described: Mapping[str, Any]) -> str | None:
        found = described.get(name) or [{}]
        value: str | None = found[0].get(item)
        return value

    return read


def _log_exports(described: Mapping[str, Any]) -> list[str]:
    return sorted(described.get("EnabledCloudwatchLogsExports") or [])


def _subnet_group(described: Mapping[str, Any]) -> str | None:
    group = described.get("DBSubnetGroup")
    return group.get("DBSubnetGroupName") if isinstance(group, Mapping) else group


def _storage_type(described: Mapping[str, Any]) -> str:
    return described.get("StorageType") or "aurora"


def _serverless(described: Mapping[str, Any]) -> dict[str, Any] | None:
    found = described.get("ServerlessV2ScalingConfiguration") or {}
    kept = {
        key: found[key] for key in ("MinCapacity", "MaxCapacity", "SecondsUntilAutoPause") if key in found
    }
    return kept or None


def _port(described: Mapping[str, Any]) -> int | None:
    endpoint = described.get("Endpoint")
    if isinstance(endpoint, Mapping):
        return endpoint.get("Port")
    return described.get("Port") or described.get("DbInstancePort") or None


def _secret_key(described: Mapping[str, Any]) -> str | None:
    key: str | None = (described.get("MasterUserSecret") or {}).get("KmsKeyId")
    return key


def _managed_password(described: Mapping[str, Any]) -> bool:
    return bool(described.get("MasterUserSecret"))


def _forwarding(described: Mapping[str, Any]) -> bool:
    return described.get("LocalWriteForwardingStatus") in ("enabled", "enabling", "requested")


def _roles(described: Mapping[str, Any]) -> list[dict[str, str]]:
    kept = [
        {key: role[key] for key in ("RoleArn", "FeatureName") if role.get(key)}
        for role in described.get("AssociatedRoles") or []
    ]
    return sorted(kept, key=lambda role: (role["RoleArn"], role.get("FeatureName", "")))


_SHARED = (
    _same("BackupRetentionPeriod", int),
    _same("PreferredBackupWindow", str),
    _same("CopyTagsToSnapshot", bool),
    _same("EngineLifecycleSupport", str),
    _same("NetworkType", str),
    Setting("Port", int, _port),
    Setting("EnableIAMDatabaseAuthentication", bool, _field("IAMDatabaseAuthenticationEnabled")),
    Setting("EnableCloudwatchLogsExports", list, _log_exports),
    Setting("DBSubnetGroupName", str, _subnet_group, local=True),
    Setting("VpcSecurityGroupIds", list, _list("VpcSecurityGroups", "VpcSecurityGroupId"), local=True),
    Setting("DeletionProtection", bool, _field("DeletionProtection"), Carry.ACCEPT),
    _same("PreferredMaintenanceWindow", str, Carry.MODIFY),
    _same("DatabaseInsightsMode", str, Carry.MODIFY),
    Setting("ManageMasterUserPassword", bool, _managed_password, Carry.MODIFY),
    Setting("MasterUserSecretKmsKeyId", str, _secret_key, Carry.MODIFY, local=True),
    Setting("Domain", str, _first("DomainMemberships", "Domain"), local=True),
    Setting("DomainIAMRoleName", str, _first("DomainMemberships", "IAMRoleName"), local=True),
    _same("ActivityStreamMode", str, Carry.NEVER),
)

CLUSTER_SETTINGS: tuple[Setting, ...] = (
    *_SHARED,
    _same("EngineMode", str),
    _same("BacktrackWindow", int),
    Setting("StorageType", str, _storage_type),
    Setting("DBClusterParameterGroupName", str, _field("DBClusterParameterGroup"), local=True),
    Setting("ServerlessV2ScalingConfiguration", dict, _serverless),
    Setting("AssociatedRoles", list, _roles, local=True),
    Setting("EnablePerformanceInsights", bool, _field("PerformanceInsightsEnabled")),
    _same("PerformanceInsightsRetentionPeriod", int),
    _same("PerformanceInsightsKMSKeyId", str, local=True),
    _same("MonitoringInterval", int),
    _same("MonitoringRoleArn", str, local=True),
    _same("AutoMinorVersionUpgrade", bool, Carry.MODIFY),
    Setting("EnableHttpEndpoint", bool, _field("HttpEndpointEnabled"), Carry.OPERATION),
    Setting("EnableLocalWriteForwarding", bool, _forwarding, Carry.MODIFY),
    _same("GlobalClusterIdentifier", str, Carry.NEVER),
)
"""An Aurora cluster: RestoreDBClusterFromSnapshot, then ModifyDBCluster."""

MEMBER_SETTINGS: tuple[Setting, ...] = (
    _same("DBInstanceClass", str),
    Setting("DBParameterGroupName", str, _first("DBParameterGroups", "DBParameterGroupName"), local=True),
    _same("PromotionTier", int),
    _same("CACertificateIdentifier", str),
    _same("MonitoringInterval", int),
    _same("MonitoringRoleArn", str, local=True),
    Setting("EnablePerformanceInsights", bool, _field("PerformanceInsightsEnabled")),
    _same("PerformanceInsightsRetentionPeriod", int),
    _same("PerformanceInsightsKMSKeyId", str, local=True),
    _same("AutoMinorVersionUpgrade", bool),
    _same("PubliclyAccessible", bool),
    _same("PreferredMaintenanceWindow", str),
    _same("CopyTagsToSnapshot", bool),
)
"""An instance of an Aurora cluster: CreateDBInstance."""

STANDALONE_SETTINGS: tuple[Setting, ...] = (
    *_SHARED,
    _same("DBInstanceClass", str),
    Setting("DBParameterGroupName", str, _first("DBParameterGroups", "DBParameterGroupName"), local=True),
    Setting("OptionGroupName", str, _first("OptionGroupMemberships", "OptionGroupName"), local=True),
    _same("MultiAZ", bool),
    _same("StorageType", str),
    _same("Iops", int),
    _same("StorageThroughput", int),
    _same("LicenseModel", str),
    _same("CACertificateIdentifier", str),
    _same("AutoMinorVersionUpgrade", bool),
    _same("PubliclyAccessible", bool),
    _same("DedicatedLogVolume", bool),
    _same("MaxAllocatedStorage", int, Carry.MODIFY),
    _same("MonitoringInterval", int, Carry.MODIFY),
    _same("MonitoringRoleArn", str, Carry.MODIFY, local=True),
    Setting("EnablePerformanceInsights", bool, _field("PerformanceInsightsEnabled"), Carry.MODIFY),
    _same("PerformanceInsightsRetentionPeriod", int, Carry.MODIFY),
    _same("PerformanceInsightsKMSKeyId", str, Carry.MODIFY, local=True),
    Setting("AssociatedRoles", list, _roles, Carry.NEVER, local=True),
)
"""A plain RDS instance: RestoreDBInstanceFromDBSnapshot, then ModifyDBInstance."""


def capture(described: Mapping[str, Any], settings: tuple[Setting, ...]) -> dict[str, Any]:
    """Read the settings a description holds; those it does not hold are left out."""
    values = {setting.name: setting.read(described) for setting in settings}
    return {name: value for name, value in values.items() if value is not None}


def by_name(settings: tuple[Setting, ...]) -> dict[str, Setting]:
    """Index settings by the argument that carries them."""
    return {setting.name: setting for setting in settings}
