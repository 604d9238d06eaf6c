"""World "orders": two accounts around an Aurora MySQL cluster that is recovered from one into the other.

The source runs the cluster `orders` in us-west-2 and hands recovery points over in us-west-1, where the
target has a live cluster `orders` with an older state of the same data.
"""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pymysql

from sandbox import programs, settings
from sandbox.client import Sandbox
from sandbox.errors import SandboxError
from sandbox.seed import sakila
from sandbox.seed.worlds.cluster import Cluster, Plan
from sandbox.seed.worlds.place import Place, allow, found, policy

SOURCE_REGION = "us-west-2"
RECOVERY_REGION = "us-west-1"
BUCKET = f"switchyard-manifests-{settings.ACCOUNTS['source']}"
POINTS = "switchyard-recovery-points"
ALERTS = "switchyard-recovery-alerts"
DEAD_LETTERS = f"{POINTS}-dead"
SECRET = "switchyard/orders/login"  # noqa: S105 - the name of a secret
PLAN = Plan("orders", "aurora-mysql", "switchyard", "switchyard-orders", "aurora-mysql8.0")
OLDER_STATE = (sakila.CLOSING - timedelta(days=30)).date()
"""The target's live cluster lacks the rentals and payments from this day on."""

TARGET_ROOT = {"AWS": f"arn:aws:iam::{settings.ACCOUNTS['target']}:root"}
TARGET_ROLE = {"AWS": settings.ROLES[settings.ACCOUNTS["target"]]}
USE_KEY = ["kms:DescribeKey", "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*"]
GRANT_KEY = ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]


def build(sandbox: Sandbox, made: list[str]) -> None:
    """Create what is missing of the world, and note it in `made`."""
    has_servers = bool(sandbox.status()["ports"])
    if has_servers and (problem := programs.missing("mysql")):
        raise SandboxError(problem)
    source = Place(sandbox, "source", SOURCE_REGION, made)
    recovery = Place(sandbox, "source", RECOVERY_REGION, made)
    target = Place(sandbox, "target", RECOVERY_REGION, made)
    login = _logins(source, target)
    source_key = source.key("alias/switchyard-source", "Data of the orders cluster")
    target_key = target.key("alias/switchyard-orders", "Data of the orders cluster")
    handover_key = recovery.key(
        "alias/switchyard-recovery",
        "Recovery points and manifests, shared with the target account",
        [
            allow(USE_KEY, "*", TARGET_ROOT),
            allow(GRANT_KEY, "*", TARGET_ROOT, {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
        ],
    )
    with ThreadPoolExecutor(max_workers=2) as pool:
        states = {
            Cluster(source, PLAN, source_key, login): None,
            Cluster(target, PLAN, target_key, login): OLDER_STATE,
        }
        work = [pool.submit(_cluster, sandbox, cluster, until) for cluster, until in states.items()]
        _bucket(recovery, handover_key)
        _messaging(recovery, target)
        for cluster in work:
            cluster.result()


def _logins(source: Place, target: Place) -> dict[str, Any]:
    """Keep one login in both accounts: a restored cluster has the users of its source."""
    fresh = {"username": "switchyard", "password": secrets.token_urlsafe(24), "dbname": Database.NAME}
    login = source.secret(SECRET, fresh, "Login to the orders database")
    return target.secret(SECRET, login, "Login to the orders database")


def _bucket(recovery: Place, key: str) -> None:
    """Make the private bucket in which manifests are handed over and acknowledged."""
    s3 = recovery.client("s3")
    if found(lambda: s3.head_bucket(Bucket=BUCKET), "404") is not None:
        return
    closed = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": recovery.region})
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=dict.fromkeys(closed, True))
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    arn = f"arn:aws:s3:::{BUCKET}"
    statements = [
        allow(["s3:GetObject", "s3:GetObjectVersion"], f"{arn}/manifests/*", TARGET_ROLE),
        allow("s3:ListBucket", arn, TARGET_ROLE, {"StringLike": {"s3:prefix": "manifests/*"}}),
        allow("s3:PutObject", f"{arn}/acknowledgements/*", TARGET_ROLE),
        allow("s3:PutObject", f"{arn}/evidence/*", TARGET_ROLE),
    ]
    s3.put_bucket_policy(Bucket=BUCKET, Policy=policy(*statements))
    recovery.note(f"bucket {BUCKET}")


def _messaging(recovery: Place, target: Place) -> None:
    """Lead messages from the source's topic into the target's queue, and give each side a topic for alerts."""
    for place in (recovery, target):
        alerts = place.arn("sns", ALERTS)
        place.topic(ALERTS, allow("sns:Publish", alerts, {"AWS": settings.ROLES[place.account]}))
    queue_arn = target.arn("sqs", POINTS)
    topic = recovery.topic(
        POINTS,
        allow(
            "sns:Subscribe",
            recovery.arn("sns", POINTS),
            TARGET_ROLE,
            {"StringEquals": {"sns:Protocol": "sqs", "sns:Endpoint": queue_arn}},
        ),
        allow("sns:ListSubscriptionsByTopic", recovery.arn("sns", POINTS), TARGET_ROLE),
    )
    from_topic = {"ArnEquals": {"aws:SourceArn": topic}}
    sns = {"Service": "sns.amazonaws.com"}
    dead = target.queue(
        DEAD_LETTERS, allow("sqs:SendMessage", target.arn("sqs", DEAD_LETTERS), sns, from_topic)
    )
    queue = target.queue(POINTS, allow("sqs:SendMessage", queue_arn, sns, from_topic), dead_letters=dead)
    target.subscription(topic, queue, dead_letters=dead)


def _cluster(sandbox: Sandbox, cluster: Cluster, until: date | None) -> None:
    """Make a cluster with its data; where no database servers stand behind the sandbox, without."""
    cluster.create()
    status = sandbox.status()
    if status["ports"]:
        Database(cluster, status["ca_bundle"]).fill(until)


class Database:
    """The database in a cluster, reached through its endpoint over TLS."""

    NAME = "sakila"

    def __init__(self, cluster: Cluster, ca_bundle: str) -> None:
        self._cluster = cluster
        self._connection = {
            "host": cluster.endpoint,
            "port": cluster.port,
            "user": cluster.login["username"],
            "password": cluster.login["password"],
            "database": cluster.login["dbname"],
            "ssl": {"ca": ca_bundle},
        }

    def fill(self, until: date | None) -> None:
        """Load the data where the database is empty; rentals and payments end before `until`."""
        if self._is_empty():
            sakila.load(self._connection, "mysql", until=until)
            self._cluster.place.note(f"data of {self.NAME}")

    def _is_empty(self) -> bool:
        with pymysql.connect(**self._connection) as database, database.cursor() as cursor:
            return int(cursor.execute("SHOW TABLES")) == 0
