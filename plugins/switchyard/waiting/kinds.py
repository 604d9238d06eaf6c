"""What can be waited for, and how AWS is asked about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aurora_recovery import states
from switchyard.aws.error_table import Disposition, disposition
from switchyard.errors import BadInput
from switchyard.waiting.goals import Goal

_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9:.-]{0,254}")

LARGEST_PAGE = 100
"""Records that one RDS describe call returns at most (botocore: MaxRecords of the Describe operations)."""


@dataclass(frozen=True)
class ResourceKind:
    """A kind of resource that a describe operation lists and filters by id.

    Attributes:
        name: key in ``KINDS``.
        service: as boto3 names it.
        operation: the paginated describe, as the client's method.
        result_key: where its answer holds the list.
        id_field: the field by which a wait names its resource.
        filter_name: the filter that selects by that field, several values at once.
        status_field: the field with the status.
        remedy: what a person does about a resource of this name in this status.
    """

    name: str
    service: str
    operation: str
    result_key: str
    id_field: str
    filter_name: str
    status_field: str
    remedy: Callable[[str, str], str]

    def arguments(self, identifiers: Iterable[str]) -> dict[str, Any]:
        """Arguments of the describe call that selects these resources; at most ``LARGEST_PAGE`` of them."""
        return {"Filters": [{"Name": self.filter_name, "Values": list(identifiers)}]}

    def by_id(self, answer: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        """The answer's descriptions by id in lower case: RDS takes names in any case and returns lower."""
        return {item[self.id_field].lower(): item for item in answer[self.result_key]}


def _snapshot_remedy(snapshot: str, status: str) -> str:
    return f"Look at the events of snapshot {snapshot} in RDS for why it is {status}, then clear the task"


def _rds(
    name: str,
    operation: str,
    result_key: str,
    id_field: str,
    filter_name: str,
    *,
    status_field: str = "Status",
) -> ResourceKind:
    remedies: dict[str, Callable[[str, str], str]] = {
        "DBClusters": partial(states.remedy, "cluster"),
        "DBInstances": partial(states.remedy, "instance"),
        "DBClusterSnapshots": _snapshot_remedy,
    }
    return ResourceKind(
        name, "rds", operation, result_key, id_field, filter_name, status_field, remedies[result_key]
    )


_ALL = (
    _rds("db_cluster", "describe_db_clusters", "DBClusters", "DBClusterIdentifier", "db-cluster-id"),
    _rds(
        "db_cluster_by_resource_id",
        "describe_db_clusters",
        "DBClusters",
        "DbClusterResourceId",
        "db-cluster-resource-id",
    ),
    _rds(
        "db_instance",
        "describe_db_instances",
        "DBInstances",
        "DBInstanceIdentifier",
        "db-instance-id",
        status_field="DBInstanceStatus",
    ),
    _rds(
        "db_instance_by_resource_id",
        "describe_db_instances",
        "DBInstances",
        "DbiResourceId",
        "dbi-resource-id",
        status_field="DBInstanceStatus",
    ),
    _rds(
        "db_cluster_snapshot",
        "describe_db_cluster_snapshots",
        "DBClusterSnapshots",
        "DBClusterSnapshotIdentifier",
        "db-cluster-snapshot-id",
    ),
)

KINDS: Mapping[str, ResourceKind] = MappingProxyType({kind.name: kind for kind in _ALL})
"""Every kind that a wait may name."""


@dataclass(frozen=True)
class Wait:
    """A wait for one resource to reach a goal.

    Attributes:
        kind: key in ``KINDS``.
        identifier: the resource's name or resource id, whichever the kind goes by.
        goal: what is waited for.
        region_name: where it is; None means the operator's Region.
    """

    kind: str
    identifier: str
    goal: Goal
    region_name: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise BadInput(
                "kind", self.kind, "nothing of this kind can be waited for", f"Use {', '.join(KINDS)}"
            )
        if not _IDENTIFIER.fullmatch(self.identifier):
            # One describe call asks for a hundred waits: a name that AWS refuses would fail them all.
            raise BadInput(
                "identifier",
                self.identifier,
                f"it cannot name a {self.kind}",
                "Use letters, digits, hyphens, dots and colons, at most 255, a letter first",
            )


def look(client: Any, wait: Wait) -> Mapping[str, Any] | None:
    """Ask AWS once, from a worker, about the resource of a wait; None when AWS shows none."""
    kind = KINDS[wait.kind]
    try:
        answer = getattr(client, kind.operation)(**kind.arguments([wait.identifier]))
    except ClientError as error:
        if disposition(error) is Disposition.ABSENT:
            return None
        raise
    return kind.by_id(answer).get(wait.identifier.lower())
