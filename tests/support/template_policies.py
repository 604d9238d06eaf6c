"""The policies of keys, buckets, topics and queues that the CloudFormation templates make, in a test's world."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sandbox.client import Sandbox
from scripts.role_policies import TEMPLATES
from tests.support.outside import Statement
from tests.support.recovery import BUCKET, RecoveryWorld
from tests.support.stacks import WORKER, deploy

PREFIX = "proof"
"""What the names of the stacks' resources begin with, beside the world's own."""
SOURCE_ID, TARGET_ID = "111111111111", "222222222222"


@dataclass(frozen=True)
class ResourcePolicy:
    """A policy of a template, on a resource of the world.

    Attributes:
        name: what the template calls it.
        arn: the resource's.
        statements: what it says there.
    """

    name: str
    arn: str
    statements: list[Statement]


def recovery_stacks(sandbox: Sandbox, prefix: str = PREFIX) -> dict[str, dict[str, str]]:
    """Make the stacks of both accounts; their outputs by half."""
    source_key = f"arn:aws:kms:us-west-2:{SOURCE_ID}:key/any"
    source = deploy(
        sandbox.client("cloudformation", "source", "us-west-1"),
        (TEMPLATES / "aurora_recovery" / "source.yaml").read_text(),
        f"{prefix}-source",
        Prefix=prefix,
        WorkerPrincipalArn=WORKER,
        ClusterRegion="us-west-2",
        ClusterKeyArn=source_key,
        TargetAccountId=TARGET_ID,
    )
    target = deploy(
        sandbox.client("cloudformation", "target", "us-west-1"),
        (TEMPLATES / "aurora_recovery" / "target.yaml").read_text(),
        f"{prefix}-target",
        Prefix=prefix,
        WorkerPrincipalArn=WORKER,
        SourceAccountId=SOURCE_ID,
        RecoveryKeyArn=source["RecoveryKeyArn"],
        ManifestBucketName=f"{prefix}-manifests-{SOURCE_ID}",
        TopicArn=f"arn:aws:sns:us-west-1:{SOURCE_ID}:{prefix}-recovery-points",
    )
    return {"source": source, "target": target}


def apply_templates(world: RecoveryWorld) -> list[ResourcePolicy]:
    """Give the world's keys, bucket, topic and queues the policies of the templates."""
    stacks = recovery_stacks(world.sandbox)
    kms = {place: world.client("kms", place) for place in (world.recovery, world.target)}
    found = []
    for name, place, made, alias in (
        ("RecoveryKey", world.recovery, stacks["source"]["RecoveryKeyArn"], "alias/switchyard-recovery"),
        ("LiveKey", world.target, stacks["target"]["KeyArn"], world.recovered.target_key),
    ):
        shown = kms[place].get_key_policy(KeyId=made, PolicyName="default")["Policy"]
        key = kms[place].describe_key(KeyId=alias)["KeyMetadata"]
        kms[place].put_key_policy(KeyId=key["KeyId"], PolicyName="default", Policy=shown)
        found.append(_policy(name, key["Arn"], shown))
    s3 = world.client("s3", world.recovery)
    text = _renamed(s3.get_bucket_policy(Bucket=BUCKET.replace("switchyard", PREFIX))["Policy"])
    s3.put_bucket_policy(Bucket=BUCKET, Policy=text)
    found.append(_policy("ManifestsPolicy", f"arn:aws:s3:::{BUCKET}", text))
    return [*found, _topic(world), *_queues(world)]


def _topic(world: RecoveryWorld) -> ResourcePolicy:
    sns, arn = (
        world.client("sns", world.recovery),
        f"arn:aws:sns:us-west-1:{SOURCE_ID}:{PREFIX}-recovery-points",
    )
    text = _renamed(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
    sns.set_topic_attributes(TopicArn=_renamed(arn), AttributeName="Policy", AttributeValue=text)
    return _policy("AnnouncementsPolicy", _renamed(arn), text)


def _queues(world: RecoveryWorld) -> list[ResourcePolicy]:
    sqs: Any = world.client("sqs", world.target)
    url = sqs.get_queue_url(QueueName=f"{PREFIX}-recovery-points")["QueueUrl"]
    shown = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    text = _renamed(shown).replace("points-unheard", "points-dead")
    for name in (world.recovered.points, f"{world.recovered.points}-dead"):
        own = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=own, Attributes={"Policy": text})
    arn = f"arn:aws:sqs:us-west-1:{TARGET_ID}:{world.recovered.points}"
    return [_policy("AnnouncedPolicy", arn, text)]


def _policy(name: str, arn: str, text: str) -> ResourcePolicy:
    return ResourcePolicy(name, arn, json.loads(text)["Statement"])


def _renamed(text: str) -> str:
    return text.replace(f"{PREFIX}-", "switchyard-")
