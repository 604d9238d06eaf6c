import pytest
from botocore.exceptions import ClientError

TARGET = "222222222222"


def test_copy_is_copying_until_its_time_has_passed(plain_source, stand_still):
    """It should show a copy as copying, with progress, until it is done."""
    plain_source.plain()
    plain_source.snapshot()
    clock = stand_still("snapshot.copy")
    plain_source.copy("point")
    clock.advance(25)
    under_way = plain_source.show_snapshot("copy")
    assert (under_way["Status"], under_way["PercentProgress"]) == ("copying", 25)
    clock.advance(75)
    assert plain_source.show_snapshot("copy")["Status"] == "available"


def test_copies_of_one_source_follow_one_another(plain_source, stand_still):
    """It should keep a second copy of the same source at 0 percent until the first is done."""
    plain_source.plain()
    plain_source.snapshot()
    clock = stand_still("snapshot.copy")
    plain_source.copy("point", "first")
    plain_source.copy("point", "second")
    clock.advance(100)
    first, queued = (plain_source.show_snapshot(name) for name in ("first", "second"))
    assert (first["Status"], queued["Status"], queued["PercentProgress"]) == ("available", "copying", 0)


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


def test_source_of_a_copy_must_be_available(plain_source, stand_still):
    """It should refuse to copy a snapshot that is being created."""
    plain_source.plain()
    stand_still("snapshot.create")
    plain_source.snapshot()
    with pytest.raises(ClientError, match=r"\(InvalidDBSnapshotState\).*creating"):
        plain_source.copy("point")


def test_encrypted_copy_to_another_region_needs_a_key(plain_source, plain_recovery):
    """It should ask for a key of the destination Region, in AWS's words, and refuse one of another."""
    key = plain_source.encrypted()["KmsKeyId"]
    arn = plain_source.snapshot()["DBSnapshotArn"]
    words = r"InvalidParameterValue.*Must specify new KMS key for cross region encrypted snapshot copy"
    with pytest.raises(ClientError, match=words):
        plain_recovery.copy(arn)
    with pytest.raises(ClientError, match=r"KMSKeyNotAccessibleFault"):
        plain_recovery.copy(arn, KmsKeyId=key)
    there = plain_recovery.key()
    assert plain_recovery.copy(arn, KmsKeyId=there)["KmsKeyId"] == there


def test_copy_can_encrypt(plain_source):
    """It should encrypt an unencrypted snapshot, unlike Aurora."""
    plain_source.plain()
    assert plain_source.snapshot()["Encrypted"] is False
    key = plain_source.key()
    copy = plain_source.copy("point", KmsKeyId=key)
    assert (copy["Encrypted"], copy["KmsKeyId"]) == (True, key)
    assert plain_source.restore("copy")["KmsKeyId"] == key


def test_share_is_copied_by_its_arn(plain_recovery, plain_target):
    """It should copy a shared snapshot under a key of the account, which it demands."""
    plain_recovery.encrypted(key=plain_recovery.key(TARGET))
    arn = plain_recovery.snapshot()["DBSnapshotArn"]
    with pytest.raises(ClientError, match=r"\(DBSnapshotNotFound\)"):
        plain_target.copy(arn, KmsKeyId=plain_target.key())
    plain_recovery.share("point", TARGET)
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*KMS key"):
        plain_target.copy(arn)
    key = plain_target.key()
    assert plain_target.copy(arn, KmsKeyId=key)["KmsKeyId"] == key


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


def test_tags_are_copied_only_on_demand(plain_source):
    """It should copy tags with CopyTags, prefer explicit ones, copy none otherwise, and refuse aws: tags."""
    plain_source.plain(CopyTagsToSnapshot=True, Tags=[{"Key": "from", "Value": "instance"}])
    tags, explicit = [{"Key": "team", "Value": "orders"}], [{"Key": "role", "Value": "copy"}]
    plain_source.snapshot(Tags=tags)
    assert plain_source.copy("point", "bare")["TagList"] == []
    assert plain_source.copy("point", "tagged", CopyTags=True)["TagList"] == tags
    assert plain_source.copy("point", "explicit", CopyTags=True, Tags=explicit)["TagList"] == explicit
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*reserved prefix"):
        plain_source.copy("point", "reserved", Tags=[{"Key": "aws:backup", "Value": "x"}])


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


def test_deleted_source_fails_a_copy(plain_source, stand_still):
    """It should fail a copy whose source is deleted before it is done."""
    plain_source.plain()
    plain_source.snapshot()
    stand_still("snapshot.copy")
    plain_source.copy("point")
    plain_source.rds.delete_db_snapshot(DBSnapshotIdentifier="point")
    assert plain_source.show_snapshot("copy")["Status"] == "failed"


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
