import pytest
from botocore.exceptions import ClientError

TARGET, OTHER = "222222222222", "333333333333"


def test_shared_snapshot_is_listed_by_arn(plain_recovery, plain_target):
    """It should list a share only where shares are asked for, by ARN, as shared and without tags."""
    plain_recovery.plain()
    arn = plain_recovery.snapshot(Tags=[{"Key": "team", "Value": "orders"}])["DBSnapshotArn"]
    plain_recovery.share("point", TARGET)
    assert plain_target.list_snapshots() == []
    [shared] = plain_target.rds.describe_db_snapshots(SnapshotType="shared")["DBSnapshots"]
    assert (shared["DBSnapshotIdentifier"], shared["SnapshotType"]) == (arn, "shared")
    assert shared["TagList"] == []
    assert plain_target.list_snapshots(IncludeShared=True) == [arn]


def test_share_is_found_by_arn_and_not_by_name(plain_recovery, plain_target):
    """It should describe a share under its ARN, and not under the owner's name for it."""
    plain_recovery.plain()
    arn = plain_recovery.snapshot()["DBSnapshotArn"]
    plain_recovery.share("point", TARGET)
    assert plain_target.show_snapshot(arn, IncludeShared=True)["Status"] == "available"
    with pytest.raises(ClientError, match=r"\(DBSnapshotNotFound\)"):
        plain_target.show_snapshot("point", IncludeShared=True)


def test_share_belongs_to_its_region(plain_recovery, plain_target):
    """It should not list a share in another Region."""
    plain_recovery.plain()
    plain_recovery.snapshot()
    plain_recovery.share("point", TARGET)
    elsewhere = type(plain_target)(plain_target.sandbox, TARGET, "us-west-2")
    assert elsewhere.list_snapshots(SnapshotType="shared") == []


def test_share_ends(plain_recovery, plain_target):
    """It should hide a snapshot again, and tell its owner with whom it is shared."""
    plain_recovery.plain()
    plain_recovery.snapshot()
    plain_recovery.share("point", TARGET, OTHER)
    assert plain_recovery.shared_with() == [TARGET, OTHER]
    plain_recovery.rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="point", AttributeName="restore", ValuesToRemove=[TARGET]
    )
    assert plain_recovery.shared_with() == [OTHER]
    assert plain_target.list_snapshots(SnapshotType="shared") == []


def test_twenty_accounts_at_most(plain_recovery):
    """It should refuse to share with a 21st account."""
    plain_recovery.plain()
    plain_recovery.snapshot()
    plain_recovery.share("point", *(str(number) * 12 for number in range(1, 10)))
    with pytest.raises(ClientError, match=r"\(SharedSnapshotQuotaExceeded\)"):
        plain_recovery.share("point", *(f"{number:012}" for number in range(12)))


def test_encrypted_snapshot_is_not_made_public(plain_recovery, plain_target):
    """It should refuse `all` for an encrypted snapshot, and list an unencrypted one as public."""
    plain_recovery.encrypted("secret")
    plain_recovery.plain()
    plain_recovery.snapshot("sealed", "secret")
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*cannot be shared publicly"):
        plain_recovery.share("sealed", "all")
    plain_recovery.snapshot()
    plain_recovery.share("point", "all")
    assert len(plain_target.list_snapshots(SnapshotType="public")) == 1


def test_default_key_is_not_shared(plain_recovery):
    """It should refuse to share what the account's default key encrypts."""
    plain_recovery.plain(StorageEncrypted=True)
    plain_recovery.snapshot()
    with pytest.raises(ClientError, match=r"\(InvalidDBSnapshotState\).*default service key"):
        plain_recovery.share("point", TARGET)


def test_automated_snapshot_is_not_shared(plain_recovery):
    """It should refuse to share what AWS took by itself."""
    plain_recovery.plain()
    [name] = plain_recovery.list_snapshots(SnapshotType="automated")
    with pytest.raises(ClientError, match=r"\(InvalidDBSnapshotState\).*Only manual"):
        plain_recovery.share(name, TARGET)


def test_only_the_owner_deletes(plain_recovery, plain_target):
    """It should not let another account delete or share what is shared with it."""
    plain_recovery.plain()
    arn = plain_recovery.snapshot()["DBSnapshotArn"]
    plain_recovery.share("point", TARGET)
    with pytest.raises(ClientError, match=r"\(DBSnapshotNotFound\)"):
        plain_target.rds.delete_db_snapshot(DBSnapshotIdentifier=arn)
    with pytest.raises(ClientError, match=r"\(DBSnapshotNotFound\)"):
        plain_target.share(arn, OTHER)


def test_unready_snapshot_is_not_shared(plain_recovery, stand_still):
    """It should refuse to share a snapshot that is being made, nonsense, and an unknown attribute."""
    plain_recovery.plain()
    plain_recovery.snapshot("done")
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*nope"):
        plain_recovery.share("done", "nope")
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*copy"):
        plain_recovery.rds.modify_db_snapshot_attribute(DBSnapshotIdentifier="done", AttributeName="copy")
    stand_still("snapshot.create")
    plain_recovery.snapshot()
    with pytest.raises(ClientError, match=r"\(InvalidDBSnapshotState\).*creating"):
        plain_recovery.share("point", TARGET)
