"""The policies of docs/reference/iam, against the calls that the pipelines make."""

from __future__ import annotations

import pytest

from tests.support.dag_runner import TaskFailed
from tests.support.iam_files import actions_allowed, actions_made, without_permission, without_use
from tests.support.recovery import RecoveryWorld
from tests.support.surroundings import furnish

ACCOUNTS = {"source": "111111111111", "target": "222222222222"}
UNSEEN = {
    "kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant", "kms:RetireGrant", "kms:Encrypt",
    "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*",
    "rds:AddTagsToResource",
    "rds:StartDBCluster", "rds:StopDBCluster", "rds:DeleteDBClusterSnapshot", "s3:ListBucket",
    "rds:ModifyDBClusterEndpoint", "application-autoscaling:DeregisterScalableTarget",
    "cloudwatch:DeleteAlarms", "cloudwatch:PutMetricAlarm",
}  # fmt: skip
"""Actions that RDS and S3 take on the role's behalf, that tags in another call ask for, or without occasion here."""


def test_policies_allow_what_the_pipelines_do(recovery_world: RecoveryWorld) -> None:
    """It should allow each account's role every call of a recovery and its watch, and name no action without use."""
    world = furnish(recovery_world)
    seeded = len(world.sandbox.calls())
    with pytest.raises(TaskFailed, match=r"newest usable recovery point is none"):
        world.run("recovery_watch")
    world.run("recovery_point")
    world.run("recovery_restore", events=world.announcements())
    assert world.run("recovery_watch", number=2).results["tell_outages"]["snapshot_arn"]
    calls = world.sandbox.calls()[seeded:]

    for name, account in ACCOUNTS.items():
        made, allowed = actions_made(calls, account), actions_allowed(name)
        assert without_permission(made, allowed) == set(), name
        assert without_use(made, allowed - UNSEEN) == set(), name
        assert len(made) > 10
