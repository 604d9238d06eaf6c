import pytest
from botocore.exceptions import ClientError


def test_snapshot_is_creating_until_its_time_has_passed(source, stand_still):
    """It should show a snapshot as creating, with progress, until it is done."""
    source.cluster()
    clock = stand_still("cluster-snapshot.create")
    source.snapshot()
    clock.advance(40)
    under_way = source.show_snapshot("point")
    assert (under_way["Status"], under_way["PercentProgress"]) == ("creating", 40)
    clock.advance(60)
    done = source.show_snapshot("point")
    assert (done["Status"], done["PercentProgress"]) == ("available", 100)


def test_cluster_backs_up_during_its_snapshot(source, stand_still):
    """It should show the cluster as backing-up while a snapshot is taken, and refuse a second one."""
    source.cluster()
    clock = stand_still("cluster-snapshot.create")
    source.snapshot()
    assert source.show_cluster("orders")["Status"] == "backing-up"
    with pytest.raises(ClientError, match=r"InvalidDBClusterStateFault.*backing-up"):
        source.snapshot("second")
    clock.advance(100)
    assert source.show_cluster("orders")["Status"] == "available"


def test_snapshot_of_a_stopped_cluster_is_refused(source):
    """It should refuse to take a snapshot of a stopped cluster."""
    source.cluster()
    source.rds.stop_db_cluster(DBClusterIdentifier="orders")
    with pytest.raises(ClientError, match=r"InvalidDBClusterStateFault.*stopped"):
        source.snapshot()


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


def test_snapshot_of_a_missing_cluster_is_refused(source):
    """It should not know the cluster."""
    with pytest.raises(ClientError, match=r"DBClusterNotFoundFault"):
        source.snapshot(cluster="nothing")


def test_snapshot_name_in_use_is_refused(source):
    """It should refuse a second snapshot of the same name."""
    source.cluster()
    source.snapshot()
    with pytest.raises(ClientError, match=r"DBClusterSnapshotAlreadyExistsFault"):
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


def test_snapshot_gets_cluster_tags_only_where_the_cluster_says_so(source):
    """It should copy the cluster's tags with CopyTagsToSnapshot, and not beside explicit ones."""
    tags = [{"Key": "team", "Value": "orders"}]
    source.cluster(Tags=tags, CopyTagsToSnapshot=True)
    source.cluster("plain", Tags=tags)
    assert source.snapshot("copied")["TagList"] == tags
    assert source.snapshot("own", Tags=[{"Key": "a", "Value": "b"}])["TagList"] == [
        {"Key": "a", "Value": "b"}
    ]
    assert source.snapshot("none", cluster="plain")["TagList"] == []


def test_new_cluster_gets_an_automated_snapshot(source):
    """It should back a new cluster up by itself, under AWS's kind of name."""
    source.cluster()
    found = source.rds.describe_db_cluster_snapshots(SnapshotType="automated")["DBClusterSnapshots"]
    assert [item["DBClusterSnapshotIdentifier"][:11] for item in found] == ["rds:orders-"]


def test_deleted_snapshot_is_gone_after_deleting(source, stand_still):
    """It should pass through deleting, and answer the call with the status before."""
    source.cluster()
    source.snapshot()
    clock = stand_still("cluster-snapshot.delete")
    answer = source.rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="point")["DBClusterSnapshot"]
    assert answer["Status"] == "available"
    assert source.show_snapshot("point")["Status"] == "deleting"
    clock.advance(100)
    with pytest.raises(ClientError, match=r"DBClusterSnapshotNotFoundFault"):
        source.show_snapshot("point")


def test_snapshot_cannot_be_deleted_while_creating(source, stand_still):
    """It should refuse to delete a snapshot that is not done."""
    source.cluster()
    stand_still("cluster-snapshot.create")
    source.snapshot()
    with pytest.raises(ClientError, match=r"InvalidDBClusterSnapshotStateFault.*creating"):
        source.rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="point")


def test_automated_snapshot_cannot_be_deleted(source):
    """It should refuse to delete what AWS manages."""
    source.cluster()
    name = source.rds.describe_db_cluster_snapshots(SnapshotType="automated")["DBClusterSnapshots"][0]
    with pytest.raises(ClientError, match=r"InvalidDBClusterSnapshotStateFault.*Only manual"):
        source.rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier=name["DBClusterSnapshotIdentifier"])


def test_members_have_no_snapshots_of_their_own(source):
    """It should point from CreateDBSnapshot to the cluster's call."""
    source.cluster()
    source.instance()
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*use the CreateDBClusterSnapshot API"):
        source.rds.create_db_snapshot(DBSnapshotIdentifier="point", DBInstanceIdentifier="orders-1")
