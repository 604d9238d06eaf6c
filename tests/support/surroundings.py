"""What stands around the clusters of the world "orders": made by a test, looked at by it afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from botocore.exceptions import ClientError

from sandbox import settings
from tests.support.recovery import SOURCE, TARGET, RecoveryWorld

READERS = {"ServiceNamespace": "rds", "ScalableDimension": "rds:cluster:ReadReplicaCount"}
ENDPOINT_FIELDS = (
    "DBClusterIdentifier",
    "DBClusterEndpointIdentifier",
    "CustomEndpointType",
    "StaticMembers",
)
POLICY, PROXY = "orders-logins", "orders-proxy"


def furnish(world: RecoveryWorld) -> RecoveryWorld:
    """Give source and target what a recovery carries over: endpoints, scaling, Data API; each side its own."""
    add_endpoint(world, SOURCE, "orders-reports", "ANY", StaticMembers=["orders-1"])
    add_endpoint(world, SOURCE, "orders-analytics", "READER")
    add_endpoint(world, TARGET, "orders-reports", "READER")
    _scaling(world, SOURCE, {"cpu": 60.0}, MinCapacity=1, MaxCapacity=3)
    _scaling(world, TARGET, {"cpu": 80.0, "old": 50.0}, MinCapacity=0, MaxCapacity=1)
    world.client("rds", SOURCE).enable_http_endpoint(ResourceArn=world.cluster(SOURCE)["DBClusterArn"])
    return world


def ask_for_more(world: RecoveryWorld, configuration: Path) -> None:
    """Make a policy for logins and a proxy in the target, and configure them, and a new certificate."""
    policy_arn = make_login_policy(world, POLICY)
    make_proxy(world, PROXY, "MYSQL", DBClusterIdentifiers=["orders"])
    content = yaml.safe_load(configuration.read_text())
    content["after_swap"] = {
        "refresh_tls": True,
        "login_policies": [policy_arn],
        "proxies": [PROXY],
    }
    configuration.write_text(yaml.safe_dump(content))


def add_logins(world: RecoveryWorld) -> None:
    """Make a policy for logins and a proxy of a plain instance in its target, by the names that `LOGINS` configures."""
    make_login_policy(world, POLICY)
    family = {"mysql": "MYSQL", "postgres": "POSTGRESQL"}[world.recovered.plan.speaks]
    make_proxy(world, PROXY, family, DBInstanceIdentifiers=[world.name])


def make_login_policy(world: RecoveryWorld, name: str) -> str:
    """Let a database user of who is live in the target log in; the policy's ARN."""
    allowed = {"Effect": "Allow", "Action": "rds-db:connect", "Resource": login_arn(world)}
    document = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    made = world.client("iam", world.target).create_policy(PolicyName=name, PolicyDocument=document)
    return str(made["Policy"]["Arn"])


def make_proxy(world: RecoveryWorld, name: str, family: str, **targets: list[str]) -> None:
    """Make a proxy in the target that leads to a cluster or an instance."""
    rds = world.client("rds", world.target)
    account_id, region = settings.ACCOUNTS[world.target[0]], world.target[1]
    secret = f"arn:aws:secretsmanager:{region}:{account_id}:secret:o"
    rds.create_db_proxy(
        DBProxyName=name,
        EngineFamily=family,
        Auth=[{"AuthScheme": "SECRETS", "SecretArn": secret}],
        RoleArn=f"arn:aws:iam::{account_id}:role/proxy",
        VpcSubnetIds=[rds.describe_db_subnet_groups()["DBSubnetGroups"][0]["Subnets"][0]["SubnetIdentifier"]],
    )
    rds.register_db_proxy_targets(DBProxyName=name, **targets)


def login_arn(world: RecoveryWorld, resource_id: str = "") -> str:
    """The database user of a resource id in the target, or of whoever is live there now."""
    account_id, region = settings.ACCOUNTS[world.target[0]], world.target[1]
    return f"arn:aws:rds-db:{region}:{account_id}:dbuser:{resource_id or world.live_id()}/app"


def surroundings(world: RecoveryWorld) -> dict[str, Any]:
    """What stands around the target's clusters now."""
    rds, scaling = world.client("rds", TARGET), world.client("application-autoscaling", TARGET)
    targets = scaling.describe_scalable_targets(ServiceNamespace="rds")["ScalableTargets"]
    policies = scaling.describe_scaling_policies(ServiceNamespace="rds")["ScalingPolicies"]
    return {
        "endpoints": sorted(
            [one[key] for key in ENDPOINT_FIELDS]
            for one in rds.describe_db_cluster_endpoints()["DBClusterEndpoints"]
            if one["EndpointType"] == "CUSTOM"
        ),
        "targets": [[one["ResourceId"], one["MinCapacity"], one["MaxCapacity"]] for one in targets],
        "policies": sorted(
            [one["ResourceId"], one["PolicyName"], _aim(one)["TargetValue"]] for one in policies
        ),
        "data_api": {one["DBClusterIdentifier"]: _answers(world, one) for one in _clusters(rds)},
        "proxy": _proxy(rds),
        "logins": logins(world),
    }


def add_instance(world: RecoveryWorld, place: tuple[str, str], name: str, **settings: Any) -> None:
    """Make another instance of the cluster, and wait for it."""
    rds = world.client("rds", place)
    wanted = {"DBInstanceClass": "db.r6g.large", "Engine": "aurora-mysql"} | settings
    rds.create_db_instance(DBInstanceIdentifier=name, DBClusterIdentifier="orders", **wanted)
    rds.get_waiter("db_instance_available").wait(
        DBInstanceIdentifier=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
    )


def writer(world: RecoveryWorld, place: tuple[str, str]) -> str:
    """The cluster's instance that writes, where the cluster is available; else ""."""
    cluster = world.cluster(place)
    if cluster["Status"] != "available":
        return ""
    (found,) = (one for one in cluster["DBClusterMembers"] if one["IsClusterWriter"])
    return str(found["DBInstanceIdentifier"])


def add_endpoint(world: RecoveryWorld, place: tuple[str, str], name: str, kind: str, **members: Any) -> None:
    """Make a custom endpoint of the cluster."""
    world.client("rds", place).create_db_cluster_endpoint(
        DBClusterIdentifier="orders", DBClusterEndpointIdentifier=name, EndpointType=kind, **members
    )


def _scaling(world: RecoveryWorld, place: tuple[str, str], policies: dict[str, float], **bounds: int) -> None:
    scaling = world.client("application-autoscaling", place)
    scaling.register_scalable_target(**READERS, ResourceId="cluster:orders", **bounds)
    for name, value in policies.items():
        metric = {"PredefinedMetricType": "RDSReaderAverageCPUUtilization"}
        scaling.put_scaling_policy(
            **READERS,
            ResourceId="cluster:orders",
            PolicyName=name,
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={
                "TargetValue": value,
                "PredefinedMetricSpecification": metric,
            },
        )


def _aim(policy: dict[str, Any]) -> dict[str, Any]:
    return dict(policy["TargetTrackingScalingPolicyConfiguration"])


def _clusters(rds: Any) -> list[dict[str, Any]]:
    return list(rds.describe_db_clusters()["DBClusters"])


def _answers(world: RecoveryWorld, cluster: dict[str, Any]) -> str:
    client = world.client("rds-data", TARGET)
    try:
        client.execute_statement(resourceArn=cluster["DBClusterArn"], secretArn="a" * 11, sql="SELECT 1")
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "answers"


def _proxy(rds: Any) -> list[str]:
    if not rds.describe_db_proxies()["DBProxies"]:
        return []
    return [one["RdsResourceId"] for one in rds.describe_db_proxy_targets(DBProxyName=PROXY)["Targets"]]


def logins(world: RecoveryWorld) -> Any:
    """The database users whom the policy for logins names."""
    iam = world.client("iam", world.target)
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        if policy["PolicyName"] == POLICY:
            version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
            return version["PolicyVersion"]["Document"]["Statement"]["Resource"]
    return None
