import pytest
from botocore.exceptions import ClientError

TARGET = "222222222222"
RICH = {
    "BackupRetentionPeriod": 9,
    "CopyTagsToSnapshot": True,
    "DeletionProtection": True,
    "EnableCloudwatchLogsExports": ["error", "slowquery"],
    "EnableIAMDatabaseAuthentication": True,
    "EngineVersion": "8.0.mysql_aurora.3.04.3",
    "Port": 3310,
    "ServerlessV2ScalingConfiguration": {"MinCapacity": 1, "MaxCapacity": 4},
    "StorageType": "aurora-iopt1",
    "Tags": [{"Key": "team", "Value": "orders"}],
}


def test_restored_cluster_is_creating_without_backups(source, stand_still):
    """It should restore through creating, with null restorable times until it is done."""
    source.cluster()
    source.snapshot()
    clock = stand_still("cluster.restore")
    creating = source.restore("point")
    assert creating["Status"] == "creating"
    assert not {"EarliestRestorableTime", "LatestRestorableTime"} & set(creating)
    clock.advance(100)
    ready = source.show_cluster("restored")
    assert ready["Status"] == "available"
    assert {"EarliestRestorableTime", "LatestRestorableTime"} <= set(ready)


def test_restore_makes_a_new_cluster_without_instances(source):
    """It should give the restored cluster its own resource id and no members."""
    before = source.cluster()
    source.instance()
    source.snapshot()
    restored = source.restore("point")
    assert restored["DbClusterResourceId"] != before["DbClusterResourceId"]
    assert restored["DBClusterMembers"] == []


def test_restore_takes_defaults_not_the_source_settings(source):
    """It should set everything to AWS's defaults that the call does not name."""
    source.cluster(**RICH)
    source.snapshot()
    restored = source.restore("point")
    assert restored["DeletionProtection"] is False
    assert restored["CopyTagsToSnapshot"] is False
    assert restored["IAMDatabaseAuthenticationEnabled"] is False
    assert restored["EnabledCloudwatchLogsExports"] == []
    assert restored["TagList"] == []
    assert restored["DBClusterParameterGroup"] == "default.aurora-mysql8.0"
    assert not {"ServerlessV2ScalingConfiguration", "StorageType"} & set(restored)


def test_restore_without_a_version_takes_the_default_one(source):
    """It should silently upgrade to the Region's default engine version."""
    source.cluster(EngineVersion="8.0.mysql_aurora.3.04.3")
    source.snapshot()
    default = source.rds.describe_db_engine_versions(Engine="aurora-mysql", DefaultOnly=True)[
        "DBEngineVersions"
    ]
    assert source.restore("point")["EngineVersion"] == default[0]["EngineVersion"]


def test_restore_keeps_what_the_snapshot_holds(source):
    """It should keep port, master user, database name and backup retention of the snapshot."""
    source.cluster(DatabaseName="sakila", **RICH)
    source.snapshot()
    restored = source.restore("point")
    kept = (restored["Port"], restored["MasterUsername"], restored["DatabaseName"])
    assert (*kept, restored["BackupRetentionPeriod"]) == (3310, "keeper", "sakila", 9)


def test_restore_honours_explicit_settings(source):
    """It should apply what the call says."""
    source.cluster(EngineVersion=RICH["EngineVersion"])
    source.snapshot()
    restored = source.restore("point", **RICH)
    scaling = restored.pop("ServerlessV2ScalingConfiguration")
    assert (scaling["MinCapacity"], scaling["MaxCapacity"]) == (1.0, 4.0)
    assert restored["EnabledCloudwatchLogsExports"] == ["error", "slowquery"]
    assert restored["IAMDatabaseAuthenticationEnabled"] is True
    same = set(RICH) & set(restored)
    assert {name: restored[name] for name in same} == {name: RICH[name] for name in same}


def test_restore_honours_falsy_settings(source):
    """It should apply an explicit False and zero."""
    source.cluster(DeletionProtection=True)
    source.snapshot()
    restored = source.restore("point", DeletionProtection=False, CopyTagsToSnapshot=False, BacktrackWindow=0)
    assert (restored["DeletionProtection"], restored["BacktrackWindow"]) == (False, 0)


def test_restore_attaches_roles(source):
    """It should attach the roles that the call names."""
    source.cluster()
    source.snapshot()
    role = {"RoleArn": "arn:aws:iam::111111111111:role/export", "FeatureName": "s3Export"}
    restored = source.restore("point", AssociatedRoles=[role])
    assert restored["AssociatedRoles"] == [{**role, "Status": "ACTIVE"}]


def test_restore_onto_an_existing_cluster_is_refused(source):
    """It should never replace a live cluster."""
    before = source.cluster()
    source.snapshot()
    with pytest.raises(ClientError, match=r"DBClusterAlreadyExistsFault"):
        source.restore("point", "orders")
    assert source.show_cluster("orders")["DbClusterResourceId"] == before["DbClusterResourceId"]


def test_restore_with_missing_groups_is_refused(source):
    """It should not restore with a parameter or subnet group that does not exist."""
    source.cluster()
    source.snapshot()
    with pytest.raises(ClientError, match=r"\(DBClusterParameterGroupNotFound\)"):
        source.restore("point", DBClusterParameterGroupName="nothing")
    with pytest.raises(ClientError, match=r"DBSubnetGroupNotFoundFault"):
        source.restore("point", DBSubnetGroupName="nothing")


def test_restore_under_another_engine_is_refused(source):
    """It should refuse an engine that is not the snapshot's, and a version that does not exist."""
    source.cluster()
    source.snapshot()
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*engine"):
        source.restore("point", Engine="aurora-postgresql")
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*Cannot find version"):
        source.restore("point", EngineVersion="8.0.mysql_aurora.3.99.9")


def test_restore_to_an_older_version_is_refused(source):
    """It should refuse a version below the snapshot's, in AWS's words."""
    source.cluster(EngineVersion="8.0.mysql_aurora.3.08.2")
    source.snapshot()
    with pytest.raises(ClientError, match=r"earlier than the engine version of the DB cluster snapshot"):
        source.restore("point", EngineVersion="8.0.mysql_aurora.3.08.0")


def test_restore_of_an_unfinished_snapshot_is_refused(source, stand_still):
    """It should refuse to restore a snapshot that is being created."""
    source.cluster()
    stand_still("cluster-snapshot.create")
    source.snapshot()
    with pytest.raises(ClientError, match=r"InvalidDBClusterSnapshotStateFault.*creating"):
        source.restore("point")


def test_restore_in_another_region_is_refused(source, recovery):
    """It should restore only where the snapshot is."""
    source.cluster()
    arn = source.snapshot()["DBClusterSnapshotArn"]
    with pytest.raises(ClientError, match=r"DBClusterSnapshotNotFoundFault"):
        recovery.restore(arn)


def test_restore_by_own_arn(source):
    """It should restore an account's own snapshot by ARN."""
    source.cluster()
    arn = source.snapshot()["DBClusterSnapshotArn"]
    assert source.restore(arn)["Status"] == "available"


def test_shared_cluster_snapshot_is_restored_directly(recovery, target):
    """It should restore a shared encrypted cluster snapshot by ARN, under the caller's key."""
    recovery.encrypted(key=recovery.key(TARGET))
    arn = recovery.snapshot()["DBClusterSnapshotArn"]
    recovery.share("point", TARGET)
    key = target.key()
    assert target.restore(arn, KmsKeyId=key)["KmsKeyId"] == key


def test_unshared_snapshot_of_another_account_cannot_be_restored(recovery, target):
    """It should not know a snapshot that is not shared with the caller."""
    recovery.cluster()
    arn = recovery.snapshot()["DBClusterSnapshotArn"]
    with pytest.raises(ClientError, match=r"DBClusterSnapshotNotFoundFault"):
        target.restore(arn)


def test_restore_without_a_key_keeps_the_snapshot_key(source):
    """It should encrypt under the snapshot's own key where none is named."""
    cluster = source.encrypted()
    source.snapshot()
    assert source.restore("point")["KmsKeyId"] == cluster["KmsKeyId"]


def test_restore_can_encrypt_a_plain_snapshot(source):
    """It should encrypt an unencrypted snapshot's cluster under the key named."""
    source.cluster()
    source.snapshot()
    key = source.key()
    restored = source.restore("point", KmsKeyId=key)
    assert (restored["StorageEncrypted"], restored["KmsKeyId"]) == (True, key)


def test_restore_with_a_foreign_key_is_refused(source, recovery):
    """It should refuse a key of another Region at restore."""
    source.encrypted()
    source.snapshot()
    with pytest.raises(ClientError, match=r"KMSKeyNotAccessibleFault"):
        source.restore("point", KmsKeyId=recovery.key())


def test_restored_cluster_does_not_manage_its_password(source):
    """It should restore a cluster with a managed password under the password alone."""
    source.cluster(ManageMasterUserPassword=True, MasterUserPassword="")
    source.snapshot()
    assert "MasterUserSecret" not in source.restore("point")
