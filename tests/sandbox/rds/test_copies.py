import pytest
from botocore.exceptions import ClientError

TARGET = "222222222222"


def test_copy_is_copying_until_its_time_has_passed(source, stand_still):
    """It should show a copy as copying, with progress, until it is done."""
    source.cluster()
    source.snapshot()
    clock = stand_still("cluster-snapshot.copy")
    source.copy("point")
    clock.advance(25)
    under_way = source.show_snapshot("copy")
    assert (under_way["Status"], under_way["PercentProgress"]) == ("copying", 25)
    clock.advance(75)
    assert source.show_snapshot("copy")["Status"] == "available"


def test_copies_of_one_source_follow_one_another(source, stand_still):
    """It should keep a second copy of the same source at 0 percent until the first is done."""
    source.cluster()
    source.snapshot()
    clock = stand_still("cluster-snapshot.copy")
    source.copy("point", "first")
    source.copy("point", "second")
    clock.advance(99)
    assert source.show_snapshot("first")["PercentProgress"] == 99
    queued = source.show_snapshot("second")
    assert (queued["Status"], queued["PercentProgress"]) == ("copying", 0)
    clock.advance(1)
    assert source.show_snapshot("first")["Status"] == "available"
    clock.advance(50)
    assert source.show_snapshot("second")["PercentProgress"] == 50


def test_source_of_a_copy_must_be_available(source, stand_still):
    """It should refuse to copy a snapshot that is being created."""
    source.cluster()
    stand_still("cluster-snapshot.create")
    source.snapshot()
    with pytest.raises(ClientError, match=r"InvalidDBClusterSnapshotStateFault.*creating"):
        source.copy("point")


def test_copy_names_its_source(source, recovery):
    """It should say in a copy which snapshot it was made from."""
    source.cluster()
    arn = source.snapshot()["DBClusterSnapshotArn"]
    copy = recovery.copy(arn)
    assert copy["SourceDBClusterSnapshotArn"] == arn
    assert copy["SnapshotType"] == "manual"


def test_copy_onto_an_existing_name_is_refused(source):
    """It should refuse a copy under a name in use."""
    source.cluster()
    source.snapshot()
    source.copy("point")
    with pytest.raises(ClientError, match=r"DBClusterSnapshotAlreadyExistsFault"):
        source.copy("point")


def test_copy_from_another_region_needs_the_arn(source, recovery):
    """It should not find another Region's snapshot by its bare name."""
    source.cluster()
    arn = source.snapshot()["DBClusterSnapshotArn"]
    with pytest.raises(ClientError, match=r"DBClusterSnapshotNotFoundFault"):
        recovery.copy("point")
    assert recovery.copy(arn)["Status"] == "available"


def test_encrypted_copy_to_another_region_needs_a_key(source, recovery):
    """It should ask for a key of the destination Region, in AWS's words."""
    source.encrypted()
    arn = source.snapshot()["DBClusterSnapshotArn"]
    words = r"InvalidParameterValue.*Must specify new KMS key for cross region encrypted snapshot copy"
    with pytest.raises(ClientError, match=words):
        recovery.copy(arn)
    key = recovery.key()
    assert recovery.copy(arn, KmsKeyId=key)["KmsKeyId"] == key


def test_encrypted_copy_of_a_share_needs_a_key(recovery, target):
    """It should ask an account for a key of its own when it copies another's encrypted snapshot."""
    recovery.encrypted(key=recovery.key(TARGET))
    arn = recovery.snapshot()["DBClusterSnapshotArn"]
    recovery.share("point", TARGET)
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*KMS key"):
        target.copy(arn)
    assert target.copy(arn, KmsKeyId=target.key())["Status"] == "available"


def test_encrypted_copy_at_home_keeps_the_key(source):
    """It should encrypt a copy in the same account and Region with the source's key if none is named."""
    cluster = source.encrypted()
    source.snapshot()
    assert source.copy("point")["KmsKeyId"] == cluster["KmsKeyId"]


def test_copy_cannot_encrypt_a_plain_snapshot(source):
    """It should refuse a key for an unencrypted Aurora snapshot."""
    source.cluster()
    source.snapshot()
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*unencrypted"):
        source.copy("point", KmsKeyId=source.key())


def test_copy_of_an_automated_snapshot_is_manual(source):
    """It should make a manual snapshot of an automated one, which can then be shared."""
    source.cluster()
    name = source.rds.describe_db_cluster_snapshots(SnapshotType="automated")["DBClusterSnapshots"][0]
    assert source.copy(name["DBClusterSnapshotIdentifier"])["SnapshotType"] == "manual"
    source.share("copy", TARGET)


def test_shared_snapshot_is_copied_across_account_and_region_in_one_step(source, target):
    """It should let an account pull another's snapshot from another Region."""
    source.encrypted(key=source.key(TARGET))
    arn = source.snapshot()["DBClusterSnapshotArn"]
    source.share("point", TARGET)
    key = target.key()
    copy = target.copy(arn, KmsKeyId=key)
    assert (copy["KmsKeyId"], copy["Status"]) == (key, "available")


def test_unshared_snapshot_of_another_account_cannot_be_copied(recovery, target):
    """It should not know a snapshot that is not shared with the caller."""
    recovery.cluster()
    arn = recovery.snapshot()["DBClusterSnapshotArn"]
    with pytest.raises(ClientError, match=r"DBClusterSnapshotNotFoundFault"):
        target.copy(arn)


def test_tags_are_copied_only_on_demand(source):
    """It should copy tags with CopyTags, prefer explicit ones, and copy none otherwise."""
    source.cluster()
    tags = [{"Key": "team", "Value": "orders"}]
    source.snapshot(Tags=tags)
    explicit = [{"Key": "role", "Value": "copy"}]
    assert source.copy("point", "bare")["TagList"] == []
    assert source.copy("point", "tagged", CopyTags=True)["TagList"] == tags
    assert source.copy("point", "explicit", CopyTags=True, Tags=explicit)["TagList"] == explicit


def test_reserved_tags_are_refused(source):
    """It should refuse tag keys that begin with aws:."""
    source.cluster()
    source.snapshot()
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*reserved prefix"):
        source.copy("point", Tags=[{"Key": "aws:backup", "Value": "x"}])


def test_deleting_the_target_gives_a_copy_up(source, stand_still):
    """It should cancel a copy whose target is deleted while copying."""
    source.cluster()
    source.snapshot()
    clock = stand_still("cluster-snapshot.copy")
    source.copy("point")
    source.rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="copy")
    clock.advance(100)
    with pytest.raises(ClientError, match=r"DBClusterSnapshotNotFoundFault"):
        source.show_snapshot("copy")


def test_deleting_the_source_fails_a_copy(source, stand_still):
    """It should fail a copy whose source is deleted before it is done."""
    source.cluster()
    source.snapshot()
    clock = stand_still("cluster-snapshot.copy")
    source.copy("point")
    source.rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier="point")
    clock.advance(100)
    assert source.show_snapshot("copy")["Status"] == "failed"
