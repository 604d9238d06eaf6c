"""How AWS is asked about resources of a kind, many at once where it lets itself be asked so."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

LARGEST_PAGE = 100
"""Records that one describe call returns at most (botocore: MaxRecords of RDS, MaxResults of OpenSearch)."""

QUERIES_AT_ONCE = 50
"""Statements that BatchGetQueryExecution takes (botocore)."""


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
        seconds_per_call: average distance of two describe calls; the poller's own where None.
    """

    seconds_per_call: ClassVar[float | None] = None

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
class StatementKind(SingleKind):
    """Statements of Redshift, of which the Data API describes a hundred a second; short ones shall not wait for others.

    Source: https://docs.aws.amazon.com/redshift/latest/mgmt/amazon-redshift-limits.html
    """

    seconds_per_call: ClassVar[float | None] = 0.1


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
