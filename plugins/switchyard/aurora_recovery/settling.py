"""What to do next so that a cluster has the custom endpoints and the scaling that it should have.

Each function compares what AWS shows with what is wanted and names one action, so that a killed step goes on
where it is. Going back is the same with what the old cluster had.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from switchyard.aurora_recovery.surroundings import (
    ENDPOINT,
    SCALING,
    CustomEndpoint,
    ScalableTarget,
    ScalingPolicy,
    Surroundings,
    fits,
)
from switchyard.errors import NotAllowed

DELETING, AVAILABLE = "deleting", "available"


@dataclass(frozen=True)
class SeenEndpoint:
    """A custom endpoint as AWS shows it now, with the cluster that has it and its status."""

    endpoint: CustomEndpoint
    cluster_id: str
    status: str


@dataclass(frozen=True)
class Action:
    """One call, or with no operation a wait.

    Attributes:
        operation: boto3's name of the call, None for a wait.
        arguments: Its arguments.
        reason: What it is for.
    """

    operation: str | None
    arguments: Mapping[str, Any]
    reason: str


def next_endpoint_action(
    wanted: Sequence[CustomEndpoint],
    seen: Sequence[SeenEndpoint],
    *,
    cluster_id: str,
    release_from: Collection[str],
    instances: Collection[str],
    tags: Sequence[Mapping[str, str]] = (),
) -> Action | None:
    """Name the next action on custom endpoints; None when the cluster has exactly the wanted ones.

    Args:
        wanted: What the cluster should have; lists name its present instances.
        seen: All custom endpoints of the account and Region.
        cluster_id: The cluster's present name.
        release_from: Present names of the clusters that have to let go of a wanted name.
        instances: Names of the cluster's present instances.
        tags: Tags of what is made.

    Raises:
        NotAllowed: A cluster that is none of these has a wanted name, or an instance is missing.
    """
    by_name = {one.endpoint.name: one for one in seen}
    for endpoint in wanted:
        _require_instances(endpoint, instances, cluster_id)
        action = _towards(endpoint, by_name.get(endpoint.name), cluster_id, release_from, tags)
        if action is not None:
            return action
    names = {one.name for one in wanted}
    surplus = [one for one in seen if one.cluster_id == cluster_id and one.endpoint.name not in names]
    return _gone(surplus[0]) if surplus else None


def _towards(
    endpoint: CustomEndpoint,
    found: SeenEndpoint | None,
    cluster_id: str,
    release_from: Collection[str],
    tags: Sequence[Mapping[str, str]],
) -> Action | None:
    if found is None:
        return Action(
            "create_db_cluster_endpoint",
            {
                "DBClusterIdentifier": cluster_id,
                **_arguments(endpoint),
                **({"Tags": list(tags)} if tags else {}),
            },
            f"{cluster_id} gets custom endpoint {endpoint.name}",
        )
    if found.cluster_id != cluster_id:
        if found.cluster_id not in release_from:
            raise NotAllowed(
                what=f"giving custom endpoint {endpoint.name} to {cluster_id}",
                found=f"cluster {found.cluster_id} has it, which is no part of this recovery",
                remedy=f"Delete it there if nobody needs it, or give a reason for {ENDPOINT}{endpoint.name} in "
                "explained_differences; then clear this task",
            )
        return _gone(found)
    if found.status != AVAILABLE:
        return Action(None, {}, f"custom endpoint {endpoint.name}, which is {found.status}, to be available")
    if found.endpoint == endpoint:
        return None
    return Action(
        "modify_db_cluster_endpoint",
        _arguments(endpoint),
        f"custom endpoint {endpoint.name} gets its type and instances",
    )


def _gone(found: SeenEndpoint) -> Action:
    name = found.endpoint.name
    if found.status != AVAILABLE:
        return Action(None, {}, f"custom endpoint {name}, which is {found.status}, to be gone or available")
    return Action(
        "delete_db_cluster_endpoint",
        {"DBClusterEndpointIdentifier": name},
        f"{found.cluster_id} lets go of custom endpoint {name}",
    )


def _arguments(endpoint: CustomEndpoint) -> dict[str, Any]:
    lists = {"StaticMembers": list(endpoint.static), "ExcludedMembers": list(endpoint.excluded)}
    return {
        "DBClusterEndpointIdentifier": endpoint.name,
        "EndpointType": endpoint.kind,
        **{name: members for name, members in lists.items() if members},
    }


def _require_instances(endpoint: CustomEndpoint, instances: Collection[str], cluster_id: str) -> None:
    missing = sorted({*endpoint.static, *endpoint.excluded} - set(instances))
    if missing:
        raise NotAllowed(
            what=f"custom endpoint {endpoint.name} of {cluster_id}",
            found=f"instance {missing[0]} is none of the cluster's: {', '.join(sorted(instances))}",
            remedy=f"Give a reason for {ENDPOINT}{endpoint.name} in explained_differences and make the endpoint "
            "by hand, or make the instance; then clear this task",
        )


def with_present_names(
    endpoints: Sequence[CustomEndpoint], present: Mapping[str, str]
) -> list[CustomEndpoint]:
    """Name the instances of custom endpoints as the cluster names them; unknown ones stay as they are."""

    def names(listed: Sequence[str]) -> tuple[str, ...]:
        return tuple(sorted(present.get(name, name) for name in listed))

    return [CustomEndpoint(one.name, one.kind, names(one.static), names(one.excluded)) for one in endpoints]


def scaling_actions(
    wanted: Sequence[ScalableTarget],
    found: Sequence[ScalableTarget],
    *,
    cluster_id: str,
    deregister: bool = False,
) -> list[Action]:
    """List the calls that give a name its scaling: targets and policies that differ.

    Args:
        wanted: What should be registered.
        found: What is.
        cluster_id: The name.
        deregister: Whether dimensions that are not wanted go; else they stay as somebody registered them.
    """
    resource_id = f"cluster:{cluster_id}"
    before = {one.dimension: one for one in found}
    actions: list[Action] = []
    for target in wanted:
        key = {"ServiceNamespace": "rds", "ResourceId": resource_id, "ScalableDimension": target.dimension}
        actions += _target_actions(target, before.pop(target.dimension, None), key)
    unwanted = before if deregister else ()
    actions += [
        Action(
            "deregister_scalable_target",
            {"ServiceNamespace": "rds", "ResourceId": resource_id, "ScalableDimension": dimension},
            f"{resource_id} is no longer scaled by {dimension}",
        )
        for dimension in unwanted
    ]
    return actions


def _target_actions(
    target: ScalableTarget, found: ScalableTarget | None, key: Mapping[str, str]
) -> list[Action]:
    actions = []
    bounds = {"MinCapacity": target.least, "MaxCapacity": target.most}
    if found is None or not _same_bounds(target, found):
        suspended = {"SuspendedState": dict(target.suspended)} if target.suspended else {}
        reason = f"{key['ResourceId']} is scaled from {target.least} to {target.most}"
        actions.append(Action("register_scalable_target", {**key, **bounds, **suspended}, reason))
    before = {one.name: one for one in found.policies} if found else {}
    for policy in target.policies:
        present = before.pop(policy.name, None)
        if present is None or not _same_policy(policy, present):
            arguments = {**key, "PolicyName": policy.name, "PolicyType": policy.kind, **policy.configuration}
            actions.append(Action("put_scaling_policy", arguments, f"policy {policy.name} is set"))
    actions += [
        Action("delete_scaling_policy", {**key, "PolicyName": name}, f"policy {name} is removed")
        for name in before
    ]
    return actions


def _same_bounds(wanted: ScalableTarget, found: ScalableTarget) -> bool:
    same = (wanted.least, wanted.most) == (found.least, found.most)
    return same and fits(wanted.suspended, found.suspended)


def _same_policy(wanted: ScalingPolicy, found: ScalingPolicy) -> bool:
    return wanted.kind == found.kind and fits(wanted.configuration, found.configuration)


def left_over(wanted: Surroundings, found: Surroundings) -> dict[str, tuple[Any, Any]]:
    """List what is not as wanted, by the name of the difference: the wanted and the found one, None for none."""
    before: dict[str, Any] = {ENDPOINT + one.name: one for one in found.endpoints}
    before |= {SCALING + one.dimension: one for one in found.targets}
    asked: dict[str, Any] = {ENDPOINT + one.name: one for one in wanted.endpoints}
    asked |= {SCALING + one.dimension: one for one in wanted.targets}
    return {
        name: (asked.get(name), before.get(name))
        for name in sorted({*asked, *before})
        if not _is_as_wanted(asked.get(name), before.get(name))
    }


def _is_as_wanted(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, ScalableTarget) and isinstance(found, ScalableTarget):
        return not _target_actions(wanted, found, {"ResourceId": ""})
    return bool(wanted == found)
