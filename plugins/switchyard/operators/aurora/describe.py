"""What RDS shows now: the reads on which every step decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aurora_recovery.swap_plan import Resource
from switchyard.aws.error_table import Disposition, disposition
from switchyard.errors import StepFailed
from switchyard.sql import Engine
from switchyard.waiting.goals import Goal

DATABASE_ENGINES: Mapping[str, Engine] = {"aurora-mysql": "mysql", "aurora-postgresql": "postgres"}


LONGEST_UNSEEN = 900.0
"""Seconds that AWS may hide a resource which it makes or renames; one that stays away longer is gone."""


def unless_gone(goal: Goal) -> Goal:
    """The goal for a resource that was made already: the wait ends badly when somebody deletes it meanwhile."""
    return replace(goal, absent="fail", absent_grace=LONGEST_UNSEEN)


def find_cluster(rds: Any, cluster_id: str) -> dict[str, Any] | None:
    """The cluster that bears this name now, or None."""
    return _first(
        rds.describe_db_clusters, "DBClusters", "DBClusterNotFoundFault", DBClusterIdentifier=cluster_id
    )


def require_cluster(rds: Any, cluster_id: str) -> dict[str, Any]:
    """The cluster that bears this name now.

    Raises:
        StepFailed: nobody bears it.
    """
    cluster = find_cluster(rds, cluster_id)
    if cluster is None:
        raise StepFailed(
            what=f"cluster {cluster_id}",
            found="AWS does not show it",
            remedy="Look in the events of RDS who renamed or deleted it, then clear the task that made it",
        )
    return cluster


def find_cluster_by_resource_id(rds: Any, resource_id: str) -> dict[str, Any] | None:
    """The cluster with this immutable id, whatever its name; None when it is gone or not visible yet."""
    found = _filtered(rds, "describe_db_clusters", "DBClusters", "db-cluster-resource-id", [resource_id])
    return next(found, None)


def find_instance(rds: Any, instance_id: str) -> dict[str, Any] | None:
    """The instance that bears this name now, or None."""
    return _first(
        rds.describe_db_instances, "DBInstances", "DBInstanceNotFound", DBInstanceIdentifier=instance_id
    )


def members(rds: Any, cluster: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The described instances of a cluster, the writer first, then by name."""
    writers = {m["DBInstanceIdentifier"] for m in cluster["DBClusterMembers"] if m["IsClusterWriter"]}
    found = (find_instance(rds, member["DBInstanceIdentifier"]) for member in cluster["DBClusterMembers"])
    visible = [instance for instance in found if instance is not None]
    return sorted(
        visible, key=lambda one: (one["DBInstanceIdentifier"] not in writers, one["DBInstanceIdentifier"])
    )


def find_snapshot(rds: Any, snapshot: str) -> dict[str, Any] | None:
    """The cluster snapshot with this name or ARN, or None."""
    return _first(
        rds.describe_db_cluster_snapshots,
        "DBClusterSnapshots",
        "DBClusterSnapshotNotFoundFault",
        DBClusterSnapshotIdentifier=snapshot,
    )


def manual_snapshots(rds: Any) -> Iterator[dict[str, Any]]:
    """All manual cluster snapshots of the account and Region, page by page."""
    pages = rds.get_paginator("describe_db_cluster_snapshots").paginate(SnapshotType="manual")
    return (snapshot for page in pages for snapshot in page["DBClusterSnapshots"])


def shared_snapshots(rds: Any) -> Iterator[dict[str, Any]]:
    """All cluster snapshots that other accounts share with this one in this Region, named by ARN."""
    pages = rds.get_paginator("describe_db_cluster_snapshots").paginate(
        SnapshotType="shared", IncludeShared=True
    )
    return (snapshot for page in pages for snapshot in page["DBClusterSnapshots"])


def find_shared_snapshot(rds: Any, arn: str) -> dict[str, Any]:
    """A snapshot of this account or one shared with it, by ARN."""
    found: list[dict[str, Any]] = rds.describe_db_cluster_snapshots(
        DBClusterSnapshotIdentifier=arn, IncludeShared=True
    )["DBClusterSnapshots"]
    return found[0]


@contextmanager
def absence_allowed() -> Iterator[None]:
    """Let a deletion find nothing to delete: botocore repeats a call whose answer was lost."""
    try:
        yield
    except ClientError as error:
        if disposition(error) is not Disposition.ABSENT:
            raise


def snapshot_arn(*, region: str, account_id: str, snapshot_id: str) -> str:
    """The ARN that a cluster snapshot of this name has, whether or not it exists yet."""
    return f"arn:aws:rds:{region}:{account_id}:cluster-snapshot:{snapshot_id}"


def _first(operation: Any, result_key: str, absent: str, **arguments: Any) -> dict[str, Any] | None:
    try:
        found: list[dict[str, Any]] = operation(**arguments)[result_key]
    except ClientError as error:
        if error.response["Error"]["Code"] == absent:
            return None
        raise
    return found[0] if found else None


def observe(rds: Any, *, resource_ids: Sequence[str], names: Sequence[str]) -> list[Resource]:
    """Clusters and instances that have one of these resource ids, or bear one of these names, now."""
    seen = {}
    for field, values in (("db-cluster-resource-id", resource_ids), ("db-cluster-id", names)):
        for cluster in _filtered(rds, "describe_db_clusters", "DBClusters", field, values):
            seen[cluster["DbClusterResourceId"]] = cluster_resource(cluster)
    cluster_ids = {one.name: one.resource_id for one in seen.values()}
    for field, values in (("dbi-resource-id", resource_ids), ("db-instance-id", names)):
        for instance in _filtered(rds, "describe_db_instances", "DBInstances", field, values):
            seen[instance["DbiResourceId"]] = instance_resource(instance, cluster_ids)
    return list(seen.values())


def cluster_resource(cluster: Mapping[str, Any]) -> Resource:
    """A described cluster as the swap sees it."""
    resource_id = cluster["DbClusterResourceId"]
    return Resource(resource_id, "cluster", cluster["DBClusterIdentifier"], resource_id, cluster["Status"])


def instance_resource(instance: Mapping[str, Any], cluster_ids: Mapping[str, str]) -> Resource:
    """A described instance as the swap sees it; `cluster_ids` gives resource ids by cluster name."""
    return Resource(
        instance["DbiResourceId"],
        "instance",
        instance["DBInstanceIdentifier"],
        cluster_ids.get(instance.get("DBClusterIdentifier", "")),
        instance["DBInstanceStatus"],
    )


def _filtered(
    rds: Any, operation: str, key: str, field: str, values: Sequence[str]
) -> Iterator[dict[str, Any]]:
    pages = rds.get_paginator(operation).paginate(Filters=[{"Name": field, "Values": sorted(values)}])
    try:
        yield from (item for page in pages for item in page[key])
    except ClientError as error:
        if disposition(error) is not Disposition.ABSENT:
            raise
        # One that is not there must not hide the others that were asked for in the same call.
        for value in values if len(values) > 1 else ():
            yield from _filtered(rds, operation, key, field, [value])
