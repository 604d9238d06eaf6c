import pytest
from botocore.exceptions import ClientError

TARGET = "222222222222"


def test_restore_is_creating_until_its_time_has_passed(plain_source, stand_still):
    """It should show creating, without endpoint and backups, then available."""
    plain_source.plain()
    plain_source.snapshot()
    clock = stand_still("instance.restore")
    creating = plain_source.restore("point")
    assert creating["DBInstanceStatus"] == "creating"
    assert not {"Endpoint", "LatestRestorableTime"} & set(creating)
    clock.advance(100)
    assert plain_source.show_instance("restored")["DBInstanceStatus"] == "available"


def test_restore_keeps_most_settings(plain_source):
    """It should keep class, engine, version, storage, user, port, retention and key, under a new resource id."""
    source = plain_source.encrypted(
        Engine="postgres",
        EngineVersion="16.8",
        DBInstanceClass="db.m6g.large",
        AllocatedStorage=50,
        BackupRetentionPeriod=14,
        DBName="shop",
        Port=5433,
    )
    plain_source.snapshot()
    restored = plain_source.restore("point")
    for field in (
        "Engine",
        "EngineVersion",
        "DBInstanceClass",
        "AllocatedStorage",
        "BackupRetentionPeriod",
        "MasterUsername",
        "DBName",
        "DbInstancePort",
        "KmsKeyId",
        "LicenseModel",
    ):
        assert restored[field] == source[field]
    assert restored["DbiResourceId"] != source["DbiResourceId"]


def test_restore_takes_defaults_for_the_rest(plain_source):
    """It should not keep groups, protection, IAM, Multi-AZ, logs, monitoring, insights, autoscaling or tags to copy."""
    plain_source.rds.create_db_parameter_group(
        DBParameterGroupName="own", DBParameterGroupFamily="mysql8.0", Description="of the orders"
    )
    plain_source.plain(
        DBParameterGroupName="own",
        VpcSecurityGroupIds=["sg-12345678"],
        DeletionProtection=True,
        EnableIAMDatabaseAuthentication=True,
        MultiAZ=True,
        EnableCloudwatchLogsExports=["error"],
        MonitoringInterval=60,
        MonitoringRoleArn="arn:aws:iam::111111111111:role/watch",
        EnablePerformanceInsights=True,
        MaxAllocatedStorage=100,
        CopyTagsToSnapshot=True,
        PreferredMaintenanceWindow="sun:01:00-sun:02:00",
    )
    plain_source.snapshot()
    restored = plain_source.restore("point")
    assert restored["DBParameterGroups"][0]["DBParameterGroupName"] == "default.mysql8.0"
    assert restored["VpcSecurityGroups"][0]["VpcSecurityGroupId"] != "sg-12345678"
    for field in (
        "DeletionProtection",
        "IAMDatabaseAuthenticationEnabled",
        "MultiAZ",
        "PerformanceInsightsEnabled",
        "CopyTagsToSnapshot",
    ):
        assert restored[field] is False
    assert (restored["MonitoringInterval"], restored["EnabledCloudwatchLogsExports"]) == (0, [])
    assert "MaxAllocatedStorage" not in restored
    assert restored["PreferredMaintenanceWindow"] != "sun:01:00-sun:02:00"


def test_restore_takes_what_the_call_says(plain_source):
    """It should prefer the call's settings to those of the source and to the defaults."""
    plain_source.plain()
    plain_source.snapshot()
    restored = plain_source.restore(
        "point",
        DBInstanceClass="db.m6g.large",
        MultiAZ=True,
        DeletionProtection=True,
        EnableIAMDatabaseAuthentication=True,
        EnableCloudwatchLogsExports=["error"],
        CopyTagsToSnapshot=True,
        StorageType="gp2",
        Port=3307,
        CACertificateIdentifier="rds-ca-ecc384-g1",
    )
    wanted = {
        "DBInstanceClass": "db.m6g.large",
        "MultiAZ": True,
        "DeletionProtection": True,
        "IAMDatabaseAuthenticationEnabled": True,
        "EnabledCloudwatchLogsExports": ["error"],
        "CopyTagsToSnapshot": True,
        "StorageType": "gp2",
        "DbInstancePort": 3307,
        "CACertificateIdentifier": "rds-ca-ecc384-g1",
    }
    assert {field: restored[field] for field in wanted} == wanted


def test_tags_of_a_restore(plain_source):
    """It should get the instance's tags at the time of the snapshot, unless the call has others."""
    tags = [{"Key": "team", "Value": "orders"}]
    arn = plain_source.plain(Tags=tags)["DBInstanceArn"]
    plain_source.snapshot(Tags=[{"Key": "role", "Value": "point"}])
    plain_source.rds.add_tags_to_resource(ResourceName=arn, Tags=[{"Key": "later", "Value": "yes"}])
    plain_source.copy("point")
    explicit = [{"Key": "own", "Value": "yes"}]
    assert plain_source.restore("point")["TagList"] == tags
    assert plain_source.restore("copy", "of-the-copy")["TagList"] == tags
    assert plain_source.restore("point", "explicit", Tags=explicit)["TagList"] == explicit


def test_shared_and_encrypted_is_copied_first(plain_recovery, plain_target):
    """It should refuse to restore what is shared and encrypted, and restore a copy of it."""
    plain_recovery.encrypted(key=plain_recovery.key(TARGET))
    arn = plain_recovery.snapshot()["DBSnapshotArn"]
    plain_recovery.share("point", TARGET)
    with pytest.raises(ClientError, match=r"both shared and encrypted.*make a copy"):
        plain_target.restore(arn)
    key = plain_target.key()
    plain_target.copy(arn, KmsKeyId=key)
    assert plain_target.restore("copy")["KmsKeyId"] == key


def test_unencrypted_share_is_restored(plain_recovery, plain_target):
    """It should restore a share by its ARN where nothing is encrypted."""
    plain_recovery.plain()
    arn = plain_recovery.snapshot()["DBSnapshotArn"]
    with pytest.raises(ClientError, match=r"\(DBSnapshotNotFound\)"):
        plain_target.restore(arn)
    plain_recovery.share("point", TARGET)
    assert plain_target.restore(arn)["StorageEncrypted"] is False


def test_snapshot_of_another_region_is_not_restored(plain_source, plain_recovery):
    """It should not find another Region's snapshot."""
    plain_source.plain()
    arn = plain_source.snapshot()["DBSnapshotArn"]
    with pytest.raises(ClientError, match=r"\(DBSnapshotNotFound\)"):
        plain_recovery.restore(arn)


def test_snapshot_must_be_available(plain_source, stand_still):
    """It should refuse to restore a snapshot that is being made."""
    plain_source.plain()
    stand_still("snapshot.create")
    plain_source.snapshot()
    with pytest.raises(ClientError, match=r"\(InvalidDBSnapshotState\).*creating"):
        plain_source.restore("point")


def test_existing_instance_is_not_replaced(plain_source):
    """It should refuse to restore onto a name in use, and a malformed name."""
    plain_source.plain()
    plain_source.snapshot()
    with pytest.raises(ClientError, match=r"\(DBInstanceAlreadyExists\)"):
        plain_source.restore("point", "ORDERS")
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*DBInstanceIdentifier"):
        plain_source.restore("point", "1-bad--")


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ("DBSubnetGroupName", "DBSubnetGroupNotFoundFault"),
        ("DBParameterGroupName", "DBParameterGroupNotFound"),
        ("OptionGroupName", "OptionGroupNotFoundFault"),
    ],
)
def test_missing_group_is_refused(plain_source, setting, code):
    """It should refuse a restore into a group that is not there."""
    plain_source.plain()
    plain_source.snapshot()
    with pytest.raises(ClientError, match=rf"\({code}\)"):
        plain_source.restore("point", **{setting: "nothing"})


def test_restore_must_fit_the_snapshot(plain_source):
    """It should refuse another engine, less storage, and a zone for Multi-AZ."""
    plain_source.plain(AllocatedStorage=40)
    plain_source.snapshot()
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*does not match"):
        plain_source.restore("point", Engine="postgres")
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*less than the source"):
        plain_source.restore("point", AllocatedStorage=20)
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*Multi-AZ"):
        plain_source.restore("point", MultiAZ=True, AvailabilityZone="us-west-2a")


def test_restore_has_no_parameter_for_a_key(plain_source):
    """It should keep the snapshot's key: the call takes no other, nor a version or monitoring."""
    shape = plain_source.rds.meta.service_model.operation_model("RestoreDBInstanceFromDBSnapshot").input_shape
    absent = {
        "KmsKeyId",
        "EngineVersion",
        "MonitoringInterval",
        "EnablePerformanceInsights",
        "PreferredMaintenanceWindow",
    }
    assert not absent & set(shape.members)
    key = plain_source.encrypted()["KmsKeyId"]
    plain_source.snapshot()
    assert plain_source.restore("point")["KmsKeyId"] == key


def test_dead_key_stops_a_restore(plain_source):
    """It should refuse a restore whose snapshot's key is disabled."""
    key = plain_source.encrypted()["KmsKeyId"]
    plain_source.snapshot()
    plain_source.kms.disable_key(KeyId=key)
    with pytest.raises(ClientError, match=r"KMSKeyNotAccessibleFault"):
        plain_source.restore("point")


def test_restore_to_a_point_in_time_is_refused(plain_source):
    """It should not answer a call it cannot do with moto's empty instance."""
    plain_source.plain()
    with pytest.raises(ClientError, match=r"\(NotImplemented\)"):
        plain_source.rds.restore_db_instance_to_point_in_time(
            SourceDBInstanceIdentifier="orders",
            TargetDBInstanceIdentifier="copy",
            UseLatestRestorableTime=True,
        )


def test_event_of_a_restore(plain_source):
    """It should tell of which snapshot an instance was restored."""
    plain_source.plain()
    plain_source.snapshot()
    plain_source.restore("point")
    assert "Restored from snapshot point" in plain_source.events(SourceType="db-snapshot")
