"""The calls that give a cluster its custom endpoints and scaling, judged by AWS's own models of them."""

from dataclasses import replace

import botocore.session
import pytest
from botocore.validate import ParamValidator

from switchyard.aurora_recovery.settling import (
    Action,
    SeenEndpoint,
    left_over,
    next_endpoint_action,
    scaling_actions,
    with_present_names,
)
from switchyard.aurora_recovery.surroundings import (
    CustomEndpoint,
    ScalableTarget,
    ScalingPolicy,
    Surroundings,
)
from switchyard.errors import NotAllowed
from tests.aurora_recovery.test_surroundings import FULL, READERS, TRACKING

LIVE, OLD = "orders", "orders-old-1"
ANALYTICS, REPORTS = FULL.endpoints
TARGET = FULL.targets[0]
TAGS = [{"Key": "switchyard:run", "Value": "1"}]
DIMENSION = {"ServiceNamespace": "rds", "ResourceId": "cluster:orders", "ScalableDimension": READERS}


@pytest.fixture(scope="module")
def models():
    session = botocore.session.Session()
    return [session.get_service_model(name) for name in ("rds", "application-autoscaling")]


@pytest.fixture
def refused(models):
    """What AWS's models say against the arguments of an action."""

    def judge(action):
        name = "".join("DB" if word == "db" else word.title() for word in action.operation.split("_"))
        (model,) = [one for one in models if name in one.operation_names]
        return (
            ParamValidator()
            .validate(action.arguments, model.operation_model(name).input_shape)
            .generate_report()
        )

    return judge


def step(wanted, seen, **options):
    known = {"cluster_id": LIVE, "release_from": [OLD], "instances": ("orders-1", "orders-2")} | options
    return next_endpoint_action(wanted, seen, **known)


@pytest.mark.parametrize(
    ("wanted", "seen", "expected"),
    [
        (
            ANALYTICS,
            None,
            Action(
                "create_db_cluster_endpoint",
                {
                    "DBClusterIdentifier": LIVE,
                    "DBClusterEndpointIdentifier": "analytics",
                    "EndpointType": "READER",
                    "StaticMembers": ["orders-2"],
                },
                "orders gets custom endpoint analytics",
            ),
        ),
        (
            REPORTS,
            SeenEndpoint(replace(REPORTS, excluded=()), LIVE, "available"),
            Action(
                "modify_db_cluster_endpoint",
                {
                    "DBClusterEndpointIdentifier": "reports",
                    "EndpointType": "ANY",
                    "ExcludedMembers": ["orders-1"],
                },
                "custom endpoint reports gets its type and instances",
            ),
        ),
        (
            ANALYTICS,
            SeenEndpoint(ANALYTICS, OLD, "available"),
            Action(
                "delete_db_cluster_endpoint",
                {"DBClusterEndpointIdentifier": "analytics"},
                "orders-old-1 lets go of custom endpoint analytics",
            ),
        ),
    ],
    ids=["made", "changed", "let go"],
)
def test_endpoint_calls_are_those_of_aws(wanted, seen, expected, refused):
    """It should name a call that AWS takes, with exactly the arguments it needs, and what it is for."""
    action = step([wanted], [seen] if seen else [])
    assert action == expected
    assert refused(action) == ""


@pytest.mark.parametrize(
    ("cluster_id", "until"), [(LIVE, "to be available"), (OLD, "to be gone or available")]
)
def test_endpoint_under_way_is_waited_for(cluster_id, until):
    """It should make no call while AWS is at work on the endpoint, and say for what it waits."""
    action = step([ANALYTICS], [SeenEndpoint(ANALYTICS, cluster_id, "modifying")])
    assert action == Action(None, {}, f"custom endpoint analytics, which is modifying, {until}")


def test_refused_endpoints_are_told_with_their_remedy():
    """It should name the endpoint, its cluster, what is in the way, and the two ways out."""
    with pytest.raises(NotAllowed, match=r"^giving custom endpoint analytics") as refusal:
        step([ANALYTICS], [SeenEndpoint(ANALYTICS, "billing", "available")])
    assert str(refusal.value) == (
        "giving custom endpoint analytics to orders: cluster billing has it, which is no part of this recovery. "
        "Delete it there if nobody needs it, or give a reason for CustomEndpoints.analytics in "
        "explained_differences; then clear this task."
    )
    with pytest.raises(NotAllowed, match=r"^custom endpoint analytics of orders") as refusal:
        step([ANALYTICS], [], instances=["orders-3", "orders-1"])
    assert str(refusal.value) == (
        "custom endpoint analytics of orders: instance orders-2 is none of the cluster's: orders-1, orders-3. "
        "Give a reason for CustomEndpoints.analytics in explained_differences and make the endpoint "
        "by hand, or make the instance; then clear this task."
    )


def test_scaling_calls_are_those_of_aws(refused):
    """It should register each dimension and set its policies by calls that AWS takes, and say what they are for."""
    capacity = ScalableTarget("rds:cluster:Capacity", 1, 2)
    actions = scaling_actions([TARGET, capacity], [], cluster_id=LIVE)
    assert actions == [
        Action(
            "register_scalable_target",
            {
                **DIMENSION,
                "MinCapacity": 1,
                "MaxCapacity": 4,
                "SuspendedState": {"DynamicScalingInSuspended": False},
            },
            "cluster:orders is scaled from 1 to 4",
        ),
        Action(
            "put_scaling_policy",
            {**DIMENSION, "PolicyName": "cpu", "PolicyType": "TargetTrackingScaling", **TRACKING},
            "policy cpu is set",
        ),
        Action(
            "register_scalable_target",
            {**DIMENSION, "ScalableDimension": "rds:cluster:Capacity", "MinCapacity": 1, "MaxCapacity": 2},
            "cluster:orders is scaled from 1 to 2",
        ),
    ]
    assert [refused(one) for one in actions[:2]] == ["", ""]


def test_scaling_is_taken_away_by_calls_of_aws(refused):
    """It should delete policies and deregister dimensions by calls that AWS takes, and say so."""
    policies = (*TARGET.policies, ScalingPolicy("old", "StepScaling", {}))
    actions = scaling_actions([TARGET], [replace(TARGET, policies=policies)], cluster_id=LIVE)
    actions += scaling_actions([], [TARGET], cluster_id=LIVE, deregister=True)
    assert actions == [
        Action("delete_scaling_policy", {**DIMENSION, "PolicyName": "old"}, "policy old is removed"),
        Action("deregister_scalable_target", DIMENSION, f"cluster:orders is no longer scaled by {READERS}"),
    ]
    assert [refused(one) for one in actions] == ["", ""]


@pytest.mark.parametrize("policy", [{"kind": "StepScaling"}, {"configuration": {}}], ids=str)
def test_policy_of_another_kind_or_configuration_is_set_anew(policy):
    """It should set a policy that differs in either."""
    found = replace(TARGET, policies=(replace(TARGET.policies[0], **policy),))
    (action,) = scaling_actions([TARGET], [found], cluster_id=LIVE)
    assert (action.operation, action.arguments["PolicyName"]) == ("put_scaling_policy", "cpu")


def test_made_endpoint_has_no_empty_list_of_tags():
    """It should leave tags out where there are none, and give all there are."""
    assert "Tags" not in step([ANALYTICS], []).arguments
    assert step([ANALYTICS], [], tags=TAGS).arguments["Tags"] == TAGS


def test_present_names_are_all_that_changes():
    """It should name the instances of both lists anew, keep unknown ones, and sort them."""
    endpoint = CustomEndpoint("reports", "ANY", ("orders-2", "orders-1"), ("orders-4", "orders-3"))
    present = {"orders-1": "zz-1", "orders-3": "zz-3"}
    assert with_present_names([endpoint], present) == [
        CustomEndpoint("reports", "ANY", ("orders-2", "zz-1"), ("orders-4", "zz-3"))
    ]


def test_left_over_shows_both_sides():
    """It should give the wanted and the found of each difference, None where there is none."""
    other = replace(ANALYTICS, kind="ANY")
    surplus = ScalableTarget("rds:cluster:Capacity", 1, 2)
    assert left_over(FULL, Surroundings((other,), (surplus,))) == {
        "CustomEndpoints.analytics": (ANALYTICS, other),
        "CustomEndpoints.reports": (REPORTS, None),
        "ScalableTargets.rds:cluster:Capacity": (None, surplus),
        f"ScalableTargets.{READERS}": (TARGET, None),
    }
