"""What can be waited for, and how AWS is asked about it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aurora_recovery import states
from switchyard.aws.error_table import Disposition, disposition
from switchyard.discovery.macie_job import REMEDIES as JOB_REMEDIES
from switchyard.errors import BadInput
from switchyard.waiting.goals import Goal

LARGEST_PAGE = 100
"""Records that one describe call returns at most (botocore: MaxRecords of RDS, MaxResults of OpenSearch)."""

QUERIES_AT_ONCE = 50
"""Statements that BatchGetQueryExecution takes (botocore)."""

_RDS_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9:.-]{0,254}")
_PACKAGE_ID = r"(?:[FG][0-9]+|pkg-[a-f0-9]+)"
_DOMAIN = r"[a-z][a-z0-9-]{2,27}"


@dataclass(frozen=True)
class Request:
    """One describe call: the resources it asks about, and its arguments."""

    identifiers: tuple[str, ...]
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class ResourceKind:
    """A kind of resource that a describe operation lists; its subclasses say how it selects.

    Attributes:
        name: key in ``KINDS``.
        service: as boto3 names it.
        operation: the paginated describe, as the client's method.
        result_key: where its answer holds the list.
        id_fields: the fields by which a wait names its resource, joined by a colon.
        status_field: the field with the status.
        identifiers: what identifiers look like.
        next_page: the answer's field that marks the next page, and the argument that asks for it; both empty
            where an answer has no further pages.
        excerpt: whether answers are XML, of which the poller reads the fields it needs alone.
        remedy: what a person does about a resource of this name in this status.
    """

    name: str
    service: str
    operation: str
    result_key: str
    id_fields: tuple[str, ...]
    status_field: str
    identifiers: re.Pattern[str]
    next_page: tuple[str, str]
    excerpt: bool
    remedy: Callable[[str, str], str]

    def requests(self, identifiers: Collection[str]) -> Iterator[Request]:
        """The describe calls that show these resources."""
        raise NotImplementedError

    def calls(self, identifiers: Collection[str]) -> int:
        """How many requests these resources need."""
        raise NotImplementedError

    def by_id(self, answer: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        """The answer's descriptions by id in lower case: RDS takes names in any case and returns lower."""
        return {
            ":".join(item[name] for name in self.id_fields).lower(): item for item in answer[self.result_key]
        }


@dataclass(frozen=True)
class FilteredKind(ResourceKind):
    """A kind whose describe selects by a filter, several values at once.

    Attributes:
        filter_name: the filter that selects by the id.
        filter_values: how the service calls the filter's values.
        arguments: what else the describe is asked, such as to leave out what is long.
    """

    filter_name: str
    filter_values: str
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def requests(self, identifiers: Collection[str]) -> Iterator[Request]:
        """One call for every ``LARGEST_PAGE`` resources."""
        wanted = tuple(identifiers)
        for first in range(0, len(wanted), LARGEST_PAGE):
            some = wanted[first : first + LARGEST_PAGE]
            chosen = [{"Name": self.filter_name, self.filter_values: list(some)}]
            yield Request(some, {"Filters": chosen, **self.arguments})

    def calls(self, identifiers: Collection[str]) -> int:
        """How many requests these resources need."""
        return -(-len(identifiers) // LARGEST_PAGE)


@dataclass(frozen=True)
class PackageOnDomainKind(ResourceKind):
    """Packages of a search domain, which are listed domain by domain; identifiers are DOMAIN:PACKAGE-ID."""

    def requests(self, identifiers: Collection[str]) -> Iterator[Request]:
        """One call for every domain, whatever the number of its packages."""
        by_domain: dict[str, list[str]] = defaultdict(list)
        for identifier in identifiers:
            by_domain[identifier.partition(":")[0]].append(identifier)
        for domain, some in by_domain.items():
            yield Request(tuple(some), {"DomainName": domain, "MaxResults": LARGEST_PAGE})

    def calls(self, identifiers: Collection[str]) -> int:
        """How many requests these resources need."""
        return len({identifier.partition(":")[0] for identifier in identifiers})


@dataclass(frozen=True)
class ConnectionTestKind(ResourceKind):
    """Tests of DMS's connections; identifiers are INSTANCE-ARN:ENDPOINT-ARN."""

    def requests(self, identifiers: Collection[str]) -> Iterator[Request]:
        """One call for every ``LARGEST_PAGE`` endpoints, from whichever instances they are tested."""
        wanted = tuple(identifiers)
        for first in range(0, len(wanted), LARGEST_PAGE):
            some = wanted[first : first + LARGEST_PAGE]
            endpoints = sorted({f"arn:{one.rpartition(':arn:')[2]}" for one in some})
            yield Request(some, {"Filters": [{"Name": "endpoint-arn", "Values": endpoints}]})

    def calls(self, identifiers: Collection[str]) -> int:
        """How many requests these resources need."""
        return -(-len(identifiers) // LARGEST_PAGE)


@dataclass(frozen=True)
class SingleKind(ResourceKind):
    """A kind that is described one by one, and whose answer is the description.

    Attributes:
        argument: the call's argument that names it.
    """

    argument: str

    def requests(self, identifiers: Collection[str]) -> Iterator[Request]:
        """One call for each resource."""
        for identifier in identifiers:
            yield Request((identifier,), {self.argument: identifier})

    def calls(self, identifiers: Collection[str]) -> int:
        """How many requests these resources need."""
        return len(identifiers)

    def by_id(self, answer: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        """The answer by its own id."""
        return {str(answer[self.id_fields[0]]).lower(): answer}


@dataclass(frozen=True)
class QueryKind(ResourceKind):
    """Statements of Athena, which are described by their ids, and whose status lies one level down."""

    def requests(self, identifiers: Collection[str]) -> Iterator[Request]:
        """One call for every ``QUERIES_AT_ONCE`` statements."""
        wanted = tuple(identifiers)
        for first in range(0, len(wanted), QUERIES_AT_ONCE):
            some = wanted[first : first + QUERIES_AT_ONCE]
            yield Request(some, {"QueryExecutionIds": list(some)})

    def calls(self, identifiers: Collection[str]) -> int:
        """How many requests these resources need."""
        return -(-len(identifiers) // QUERIES_AT_ONCE)

    def by_id(self, answer: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
        """The executions by id, with the members of their status."""
        return {one["QueryExecutionId"].lower(): one["Status"] for one in answer[self.result_key]}


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
