"""Custom endpoints of clusters: names for a choice of a cluster's instances.

They belong to a cluster and not to its name: a rename leaves them as they are, so that whoever takes the name
over does not get them. https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Endpoints.Custom.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from moto.rds.exceptions import DBInstanceNotFoundError, InvalidParameterCombination, InvalidParameterValue

from sandbox.rds import endpoints
from sandbox.rds.cluster_calls import ClusterCalls
from sandbox.rds.exceptions import (
    CustomEndpointAlreadyExists,
    CustomEndpointNotFound,
    CustomEndpointNotInState,
    CustomEndpointQuotaExceeded,
)
from sandbox.rds.identifiers import check_identifier, check_new_tags, new_resource_id
from sandbox.rds.quotas import quotas
from sandbox.runtime import runtime
from sandbox.transitions import Process, Stage, schedule

if TYPE_CHECKING:
    from sandbox.rds.clusters import Cluster
    from sandbox.rds.instances import Instance

TYPES = ("READER", "ANY")


@dataclass
class CustomEndpoint:
    """One custom endpoint; `static` and `excluded` hold instances, whose renames it follows."""

    cluster: Cluster
    name: str
    kind: str
    static: list[Instance] = field(default_factory=list)
    excluded: list[Instance] = field(default_factory=list)
    tags: list[dict[str, str]] = field(default_factory=list)
    status: str = "creating"
    process: Process | None = None
    resource_id: str = field(default_factory=lambda: new_resource_id("cluster-endpoint"))

    @property
    def host(self) -> str:
        """The address clients use."""
        return endpoints.host(self.cluster.account_id, self.cluster.region, self.name, "cluster-custom")

    @property
    def route(self) -> str:
        """Its name for the router."""
        return endpoints.route_name(self.cluster.account_id, self.cluster.region, self.name, "cluster-custom")

    @property
    def arn(self) -> str:
        """The ARN, which holds no name of a cluster."""
        return f"arn:aws:rds:{self.cluster.region}:{self.cluster.account_id}:cluster-endpoint:{self.name}"

    @property
    def serving(self) -> bool:
        """Whether one of its instances takes connections."""
        return self.status in ("available", "modifying") and any(one.serving for one in self.eligible)

    @property
    def eligible(self) -> list[Instance]:
        """Its present instances: the static ones, else all but the excluded; a reader endpoint has no writer."""
        present = self.cluster.instances
        chosen = [one for one in present if one in self.static] if self.static else present
        return [
            one
            for one in chosen
            if one not in self.excluded and (self.kind == "ANY" or not one.is_cluster_writer)
        ]

    def described(self) -> dict[str, Any]:
        """Return it in the shape of DescribeDBClusterEndpoints."""
        present = self.cluster.instances
        return {
            "DBClusterEndpointIdentifier": self.name,
            "DBClusterIdentifier": self.cluster.db_cluster_identifier,
            "DBClusterEndpointResourceIdentifier": self.resource_id,
            "Endpoint": self.host,
            "Status": self.status,
            "EndpointType": "CUSTOM",
            "CustomEndpointType": self.kind,
            "StaticMembers": [one.db_instance_identifier for one in self.static if one in present],
            "ExcludedMembers": [one.db_instance_identifier for one in self.excluded if one in present],
            "DBClusterEndpointArn": self.arn,
        }


class CustomEndpointCalls(ClusterCalls):
    """The part of the backend that answers calls on endpoints."""

    def create_db_cluster_endpoint(
        self,
        cluster_identifier: str,
        name: str,
        kind: str,
        *,
        static_members: Sequence[str] = (),
        excluded_members: Sequence[str] = (),
        tags: list[dict[str, str]] | None = None,
    ) -> CustomEndpoint:
        """Create a custom endpoint of a cluster, of at most five."""
        name = check_identifier("DBClusterEndpointIdentifier", name)
        cluster = self.find_cluster(cluster_identifier)
        _check_type(kind)
        check_new_tags(tags)
        if any(one.name == name for one in self._custom_endpoints()):
            raise CustomEndpointAlreadyExists
        if len(cluster.custom) >= quotas.custom_endpoints:
            raise CustomEndpointQuotaExceeded
        _check_lists(static_members, excluded_members)
        static, excluded = _members(cluster, static_members), _members(cluster, excluded_members)
        self.check_ready(cluster)
        made = CustomEndpoint(cluster, name, kind, static, excluded, list(tags or []))
        cluster.custom.append(made)
        self._change(made, "creation", "cluster-endpoint.create")
        return made

    def modify_db_cluster_endpoint(
        self,
        name: str,
        *,
        kind: str | None = None,
        static_members: Sequence[str] | None = None,
        excluded_members: Sequence[str] | None = None,
    ) -> CustomEndpoint:
        """Give a custom endpoint another type or other instances."""
        found = self._available(name)
        if kind is not None:
            _check_type(kind)
        _check_lists(static_members or (), excluded_members or ())
        if static_members is not None:
            found.static = _members(found.cluster, static_members)
            found.excluded = []
        if excluded_members is not None:
            found.excluded = _members(found.cluster, excluded_members)
            found.static = []
        found.kind = kind or found.kind
        found.status = "modifying"
        self._change(found, "modification", "cluster-endpoint.modify")
        return found

    def delete_db_cluster_endpoint(self, name: str) -> CustomEndpoint:
        """Delete a custom endpoint; its name is free once it is gone."""
        found = self._available(name)
        found.status = "deleting"
        endpoints.refresh(found.cluster)

        def end() -> None:
            found.cluster.custom.remove(found)
            endpoints.refresh(found.cluster)

        stage = Stage(runtime.durations["cluster-endpoint.delete"], end=end)
        found.process = schedule(f"deletion of endpoint {found.arn}", [stage], lambda _: None)
        return found

    def describe_db_cluster_endpoints(
        self,
        cluster_identifier: str | None = None,
        name: str | None = None,
        filters: dict[str, list[str]] | None = None,
    ) -> list[dict[str, Any]]:
        """Return endpoints of all kinds; a cluster's own are "creating" until an instance serves."""
        clusters = self.describe_db_clusters(cluster_identifier)
        found = [item for cluster in clusters for item in _built_in(cluster)]
        found += [one.described() for cluster in clusters for one in cluster.custom]
        asked = dict(filters or {})
        if name:
            asked["db-cluster-endpoint-id"] = [name]
        for filter_name, values in asked.items():
            key = FILTERS.get(filter_name)
            if key is None:
                raise InvalidParameterValue(f"Unrecognized filter name: {filter_name}")
            wanted = [value.lower() for value in values]
            found = [item for item in found if str(item.get(key, "")).lower() in wanted]
        return found

    def _custom_endpoints(self) -> list[CustomEndpoint]:
        return [one for cluster in self.all_clusters() for one in cluster.custom]

    def _available(self, name: str) -> CustomEndpoint:
        found = next((one for one in self._custom_endpoints() if one.name == name.lower()), None)
        if found is None:
            raise CustomEndpointNotFound
        if found.status != "available":
            raise CustomEndpointNotInState(found.status)
        return found

    @staticmethod
    def _change(endpoint: CustomEndpoint, what: str, duration: str) -> None:
        def end() -> None:
            endpoint.status = "available"
            endpoints.refresh(endpoint.cluster)

        stage = Stage(runtime.durations[duration], end=end)
        endpoint.process = schedule(f"{what} of endpoint {endpoint.arn}", [stage], lambda _: None)


FILTERS = {
    "db-cluster-endpoint-type": "EndpointType",
    "db-cluster-endpoint-custom-type": "CustomEndpointType",
    "db-cluster-endpoint-id": "DBClusterEndpointIdentifier",
    "db-cluster-endpoint-status": "Status",
}


def _built_in(cluster: Cluster) -> list[dict[str, Any]]:
    serving = any(instance.serving for instance in cluster.instances)
    return [
        {
            "DBClusterIdentifier": cluster.db_cluster_identifier,
            "Endpoint": host,
            "Status": "available" if serving else "creating",
            "EndpointType": kind,
        }
        for kind, host in (("WRITER", cluster.endpoint), ("READER", cluster.reader_endpoint))
    ]


def _check_type(kind: str) -> None:
    if kind.upper() not in TYPES:
        raise InvalidParameterValue(f"Invalid endpoint type: {kind}. Valid types are: {', '.join(TYPES)}")


def _check_lists(static: Sequence[str], excluded: Sequence[str]) -> None:
    if static and excluded:
        raise InvalidParameterCombination("StaticMembers and ExcludedMembers can't be specified together.")


def _members(cluster: Cluster, names: Sequence[str]) -> list[Instance]:
    by_name = {one.db_instance_identifier.lower(): one for one in cluster.instances}
    missing = [name for name in names if name.lower() not in by_name]
    if missing:
        raise DBInstanceNotFoundError(missing[0])
    return [by_name[name.lower()] for name in names]
