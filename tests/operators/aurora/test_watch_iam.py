"""The shipped policy of a role that watches alone, enforced by the sandbox: it is enough, and not too much."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.policy import Principal, Request, decide
from tests.operators.aurora.test_watch import World
from tests.support.aws_connections import connection

POLICY = Path(__file__).parents[3] / "docs" / "reference" / "iam" / "recovery_watch.json"
ROLE = "switchyard-watch"
ARN = f"arn:aws:iam::222222222222:role/{ROLE}"
UNSEEN = {"s3:ListBucket"}
"""Without it S3 answers a missing manifest as a forbidden one, here as on AWS; nobody asks for it by name."""


@pytest.fixture
def world(accounts, recorded, ledger_dsn, monkeypatch):
    """A world whose target is looked at by the role with the shipped policy and nothing else."""
    made = World(accounts, ledger_dsn, topic="switchyard-recovery-alerts")
    text = POLICY.read_text()
    for placeholder, key in (("LIVE-CLUSTER", made.own_key), ("RECOVERY-POINTS", made.key)):
        text = text.replace(f"KEY-OF-THE-{placeholder}", key.rpartition("/")[2])
    iam = accounts.target.client("iam")
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps({"Statement": []}))
    iam.put_role_policy(RoleName=ROLE, PolicyName="shipped", PolicyDocument=text)
    made.accounts.recovery.client("s3").put_bucket_policy(
        Bucket="switchyard-manifests-111111111111",
        Policy=json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": ARN}, "Action": "s3:GetObject",
             "Resource": "arn:aws:s3:::switchyard-manifests-111111111111/manifests/*"},
            {"Effect": "Allow", "Principal": {"AWS": ARN}, "Action": "s3:ListBucket",
             "Resource": "arn:aws:s3:::switchyard-manifests-111111111111"}]}),
    )  # fmt: skip
    endpoint = accounts.sandbox.endpoint_url
    monkeypatch.setenv("AIRFLOW_CONN_AWS_TARGET", connection(endpoint, "222222222222", role_arn=ARN))
    made.statements = json.loads(text)["Statement"]
    return made


def allowed(statements, requests):
    return all(decide({"Statement": statements}, request) for request in requests)


def test_policy_is_enough_and_not_too_much(world):
    """It should let the watch find shares and local copies and tell of outages, and need each action for it."""
    world.point(20)
    world.point(10, local=True)
    world.point(5)
    world.accounts.recovery.client("s3").delete_object(
        Bucket="switchyard-manifests-111111111111", Key=world.manifest_key(5)
    )
    sandbox = world.accounts.sandbox
    sandbox.choose(iam_policies="enforced")
    found = world.find()
    assert found["snapshot_arn"].split(":")[4] == "222222222222"
    assert "is missing" in found["refused"][0]
    assert world.look(drill_days=30)

    judged = sandbox.judged(ROLE)
    assert [one for one in judged if not one["allowed"]] == []
    requests = [Request(Principal(arn=ARN), one["action"], one["resource"]) for one in judged]
    assert allowed(world.statements, requests)
    unused = {
        str(one["Action"]) for one in world.statements
        if allowed([other for other in world.statements if other is not one], requests)
    }  # fmt: skip
    assert unused <= UNSEEN
