import pytest
from botocore.exceptions import ClientError


def test_snapshot_needs_an_available_writer(source, stand_still):
    """It should refuse a snapshot while the writer is not available, in AWS's words."""
    source.cluster()
    source.instance()
    clock = stand_still("instance.reboot")
    source.rds.reboot_db_instance(DBInstanceIdentifier="orders-1")
    clock.advance(50)
    with pytest.raises(
        ClientError, match=r"InvalidDBClusterStateFault.*instance is not currently in the avail"
    ):
        source.snapshot()


def test_snapshot_keeps_the_cluster_name_and_resource_id(source):
    """It should list a snapshot by the resource id, and keep the name the cluster had."""
    cluster = source.cluster()
    source.snapshot()
    source.rename("orders", "orders-old")
    source.cluster("orders")
    found = source.rds.describe_db_cluster_snapshots(
        SnapshotType="manual", DbClusterResourceId=cluster["DbClusterResourceId"]
    )["DBClusterSnapshots"]
    assert [(item["DBClusterSnapshotIdentifier"], item["DBClusterIdentifier"]) for item in found] == [
        ("point", "orders")
    ]


def test_snapshot_shows_what_it_was_taken_of(source):
    """It should show the fields that moto leaves out."""
    cluster = source.encrypted(BackupRetentionPeriod=7, Port=3310)
    snapshot = source.snapshot()
    same = ("DbClusterResourceId", "EngineVersion", "Port", "KmsKeyId", "BackupRetentionPeriod", "EngineMode")
    assert {name: snapshot[name] for name in same} == {name: cluster[name] for name in same}
    assert snapshot["StorageEncryptionType"] == "sse-kms"
    assert snapshot["VpcId"].startswith("vpc-")
    assert "SourceDBClusterSnapshotArn" not in snapshot


def test_members_have_no_snapshots_of_their_own(source):
    """It should point from CreateDBSnapshot to the cluster's call."""
    source.cluster()
    source.instance()
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*use the CreateDBClusterSnapshot API"):
        source.rds.create_db_snapshot(DBSnapshotIdentifier="point", DBInstanceIdentifier="orders-1")
