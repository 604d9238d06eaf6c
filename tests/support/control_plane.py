"""Two accounts on the control plane, and a way to run one operator through all its deferrals in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from airflow.sdk.exceptions import TaskDeferred

from sandbox.testing import LocalSandbox
from switchyard.aws.dry_run import is_read
from tests.support.airflow_json import written

SOURCE, TARGET = "111111111111", "222222222222"
BUCKET = "switchyard-manifests-111111111111"
LOGIN = "switchyard/orders/login"
KEY_USE = [
    "kms:CreateGrant",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
]


class Store(dict):
    """A task's state store, which holds nothing but JSON."""

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key, default)

    def set(self, key: str, value: Any) -> None:
        self[key] = json.loads(written(value))

    def delete(self, key: str) -> None:
        self.pop(key, None)


def new_context(
    store: Store | None = None, *, messages: tuple[str, ...] = (), **params: Any
) -> dict[str, Any]:
    """What an operator finds in its context; `messages` are the bodies that started the run."""
    events = [SimpleNamespace(extra={"payload": {"body": body}}) for body in messages]
    return {
        "task_state_store": Store() if store is None else store,
        "ti": SimpleNamespace(max_tries=0),
        "dag_run": SimpleNamespace(
            dag_id="pipeline__test",
            run_id="manual__1",
            run_type="manual",
            run_after=datetime.now(UTC),
            logical_date=None,
            conf=params,
        ),
        "params": params,
        "triggering_asset_events": {"announcements": events} if events else {},
    }


def run_step(
    operator: Any, context: dict[str, Any], *, on_first_wait: Callable[[], None] | None = None
) -> dict[str, Any]:
    """Run an operator to its result, through as many waits as it takes; do something when the first begins."""
    call = lambda: operator.execute(context)  # noqa: E731
    while True:
        try:
            return call()
        except TaskDeferred as deferred:
            if on_first_wait is not None:
                on_first_wait()
                on_first_wait = None
            event = asyncio.run(_first(deferred.trigger))
            call = lambda event=event: operator.resume(context, event)  # noqa: E731


async def _first(trigger: Any) -> Any:
    async for event in trigger.run():
        return event.payload
    return None


@dataclass(frozen=True)
class Place:
    """One account in one Region."""

    sandbox: LocalSandbox
    account: str
    region: str

    def client(self, service: str) -> Any:
        return self.sandbox.client(service, self.account, self.region)

    @property
    def rds(self) -> Any:
        return self.client("rds")

    def key(self, alias: str, *friends: str) -> str:
        """Make a customer-managed key with an alias; friends are accounts that may use it too."""
        own = {"Effect": "Allow", "Principal": {"AWS": self.account}, "Action": "kms:*", "Resource": "*"}
        shared = [
            {"Effect": "Allow", "Principal": {"AWS": one}, "Action": KEY_USE, "Resource": "*"}
            for one in friends
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": [own, *shared]})
        arn = self.client("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
        self.client("kms").create_alias(AliasName=alias, TargetKeyId=arn)
        return arn

    def cluster(self, name: str = "orders", **settings: Any) -> dict[str, Any]:
        """Make an Aurora MySQL cluster."""
        wanted = {
            "Engine": "aurora-mysql",
            "MasterUsername": "keeper",
            "MasterUserPassword": "long-enough",
            **settings,
        }
        self.rds.create_db_cluster(DBClusterIdentifier=name, **wanted)
        return self.show_cluster(name)

    def instance(self, name: str = "orders-1", cluster: str = "orders", **settings: Any) -> dict[str, Any]:
        """Make an instance of a cluster."""
        wanted = {"Engine": "aurora-mysql", "DBInstanceClass": "db.r6g.large", **settings}
        self.rds.create_db_instance(DBInstanceIdentifier=name, DBClusterIdentifier=cluster, **wanted)
        return self.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]

    def snapshot(self, name: str, cluster: str = "orders", **tags: str) -> dict[str, Any]:
        """Snapshot a cluster; a tag's name is given without its prefix, with _ for -."""
        self.rds.create_db_cluster_snapshot(
            DBClusterIdentifier=cluster, DBClusterSnapshotIdentifier=name, Tags=own_tags(**tags)
        )
        return self.show_snapshot(name)

    def copy(self, source: dict[str, Any], key: str, name: str | None = None, **tags: str) -> dict[str, Any]:
        """Copy a snapshot here under another key."""
        name = name or source["DBClusterSnapshotArn"].rpartition(":")[2]
        arn = source["DBClusterSnapshotArn"]
        other = {} if arn.split(":")[3] == self.region else {"SourceRegion": arn.split(":")[3]}
        self.rds.copy_db_cluster_snapshot(
            SourceDBClusterSnapshotIdentifier=arn,
            TargetDBClusterSnapshotIdentifier=name,
            KmsKeyId=key,
            Tags=own_tags(**tags),
            **other,
        )
        return self.show_snapshot(name)

    def share(self, snapshot: str, *accounts: str) -> None:
        self.rds.modify_db_cluster_snapshot_attribute(
            DBClusterSnapshotIdentifier=snapshot, AttributeName="restore", ValuesToAdd=list(accounts)
        )

    def show_cluster(self, name: str) -> dict[str, Any]:
        return self.rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]

    def show_snapshot(self, name: str) -> dict[str, Any]:
        found = self.rds.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=name)
        return found["DBClusterSnapshots"][0]

    def snapshots(self) -> set[str]:
        """Names of all manual snapshots here."""
        found = self.rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]
        return {one["DBClusterSnapshotIdentifier"] for one in found}

    def login(self) -> None:
        """Keep the login's secret here."""
        value = {"username": "keeper", "password": "long-enough", "dbname": "sakila"}
        self.client("secretsmanager").create_secret(Name=LOGIN, SecretString=json.dumps(value))

    def bucket(self) -> None:
        """Make the bucket of manifests here, readable for the target account."""
        s3 = self.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": self.region})
        friend = {"AWS": f"arn:aws:iam::{TARGET}:role/switchyard-target"}
        statements = [
            {
                "Effect": "Allow",
                "Principal": friend,
                "Action": ["s3:GetObject"],
                "Resource": f"arn:aws:s3:::{BUCKET}/*",
            },
            {
                "Effect": "Allow",
                "Principal": friend,
                "Action": "s3:ListBucket",
                "Resource": f"arn:aws:s3:::{BUCKET}",
            },
        ]
        s3.put_bucket_policy(
            Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements})
        )


@dataclass
class Accounts:
    """The places of a recovery, empty at first."""

    sandbox: LocalSandbox
    source: Place = field(init=False)
    recovery: Place = field(init=False)
    target: Place = field(init=False)

    def __post_init__(self) -> None:
        self.source = Place(self.sandbox, SOURCE, "us-west-2")
        self.recovery = Place(self.sandbox, SOURCE, "us-west-1")
        self.target = Place(self.sandbox, TARGET, "us-west-1")

    def changes(self) -> list[str]:
        """The calls since the last look that were answered and may have changed something."""
        server = self.sandbox.server
        made = [
            f"{call['service']}:{call['operation']}"
            for call in server.calls.select()
            if not is_read(call["operation"]) and not call["operation"].startswith("AssumeRole")
        ]
        server.calls.clear()
        return made


def own_tags(**tags: str) -> list[dict[str, str]]:
    """The pipeline's tags, by name without prefix and with _ for -."""
    return [{"Key": f"switchyard:{name.replace('_', '-')}", "Value": value} for name, value in tags.items()]


def moment(text: str) -> datetime:
    """An instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
