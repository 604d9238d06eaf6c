"""A database that is recovered from one account and Region into another, and all that its recovery needs.

The source runs the database in us-west-2 and hands recovery points over in us-west-1, where the target has a live one
of the same name with an older state of the same data. Both may also be one account, or in one Region, or the same.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sandbox import programs, settings
from sandbox.client import Sandbox
from sandbox.errors import SandboxError
from sandbox.seed import sakila
from sandbox.seed.worlds.cluster import Cluster
from sandbox.seed.worlds.place import Place, allow, found, policy
from sandbox.seed.worlds.plain import Instance
from sandbox.seed.worlds.server import Plan, Server, connection, is_empty

SOURCE_REGION = "us-west-2"
RECOVERY_REGION = "us-west-1"
BUCKET = f"switchyard-manifests-{settings.ACCOUNTS['source']}"
ALERTS = "switchyard-recovery-alerts"
DATABASE = "sakila"
OLDER_STATE = (sakila.CLOSING - timedelta(days=30)).date()
"""The target's live database lacks the rentals and payments from this day on."""

USE_KEY = ["kms:DescribeKey", "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
GRANT_KEY = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]


@dataclass(frozen=True)
class Recovered:
    """A database that is recovered.

    Attributes:
        plan: the database, the same in both accounts.
        source_key: the alias of its key in the source account.
        target_key: the alias of its key in the target account.
        points: the name of the topic and the queue on which its recovery points are announced.
        source: the account and Region of the database.
        target: the account and Region in which it is recovered; where it is the source's, the source itself is.
        shares_itself: whether its own snapshots are shared, so that the target may use its key.
    """

    plan: Plan
    source_key: str
    target_key: str
    points: str
    source: tuple[str, str] = ("source", SOURCE_REGION)
    target: tuple[str, str] = ("target", RECOVERY_REGION)
    shares_itself: bool = False

    @classmethod
    def named_after(cls, plan: Plan) -> Recovered:
        """Return one whose keys and messages are named after the database."""
        name = f"switchyard-{plan.name}"
        return cls(plan, f"alias/{name}-source", f"alias/{name}", f"{name}-points")

    @property
    def secret(self) -> str:
        """The name of the secret with its login, in both accounts."""
        return f"switchyard/{self.plan.name}/login"


def build(sandbox: Sandbox, made: list[str], recovered: Recovered) -> None:
    """Create what is missing of the world, and note it in `made`."""
    status = sandbox.status()
    if status["ports"] and (problem := programs.missing(recovered.plan.speaks)):
        raise SandboxError(problem)
    source = Place(sandbox, *recovered.source, made)
    recovery = Place(sandbox, recovered.source[0], recovered.target[1], made)
    target = Place(sandbox, *recovered.target, made)
    data = f"Data of the {recovered.plan.name} {'cluster' if recovered.plan.is_cluster else 'instance'}"
    kind = Cluster if recovered.plan.is_cluster else Instance
    login = _logins(source, target, recovered)
    shared = _use_by(target)
    source_key = source.key(recovered.source_key, data, shared if recovered.shares_itself else None)
    target_key = target.key(recovered.target_key, data)
    handover_key = recovery.key(
        "alias/switchyard-recovery", "Recovery points and manifests, shared with the target account", shared
    )
    live: dict[Server, date | None] = {kind(source, recovered.plan, source_key, login): None}
    if recovered.target != recovered.source:
        live[kind(target, recovered.plan, target_key, login)] = OLDER_STATE
    with ThreadPoolExecutor(max_workers=2) as pool:
        work = [pool.submit(_database, server, until, status["ca_bundle"]) for server, until in live.items()]
        _bucket(recovery, handover_key, target)
        _messaging(recovery, target, recovered)
        for server in work:
            server.result()


def _logins(source: Place, target: Place, recovered: Recovered) -> dict[str, Any]:
    """Keep one login in both accounts: a restored database has the users of its source."""
    fresh = {"username": "switchyard", "password": secrets.token_urlsafe(24), "dbname": DATABASE}
    what = f"Login to the {recovered.plan.name} database"
    login = source.secret(recovered.secret, fresh, what)
    return target.secret(recovered.secret, login, what)


def _use_by(target: Place) -> list[Mapping[str, Any]]:
    """Statements of a key whose snapshots the target account may copy and restore."""
    root = {"AWS": f"arn:aws:iam::{target.account}:root"}
    return [
        allow(USE_KEY, "*", root),
        allow(GRANT_KEY, "*", root, {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
    ]


def _bucket(recovery: Place, key: str, target: Place) -> None:
    """Make the private bucket in which manifests are handed over and acknowledged."""
    s3 = recovery.client("s3")
    if found(lambda: s3.head_bucket(Bucket=BUCKET), "404") is not None:
        return
    closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": recovery.region})
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=dict.fromkeys(closed, True))
    recovery.keep_versions(BUCKET, days=90)
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    arn, reader = f"arn:aws:s3:::{BUCKET}", {"AWS": settings.ROLES[target.account]}
    statements = [
        allow("s3:GetObject", f"{arn}/manifests/*", reader),
        allow("s3:ListBucket", arn, reader, {"StringLike": {"s3:prefix": "manifests/*"}}),
        allow("s3:PutObject", f"{arn}/acknowledgements/*", reader),
        allow("s3:PutObject", f"{arn}/evidence/*", reader),
    ]
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(*statements))
    recovery.note(f"bucket {BUCKET}")


def _messaging(recovery: Place, target: Place, recovered: Recovered) -> None:
    """Lead messages from the source's topic into the target's queue, and give each side a topic for alerts."""
    points, dead_letters = recovered.points, f"{recovered.points}-dead"
    for place in (recovery, target):
        alerts = place.arn("sns", ALERTS)
        place.topic(ALERTS, allow("sns:Publish", alerts, {"AWS": settings.ROLES[place.account]}))
    queue_arn, subscriber = target.arn("sqs", points), {"AWS": settings.ROLES[target.account]}
    topic = recovery.topic(
        points,
        allow(
            "sns:Subscribe",
            recovery.arn("sns", points),
            subscriber,
            {"StringEquals": {"sns:Protocol": "sqs", "sns:Endpoint": queue_arn}},
        ),
        allow("sns:ListSubscriptionsByTopic", recovery.arn("sns", points), subscriber),
    )
    from_topic = {"ArnEquals": {"aws:SourceArn": topic}}
    sns = {"Service": "sns.amazonaws.com"}
    dead = target.queue(
        dead_letters, allow("sqs:SendMessage", target.arn("sqs", dead_letters), sns, from_topic)
    )
    queue = target.queue(points, allow("sqs:SendMessage", queue_arn, sns, from_topic), dead_letters=dead)
    target.subscription(topic, queue, dead_letters=dead)


def _database(server: Server, until: date | None, ca_bundle: str | None) -> None:
    """Make a database with its rows; where no database servers stand behind the sandbox, without rows.

    Rentals and payments end before `until`.
    """
    server.create()
    if not ca_bundle:
        return
    settings_of_driver, speaks = connection(server, ca_bundle), server.plan.speaks
    if is_empty(settings_of_driver, speaks):
        sakila.load(settings_of_driver, speaks, until=until)
        server.place.note(f"data of {DATABASE}")
