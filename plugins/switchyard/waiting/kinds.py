"""What can be waited for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aurora_recovery import states
from switchyard.aws.error_table import Disposition, disposition
from switchyard.discovery.macie_job import REMEDIES as JOB_REMEDIES
from switchyard.errors import BadInput
from switchyard.waiting.goals import Goal
from switchyard.waiting.requests import (
    ConnectionTestKind,
    FilteredKind,
    PackageOnDomainKind,
    QueryKind,
    ResourceKind,
    SingleKind,
    StatementKind,
)

_RDS_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9:.-]{0,254}")
_PACKAGE_ID = r"(?:[FG][0-9]+|pkg-[a-f0-9]+)"
_DOMAIN = r"[a-z][a-z0-9-]{2,27}"


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
        "DBSnapshots": _snapshot_remedy,
    }
    return FilteredKind(
        name=name,
        service="rds",
        operation=operation,
        result_key=result_key,
        id_fields=(id_field,),
        status_field=status_field,
        identifiers=_RDS_IDENTIFIER,
        next_page=("Marker", "Marker"),
        excerpt=True,
        remedy=remedies[result_key],
        filter_name=filter_name,
        filter_values="Values",
    )


def _package_remedy(package: str, status: str) -> str:
    return (
        f"Package {package} is {status}: compare the object it was to read with what OpenSearch Service accepts "
        "(same Region, UTF-8, not encrypted with KMS), then clear the task"
    )


def _association_remedy(association: str, status: str) -> str:
    domain, _, package = association.partition(":")
    return (
        f"Look at package {package} on domain {domain} in the console for why it is {status}, then clear the "
        "task: it associates the package again. Do not dissociate a package that an index uses"
    )


def _task_remedy(task: str, status: str) -> str:
    return f"Look at task {task.rpartition(':')[2]} in the DMS console for why it is {status}, then clear the task"


def _connection_remedy(test: str, status: str) -> str:
    del status
    endpoint = test.rpartition(":")[2]
    return f"Correct endpoint {endpoint}, its secret or role, or the network of the instance, then clear the task"


def _job_remedy(job: str, status: str) -> str:
    return JOB_REMEDIES.get(status, f"Look at job {job} in the Macie console, then clear the task")


def _query_remedy(query: str, status: str) -> str:
    del status
    return f"Look at query {query} in the history of Athena's workgroup, mend its cause, then clear the task"


def _statement_remedy(statement: str, status: str) -> str:
    del status
    return f"Look at statement {statement} in the history of Redshift's query editor, then clear the task"


_DMS_ARN = r"arn:aws[a-z-]*:dms:[a-z0-9-]+:\d{12}"

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
    _rds("db_snapshot", "describe_db_snapshots", "DBSnapshots", "DBSnapshotIdentifier", "db-snapshot-id"),
    FilteredKind(
        name="package",
        service="opensearch",
        operation="describe_packages",
        result_key="PackageDetailsList",
        id_fields=("PackageID",),
        status_field="PackageStatus",
        identifiers=re.compile(_PACKAGE_ID),
        next_page=("NextToken", "NextToken"),
        excerpt=False,
        remedy=_package_remedy,
        filter_name="PackageID",
        filter_values="Value",
    ),
    PackageOnDomainKind(
        name="domain_package",
        service="opensearch",
        operation="list_packages_for_domain",
        result_key="DomainPackageDetailsList",
        id_fields=("DomainName", "PackageID"),
        status_field="DomainPackageStatus",
        identifiers=re.compile(f"{_DOMAIN}:{_PACKAGE_ID}"),
        next_page=("NextToken", "NextToken"),
        excerpt=False,
        remedy=_association_remedy,
    ),
    FilteredKind(
        name="replication_task",
        service="dms",
        operation="describe_replication_tasks",
        result_key="ReplicationTasks",
        id_fields=("ReplicationTaskArn",),
        status_field="Status",
        identifiers=re.compile(rf"{_DMS_ARN}:task:[A-Za-z0-9-]+"),
        next_page=("Marker", "Marker"),
        excerpt=False,
        remedy=_task_remedy,
        filter_name="replication-task-arn",
        filter_values="Values",
        arguments={"WithoutSettings": True},
    ),
    ConnectionTestKind(
        name="connection_test",
        service="dms",
        operation="describe_connections",
        result_key="Connections",
        id_fields=("ReplicationInstanceArn", "EndpointArn"),
        status_field="Status",
        identifiers=re.compile(rf"{_DMS_ARN}:rep:[A-Za-z0-9-]+:{_DMS_ARN}:endpoint:[A-Za-z0-9-]+"),
        next_page=("Marker", "Marker"),
        excerpt=False,
        remedy=_connection_remedy,
    ),
    SingleKind(
        name="classification_job",
        service="macie2",
        operation="describe_classification_job",
        result_key="",
        id_fields=("jobId",),
        status_field="jobStatus",
        identifiers=re.compile(r"[A-Za-z0-9-]{1,64}"),
        next_page=("", ""),
        excerpt=False,
        remedy=_job_remedy,
        argument="jobId",
    ),
    QueryKind(
        name="query_execution",
        service="athena",
        operation="batch_get_query_execution",
        result_key="QueryExecutions",
        id_fields=("QueryExecutionId",),
        status_field="State",
        identifiers=re.compile(r"[A-Za-z0-9-]{1,128}"),
        next_page=("", ""),
        excerpt=False,
        remedy=_query_remedy,
    ),
    StatementKind(
        name="redshift_statement",
        service="redshift-data",
        operation="describe_statement",
        result_key="",
        id_fields=("Id",),
        status_field="Status",
        identifiers=re.compile(r"[a-z0-9]{8}(?:-[a-z0-9]{4}){3}-[a-z0-9]{12}"),
        next_page=("", ""),
        excerpt=False,
        remedy=_statement_remedy,
        argument="Id",
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
        pattern = KINDS[self.kind].identifiers
        if not pattern.fullmatch(self.identifier):
            # One describe call asks for a hundred waits: a name that AWS refuses would fail them all.
            raise BadInput(
                "identifier",
                self.identifier,
                f"it cannot name a {self.kind}",
                f"Use a name that matches {pattern.pattern}",
            )


def look(client: Any, wait: Wait) -> Mapping[str, Any] | None:
    """Ask AWS once, from a worker, about the resource of a wait; None when AWS shows none."""
    kind = KINDS[wait.kind]
    (request,) = kind.requests([wait.identifier])
    mark, argument = kind.next_page
    describe, arguments = getattr(client, kind.operation), dict(request.arguments)
    while True:
        try:
            answer = describe(**arguments)
        except ClientError as error:
            if disposition(error) is Disposition.ABSENT:
                return None
            raise
        found = kind.by_id(answer).get(wait.identifier.lower())
        if found is not None or not answer.get(mark):
            return found
        arguments[argument] = answer[mark]
