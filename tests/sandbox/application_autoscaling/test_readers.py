import pytest
from botocore.exceptions import ClientError

from tests.sandbox.rds.conftest import source as source  # noqa: PLC0414 -- the fixture of RDS's tests

READERS = {"ServiceNamespace": "rds", "ScalableDimension": "rds:cluster:ReadReplicaCount"}
ORDERS = READERS | {"ResourceId": "cluster:orders"}
TRACKING = {
    "TargetValue": 60.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "RDSReaderAverageCPUUtilization"},
}


@pytest.fixture
def scaling(source):
    """A client, beside a cluster "orders"."""
    source.cluster()
    return source.sandbox.client("application-autoscaling", source.account, source.region)


def targets(scaling):
    """List names and bounds of targets."""
    found = scaling.describe_scalable_targets(ServiceNamespace="rds")["ScalableTargets"]
    return [(one["ResourceId"], one["MinCapacity"], one["MaxCapacity"]) for one in found]


def policies(scaling):
    """List names of policies."""
    found = scaling.describe_scaling_policies(ServiceNamespace="rds")["ScalingPolicies"]
    return [one["PolicyName"] for one in found]


def set_policy(scaling, name="cpu"):
    """Set a target tracking policy."""
    scaling.put_scaling_policy(
        **ORDERS,
        PolicyName=name,
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=TRACKING,
    )


def test_target_is_known_by_the_name_of_the_cluster(scaling, source):
    """It should leave target and policy with the name when the cluster leaves it."""
    scaling.register_scalable_target(**ORDERS, MinCapacity=1, MaxCapacity=4)
    set_policy(scaling)
    source.rename("orders", "orders-old")
    source.cluster("orders")
    assert (targets(scaling), policies(scaling)) == ([("cluster:orders", 1, 4)], ["cpu"])


def test_new_target_needs_its_cluster_and_both_bounds(scaling):
    """It should refuse a cluster that is not there and a target without bounds."""
    with pytest.raises(ClientError, match=r"ValidationException"):
        scaling.register_scalable_target(
            **READERS, ResourceId="cluster:nothing", MinCapacity=0, MaxCapacity=1
        )
    with pytest.raises(ClientError, match=r"ValidationException"):
        scaling.register_scalable_target(**ORDERS, MinCapacity=1)


def test_registering_again_changes_the_bounds(scaling):
    """It should take the new bounds and keep what the call leaves out."""
    scaling.register_scalable_target(**ORDERS, MinCapacity=1, MaxCapacity=4)
    scaling.register_scalable_target(**ORDERS, MaxCapacity=6)
    assert targets(scaling) == [("cluster:orders", 1, 6)]


def test_policies_go_with_their_target(scaling):
    """It should forget the policies of a deregistered target, and refuse to deregister it twice."""
    scaling.register_scalable_target(**ORDERS, MinCapacity=1, MaxCapacity=4)
    set_policy(scaling)
    scaling.deregister_scalable_target(**ORDERS)
    assert (targets(scaling), policies(scaling)) == ([], [])
    with pytest.raises(ClientError, match=r"ObjectNotFoundException"):
        scaling.deregister_scalable_target(**ORDERS)


def test_policy_needs_its_target(scaling):
    """It should refuse a policy of nothing, and the deletion of a policy that is not there."""
    with pytest.raises(ClientError, match=r"ObjectNotFoundException"):
        set_policy(scaling)
    scaling.register_scalable_target(**ORDERS, MinCapacity=1, MaxCapacity=4)
    with pytest.raises(ClientError, match=r"ObjectNotFoundException"):
        scaling.delete_scaling_policy(**ORDERS, PolicyName="cpu")
