import pytest
from botocore.exceptions import ClientError

SOURCE, TARGET = "111111111111", "222222222222"


def test_share_is_listed_by_arn_and_without_tags(recovery, target):
    """It should show a shared snapshot by ARN, of type shared, without its owner's tags."""
    recovery.cluster()
    arn = recovery.snapshot(Tags=[{"Key": "secret", "Value": "of the owner"}])["DBClusterSnapshotArn"]
    recovery.share("point", TARGET)
    found = target.rds.describe_db_cluster_snapshots(SnapshotType="shared")["DBClusterSnapshots"]
    assert [(item["DBClusterSnapshotIdentifier"], item["SnapshotType"]) for item in found] == [
        (arn, "shared")
    ]
    assert found[0]["TagList"] == []


def test_shares_are_included_only_on_demand(recovery, target):
    """It should list shared snapshots beside own ones only with IncludeShared."""
    recovery.cluster()
    arn = recovery.snapshot()["DBClusterSnapshotArn"]
    recovery.share("point", TARGET)
    listed = target.rds.describe_db_cluster_snapshots()["DBClusterSnapshots"]
    included = target.rds.describe_db_cluster_snapshots(IncludeShared=True)["DBClusterSnapshots"]
    assert (listed, [item["DBClusterSnapshotArn"] for item in included]) == ([], [arn])


def test_share_is_found_by_arn(recovery, target):
    """It should find a shared snapshot by its ARN, and not by its bare name."""
    recovery.cluster()
    arn = recovery.snapshot()["DBClusterSnapshotArn"]
    recovery.share("point", TARGET)
    assert target.show_snapshot(arn, IncludeShared=True)["Status"] == "available"
    with pytest.raises(ClientError, match=r"DBClusterSnapshotNotFoundFault"):
        target.show_snapshot("point", IncludeShared=True)


def test_own_snapshot_is_found_by_arn(source):
    """It should find an account's own snapshot by its ARN."""
    source.cluster()
    arn = source.snapshot()["DBClusterSnapshotArn"]
    assert source.show_snapshot(arn)["DBClusterSnapshotIdentifier"] == "point"


def test_snapshot_is_unknown_to_others_before_and_after_sharing(recovery, target):
    """It should hide a snapshot that is not shared yet, or no more."""
    recovery.cluster()
    arn = recovery.snapshot()["DBClusterSnapshotArn"]
    with pytest.raises(ClientError, match=r"DBClusterSnapshotNotFoundFault"):
        target.show_snapshot(arn, IncludeShared=True)
    recovery.share("point", TARGET)
    recovery.rds.modify_db_cluster_snapshot_attribute(
        DBClusterSnapshotIdentifier="point", AttributeName="restore", ValuesToRemove=[TARGET]
    )
    with pytest.raises(ClientError, match=r"DBClusterSnapshotNotFoundFault"):
        target.show_snapshot(arn, IncludeShared=True)


def test_shares_of_other_regions_are_not_listed(source, target):
    """It should list only what is shared in the Region asked."""
    source.cluster()
    source.snapshot()
    source.share("point", TARGET)
    assert target.rds.describe_db_cluster_snapshots(SnapshotType="shared")["DBClusterSnapshots"] == []


def test_share_attributes_are_shown_to_the_owner(source):
    """It should list the accounts once each, in the order of sharing."""
    source.cluster()
    source.snapshot()
    source.share("point", TARGET, "333333333333", TARGET)
    shown = source.rds.describe_db_cluster_snapshot_attributes(DBClusterSnapshotIdentifier="point")
    assert shown["DBClusterSnapshotAttributesResult"]["DBClusterSnapshotAttributes"] == [
        {"AttributeName": "restore", "AttributeValues": [TARGET, "333333333333"]}
    ]


def test_automated_snapshot_cannot_be_shared(source):
    """It should refuse to share an automated snapshot."""
    source.cluster()
    name = source.rds.describe_db_cluster_snapshots(SnapshotType="automated")["DBClusterSnapshots"][0]
    with pytest.raises(ClientError, match=r"InvalidDBClusterSnapshotStateFault"):
        source.share(name["DBClusterSnapshotIdentifier"], TARGET)


def test_snapshot_under_the_default_key_cannot_be_shared(source):
    """It should refuse to share a snapshot encrypted with aws/rds."""
    source.cluster(StorageEncrypted=True)
    source.snapshot()
    with pytest.raises(ClientError, match=r"InvalidDBClusterSnapshotStateFault.*default service key"):
        source.share("point", TARGET)


def test_encrypted_snapshot_cannot_be_public(source):
    """It should refuse to share an encrypted snapshot with all accounts, and allow it for a plain one."""
    source.encrypted()
    source.cluster("plain")
    source.snapshot()
    source.snapshot("open", cluster="plain")
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*Encrypted"):
        source.share("point", "all")
    source.share("open", "all")


def test_public_snapshot_is_listed_as_public(recovery, target):
    """It should list a public snapshot as such, and only on demand."""
    recovery.cluster()
    arn = recovery.snapshot()["DBClusterSnapshotArn"]
    recovery.share("point", "all")
    public = target.rds.describe_db_cluster_snapshots(SnapshotType="public")["DBClusterSnapshots"]
    assert [(item["DBClusterSnapshotIdentifier"], item["SnapshotType"]) for item in public] == [
        (arn, "public")
    ]
    assert target.rds.describe_db_cluster_snapshots(IncludeShared=True)["DBClusterSnapshots"] == []


@pytest.mark.parametrize("account", ["nope", "12345678901", "1111-2222-3333"])
def test_malformed_account_is_refused(source, account):
    """It should refuse to share with what is no account number."""
    source.cluster()
    source.snapshot()
    with pytest.raises(ClientError, match=f"InvalidParameterValue.*{account}"):
        source.share("point", account)


def test_snapshot_is_shared_with_20_accounts_at_most(source):
    """It should refuse the 21st account, and change nothing then."""
    source.cluster()
    source.snapshot()
    source.share("point", *(f"{number:012}" for number in range(1, 21)))
    with pytest.raises(ClientError, match=r"SharedSnapshotQuotaExceeded"):
        source.share("point", TARGET)
    shown = source.rds.describe_db_cluster_snapshot_attributes(DBClusterSnapshotIdentifier="point")
    values = shown["DBClusterSnapshotAttributesResult"]["DBClusterSnapshotAttributes"][0]["AttributeValues"]
    assert len(values) == 20


def test_shared_snapshot_is_deleted_by_its_owner_only(recovery, target):
    """It should not let the other account delete or re-share a snapshot."""
    recovery.cluster()
    arn = recovery.snapshot()["DBClusterSnapshotArn"]
    recovery.share("point", TARGET)
    with pytest.raises(ClientError, match=r"DBClusterSnapshotNotFoundFault"):
        target.rds.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier=arn)
    with pytest.raises(ClientError, match=r"DBClusterSnapshotNotFoundFault"):
        target.share(arn, "333333333333")


def test_tags_of_another_account_cannot_be_read(recovery, target):
    """It should not answer for another account's snapshot with a namesake's tags."""
    recovery.cluster()
    target.cluster()
    arn = recovery.snapshot()["DBClusterSnapshotArn"]
    target.snapshot(Tags=[{"Key": "own", "Value": "yes"}])
    recovery.share("point", TARGET)
    with pytest.raises(ClientError, match=r"DBClusterSnapshotNotFoundFault"):
        target.rds.list_tags_for_resource(ResourceName=arn)
