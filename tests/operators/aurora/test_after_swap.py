"""What is carried over after a swap: by parts, each as far as it can be, and back again."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from switchyard.aurora_recovery.manifest import Manifest, cluster_contents
from switchyard.aurora_recovery.surroundings import (
    CustomEndpoint,
    ScalableTarget,
    ScalingPolicy,
    Surroundings,
)
from switchyard.errors import NotAllowed, StepFailed
from switchyard.operators.aurora import after_swap, describe
from switchyard.operators.aurora.after_swap import ApplyAfterSwapOperator
from tests.operators.aurora.test_swap import RETIRED, STAMP, STEP, World
from tests.support.control_plane import BUCKET, new_context
from tests.support.swap_proof import PIPELINE

READERS = {"ServiceNamespace": "rds", "ScalableDimension": "rds:cluster:ReadReplicaCount"}
REPORTS = CustomEndpoint("reports", "ANY", ("orders-1",))
ANALYTICS = CustomEndpoint("analytics", "READER")
CPU = ScalingPolicy(
    "cpu", "TargetTrackingScaling", {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 60.0}}
)


class SettledWorld(World):
    """The world of a swap with a manifest, and with things around the old live cluster."""

    def __init__(self, accounts, monkeypatch):
        super().__init__(accounts)
        accounts.recovery.bucket()
        self.place.login()
        self.scaling = self.place.client("application-autoscaling")
        self.iam = self.place.client("iam")
        self.endpoint("reports", "orders")
        self.scaling.register_scalable_target(
            **READERS, ResourceId="cluster:orders", MinCapacity=0, MaxCapacity=1
        )
        self.wanted = Surroundings((ANALYTICS, REPORTS))
        self.hosts = SimpleNamespace(asked=0, right=True)
        monkeypatch.setattr(after_swap, "names_host", self._names_host)
        accounts.changes()

    def _names_host(self, *_):
        self.hosts.asked += 1
        events = self.rds.describe_events(SourceType="db-cluster")["Events"]
        return self.hosts.right or "DB cluster started" in [one["Message"] for one in events]

    def endpoint(self, name, cluster, kind="READER", **members):
        self.rds.create_db_cluster_endpoint(
            DBClusterIdentifier=cluster, DBClusterEndpointIdentifier=name, EndpointType=kind, **members
        )

    def manifest(self, **settings):
        """Store a manifest that wants what the world wants, and give its address and hash."""
        described = self.place.show_cluster("orders") | settings
        manifest = Manifest(
            pipeline=PIPELINE,
            run_id="manual__1",
            stamp=STAMP,
            source_account_id="111111111111",
            source_region="us-west-2",
            source_time=datetime(2026, 2, 1, tzinfo=UTC),
            snapshot_ids={"us-west-1": "orders-rp"},
            **cluster_contents(described, []),
        )
        manifest = replace(manifest, surroundings=self.wanted)
        s3 = self.accounts.recovery.client("s3")
        s3.put_object(Bucket=BUCKET, Key="manifest.json", Body=manifest.to_json().encode())
        self.stored = {"manifest_uri": f"s3://{BUCKET}/manifest.json", "manifest_sha256": manifest.sha256}
        return self.stored

    def operator(self, **changed):
        arguments = {
            "candidate_resource_id": self.new_id,
            "retired_resource_id": self.old_id,
            "engine": "aurora-mysql",
            "login_secret_id": "switchyard/orders/login",
            "database": None,
            "overrides": {},
            "pipeline": PIPELINE,
            "refresh_tls": False,
            "login_policies": (),
            "explained_differences": {},
            **STEP,
        }
        arguments |= {} if "manifest_uri" in changed else self.manifest()
        return ApplyAfterSwapOperator(**arguments | changed)

    def settle(self, **changed):
        operator, context = self.operator(**changed), new_context()
        while operator.act(context) is not None:
            time.sleep(0.01)
        return operator.result(context)

    def endpoints(self):
        found = self.rds.describe_db_cluster_endpoints()["DBClusterEndpoints"]
        return {
            one["DBClusterEndpointIdentifier"]: (one["DBClusterIdentifier"], one["StaticMembers"])
            for one in found
            if one["EndpointType"] == "CUSTOM"
        }

    def bounds(self):
        found = self.scaling.describe_scalable_targets(ServiceNamespace="rds")["ScalableTargets"]
        return {one["ResourceId"]: (one["MinCapacity"], one["MaxCapacity"]) for one in found}

    def data_api(self):
        """The records that the live cluster's Data API answers with."""
        arn = self.place.show_cluster("orders")["DBClusterArn"]
        answer = self.place.client("rds-data").execute_statement(
            resourceArn=arn, secretArn="a" * 11, sql="SELECT 1"
        )
        return answer["records"]

    def policy(self, resource, name="logins"):
        document = {"Statement": [{"Effect": "Allow", "Action": "rds-db:connect", "Resource": resource}]}
        made = self.iam.create_policy(
            PolicyName=name, PolicyDocument=json.dumps(document | {"Version": "2012-10-17"})
        )
        return made["Policy"]["Arn"]

    def user(self, resource_id):
        return f"arn:aws:rds-db:us-west-1:222222222222:dbuser:{resource_id}/app"

    def changed_by(self):
        """Operations since the last look, without the test's own storing of the manifest."""
        operations = [change.rpartition(":")[2] for change in self.accounts.changes()]
        return [operation for operation in operations if operation != "PutObject"]


@pytest.fixture
def world(accounts, monkeypatch):
    """Such a world, in which what is not shown for a third of a second is gone."""
    monkeypatch.setattr(describe, "LONGEST_UNSEEN", 0.3)
    return SettledWorld(accounts, monkeypatch)


def test_endpoints_change_hands(world):
    """It should take a name from the old cluster, give it to the new one, and say what the certificate names."""
    world.swap()
    result = world.settle()
    assert world.endpoints() == {"reports": ("orders", ["orders-1"]), "analytics": ("orders", [])}
    assert result["certificate"] == "names the endpoint"
    world.changed_by()
    world.settle()
    assert world.changed_by() == []


@pytest.mark.parametrize("mode", ["test", "keep"])
def test_other_modes_leave_the_live_name_alone(world, mode):
    """It should be skipped, and do nothing, where the run does not swap."""
    operator = world.operator(mode=mode)
    with pytest.raises(AirflowSkipException, match=mode):
        operator.execute(new_context())
    assert world.changed_by() == []


def test_nothing_is_carried_over_before_the_swap(world):
    """It should refuse while the candidate bears its own name."""
    with pytest.raises(NotAllowed, match=rf"^carrying over to orders: .*{world.new_id}.*swaps the names"):
        world.settle()
    assert world.changed_by() == []


def test_one_part_does_not_keep_the_others_back(world):
    """It should carry over what it can, name every part that it cannot, and go on when that is mended."""
    world.swap()
    missing = "arn:aws:iam::222222222222:policy/missing"
    world.wanted = Surroundings((ANALYTICS, replace(REPORTS, static=("orders-9",))))
    with pytest.raises(
        StepFailed, match=r"policy arn:\S+missing: .*custom endpoints: .*orders-9 is none"
    ) as error:
        world.settle(login_policies=[missing])
    assert "The new one is live and the old one is kept" in str(error.value)
    assert world.endpoints()["analytics"] == ("orders", [])
    world.wanted = Surroundings((ANALYTICS, REPORTS))
    world.settle()
    assert world.endpoints()["reports"] == ("orders", ["orders-1"])


def test_what_is_explained_is_not_carried_over(world):
    """It should leave an endpoint where it is that the configuration gives a reason for."""
    world.swap()
    world.settle(explained_differences={"CustomEndpoints.reports": "nobody asks here"})
    assert world.endpoints()["reports"] == (RETIRED, [])
    assert world.endpoints()["analytics"] == ("orders", [])


def test_a_stranger_keeps_its_endpoint(world):
    """It should not take a name from a cluster outside the recovery."""
    world.place.cluster("billing")
    world.endpoint("analytics", "billing")
    world.swap()
    with pytest.raises(StepFailed, match=r"cluster billing has it, which is no part of this recovery"):
        world.settle()
    assert world.endpoints()["analytics"] == ("billing", [])


def test_policies_list_both_ids_and_are_pruned(world):
    """It should add the new id once, and make room for a sixth version by the oldest."""
    arn = world.policy(world.user(world.old_id))
    document = world.iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]
    for _ in range(4):
        world.iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)
    world.swap()
    for _ in range(2):
        world.settle(login_policies=[arn])
    versions = world.iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert sorted(one["VersionId"] for one in versions) == ["v2", "v3", "v4", "v5", "v6"]
    (in_force,) = [one["VersionId"] for one in versions if one["IsDefaultVersion"]]
    version = world.iam.get_policy_version(PolicyArn=arn, VersionId=in_force)["PolicyVersion"]
    assert version["Document"]["Statement"][0]["Resource"] == [
        world.user(world.old_id),
        world.user(world.new_id),
    ]


def test_policy_that_names_nobody_of_ours_is_not_changed(world):
    """It should say what the policy has to list, and leave it alone."""
    arn = world.policy(world.user("cluster-OTHER"))
    world.swap()
    with pytest.raises(StepFailed, match=rf"names no database user of {world.old_id}.*dbuser:{world.new_id}"):
        world.settle(login_policies=[arn])
    assert len(world.iam.list_policy_versions(PolicyArn=arn)["Versions"]) == 1


def test_certificate_is_made_anew_by_a_stop_and_a_start(world):
    """It should stop and start the live cluster once, where it is configured and needed."""
    world.hosts.right = False
    world.swap()
    assert "until a stop and start" in world.settle()["certificate"]
    world.changed_by()
    assert world.settle(refresh_tls=True)["certificate"] == "names the endpoint"
    assert [one for one in world.changed_by() if one in ("StopDBCluster", "StartDBCluster")] == [
        "StopDBCluster",
        "StartDBCluster",
    ]


def test_no_candidate_is_left_to_carry_over_to(world):
    """It should give name, endpoints and Data API back to the old cluster when somebody deletes the candidate."""
    world.rds.enable_http_endpoint(ResourceArn=world.place.show_cluster("orders")["DBClusterArn"])
    world.swap()
    world.settle()
    world.delete("orders")
    with pytest.raises(StepFailed, match=rf"the candidate {world.new_id} was deleted; orders is borne by"):
        world.settle(**world.stored)
    assert world.names()[world.old_id] == "orders"
    assert world.endpoints() == {"reports": ("orders", [])}
    assert world.data_api() == []


def test_first_run_records_what_was_registered(world):
    """It should carry over to the first live cluster, and keep scaling that the manifest does not speak of."""
    world.delete("orders")
    world.swap(live_resource_id="")
    world.wanted = Surroundings((ANALYTICS,))
    world.settle(retired_resource_id="")
    assert world.endpoints() == {"analytics": ("orders", [])}
    assert world.bounds() == {"cluster:orders": (0, 1)}
    tags = {one["Key"]: one["Value"] for one in world.place.show_cluster("orders")["TagList"]}
    assert tags["switchyard:before-swap"] == f"{STAMP} 1 data-api-off"


def test_dry_run_tells_what_it_would_do(world):
    """It should plan the calls for endpoints, and make none."""
    operator = world.operator(candidate_resource_id="", retired_resource_id="")
    world.changed_by()
    planned = operator.execute(new_context(dry_run=True))["planned_calls"]
    assert [one["operation"] for one in planned] == [
        "CreateDBClusterEndpoint",
        "DeleteDBClusterEndpoint",
        "CreateDBClusterEndpoint",
    ]
    assert world.changed_by() == []


class Killed(BaseException):
    """The step's process is gone."""


class Deadly:
    """A client whose first call of each operation dies before it is sent, and the second after it was answered."""

    def __init__(self, client, struck):
        self._client, self._struck = client, struck

    def __getattr__(self, name):
        real = getattr(self._client, name)
        if name == "get_paginator":
            return lambda operation: SimpleNamespace(
                paginate=self._deadly(operation, real(operation).paginate)
            )
        return self._deadly(name, real) if callable(real) else real

    def _deadly(self, operation, real):
        def call(*args, **arguments):
            self._die(operation, "before")
            answer = real(*args, **arguments)
            self._die(operation, "after")
            return answer

        return call

    def _die(self, operation, moment):
        if (operation, moment) not in self._struck:
            self._struck.append((operation, moment))
            raise Killed


def test_killed_around_every_call_it_ends_the_same(world, monkeypatch):
    """It should end with each thing carried over once, killed before and after the first call of each operation."""
    arn = world.policy(world.user(world.old_id))
    subnet = world.place.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
    world.rds.create_db_proxy(
        DBProxyName="proxy",
        EngineFamily="MYSQL",
        Auth=[
            {"AuthScheme": "SECRETS", "SecretArn": "arn:aws:secretsmanager:us-west-1:222222222222:secret:o"}
        ],
        RoleArn="arn:aws:iam::222222222222:role/proxy",
        VpcSubnetIds=[subnet],
    )
    world.rds.register_db_proxy_targets(DBProxyName="proxy", DBClusterIdentifiers=["orders"])
    target = ScalableTarget(READERS["ScalableDimension"], 1, 3, {}, (CPU,))
    world.wanted = replace(world.wanted, targets=(target,))
    world.swap()
    world.rds.enable_http_endpoint(ResourceArn=world.place.show_cluster("orders")["DBClusterArn"])
    world.hosts.right = False
    asked = world.manifest(HttpEndpointEnabled=True) | {
        "refresh_tls": True,
        "login_policies": [arn],
        "proxies": ["proxy"],
    }
    struck, context, real = [], new_context(), ApplyAfterSwapOperator.client
    monkeypatch.setattr(
        ApplyAfterSwapOperator,
        "client",
        lambda self, *args, **more: Deadly(real(self, *args, **more), struck),
    )
    while True:
        try:
            if world.operator(**asked).act(context) is None:
                break
        except Killed:
            continue
        time.sleep(0.01)
    assert world.endpoints() == {"reports": ("orders", ["orders-1"]), "analytics": ("orders", [])}
    assert world.bounds() == {"cluster:orders": (1, 3)}
    (policy,) = world.scaling.describe_scaling_policies(ServiceNamespace="rds")["ScalingPolicies"]
    assert policy["PolicyName"] == "cpu"
    assert len(world.iam.list_policy_versions(PolicyArn=arn)["Versions"]) == 2
    (follows,) = world.rds.describe_db_proxy_targets(DBProxyName="proxy")["Targets"]
    assert follows["RdsResourceId"] == "orders"
    live = world.place.show_cluster("orders")
    assert world.data_api() == []
    assert live["Status"] == "available"
    changes = {operation for operation, _ in struck if not operation.startswith(("describe", "get", "list"))}
    assert changes == {
        "add_tags_to_resource",
        "create_db_cluster_endpoint",
        "create_policy_version",
        "delete_db_cluster_endpoint",
        "deregister_db_proxy_targets",
        "disable_http_endpoint",
        "enable_http_endpoint",
        "put_scaling_policy",
        "register_db_proxy_targets",
        "register_scalable_target",
        "start_db_cluster",
        "stop_db_cluster",
    }
