"""What stands around a cluster and is no setting of it: custom endpoints, and the scaling of its readers.

Custom endpoints belong to a cluster, and their names are unique in a Region: a restored cluster can have them only
once the one it replaces has let go of them. Application Auto Scaling knows a cluster by its name. So both are
carried over after the swap.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from switchyard.aurora_recovery.names import is_autoscaled

ENDPOINT = "CustomEndpoints."
"""Beginning of the names under which differences of custom endpoints are listed and explained."""
SCALING = "ScalableTargets."
"""The same for targets of Application Auto Scaling, by their dimension."""
_CONFIGURATIONS = ("TargetTrackingScalingPolicyConfiguration", "StepScalingPolicyConfiguration")


@dataclass(frozen=True)
class CustomEndpoint:
    """One custom endpoint.

    Attributes:
        name: Its identifier, unique in account and Region.
        kind: READER or ANY.
        static: Names of its instances; empty for all but the excluded ones.
        excluded: Names of the instances that it leaves out.
    """

    name: str
    kind: str
    static: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True)
class ScalingPolicy:
    """One policy of a scalable target; `configuration` holds the one argument that its type has."""

    name: str
    kind: str
    configuration: Mapping[str, Any]


@dataclass(frozen=True)
class ScalableTarget:
    """Bounds and policies of one dimension, such as rds:cluster:ReadReplicaCount."""

    dimension: str
    least: int
    most: int
    suspended: Mapping[str, bool] = field(default_factory=dict)
    policies: tuple[ScalingPolicy, ...] = ()


@dataclass(frozen=True)
class Surroundings:
    """All of it, for one cluster."""

    endpoints: tuple[CustomEndpoint, ...] = ()
    targets: tuple[ScalableTarget, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is anything."""
        return bool(self.endpoints or self.targets)

    def without(self, explained: Iterable[str]) -> Surroundings:
        """Leave out what the configuration gives a reason for not having, by the names of differences."""
        reasons = set(explained)
        return Surroundings(
            tuple(one for one in self.endpoints if ENDPOINT + one.name not in reasons),
            tuple(one for one in self.targets if SCALING + one.dimension not in reasons),
        )

    def as_tag_text(self) -> str:
        """Write it in characters that a tag's value may hold."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return base64.b64encode(zlib.compress(text.encode(), 9)).decode()

    @classmethod
    def from_tag_text(cls, text: str) -> Surroundings:
        """Read what `as_tag_text` wrote."""
        return from_plain(json.loads(zlib.decompress(base64.b64decode(text))))


def from_plain(data: Mapping[str, Any]) -> Surroundings:
    """Read what `asdict` made of it."""
    return Surroundings(
        tuple(
            CustomEndpoint(one["name"], one["kind"], tuple(one["static"]), tuple(one["excluded"]))
            for one in data["endpoints"]
        ),
        tuple(
            ScalableTarget(
                one["dimension"],
                one["least"],
                one["most"],
                one["suspended"],
                tuple(ScalingPolicy(it["name"], it["kind"], it["configuration"]) for it in one["policies"]),
            )
            for one in data["targets"]
        ),
    )


def read_endpoints(described: Iterable[Mapping[str, Any]]) -> tuple[CustomEndpoint, ...]:
    """Read the custom endpoints out of DescribeDBClusterEndpoints, by name.

    Readers that Application Auto Scaling made are left out of the lists: others will come in their place.
    """
    found = [
        CustomEndpoint(
            one["DBClusterEndpointIdentifier"],
            one.get("CustomEndpointType") or "ANY",
            _members(one.get("StaticMembers")),
            _members(one.get("ExcludedMembers")),
        )
        for one in described
        if one.get("EndpointType") == "CUSTOM" and one.get("Status") != "deleting"
    ]
    return tuple(sorted(found, key=lambda one: one.name))


def read_targets(
    targets: Iterable[Mapping[str, Any]], policies: Iterable[Mapping[str, Any]]
) -> tuple[ScalableTarget, ...]:
    """Read DescribeScalableTargets and DescribeScalingPolicies of one cluster, by dimension and policy name."""
    policies = sorted(policies, key=lambda one: str(one["PolicyName"]))
    found = [
        ScalableTarget(
            one["ScalableDimension"],
            one["MinCapacity"],
            one["MaxCapacity"],
            dict(one.get("SuspendedState") or {}),
            tuple(_policy(it) for it in policies if it["ScalableDimension"] == one["ScalableDimension"]),
        )
        for one in targets
    ]
    return tuple(sorted(found, key=lambda one: one.dimension))


def fits(expected: Any, found: Any) -> bool:
    """Say whether AWS shows what was asked for; it may show more than that."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        return all(fits(value, found.get(name)) for name, value in expected.items())
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(fits, expected, found))
    return bool(expected == found)


def shown(one: CustomEndpoint | ScalableTarget) -> dict[str, Any]:
    """Give an endpoint or a target as a difference shows it."""
    plain = asdict(one)
    return {name: value for name, value in plain.items() if value and name not in ("name", "dimension")}


def _members(names: Iterable[str] | None) -> tuple[str, ...]:
    return tuple(sorted(name for name in names or () if not is_autoscaled(name)))


def _policy(described: Mapping[str, Any]) -> ScalingPolicy:
    key = next((key for key in _CONFIGURATIONS if described.get(key)), None)
    configuration = {key: described[key]} if key else {}
    return ScalingPolicy(described["PolicyName"], described["PolicyType"], configuration)
