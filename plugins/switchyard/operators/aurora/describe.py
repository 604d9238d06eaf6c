"""What RDS shows now: the reads on which every step decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aurora_recovery.swap_plan import Resource
from switchyard.aws.error_table import Disposition, disposition
from switchyard.sql import Engine
from switchyard.waiting.goals import Goal

CLUSTER_ENGINES = frozenset({"aurora-mysql", "aurora-postgresql"})
"""Engines of clusters; the others run on plain instances."""

DATABASE_ENGINES: Mapping[str, Engine] = {
    "aurora-mysql": "mysql",
    "aurora-postgresql": "postgres",
    "mysql": "mysql",
    "postgres": "postgres",
}

LONGEST_UNSEEN = 900.0
"""Seconds that AWS may hide a resource which it makes or renames; one that stays away longer is gone."""


def unless_gone(goal: Goal) -> Goal:
    """The goal for a resource that was made already: the wait ends badly when somebody deletes it meanwhile."""
    return replace(goal, absent="fail", absent_grace=LONGEST_UNSEEN)


def first(operation: Any, result_key: str, **arguments: Any) -> dict[str, Any] | None:
    """The first that a describe call shows, or None where it shows none."""
    try:
        found: list[dict[str, Any]] = operation(**arguments)[result_key]
    except ClientError as error:
        if disposition(error) is Disposition.ABSENT:
            return None
        raise
    return found[0] if found else None


def filtered(
    rds: Any, operation: str, result_key: str, field: str, values: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """All that a describe call shows of which a field has one of these values; nothing where it knows none."""
    pages = rds.get_paginator(operation).paginate(Filters=[{"Name": field, "Values": sorted(values)}])
    try:
        yield from (item for page in pages for item in page[result_key])
    except ClientError as error:
        if disposition(error) is not Disposition.ABSENT:
            raise
        # One that is not there must not hide the others that were asked for in the same call.
        for value in values if len(values) > 1 else ():
            yield from filtered(rds, operation, result_key, field, [value])


def find_cluster(rds: Any, cluster_id: str) -> dict[str, Any] | None:
    """The cluster that bears this name now, or None."""
    return first(rds.describe_db_clusters, "DBClusters", DBClusterIdentifier=cluster_id)


def find_instance(rds: Any, instance_id: str) -> dict[str, Any] | None:
    """The instance that bears this name now, or None."""
    return first(rds.describe_db_instances, "DBInstances", DBInstanceIdentifier=instance_id)


def instances(
    rds: Any, *, resource_ids: Sequence[str], names: Sequence[str] = ()
) -> Iterator[dict[str, Any]]:
    """Instances that have one of these resource ids, or bear one of these names, now."""
    for field, values in (("dbi-resource-id", resource_ids), ("db-instance-id", names)):
        if values:
            yield from filtered(rds, "describe_db_instances", "DBInstances", field, values)


def instance_resource(instance: Mapping[str, Any], cluster_id: str | None) -> Resource:
    """A described instance as the swap sees it, with the resource id of its cluster."""
    return Resource(
        instance["DbiResourceId"],
        "instance",
        instance["DBInstanceIdentifier"],
        cluster_id,
        instance["DBInstanceStatus"],
    )


@contextmanager
def absence_allowed() -> Iterator[None]:
    """Let a deletion find nothing to delete: botocore repeats a call whose answer was lost."""
    try:
        yield
    except ClientError as error:
        if disposition(error) is not Disposition.ABSENT:
            raise
