"""Accounts in Regions, with short ways to make and look at clusters, plain instances and their snapshots."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from sandbox.testing import LocalSandbox

SOURCE, TARGET = "111111111111", "222222222222"
KEY_USE = [
    "kms:CreateGrant",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
]


@dataclass(frozen=True)
class Side:
    """One account in one Region, with short ways to make and look at things."""

    snapshots: ClassVar[str] = "cluster-snapshot"
    arn: ClassVar[str] = "DBClusterSnapshotArn"
    not_available: ClassVar[str] = "backing-up"
    faults: ClassVar[Mapping[str, str]] = {
        "unknown": "DBClusterSnapshotNotFoundFault",
        "exists": "DBClusterSnapshotAlreadyExistsFault",
        "busy": "InvalidDBClusterSnapshotStateFault",
        "source unknown": "DBClusterNotFoundFault",
        "source busy": "InvalidDBClusterStateFault",
    }

    sandbox: LocalSandbox
    account: str
    region: str

    @property
    def rds(self):
        return self.sandbox.client("rds", self.account, self.region)

    @property
    def kms(self):
        return self.sandbox.client("kms", self.account, self.region)

    def key(self, *friends, actions=KEY_USE):
        """Make a KMS key whose policy also lets other accounts do `actions`."""
        own = {"Effect": "Allow", "Principal": {"AWS": self.account}, "Action": "kms:*", "Resource": "*"}
        shared = [
            {"Effect": "Allow", "Principal": {"AWS": friend}, "Action": actions, "Resource": "*"}
            for friend in friends
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": [own, *shared]})
        return self.kms.create_key(Policy=policy)["KeyMetadata"]["Arn"]

    def cluster(self, name="orders", **settings):
        """Make a cluster and return it as described."""
        wanted = {
            "Engine": "aurora-mysql",
            "MasterUsername": "keeper",
            "MasterUserPassword": "long-enough",
            **settings,
        }
        self.rds.create_db_cluster(DBClusterIdentifier=name, **wanted)
        return self.show_cluster(name)

    def make(self, name="orders", **settings):
        """Make what snapshots are taken of, and return it as described."""
        return self.cluster(name, **settings)

    def encrypted(self, name="orders", key=None, **settings):
        """Make an encrypted one."""
        return self.make(name, StorageEncrypted=True, KmsKeyId=key or self.key(), **settings)

    def stop(self, name="orders"):
        """Stop it."""
        self.rds.stop_db_cluster(DBClusterIdentifier=name)

    def status(self, name="orders"):
        """Its status."""
        return self.show_cluster(name)["Status"]

    def instance(self, name="orders-1", cluster="orders", **settings):
        """Make an instance in a cluster."""
        wanted = {"Engine": "aurora-mysql", "DBInstanceClass": "db.r6g.large", **settings}
        self.rds.create_db_instance(DBInstanceIdentifier=name, DBClusterIdentifier=cluster, **wanted)
        return self.show_instance(name)

    def snapshot(self, name="point", cluster="orders", **settings):
        """Take a snapshot of a cluster."""
        self.rds.create_db_cluster_snapshot(
            DBClusterSnapshotIdentifier=name, DBClusterIdentifier=cluster, **settings
        )
        return self.show_snapshot(name)

    def copy(self, source, name="copy", **settings):
        """Copy a snapshot here."""
        self.rds.copy_db_cluster_snapshot(
            SourceDBClusterSnapshotIdentifier=source, TargetDBClusterSnapshotIdentifier=name, **settings
        )
        return self.show_snapshot(name)

    def restore(self, snapshot, name="restored", **settings):
        """Restore a snapshot here."""
        wanted = {"Engine": "aurora-mysql", **settings}
        self.rds.restore_db_cluster_from_snapshot(
            DBClusterIdentifier=name, SnapshotIdentifier=snapshot, **wanted
        )
        return self.show_cluster(name)

    def share(self, snapshot="point", *accounts):
        """Share a snapshot with accounts."""
        self.rds.modify_db_cluster_snapshot_attribute(
            DBClusterSnapshotIdentifier=snapshot, AttributeName="restore", ValuesToAdd=list(accounts)
        )

    def delete_snapshot(self, name):
        """Delete a snapshot, and return what the answer shows."""
        return self.rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier=name)["DBClusterSnapshot"]

    def list_snapshots(self, **wanted):
        """Name the snapshots that a call finds."""
        found = self.rds.describe_db_cluster_snapshots(**wanted)["DBClusterSnapshots"]
        return [item["DBClusterSnapshotIdentifier"] for item in found]

    def rename(self, old, new, **settings):
        """Rename a cluster."""
        wanted = {"ApplyImmediately": True, **settings}
        return self.rds.modify_db_cluster(DBClusterIdentifier=old, NewDBClusterIdentifier=new, **wanted)[
            "DBCluster"
        ]

    def rename_instance(self, old, new, **settings):
        """Rename an instance."""
        wanted = {"ApplyImmediately": True, **settings}
        return self.rds.modify_db_instance(DBInstanceIdentifier=old, NewDBInstanceIdentifier=new, **wanted)[
            "DBInstance"
        ]

    def show_cluster(self, name):
        return self.rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]

    def show_instance(self, name):
        return self.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]

    def show_snapshot(self, name, **settings):
        return self.rds.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=name, **settings)[
            "DBClusterSnapshots"
        ][0]

    def by_resource_id(self, resource_id):
        """List clusters by resource id."""
        wanted = [{"Name": "db-cluster-resource-id", "Values": [resource_id]}]
        return self.rds.describe_db_clusters(Filters=wanted)["DBClusters"]

    def events(self, **wanted):
        return [event["Message"] for event in self.rds.describe_events(**wanted)["Events"]]


class PlainSide(Side):
    """The same for plain instances and their snapshots."""

    snapshots = "snapshot"
    arn = "DBSnapshotArn"
    not_available = "not in available"
    faults: ClassVar[Mapping[str, str]] = {
        "unknown": "DBSnapshotNotFound",
        "exists": "DBSnapshotAlreadyExists",
        "busy": "InvalidDBSnapshotState",
        "source unknown": "DBInstanceNotFound",
        "source busy": "InvalidDBInstanceState",
    }

    def plain(self, name="orders", **settings):
        """Make a plain instance and return it as described."""
        wanted = {
            "Engine": "mysql",
            "DBInstanceClass": "db.t4g.micro",
            "AllocatedStorage": 20,
            "MasterUsername": "keeper",
            "MasterUserPassword": "long-enough",
            **settings,
        }
        self.rds.create_db_instance(DBInstanceIdentifier=name, **wanted)
        return self.show_instance(name)

    def make(self, name="orders", **settings):
        """Make what snapshots are taken of, and return it as described."""
        return self.plain(name, **settings)

    def stop(self, name="orders"):
        """Stop it."""
        self.rds.stop_db_instance(DBInstanceIdentifier=name)

    def status(self, name="orders"):
        """Its status."""
        return self.show_instance(name)["DBInstanceStatus"]

    def delete_snapshot(self, name):
        """Delete a snapshot, and return what the answer shows."""
        return self.rds.delete_db_snapshot(DBSnapshotIdentifier=name)["DBSnapshot"]

    def snapshot(self, name="point", instance="orders", **settings):
        """Take a snapshot of an instance."""
        self.rds.create_db_snapshot(DBSnapshotIdentifier=name, DBInstanceIdentifier=instance, **settings)
        return self.show_snapshot(name)

    def copy(self, source, name="copy", **settings):
        """Copy a snapshot here."""
        self.rds.copy_db_snapshot(
            SourceDBSnapshotIdentifier=source, TargetDBSnapshotIdentifier=name, **settings
        )
        return self.show_snapshot(name)

    def restore(self, snapshot, name="restored", **settings):
        """Restore a snapshot here."""
        self.rds.restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier=name, DBSnapshotIdentifier=snapshot, **settings
        )
        return self.show_instance(name)

    def share(self, snapshot="point", *accounts):
        """Share a snapshot with accounts."""
        self.rds.modify_db_snapshot_attribute(
            DBSnapshotIdentifier=snapshot, AttributeName="restore", ValuesToAdd=list(accounts)
        )

    def shared_with(self, snapshot="point"):
        """List the accounts a snapshot is shared with."""
        result = self.rds.describe_db_snapshot_attributes(DBSnapshotIdentifier=snapshot)
        [attribute] = result["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]
        return attribute["AttributeValues"]

    def change(self, name="orders", **settings):
        """Change an instance at once, and return what the answer shows."""
        wanted = {"ApplyImmediately": True, **settings}
        return self.rds.modify_db_instance(DBInstanceIdentifier=name, **wanted)["DBInstance"]

    def delete(self, name="orders", **settings):
        """Delete an instance."""
        self.rds.delete_db_instance(DBInstanceIdentifier=name, **(settings or {"SkipFinalSnapshot": True}))

    def force(self, status, name="orders", kind="db_instance"):
        """Put an instance or a snapshot into a status."""
        self.sandbox.force_status(kind, name, status, account=self.account, region=self.region)

    def show_snapshot(self, name, **settings):
        return self.rds.describe_db_snapshots(DBSnapshotIdentifier=name, **settings)["DBSnapshots"][0]

    def list_snapshots(self, **wanted):
        """Name the snapshots that a call finds."""
        found = self.rds.describe_db_snapshots(**wanted)["DBSnapshots"]
        return [item["DBSnapshotIdentifier"] for item in found]

    def statuses(self, clock, seconds, name="orders"):
        """Return the status of an instance after each of some pauses."""
        seen = []
        for pause in seconds:
            clock.advance(pause)
            seen.append(self.show_instance(name)["DBInstanceStatus"])
        return seen
