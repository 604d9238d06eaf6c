"""Custom endpoints and scaling: read from AWS, kept in the manifest, kept in tags."""

import json
import re
from dataclasses import replace

import pytest

from switchyard.aurora_recovery.manifest import Manifest
from switchyard.aurora_recovery.surroundings import (
    CustomEndpoint,
    ScalableTarget,
    ScalingPolicy,
    Surroundings,
    fits,
    read_endpoints,
    read_targets,
)
from switchyard.errors import BadInput

READERS = "rds:cluster:ReadReplicaCount"
TRACKING = {
    "TargetTrackingScalingPolicyConfiguration": {
        "TargetValue": 60.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "RDSReaderAverageCPUUtilization"},
    }
}
FULL = Surroundings(
    (
        CustomEndpoint("analytics", "READER", ("orders-2",), ()),
        CustomEndpoint("reports", "ANY", (), ("orders-1",)),
    ),
    (
        ScalableTarget(
            READERS,
            1,
            4,
            {"DynamicScalingInSuspended": False},
            (ScalingPolicy("cpu", "TargetTrackingScaling", TRACKING),),
        ),
    ),
)


def test_descriptions_are_read():
    """It should read custom endpoints alone, without readers that come and go, and policies by dimension."""
    described = [
        {"EndpointType": "WRITER", "Endpoint": "orders.cluster-x"},
        {
            "EndpointType": "CUSTOM",
            "DBClusterEndpointIdentifier": "reports",
            "CustomEndpointType": "ANY",
            "ExcludedMembers": ["orders-1"],
            "StaticMembers": [],
        },
        {
            "EndpointType": "CUSTOM",
            "DBClusterEndpointIdentifier": "analytics",
            "CustomEndpointType": "READER",
            "StaticMembers": ["application-autoscaling-1f", "orders-2"],
        },
        {"EndpointType": "CUSTOM", "DBClusterEndpointIdentifier": "gone", "Status": "deleting"},
    ]
    target = {
        "ScalableDimension": READERS,
        "MinCapacity": 1,
        "MaxCapacity": 4,
        "SuspendedState": {"DynamicScalingInSuspended": False},
    }
    policy = {
        "PolicyName": "cpu",
        "PolicyType": "TargetTrackingScaling",
        "ScalableDimension": READERS,
        **TRACKING,
    }
    other = policy | {"ScalableDimension": "rds:cluster:Capacity"}
    assert Surroundings(read_endpoints(described), read_targets([target], [other, policy])) == FULL


def test_manifest_keeps_surroundings(manifest):
    """It should give back what was stored, and none for a manifest of the version before."""
    full = replace(manifest, surroundings=FULL)
    assert Manifest.from_json(full.to_json()).surroundings == FULL
    older = json.loads(manifest.to_json()) | {"version": 1}
    del older["surroundings"]
    assert Manifest.from_json(json.dumps(older)).surroundings == Surroundings()


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (["surroundings"], [], "manifest.surroundings is []: an object was expected"),
        (["surroundings", "surprise"], 1, "manifest.surroundings.surprise is 1: this version has no such"),
        (
            ["surroundings", "endpoints", 0],
            "x",
            "manifest.surroundings.endpoints is .*: entry 0 is no object",
        ),
        (
            ["surroundings", "endpoints", 0, "name"],
            "A_b",
            "endpoints[0].name is 'A_b': it is no RDS identifier",
        ),
        (
            ["surroundings", "endpoints", 0, "kind"],
            "ALL",
            "endpoints[0].kind is 'ALL': READER, WRITER or ANY",
        ),
        (
            ["surroundings", "endpoints", 0, "static"],
            [1],
            "endpoints[0].static is [1]: identifiers of instances",
        ),
        (
            ["surroundings", "targets", 0, "dimension"],
            "ecs:x",
            "targets[0].dimension is 'ecs:x': it is no dim",
        ),
        (["surroundings", "targets", 0, "least"], -1, "targets[0].least is -1: it is negative or too large"),
        (["surroundings", "targets", 0, "suspended"], {"a": "b"}, "only true and false were expected"),
        (
            ["surroundings", "targets", 0, "policies", 0, "configuration"],
            {"RoleARN": "x"},
            "policies[0].configuration is {'RoleARN': 'x'}: it is no configuration of a scaling policy",
        ),
    ],
)
def test_malformed_surroundings_are_refused_by_field(manifest, path, value, problem):
    """It should name the field of a manifest that holds what no cluster has around it."""
    data = json.loads(replace(manifest, surroundings=FULL).to_json())
    inner = data
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    pattern = re.escape(problem).replace(r"\.\*", ".*")
    with pytest.raises(BadInput, match=pattern):
        Manifest.from_json(json.dumps(data))


def test_six_custom_endpoints_are_refused(manifest):
    """It should refuse more than a cluster can have."""
    data = json.loads(replace(manifest, surroundings=FULL).to_json())
    data["surroundings"]["endpoints"] *= 3
    with pytest.raises(BadInput, match=r"endpoints is .*: a cluster has at most 5"):
        Manifest.from_json(json.dumps(data))


def test_tags_can_hold_surroundings():
    """It should be written in characters that a tag's value may hold, and read back."""
    text = FULL.as_tag_text()
    assert re.fullmatch(r"[\w+/=]+", text)
    assert Surroundings.from_tag_text(text) == FULL
    assert Surroundings.from_tag_text(Surroundings().as_tag_text()) == Surroundings()


def test_reasons_take_parts_out():
    """It should leave out what the configuration explains, by the names of differences."""
    reasons = {"CustomEndpoints.analytics": "nobody asks here", f"ScalableTargets.{READERS}": "one is enough"}
    assert FULL.without(reasons) == Surroundings(FULL.endpoints[1:])
    assert not Surroundings()
    assert FULL


def test_more_may_be_shown_than_was_asked_for():
    """It should forgive fields that AWS adds, and no other value."""
    assert fits({"a": [{"b": 1}]}, {"a": [{"b": 1, "c": 2}], "d": 3})
    assert not fits({"a": [{"b": 1}]}, {"a": [{"b": 2}]})
    assert not fits({"a": [1, 2]}, {"a": [1]})
