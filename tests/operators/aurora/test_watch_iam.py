"""The shipped policy of a role that watches alone, enforced by the sandbox: it is enough, and not too much."""

from __future__ import annotations

import json

import pytest

from tests.operators.aurora.test_watch import World
from tests.support.aws_connections import connection
from tests.support.least_privilege import Role, require_least_privilege, shipped

POLICY = "recovery_watch"
ROLE = "switchyard-watch"
ARN = f"arn:aws:iam::222222222222:role/{ROLE}"


@pytest.fixture
def world(accounts, recorded, ledger_dsn, monkeypatch):
    """A world whose target is looked at by the role with the shipped policy and nothing else."""
    made = World(accounts, ledger_dsn, topic="switchyard-recovery-alerts")
    keys = {"LIVE-CLUSTER": made.own_key, "RECOVERY-POINTS": made.key}
    names = {f"KEY-OF-THE-{shown}": key.rpartition("/")[2] for shown, key in keys.items()}
    made.role = Role(accounts.sandbox, ARN, shipped(POLICY, names))
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": made.key}
    made.accounts.recovery.client("s3").put_bucket_encryption(
        Bucket="switchyard-manifests-111111111111",
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": default}]},
    )
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
    return made


def test_policy_is_enough_and_not_too_much(world):
    """It should let the watch find shares and local copies and tell of outages, and need each action for it."""
    sandbox = world.accounts.sandbox
    sandbox.choose(iam_policies="enforced")
    world.point(20)
    assert world.find()["snapshot_arn"].split(":")[4] == "111111111111"
    world.point(10, local=True)
    world.point(5)
    world.accounts.recovery.client("s3").delete_object(
        Bucket="switchyard-manifests-111111111111", Key=world.manifest_key(5)
    )
    found = world.find()
    assert found["snapshot_arn"].split(":")[4] == "222222222222"
    assert "is missing" in found["refused"][0]
    assert world.look(drill_days=30)

    require_least_privilege(world.role, POLICY, {})
