import pytest
from botocore.exceptions import ClientError

TARGET = "222222222222"


def test_twenty_copies_at_a_time(plain_source, plain_recovery, stand_still):
    """It should let 20 copies run into a Region and refuse the next in the real words."""
    plain_source.plain()
    arns = [plain_source.snapshot(f"point-{number}")["DBSnapshotArn"] for number in range(21)]
    stand_still("snapshot.copy")
    for number, arn in enumerate(arns[:20]):
        plain_recovery.copy(arn, f"copy-{number}")
    with pytest.raises(
        ClientError, match=r"SnapshotQuotaExceeded.*Cannot copy more than 20 snapshots across regions"
    ):
        plain_recovery.copy(arns[20], "copy-20")


def test_copy_tells_where_it_comes_from(plain_source, plain_recovery):
    """It should name source and Region of a copy from elsewhere, and keep the time of the original."""
    plain_source.plain()
    point = plain_source.snapshot()
    plain_source.sandbox.clock.advance(60)
    here, there = plain_source.copy("point"), plain_recovery.copy(point["DBSnapshotArn"])
    assert "SourceDBSnapshotIdentifier" not in here
    assert (there["SourceDBSnapshotIdentifier"], there["SourceRegion"]) == (
        point["DBSnapshotArn"],
        "us-west-2",
    )
    for copy in (here, there):
        assert copy["OriginalSnapshotCreateTime"] == point["SnapshotCreateTime"] < copy["SnapshotCreateTime"]


def test_copy_can_encrypt(plain_source):
    """It should encrypt an unencrypted snapshot, unlike Aurora."""
    plain_source.plain()
    assert plain_source.snapshot()["Encrypted"] is False
    key = plain_source.key()
    copy = plain_source.copy("point", KmsKeyId=key)
    assert (copy["Encrypted"], copy["KmsKeyId"]) == (True, key)
    assert plain_source.restore("copy")["KmsKeyId"] == key


def test_share_is_copied_over_account_and_region_in_one_step(plain_source, plain_target):
    """It should let an account pull another's snapshot from another Region."""
    plain_source.encrypted(key=plain_source.key(TARGET))
    arn = plain_source.snapshot()["DBSnapshotArn"]
    plain_source.share("point", TARGET)
    copy = plain_target.copy(arn, KmsKeyId=plain_target.key())
    assert (copy["Status"], copy["SourceDBSnapshotIdentifier"]) == ("available", arn)


def test_key_of_the_share_must_admit_the_account(plain_recovery, plain_target):
    """It should refuse to read with a key whose policy does not name the account."""
    plain_recovery.encrypted()
    arn = plain_recovery.snapshot()["DBSnapshotArn"]
    plain_recovery.share("point", TARGET)
    with pytest.raises(ClientError, match=r"KMSKeyNotAccessibleFault.*source snapshot KMS key"):
        plain_target.copy(arn, KmsKeyId=plain_target.key())


def test_option_group_stays_behind(plain_source, plain_recovery):
    """It should give a copy in another Region the default option group, or the one that is named."""
    for side in (plain_source, plain_recovery):
        side.rds.create_option_group(
            OptionGroupName="own",
            EngineName="mysql",
            MajorEngineVersion="8.0",
            OptionGroupDescription="of the orders",
        )
    plain_source.plain(OptionGroupName="own")
    arn = plain_source.snapshot()["DBSnapshotArn"]
    assert plain_source.copy("point")["OptionGroupName"] == "own"
    assert plain_recovery.copy(arn)["OptionGroupName"] == "default:mysql-8-0"
    assert plain_recovery.copy(arn, "named", OptionGroupName="own")["OptionGroupName"] == "own"
    with pytest.raises(ClientError, match=r"OptionGroupNotFoundFault"):
        plain_recovery.copy(arn, "missing", OptionGroupName="nothing")


def test_deleted_copy_is_given_up(plain_source, plain_recovery, stand_still):
    """It should cancel a copy whose target is deleted while copying, and tell so."""
    plain_source.plain()
    arn = plain_source.snapshot()["DBSnapshotArn"]
    clock = stand_still("snapshot.copy")
    plain_recovery.copy(arn)
    plain_recovery.rds.delete_db_snapshot(DBSnapshotIdentifier="copy")
    clock.advance(100)
    assert plain_recovery.list_snapshots() == []
    assert plain_recovery.events(SourceType="db-snapshot")[:2] == [
        "Started copy of snapshot point from region us-west-2",
        "Canceled snapshot copy request of point from region us-west-2",
    ]


def test_events_of_copies(plain_source, plain_recovery):
    """It should tell beginning and end, in different words within a Region and over Regions."""
    plain_source.plain(BackupRetentionPeriod=0)
    arn = plain_source.snapshot()["DBSnapshotArn"]
    plain_source.copy("point")
    plain_recovery.copy(arn)
    assert plain_source.events(SourceType="db-snapshot")[2:] == [
        "Started copy of snapshot point in region us-west-2",
        "Finished copy of snapshot point in region us-west-2",
    ]
    assert plain_recovery.events(SourceType="db-snapshot") == [
        "Started copy of snapshot point from region us-west-2",
        "Finished copy of snapshot point from region us-west-2",
    ]
