"""What is carried over after the swap of a plain instance: its proxies and policies for logins, there and back."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, datetime

import certifi
import pytest

from switchyard.aurora_recovery.manifest import Manifest, instance_contents
from switchyard.errors import CheckFailed
from switchyard.operators.aurora.after_swap import ApplyAfterSwapOperator
from switchyard.operators.aurora.checks import CheckLiveOperator
from switchyard.operators.aurora.swap import SwapNamesOperator
from tests.operators.aurora.test_after_swap import Deadly, Killed
from tests.operators.aurora.test_plain_instances import CANDIDATE, LIVE, OWN, PIPELINE, STAMP, World
from tests.support.control_plane import BUCKET, LOGIN, new_context, own_tags, run_step
from tests.support.swap_proof import PROOF

FAMILIES = {"mysql": "MYSQL", "postgres": "POSTGRESQL"}
SECRET = "arn:aws:secretsmanager:us-west-1:222222222222:secret:orders"  # pragma: allowlist secret


class CarriedWorld(World):
    """A swap of plain instances that a proxy and a policy for logins are to follow."""

    def __init__(self, accounts, engine):
        super().__init__(accounts)
        self.engine, self.rds, self.iam = engine, self.target.rds, self.target.client("iam")
        accounts.recovery.bucket()
        old = self.make(self.target, Engine=engine)
        self.old_id = old["DbiResourceId"]
        tags = [*OWN, *own_tags(proved=STAMP)]
        self.new_id = self.make(self.target, CANDIDATE, Engine=engine, Tags=tags)["DbiResourceId"]
        self.stored = self.manifest(old)
        self.policy = self.make_policy()
        subnet = self.target.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]
        self.rds.create_db_proxy(
            DBProxyName="proxy",
            EngineFamily=FAMILIES[engine],
            Auth=[{"AuthScheme": "SECRETS", "SecretArn": SECRET}],
            RoleArn="arn:aws:iam::222222222222:role/proxy",
            VpcSubnetIds=[subnet],
        )
        self.rds.register_db_proxy_targets(DBProxyName="proxy", DBInstanceIdentifiers=["orders"])

    def manifest(self, described):
        """Store the manifest, and give its address and hash."""
        manifest = Manifest(
            pipeline=PIPELINE,
            run_id="manual__1",
            stamp=STAMP,
            source_account_id="111111111111",
            source_region="us-west-2",
            source_time=datetime(2026, 2, 1, tzinfo=UTC),
            snapshot_ids={"us-west-1": "orders-rp"},
            **instance_contents(described),
        )
        content = manifest.to_json().encode()
        self.recovery.client("s3").put_object(Bucket=BUCKET, Key="manifest.json", Body=content)
        digest = hashlib.sha256(content).hexdigest()
        return {"manifest_uri": f"s3://{BUCKET}/manifest.json", "manifest_sha256": digest}

    def make_policy(self):
        allowed = {"Effect": "Allow", "Action": "rds-db:connect", "Resource": self.user(self.old_id)}
        document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        return self.iam.create_policy(PolicyName="logins", PolicyDocument=document)["Policy"]["Arn"]

    @staticmethod
    def user(resource_id):
        return f"arn:aws:rds-db:us-west-1:222222222222:dbuser:{resource_id}/app"

    def users(self):
        """Database users whom the policy names now."""
        found = self.iam.get_policy(PolicyArn=self.policy)["Policy"]["DefaultVersionId"]
        version = self.iam.get_policy_version(PolicyArn=self.policy, VersionId=found)["PolicyVersion"]
        return version["Document"]["Statement"][0]["Resource"]

    def follows(self):
        """Where the proxy leads to."""
        targets = self.rds.describe_db_proxy_targets(DBProxyName="proxy")["Targets"]
        return [one["RdsResourceId"] for one in targets]

    def swap(self):
        step = SwapNamesOperator(
            live_resource_id=self.old_id,
            candidate_resource_id=self.new_id,
            rename_instances=True,
            stamp=STAMP,
            **LIVE,
        )
        run_step(step, new_context())

    def operator(self):
        return ApplyAfterSwapOperator(
            candidate_resource_id=self.new_id,
            retired_resource_id=self.old_id,
            engine=self.engine,
            login_secret_id=LOGIN,
            database=None,
            overrides={},
            pipeline=PIPELINE,
            stamp=STAMP,
            refresh_tls=False,
            login_policies=[self.policy],
            proxies=["proxy"],
            explained_differences={},
            **self.stored,
            **LIVE,
        )


@pytest.fixture(params=sorted(FAMILIES))
def world(accounts, monkeypatch, request):
    # Nothing answers behind these endpoints; a client asks for the authorities before it finds that out.
    monkeypatch.setenv("SWITCHYARD_DB_CA_BUNDLE", certifi.where())
    return CarriedWorld(accounts, request.param)


def test_killed_around_every_call_logins_follow_the_name(world, monkeypatch):
    """It should lead the proxy to the new bearer and list both in the policy, once each, whatever call it died at."""
    world.swap()
    struck, context, real = [], new_context(), ApplyAfterSwapOperator.client
    monkeypatch.setattr(
        ApplyAfterSwapOperator,
        "client",
        lambda self, *args, **more: Deadly(real(self, *args, **more), struck),
    )
    while True:
        try:
            if world.operator().act(context) is None:
                break
        except Killed:
            continue
        time.sleep(0.01)
    assert world.follows() == ["orders"]
    assert world.users() == [world.user(world.old_id), world.user(world.new_id)]
    assert len(world.iam.list_policy_versions(PolicyArn=world.policy)["Versions"]) == 2
    changes = {operation for operation, _ in struck if not operation.startswith(("describe", "get", "list"))}
    assert changes == {
        "add_tags_to_resource",
        "create_policy_version",
        "deregister_db_proxy_targets",
        "register_db_proxy_targets",
    }
    world.accounts.changes()
    assert run_step(world.operator(), new_context())["certificate"] == "not looked at"
    assert "iam:CreatePolicyVersion" not in world.accounts.changes()


def test_a_rollback_leads_the_proxy_back(world):
    """It should register the old instance under the live name anew, where the new one was turned back."""
    world.swap()
    run_step(world.operator(), new_context())
    arn = world.show(world.target)["DBInstanceArn"]
    world.rds.add_tags_to_resource(ResourceName=arn, Tags=own_tags(swap_direction="back"))
    check = CheckLiveOperator(
        candidate_resource_id=world.new_id,
        stamp=STAMP,
        proxies=["proxy"],
        **PROOF | {"engine": world.engine},
        **LIVE,
    )
    world.accounts.changes()
    with pytest.raises(CheckFailed, match=r"Rolled back: the old instance bears it again"):
        run_step(check, new_context())
    assert {"rds:DeregisterDBProxyTargets", "rds:RegisterDBProxyTargets"} <= set(world.accounts.changes())
    assert world.by_id() == {world.old_id: "orders", world.new_id: CANDIDATE}
    assert world.follows() == ["orders"]
