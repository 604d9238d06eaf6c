"""All that a recovery leaves behind, in a form in which two worlds can be compared."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox.seed.worlds.recovery import BUCKET

if TYPE_CHECKING:
    from tests.support.recovery import RecoveryWorld

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:\+00:00|Z)?")
_RESOURCE_ID = re.compile(r"\b(?:cluster|db)-[A-Z0-9]{26}\b")
_KEY_ID = re.compile(r"key/[0-9a-f-]{36}")
_HASH = re.compile(r"\b[0-9a-f]{64}\b")
_CHECKSUMS = {
    "mysql": "SELECT SUM(CRC32(CONCAT_WS('|', payment_id, rental_id, amount))) FROM payment",
    "postgres": "SELECT MD5(STRING_AGG(CONCAT_WS('|', payment_id, rental_id, amount), ',' ORDER BY payment_id))"
    " FROM payment",
}
_ENDPOINT = ("DBClusterEndpointIdentifier", "CustomEndpointType", "StaticMembers", "ExcludedMembers")


def end_state(world: RecoveryWorld) -> dict[str, Any]:
    """All that runs leave behind, free of what must differ between two worlds: random ids, times, addresses."""
    state = {
        "clusters": {place: _clusters(world, place) for place in (world.source, world.target)},
        "instances": {place: _instances(world, place) for place in (world.source, world.target)},
        "snapshots": {
            place: _snapshots(world, place) for place in (world.source, world.recovery, world.target)
        },
        "proxies": _proxies(world),
        "policies": _policies(world),
        "documents": _documents(world),
        "data": {place: _data(world, place) for place in (world.source, world.target)},
        "ledger": _ledger(world),
    }
    return json.loads(_scrub(json.dumps(_plain(state), sort_keys=True, default=str)))


def _clusters(world: RecoveryWorld, place: tuple[str, str]) -> list[Any]:
    rds = world.client("rds", place)
    instances = {
        one["DBInstanceIdentifier"]: {
            "status": one["DBInstanceStatus"],
            "class": one["DBInstanceClass"],
            "tier": one.get("PromotionTier"),
            "tags": _tags(one),
        }
        for one in rds.describe_db_instances()["DBInstances"]
    }
    return [
        {
            "name": one["DBClusterIdentifier"],
            "status": one["Status"],
            "version": one["EngineVersion"],
            "parameter_group": one["DBClusterParameterGroup"],
            "protected": one["DeletionProtection"],
            "tags": _tags(one),
            "instances": {
                member["DBInstanceIdentifier"]: instances[member["DBInstanceIdentifier"]]
                | {"writer": member["IsClusterWriter"]}
                for member in one["DBClusterMembers"]
            },
            "endpoints": [
                [found[key] for key in _ENDPOINT] for found in _endpoints(rds, one["DBClusterIdentifier"])
            ],
        }
        for one in rds.describe_db_clusters()["DBClusters"]
    ]


def _endpoints(rds: Any, cluster_id: str) -> list[Any]:
    """Custom ones."""
    found = rds.describe_db_cluster_endpoints(DBClusterIdentifier=cluster_id)["DBClusterEndpoints"]
    return [one for one in found if one["EndpointType"] == "CUSTOM"]


def _instances(world: RecoveryWorld, place: tuple[str, str]) -> list[Any]:
    """Plain ones."""
    return [
        {
            "name": one["DBInstanceIdentifier"],
            "status": one["DBInstanceStatus"],
            "version": one["EngineVersion"],
            "class": one["DBInstanceClass"],
            "groups": [group["DBParameterGroupName"] for group in one["DBParameterGroups"]],
            "protected": one["DeletionProtection"],
            "tags": _tags(one),
        }
        for one in world.client("rds", place).describe_db_instances()["DBInstances"]
        if not one.get("DBClusterIdentifier")
    ]


def _snapshots(world: RecoveryWorld, place: tuple[str, str]) -> list[Any]:
    return [*_cluster_snapshots(world, place), *_instance_snapshots(world, place)]


def _instance_snapshots(world: RecoveryWorld, place: tuple[str, str]) -> list[Any]:
    rds = world.client("rds", place)
    return [
        [
            one["DBSnapshotIdentifier"],
            one["Status"],
            _tags(one),
            rds.describe_db_snapshot_attributes(DBSnapshotIdentifier=one["DBSnapshotIdentifier"])[
                "DBSnapshotAttributesResult"
            ]["DBSnapshotAttributes"],
        ]
        for one in rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    ]


def _cluster_snapshots(world: RecoveryWorld, place: tuple[str, str]) -> list[Any]:
    rds = world.client("rds", place)
    found = rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]
    return [
        [
            one["DBClusterSnapshotIdentifier"],
            one["Status"],
            _tags(one),
            rds.describe_db_cluster_snapshot_attributes(
                DBClusterSnapshotIdentifier=one["DBClusterSnapshotIdentifier"]
            )["DBClusterSnapshotAttributesResult"]["DBClusterSnapshotAttributes"],
        ]
        for one in found
    ]


def _proxies(world: RecoveryWorld) -> dict[str, list[str]]:
    """Where the target's proxies lead to."""
    rds = world.client("rds", world.target)
    names = [one["DBProxyName"] for one in rds.describe_db_proxies()["DBProxies"]]
    targets = {name: rds.describe_db_proxy_targets(DBProxyName=name)["Targets"] for name in names}
    return {name: [one["RdsResourceId"] for one in found] for name, found in targets.items()}


def _policies(world: RecoveryWorld) -> dict[str, Any]:
    """What the target's own policies allow now."""
    iam = world.client("iam", world.target)
    return {
        one["PolicyName"]: iam.get_policy_version(PolicyArn=one["Arn"], VersionId=one["DefaultVersionId"])[
            "PolicyVersion"
        ]["Document"]["Statement"]
        for one in iam.list_policies(Scope="Local")["Policies"]
    }


def _documents(world: RecoveryWorld) -> dict[str, str]:
    s3 = world.client("s3", world.recovery)
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]
    texts = {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read().decode() for key in keys}
    # A report tells how long steps took; all else in it is of the ledger, which is compared by itself.
    return {key: "" if key.startswith("evidence/") else text for key, text in texts.items()}


def _data(world: RecoveryWorld, place: tuple[str, str]) -> dict[str, Any]:
    target = world.database(place)
    tables = ("rental", "payment", "customer", "film")
    return {table: target.ask(f"SELECT COUNT(*) FROM {table}") for table in tables} | {
        "checksum": target.ask(_CHECKSUMS[world.recovered.plan.speaks])
    }


def _ledger(world: RecoveryWorld) -> dict[str, Any]:
    columns = {
        "run": "dag_id, run_id, pipeline, stamp, state",
        "step": "dag_id, run_id, task_id, map_index, state",
        "recovery_point": "snapshot_arn, pipeline, run_id, stamp, state, source_cluster, copy_arn, shared_with",
        "recovery_test": "dag_id, run_id, pipeline, mode, outcome, failed_step, reason, snapshot_arn, cluster,"
        " approved_by, torn_down_at IS NOT NULL AS torn_down",
        "recovery_approval": "dag_id, run_id, gate, decision, decided_by, comment",
        "check_result": "dag_id, run_id, task_id, name, kind, passed, expected, found",
    }
    return {
        table: sorted(world.ledger(f"SELECT {names} FROM switchyard.{table}"), key=str)
        for table, names in columns.items()
    }


def _tags(resource: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in resource.get("TagList", [])}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def _scrub(text: str) -> str:
    for pattern, name in ((_MOMENT, "MOMENT"), (_KEY_ID, "KEY"), (_HASH, "HASH")):
        text = pattern.sub(name, text)
    seen: dict[str, str] = {}
    return _RESOURCE_ID.sub(lambda match: seen.setdefault(match[0], f"RESOURCE-{len(seen)}"), text)
