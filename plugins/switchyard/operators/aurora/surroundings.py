"""Reads of what stands around a cluster: its custom endpoints, and the scaling of the name that it bears."""

from __future__ import annotations

from typing import Any

from switchyard.aurora_recovery.settling import DELETING, SeenEndpoint
from switchyard.aurora_recovery.surroundings import (
    CustomEndpoint,
    ScalableTarget,
    Surroundings,
    read_endpoints,
    read_targets,
)

RDS = "rds"


def read(rds: Any, autoscaling: Any, cluster_id: str) -> Surroundings:
    """All that stands around the cluster that bears a name."""
    return Surroundings(endpoints_of(rds, cluster_id), scaling_of(autoscaling, cluster_id))


def endpoints_of(rds: Any, cluster_id: str) -> tuple[CustomEndpoint, ...]:
    """The custom endpoints of the cluster that bears a name, by their own names."""
    found = [one for one in seen_endpoints(rds) if one.cluster_id == cluster_id]
    return tuple(one.endpoint for one in found if one.status != DELETING)


def seen_endpoints(rds: Any) -> list[SeenEndpoint]:
    """Every custom endpoint of the account and Region, also those that are being deleted, by name."""
    only = [{"Name": "db-cluster-endpoint-type", "Values": ["custom"]}]
    pages = rds.get_paginator("describe_db_cluster_endpoints").paginate(Filters=only)
    described = [one for page in pages for one in page["DBClusterEndpoints"]]
    found = [
        SeenEndpoint(read_endpoints([{**one, "Status": ""}])[0], one["DBClusterIdentifier"], one["Status"])
        for one in described
    ]
    return sorted(found, key=lambda one: one.endpoint.name)


def scaling_of(autoscaling: Any, cluster_id: str) -> tuple[ScalableTarget, ...]:
    """Targets and policies of Application Auto Scaling that are registered under a cluster's name."""
    resource_id = f"cluster:{cluster_id}"
    targets = autoscaling.get_paginator("describe_scalable_targets").paginate(
        ServiceNamespace=RDS, ResourceIds=[resource_id]
    )
    policies = autoscaling.get_paginator("describe_scaling_policies").paginate(
        ServiceNamespace=RDS, ResourceId=resource_id
    )
    return read_targets(
        [one for page in targets for one in page["ScalableTargets"]],
        [one for page in policies for one in page["ScalingPolicies"]],
    )
