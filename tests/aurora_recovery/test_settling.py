"""What comes next until a cluster has the custom endpoints and the scaling that it should have."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from switchyard.aurora_recovery import parity
from switchyard.aurora_recovery.parity import compare, compare_surroundings, unexplained
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
from tests.aurora_recovery.test_surroundings import FULL, READERS

LIVE, OLD, STRANGER = "orders", "orders-old-1", "billing"
INSTANCES = ("orders-1", "orders-2")


def step(wanted, seen, **options):
    known = {"cluster_id": LIVE, "release_from": [OLD], "instances": INSTANCES} | options
    return next_endpoint_action(wanted, seen, **known)


def carry_out(action, seen):
    """Give what AWS shows after an action; deletions and creations are under way for one look."""
    shown = [replace(one, status="available") for one in seen if one.status != "deleting"]
    if action.operation is None:
        return shown
    name = action.arguments["DBClusterEndpointIdentifier"]
    if action.operation == "delete_db_cluster_endpoint":
        return [replace(one, status="deleting") if one.endpoint.name == name else one for one in shown]
    made = CustomEndpoint(
        name,
        action.arguments["EndpointType"],
        tuple(action.arguments.get("StaticMembers", ())),
        tuple(action.arguments.get("ExcludedMembers", ())),
    )
    if action.operation == "create_db_cluster_endpoint":
        assert name not in [one.endpoint.name for one in shown], "AWS would refuse a name in use"
        return [*shown, SeenEndpoint(made, action.arguments["DBClusterIdentifier"], "creating")]
    return [
        replace(one, endpoint=made, status="modifying") if one.endpoint.name == name else one for one in shown
    ]


endpoints = st.builds(
    CustomEndpoint,
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from(["READER", "ANY"]),
    st.sampled_from([(), ("orders-1",), ("orders-1", "orders-2")]),
)
seen_endpoints = st.builds(
    SeenEndpoint,
    endpoints,
    st.sampled_from([LIVE, OLD]),
    st.sampled_from(["available", "creating", "deleting", "modifying"]),
)


def by_name(listed, name):
    return list({name(one): one for one in listed}.values())


@given(st.lists(endpoints, max_size=3), st.lists(seen_endpoints, max_size=3))
def test_endpoints_end_where_they_belong(wanted, seen):
    """It should end with exactly the wanted endpoints from any state, and never make a name twice."""
    wanted = by_name(wanted, lambda one: one.name)
    seen = by_name(seen, lambda one: one.endpoint.name)
    for _ in range(40):
        action = step(wanted, seen)
        if action is None:
            break
        seen = carry_out(action, seen)
    else:
        pytest.fail("no end after 40 actions")
    mine = {one.endpoint for one in seen if one.cluster_id == LIVE and one.status != "deleting"}
    assert mine == set(wanted)


def test_endpoint_of_a_stranger_is_not_touched():
    """It should stop, and say what to do, where a cluster outside the recovery has the name."""
    foreign = SeenEndpoint(FULL.endpoints[0], STRANGER, "available")
    with pytest.raises(NotAllowed, match=r"billing has it.*explained_differences"):
        step(FULL.endpoints, [foreign])


def test_endpoint_needs_its_instances():
    """It should stop where an instance of the list was not made."""
    with pytest.raises(NotAllowed, match=r"instance orders-2 is none of the cluster's: orders-1"):
        step(FULL.endpoints, [], instances=["orders-1"])


def test_made_endpoint_bears_the_tags_of_the_run():
    """It should tag what it makes."""
    action = step(FULL.endpoints, [], tags=[{"Key": "switchyard:run", "Value": "1"}])
    assert action.arguments["Tags"] == [{"Key": "switchyard:run", "Value": "1"}]


def test_instances_are_called_as_they_are_called_now():
    """It should put the present names into the lists and keep those it does not know."""
    (named, _) = with_present_names(FULL.endpoints, {"orders-2": "orders-2-new-1"})
    assert named.static == ("orders-2-new-1",)


def test_scaling_is_set_where_there_is_none():
    """It should register the target and set its policy, by the name of the cluster."""
    actions = scaling_actions(FULL.targets, [], cluster_id=LIVE)
    assert [(one.operation, one.arguments["ResourceId"]) for one in actions] == [
        ("register_scalable_target", "cluster:orders"),
        ("put_scaling_policy", "cluster:orders"),
    ]
    assert actions[0].arguments["SuspendedState"] == {"DynamicScalingInSuspended": False}


def test_scaling_as_wanted_needs_nothing():
    """It should make no call where AWS shows all that was asked for, and more."""
    (target,) = FULL.targets
    (policy,) = target.policies
    more = {"TargetTrackingScalingPolicyConfiguration": {
        **policy.configuration["TargetTrackingScalingPolicyConfiguration"], "DisableScaleIn": False,
    }}  # fmt: skip
    shown = replace(
        target,
        suspended={"DynamicScalingInSuspended": False, "ScheduledScalingSuspended": False},
        policies=(replace(policy, configuration=more),),
    )
    assert scaling_actions(FULL.targets, [shown], cluster_id=LIVE) == []
    assert left_over(Surroundings((), FULL.targets), Surroundings((), (shown,))) == {}


def test_scaling_nobody_wants_is_removed():
    """It should correct bounds, replace policies, and deregister other dimensions where it is told to."""
    surplus = ScalableTarget("rds:cluster:Capacity", 1, 2)
    other = replace(FULL.targets[0], most=9, policies=(ScalingPolicy("old", "TargetTrackingScaling", {}),))
    actions = scaling_actions(FULL.targets, [other, surplus], cluster_id=LIVE, deregister=True)
    assert actions[:3] == scaling_actions(FULL.targets, [other, surplus], cluster_id=LIVE)
    assert [one.operation for one in actions] == [
        "register_scalable_target",
        "put_scaling_policy",
        "delete_scaling_policy",
        "deregister_scalable_target",
    ]
    assert actions[2].arguments["PolicyName"] == "old"
    assert isinstance(actions[3], Action)
    assert actions[3].arguments["ScalableDimension"] == "rds:cluster:Capacity"


def test_surroundings_wait_for_the_swap(manifest, described_cluster, described_instances):
    """It should list them as applied after the swap before it, and compare them after it."""
    full = replace(manifest, surroundings=FULL)
    candidate = {**described_cluster, "KmsKeyId": "arn:aws:kms:us-west-1:222222222222:key/own"}
    instances = {it["DBInstanceIdentifier"]: it for it in described_instances}
    before = {it.setting: it.explained_by for it in compare(full, candidate, instances)}
    names = ("CustomEndpoints.analytics", "CustomEndpoints.reports", f"ScalableTargets.{READERS}")
    assert [before[name] for name in names] == [parity.AFTER_SWAP] * 3
    assert unexplained(compare(full, candidate, instances, accepted=True)) == []


@pytest.mark.parametrize(
    "planted",
    [
        Surroundings((), FULL.targets),
        Surroundings((replace(FULL.endpoints[0], kind="ANY"), FULL.endpoints[1]), FULL.targets),
        Surroundings((replace(FULL.endpoints[0], static=("orders-1",)), FULL.endpoints[1]), FULL.targets),
        Surroundings(FULL.endpoints, ()),
        Surroundings(FULL.endpoints, (replace(FULL.targets[0], least=2),)),
        Surroundings(FULL.endpoints, (replace(FULL.targets[0], policies=()),)),
        Surroundings(
            (*FULL.endpoints, CustomEndpoint("more", "ANY")),
            FULL.targets,
        ),
    ],
)
def test_every_difference_around_a_cluster_is_found(planted):
    """It should find it, say what to do about it, and accept it with a reason."""
    found = unexplained(compare_surroundings(FULL, planted))
    assert found
    assert all("apply_after_swap" in one.remedy for one in found)
    reasons = {one.setting: "as agreed" for one in found}
    assert unexplained(compare_surroundings(FULL, planted, explained=reasons)) == []
    assert compare_surroundings(FULL, FULL) == []
