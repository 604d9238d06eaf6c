"""The shipped policies of a recovery of clusters, enforced by the sandbox: enough, not too much, nothing outside."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError

from switchyard.aurora_recovery.untrusted import utc_text
from switchyard.operators.aurora import tags
from tests.support.dag_runner import TaskFailed
from tests.support.iam_files import enforced
from tests.support.least_privilege import Role, require_least_privilege, require_used
from tests.support.recovery import BUCKET, RecoveryWorld
from tests.support.surroundings import furnish
from tests.support.template_policies import apply_templates

GUIDE = "AWS's guides list it for who encrypts or shares with a key; the sandbox asks for what they call the least"
MANAGES = "people manage the key by it"
TWICE = "AccountManages says it, too"
UNSEEN: dict[str, dict[str, str]] = {
    "source": {
        "Announce: arn:aws:sns:us-west-1:111111111111:switchyard-recovery-alerts": "no run of this test is late",
        "UseBothKeys: kms:ReEncrypt*": GUIDE,
    },
    "target": {
        "CarryOverCustomEndpoints: rds:ModifyDBClusterEndpoint": "for one that a killed step has half made",
        "CarryOverScaling: application-autoscaling:DeregisterScalableTarget": "where a swap goes back",
        "DeleteWhatWasReplaced: arn:aws:rds:us-west-1:222222222222:cluster-snapshot:orders-final-*": (
            "AWS lists it with the call; the final snapshot is one of its own here"
        ),
        "RestoreSwapAndRetire: arn:aws:rds:us-west-1:222222222222:og:*": "the databases here have no option group",
        "TearDownTests": "a drill needs it, see test_recovery_variants",
        "UseKeyOfRecoveryPoints: kms:ListGrants": GUIDE,
        "UseKeyOfRecoveryPoints: kms:RetireGrant": GUIDE,
        "UseKeyOfRecoveryPoints: kms:RevokeGrant": GUIDE,
        "UseOwnKey: kms:Decrypt": GUIDE,
        "UseOwnKey: kms:GenerateDataKey*": GUIDE,
        "UseOwnKey: kms:ReEncrypt*": GUIDE,
    },
}
"""What has no occasion in a recovery and its watch, with the reason why the roles may do it all the same."""
UNUSED: dict[str, dict[str, str]] = {
    "RecoveryKey": {
        "AccountManages": MANAGES,
        "AccountDecidesWhatServicesUseIt: kms:ListGrants": GUIDE,
        "AccountDecidesWhatServicesUseIt: kms:RevokeGrant": GUIDE,
        "AccountDecidesWhoUsesIt: kms:DescribeKey": TWICE,
        "AccountDecidesWhoUsesIt: kms:Encrypt": GUIDE,
        "AccountDecidesWhoUsesIt: kms:ReEncrypt*": GUIDE,
        "TargetLetsRdsUseIt: kms:ListGrants": GUIDE,
        "TargetLetsRdsUseIt: kms:RevokeGrant": GUIDE,
    },
    "LiveKey": {
        "AccountManages": MANAGES,
        "AccountDecidesWhatServicesUseIt: kms:ListGrants": GUIDE,
        "AccountDecidesWhatServicesUseIt: kms:RevokeGrant": GUIDE,
        "AccountDecidesWhoUsesIt": GUIDE,
    },
    "ManifestsPolicy": {},
    "AnnouncementsPolicy": {
        "TargetSeesSubscriptions": "people look there",
        "TargetSubscribesItsQueue": "the target's stack needs it when it is made, before any run",
    },
    "AnnouncedPolicy": {
        "TheTopicAlone: arn:aws:sqs:us-west-1:222222222222:switchyard-recovery-points-dead": (
            "where the queue takes no message"
        ),
    },
}
"""What has no occasion of what the policies of keys, bucket, topic and queues allow, with the reason."""
OLD = datetime.now(UTC) - timedelta(days=5)
EXPIRED = f"orders-rp-{OLD:%y%m%d%H%M}-0a1b2c"
REFUSED = r"AccessDenied|AuthorizationError|403|Forbidden|not authorized"


@pytest.fixture
def wanting(configuration: Path) -> None:
    """Have the pipeline delete all but the newest recovery point, and renew the certificate of what is live."""
    content = yaml.safe_load(configuration.read_text())
    content["retention"] |= {"keep_last": 1, "require_acknowledgement": False}
    content["after_swap"] = {"refresh_tls": True}
    configuration.write_text(yaml.safe_dump(content))


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("wanting")
def test_policies_are_enough_and_not_too_much(recovery_world: RecoveryWorld) -> None:
    """It should let a recovery and its watch do all they do, need each action for it, and allow nothing else."""
    world = furnish(recovery_world)
    add_expired(world)
    policies = apply_templates(world)
    with enforced(world) as roles:
        with pytest.raises(TaskFailed, match=r"newest usable recovery point is none"):
            world.run("recovery_watch")
        world.run("recovery_point")
        world.run("recovery_restore", events=world.announcements())
        assert world.run("recovery_watch", number=2).results["tell_outages"]["snapshot_arn"]
        for half, role in roles.items():
            require_least_privilege(role, half, UNSEEN[half])
        for one in policies:
            require_used(world.sandbox, one.name, one.arn, one.statements, UNUSED[one.name])
        require_refused(WAYS_OUT_OF_THE_SOURCE, roles["source"])
        require_refused(WAYS_OUT_OF_THE_TARGET, roles["target"])
        with pytest.raises(ClientError, match=r"Encrypted snapshots cannot be shared publicly"):
            publish(roles["source"], world)


def add_expired(world: RecoveryWorld) -> None:
    """Give each place a recovery point that retention no longer asks for."""
    for place, role in ((world.source, "recovery-point"), (world.target, "local-copy")):
        _snapshot(world, place, role)
    point = f"arn:aws:rds:us-west-2:111111111111:cluster-snapshot:{EXPIRED}"
    rds = world.client("rds", world.recovery)
    rds.copy_db_cluster_snapshot(
        SourceDBClusterSnapshotIdentifier=point,
        TargetDBClusterSnapshotIdentifier=EXPIRED,
        KmsKeyId="alias/switchyard-recovery",
        SourceRegion="us-west-2",
        Tags=_tags("recovery-copy"),
    )
    _await(rds)


def _snapshot(world: RecoveryWorld, place: tuple[str, str], role: str) -> None:
    rds = world.client("rds", place)
    rds.create_db_cluster_snapshot(
        DBClusterIdentifier="orders", DBClusterSnapshotIdentifier=EXPIRED, Tags=_tags(role)
    )
    _await(rds)


def _await(rds: Any) -> None:
    rds.get_waiter("db_cluster_snapshot_available").wait(
        DBClusterSnapshotIdentifier=EXPIRED, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )


def _tags(role: str) -> list[dict[str, str]]:
    values = {
        tags.PIPELINE: "aurora_recovery/orders",
        tags.RUN: EXPIRED.removeprefix("orders-rp-"),
        tags.ROLE: role,
        tags.SOURCE_TIME: utc_text(OLD),
    }
    return [{"Key": key, "Value": value} for key, value in values.items()]


def publish(role: Role, world: RecoveryWorld) -> None:
    """Make a recovery point public: no policy can forbid it to whom may share it, AWS does where it is encrypted."""
    rds = role.client("rds", world.recovery[1])
    newest = rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"][0]
    rds.modify_db_cluster_snapshot_attribute(
        DBClusterSnapshotIdentifier=newest["DBClusterSnapshotIdentifier"],
        AttributeName="restore",
        ValuesToAdd=["all"],
    )


HERE, THERE = "us-west-2", "us-west-1"
OPEN = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*"}]})
Way = Callable[[Role], Any]
WAYS_OUT_OF_THE_SOURCE: dict[str, Way] = {
    "delete the source": lambda role: role.client("rds", HERE).delete_db_cluster(
        DBClusterIdentifier="orders", SkipFinalSnapshot=True
    ),
    "delete its instance": lambda role: role.client("rds", HERE).delete_db_instance(
        DBInstanceIdentifier="orders-1", SkipFinalSnapshot=True
    ),
    "copy another snapshot": lambda role: role.client("rds", HERE).copy_db_cluster_snapshot(
        SourceDBClusterSnapshotIdentifier="people-1", TargetDBClusterSnapshotIdentifier="orders-rp-1"
    ),
    "open the key": lambda role: role.client("kms", THERE).put_key_policy(
        KeyId="alias/switchyard-recovery", PolicyName="default", Policy=OPEN
    ),
    "open the bucket": lambda role: role.client("s3", THERE).put_bucket_policy(Bucket=BUCKET, Policy=OPEN),
    "read another secret": lambda role: role.client("secretsmanager", HERE).get_secret_value(
        SecretId="switchyard/people/login"
    ),
    "give itself more": lambda role: role.client("iam").put_role_policy(
        RoleName=role.name, PolicyName="more", PolicyDocument=OPEN
    ),
}
WAYS_OUT_OF_THE_TARGET: dict[str, Way] = {
    "delete what is live": lambda role: role.client("rds", THERE).delete_db_cluster(
        DBClusterIdentifier="orders", SkipFinalSnapshot=True
    ),
    "make a snapshot public": lambda role: role.client("rds", THERE).modify_db_cluster_snapshot_attribute(
        DBClusterSnapshotIdentifier=EXPIRED, AttributeName="restore", ValuesToAdd=["all"]
    ),
    "write a manifest": lambda role: role.client("s3", THERE).put_object(
        Bucket=BUCKET, Key="manifests/orders/forged.json", Body=b"{}"
    ),
    "delete evidence": lambda role: role.client("s3", THERE).delete_object(
        Bucket=BUCKET, Key="evidence/orders/any.json"
    ),
    "open the bucket": lambda role: role.client("s3", THERE).put_bucket_policy(Bucket=BUCKET, Policy=OPEN),
    "open the key": lambda role: role.client("kms", THERE).put_key_policy(
        KeyId="alias/switchyard-orders", PolicyName="default", Policy=OPEN
    ),
    "announce": lambda role: role.client("sns", THERE).publish(
        TopicArn="arn:aws:sns:us-west-1:111111111111:switchyard-recovery-points", Message="restore this"
    ),
    "forge a message": lambda role: role.client("sqs", THERE).send_message(
        QueueUrl=f"{role.sandbox.endpoint_url}/222222222222/switchyard-recovery-points", MessageBody="{}"
    ),
    "give itself more": lambda role: role.client("iam").put_role_policy(
        RoleName=role.name, PolicyName="more", PolicyDocument=OPEN
    ),
}


def require_refused(ways: dict[str, Way], role: Role) -> None:
    """Each way out is closed to the role, by real calls."""
    let_in = {}
    for name, way in ways.items():
        try:
            let_in[name] = way(role)
        except ClientError as error:
            if not re.search(REFUSED, str(error)):
                let_in[name] = error
    assert let_in == {}
