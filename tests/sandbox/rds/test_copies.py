import pytest
from botocore.exceptions import ClientError

TARGET = "222222222222"


def test_copy_names_its_source(source, recovery):
    """It should say in a copy which snapshot it was made from."""
    source.cluster()
    arn = source.snapshot()["DBClusterSnapshotArn"]
    copy = recovery.copy(arn)
    assert copy["SourceDBClusterSnapshotArn"] == arn
    assert copy["SnapshotType"] == "manual"


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
