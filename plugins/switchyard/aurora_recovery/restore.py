"""Arguments of the calls that make a candidate as the manifest describes its source, never with defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchyard.aurora_recovery.manifest import Manifest, Member
from switchyard.aurora_recovery.settings import (
    CLUSTER_SETTINGS,
    MEMBER_SETTINGS,
    STANDALONE_SETTINGS,
    Carry,
    Setting,
)
from switchyard.errors import BadInput

_DEFAULT_GROUP = "default."
"""Parameter groups of this prefix exist under the same name in every account and Region."""

_ONLY_WHEN_ON = {
    "PerformanceInsightsRetentionPeriod": "EnablePerformanceInsights",
    "PerformanceInsightsKMSKeyId": "EnablePerformanceInsights",
    "MonitoringRoleArn": "MonitoringInterval",
    "MasterUserSecretKmsKeyId": "ManageMasterUserPassword",
}
"""Arguments that AWS refuses unless another one is given and not off."""

_OMIT_WHEN_OFF = frozenset(
    {
        "AssociatedRoles",
        "BacktrackWindow",
        "EnableCloudwatchLogsExports",
        "EnableHttpEndpoint",
        "EnableLocalWriteForwarding",
        "EnablePerformanceInsights",
        "ManageMasterUserPassword",
        "MonitoringInterval",
    }
)
"""Arguments whose off value is the default, left out because some engines refuse to hear of them."""


def restore_arguments(
    manifest: Manifest, overrides: Mapping[str, Any], extra_tags: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Build the arguments of RestoreDBClusterFromSnapshot, for plain RDS RestoreDBInstanceFromDBSnapshot.

    Args:
        manifest: What the source was like.
        overrides: Arguments the target's configuration and the caller decide: identifiers, the key, subnet
            group, security groups, parameter group. None as a value leaves the argument out.
        extra_tags: Tags to add to those of the source.

    Returns:
        Everything but what only a modify call takes. Deletion protection is off: a candidate must be
        removable until it is accepted.

    Raises:
        BadInput: A setting needs a value that only the target's configuration can give.
    """
    table = CLUSTER_SETTINGS if manifest.kind == "cluster" else STANDALONE_SETTINGS
    later = {setting.name for setting in table if setting.carry is not Carry.CREATE}
    overrides = in_force(overrides, {**manifest.settings, **overrides})
    overrides = {name: value for name, value in overrides.items() if name not in later}
    arguments = _carried(manifest.settings, table, Carry.CREATE, overrides)
    arguments |= {"Engine": manifest.engine, "DeletionProtection": False}
    if manifest.kind == "cluster":
        arguments["EngineVersion"] = manifest.engine_version
        _require_key(manifest, overrides)
        _require_capacity(manifest, {**arguments, **overrides})
    return _finished(arguments, overrides, {**manifest.tags, **(extra_tags or {})})


def instance_arguments(
    manifest: Manifest,
    member: Member,
    overrides: Mapping[str, Any],
    extra_tags: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Build the arguments of CreateDBInstance for one instance of the candidate.

    Args:
        manifest: What the source was like.
        member: The instance of the source to make again.
        overrides: As for `restore_arguments`; DBInstanceIdentifier and DBClusterIdentifier belong here.
        extra_tags: Tags to add to those of the source's instance.

    Raises:
        BadInput: A setting needs a value that only the target's configuration can give.
    """
    overrides = in_force(overrides, {**member.settings, **overrides})
    arguments = _carried(member.settings, MEMBER_SETTINGS, Carry.CREATE, overrides)
    arguments["Engine"] = manifest.engine
    return _finished(arguments, overrides, {**member.tags, **(extra_tags or {})})


def modify_arguments(manifest: Manifest, overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Build the arguments that only ModifyDBCluster (or ModifyDBInstance) takes, for once it is available."""
    return _later(manifest, Carry.MODIFY, overrides or {})


def wants_data_api(manifest: Manifest, overrides: Mapping[str, Any] | None = None) -> bool:
    """Say whether the restored cluster has the Data API, which only an operation of its own turns on."""
    return bool(_later(manifest, Carry.OPERATION, overrides or {}).get("EnableHttpEndpoint"))


def acceptance_arguments(manifest: Manifest, overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Build the arguments to modify the cluster with after it became the live one, such as its protection."""
    return _later(manifest, Carry.ACCEPT, overrides or {})


def in_force(chosen: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of the chosen values those that depend on a setting which is off."""
    return {
        name: value
        for name, value in chosen.items()
        if name not in _ONLY_WHEN_ON or settings.get(_ONLY_WHEN_ON[name])
    }


def _later(manifest: Manifest, carry: Carry, overrides: Mapping[str, Any]) -> dict[str, Any]:
    table = CLUSTER_SETTINGS if manifest.kind == "cluster" else STANDALONE_SETTINGS
    names = {setting.name for setting in table if setting.carry is carry}
    chosen = {name: value for name, value in overrides.items() if name in names}
    return _finished(_carried(manifest.settings, table, carry, chosen), chosen, {})


def _carried(
    settings: Mapping[str, Any], table: tuple[Setting, ...], carry: Carry, overrides: Mapping[str, Any]
) -> dict[str, Any]:
    """Choose the manifest's values for one call, leaving out what has no meaning in the target."""
    carried = {
        setting.name: settings[setting.name]
        for setting in table
        if setting.carry is carry and setting.name in settings and _portable(setting, settings[setting.name])
    }
    carried = {name: value for name, value in carried.items() if value or name not in _OMIT_WHEN_OFF}
    carried = in_force(carried, {**settings, **overrides})
    _require_role(carried, overrides)
    return carried


def _portable(setting: Setting, value: Any) -> bool:
    """Say whether a value holds in another account and Region; default parameter groups exist everywhere."""
    return not setting.local or (isinstance(value, str) and value.startswith(_DEFAULT_GROUP))


def _finished(
    arguments: dict[str, Any], overrides: Mapping[str, Any], tags: Mapping[str, str]
) -> dict[str, Any]:
    merged = {name: value for name, value in {**arguments, **overrides}.items() if value is not None}
    if tags:
        merged["Tags"] = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
    return merged


def _require_role(carried: Mapping[str, Any], overrides: Mapping[str, Any]) -> None:
    interval = overrides.get("MonitoringInterval", carried.get("MonitoringInterval"))
    if interval and not overrides.get("MonitoringRoleArn"):
        raise BadInput(
            "MonitoringInterval",
            interval,
            "enhanced monitoring needs a role of the target account",
            "Give MonitoringRoleArn in the target's overrides, or set MonitoringInterval to 0 there.",
        )


def _require_key(manifest: Manifest, overrides: Mapping[str, Any]) -> None:
    """Refuse a restore without a key: AWS would take the source's, which dies with its account."""
    if manifest.kms_key_id and not overrides.get("KmsKeyId"):
        raise BadInput(
            "KmsKeyId",
            overrides.get("KmsKeyId"),
            "the restored cluster would depend on the source account's key",
            "Give target.kms_key_id, a key of the target account.",
        )


def _require_capacity(manifest: Manifest, arguments: Mapping[str, Any]) -> None:
    serverless = [
        it.instance_id for it in manifest.members if it.settings.get("DBInstanceClass") == "db.serverless"
    ]
    if serverless and "ServerlessV2ScalingConfiguration" not in arguments:
        raise BadInput(
            "manifest.settings.ServerlessV2ScalingConfiguration",
            None,
            f"instance {serverless[0]} is serverless and the cluster has no capacity range",
            "Take a new recovery point; the source's description must show its range.",
        )
