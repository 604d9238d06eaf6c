"""The policies of docs/reference/iam, against the calls that the pipelines make."""

from __future__ import annotations

import fnmatch
import json

import pytest

from tests.support.dag_runner import TaskFailed
from tests.support.recovery import REPOSITORY, RecoveryWorld
from tests.support.surroundings import furnish

ACCOUNTS = {"source": "111111111111", "target": "222222222222"}
CALLED_OTHERWISE = {"HeadBucket": "ListBucket", "ListObjectsV2": "ListBucket"}
"""S3 operations whose action has another name."""
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
    calls = [call for call in world.sandbox.calls()[seeded:] if call["service"] != "sts"]

    for name, account in ACCOUNTS.items():
        made = {_action(call) for call in calls if call["account"] == account}
        allowed = _allowed(name)
        assert {action for action in made if not _matches(action, allowed)} == set(), name
        assert {action for action in allowed - UNSEEN if not fnmatch.filter(made, action)} == set(), name
        assert len(made) > 10


def _action(call: dict[str, str]) -> str:
    return f"{call['service']}:{CALLED_OTHERWISE.get(call['operation'], call['operation'])}"


def _allowed(name: str) -> set[str]:
    policy = json.loads((REPOSITORY / "docs" / "reference" / "iam" / f"{name}.json").read_text())
    actions = [statement["Action"] for statement in policy["Statement"]]
    return {one for action in actions for one in ([action] if isinstance(action, str) else action)}


def _matches(action: str, allowed: set[str]) -> bool:
    return any(fnmatch.fnmatchcase(action, pattern) for pattern in allowed)
