import pytest
from botocore.exceptions import ClientError


def test_instance_is_creating_until_its_time_has_passed(plain_source, stand_still):
    """It should show creating, without an endpoint and backups, then available."""
    clock = stand_still("instance.create")
    creating = plain_source.plain()
    assert creating["DBInstanceStatus"] == "creating"
    assert not {"Endpoint", "LatestRestorableTime"} & set(creating)
    clock.advance(100)
    ready = plain_source.show_instance("orders")
    assert ready["DBInstanceStatus"] == "available"
    assert ready["Endpoint"]["Port"] == 3306
    assert ready["LatestRestorableTime"]


@pytest.mark.parametrize(
    ("engine", "group", "options", "license_model"),
    [
        ("mysql", "default.mysql8.0", "default:mysql-8-0", "general-public-license"),
        ("postgres", "default.postgres17", "default:postgres-17", "postgresql-license"),
    ],
)
def test_defaults(plain_source, engine, group, options, license_model):
    """It should give an instance the groups and the licence of its engine, and no cluster."""
    shown = plain_source.plain(Engine=engine)
    assert shown["DBParameterGroups"][0]["DBParameterGroupName"] == group
    assert shown["OptionGroupMemberships"][0]["OptionGroupName"] == options
    assert shown["LicenseModel"] == license_model
    assert (shown["StorageEncryptionType"], shown["PendingModifiedValues"]) == ("none", {})
    assert "DBClusterIdentifier" not in shown


def test_unknown_version_is_refused(plain_source):
    """It should refuse a version that RDS does not offer."""
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*Cannot find version 5.0 for mysql"):
        plain_source.plain(EngineVersion="5.0")


@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ("DBSubnetGroupName", "DBSubnetGroupNotFoundFault"),
        ("DBParameterGroupName", "DBParameterGroupNotFound"),
        ("OptionGroupName", "OptionGroupNotFoundFault"),
    ],
)
def test_missing_group_is_refused(plain_source, setting, code):
    """It should refuse an instance in a group that is not there, with AWS's code."""
    with pytest.raises(ClientError, match=rf"\({code}\)"):
        plain_source.plain(**{setting: "nothing"})


def test_key_rules_of_a_new_instance(plain_source, plain_recovery):
    """It should take the account's own key for want of another, and refuse one of another Region."""
    assert "KmsKeyId" not in plain_source.plain("bare")
    assert plain_source.plain("sealed", StorageEncrypted=True)["KmsKeyId"].startswith("arn:aws:kms:")
    with pytest.raises(ClientError, match=r"KMSKeyNotAccessibleFault"):
        plain_source.encrypted(key=plain_recovery.key())
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*StorageEncrypted"):
        plain_source.plain(KmsKeyId=plain_source.key())


def test_one_instance_too_many(plain_source, limits):
    """It should count plain instances and restores like members."""
    limits.instances = 1
    plain_source.plain()
    plain_source.snapshot()
    with pytest.raises(ClientError, match=r"\(InstanceQuotaExceeded\)"):
        plain_source.plain("second")
    with pytest.raises(ClientError, match=r"\(InstanceQuotaExceeded\)"):
        plain_source.restore("point")


def test_reboot_passes_through_rebooting(plain_source, stand_still):
    """It should read available for a moment, then rebooting, then available."""
    plain_source.plain()
    clock = stand_still("instance.reboot")
    plain_source.rds.reboot_db_instance(DBInstanceIdentifier="orders")
    assert plain_source.statuses(clock, (0, 50, 50)) == ["available", "rebooting", "available"]
    assert plain_source.events(SourceType="db-instance")[-1] == "DB instance restarted"


def test_stop_and_start(plain_source, stand_still):
    """It should stop and start through stopping and starting, and tell so."""
    plain_source.plain()
    clock = stand_still("instance.stop", "instance.start")
    plain_source.rds.stop_db_instance(DBInstanceIdentifier="orders")
    assert plain_source.statuses(clock, (0, 100)) == ["stopping", "stopped"]
    plain_source.rds.start_db_instance(DBInstanceIdentifier="orders")
    assert plain_source.statuses(clock, (0, 100)) == ["starting", "available"]
    assert plain_source.events(SourceType="db-instance")[-2:] == [
        "DB instance stopped",
        "DB instance started",
    ]


def test_stopped_instance_starts_after_seven_days(plain_source):
    """It should tell when it will start by itself, and do so."""
    plain_source.plain()
    plain_source.rds.stop_db_instance(DBInstanceIdentifier="orders")
    assert plain_source.show_instance("orders")["AutomaticRestartTime"]
    plain_source.sandbox.clock.advance(7 * 24 * 3600)
    started = plain_source.show_instance("orders")
    assert started["DBInstanceStatus"] in {"starting", "available"}
    assert "AutomaticRestartTime" not in started


def test_stopped_instance_is_neither_changed_nor_deleted(plain_source):
    """It should refuse to change, rename, reboot, stop or delete what is stopped."""
    plain_source.plain()
    rds = plain_source.rds
    rds.stop_db_instance(DBInstanceIdentifier="orders")
    for call in (
        lambda: plain_source.change(MultiAZ=True),
        lambda: plain_source.rename_instance("orders", "moved"),
        lambda: rds.reboot_db_instance(DBInstanceIdentifier="orders"),
        lambda: rds.stop_db_instance(DBInstanceIdentifier="orders"),
        plain_source.delete,
    ):
        with pytest.raises(ClientError, match=r"\(InvalidDBInstanceState\)"):
            call()


def test_running_instance_is_not_started(plain_source):
    """It should refuse to start what runs."""
    plain_source.plain()
    with pytest.raises(ClientError, match=r"\(InvalidDBInstanceState\).*stopped"):
        plain_source.rds.start_db_instance(DBInstanceIdentifier="orders")


def test_snapshot_at_the_stop(plain_source, stand_still):
    """It should take the snapshot that a stop names before it stops."""
    plain_source.plain()
    clock = stand_still("snapshot.create", "instance.stop")
    plain_source.rds.stop_db_instance(DBInstanceIdentifier="orders", DBSnapshotIdentifier="last")
    clock.advance(100)
    assert plain_source.show_snapshot("last")["Status"] == "available"
    assert plain_source.statuses(clock, (0, 100)) == ["stopping", "stopped"]


def test_deletion_passes_through_deleting(plain_source, stand_still):
    """It should show deleting, then know the instance no more."""
    plain_source.plain()
    clock = stand_still("instance.delete")
    plain_source.delete()
    deleting = plain_source.show_instance("orders")
    assert deleting["DBInstanceStatus"] == "deleting"
    assert "CertificateDetails" not in deleting
    with pytest.raises(ClientError, match=r"InvalidDBInstanceState.*already being deleted"):
        plain_source.delete()
    clock.advance(100)
    with pytest.raises(ClientError, match=r"\(DBInstanceNotFound\)"):
        plain_source.show_instance("orders")


def test_final_snapshot_is_named_or_skipped(plain_source):
    """It should refuse a deletion with neither, and with both."""
    plain_source.plain()
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*is required unless"):
        plain_source.delete(SkipFinalSnapshot=False)
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*cannot specify both"):
        plain_source.delete(SkipFinalSnapshot=True, FinalDBSnapshotIdentifier="last")


def test_final_snapshot_comes_first(plain_source, stand_still):
    """It should delete only when the final snapshot is available."""
    plain_source.plain()
    clock = stand_still("snapshot.create", "instance.delete")
    plain_source.delete(FinalDBSnapshotIdentifier="last")
    clock.advance(99)
    assert plain_source.show_snapshot("last")["Status"] == "creating"
    assert plain_source.show_instance("orders")["DBInstanceStatus"] == "deleting"
    clock.advance(1)
    assert plain_source.show_snapshot("last")["Status"] == "available"
    assert plain_source.show_instance("orders")["DBInstanceStatus"] == "deleting"
    clock.advance(100)
    assert plain_source.rds.describe_db_instances()["DBInstances"] == []
    assert plain_source.list_snapshots() == ["last"]


def test_name_of_the_final_snapshot_is_free(plain_source, limits):
    """It should refuse a final snapshot under a name in use, or one too many."""
    plain_source.plain()
    plain_source.snapshot()
    with pytest.raises(ClientError, match=r"\(DBSnapshotAlreadyExists\)"):
        plain_source.delete(FinalDBSnapshotIdentifier="point")
    limits.manual_snapshots = 1
    with pytest.raises(ClientError, match=r"\(SnapshotQuotaExceeded\)"):
        plain_source.delete(FinalDBSnapshotIdentifier="last")
    assert plain_source.show_instance("orders")["DBInstanceStatus"] == "available"


def test_deletion_protection(plain_source):
    """It should refuse to delete a protected instance until the protection is off."""
    plain_source.plain(DeletionProtection=True)
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*protected DB Instance"):
        plain_source.delete()
    plain_source.change(DeletionProtection=False, ApplyImmediately=False)
    plain_source.delete()


@pytest.mark.parametrize("status", ["failed", "incompatible-network", "incompatible-restore"])
def test_broken_instance_is_deleted_without_final_snapshot_only(plain_source, status):
    """It should refuse a final snapshot of what cannot be read."""
    plain_source.plain()
    plain_source.force(status)
    with pytest.raises(ClientError, match=r"\(InvalidDBInstanceState\)"):
        plain_source.delete(FinalDBSnapshotIdentifier="last")
    plain_source.delete()


def test_kept_automated_backups(plain_source):
    """It should keep automated snapshots of a deleted instance where the call says so."""
    plain_source.plain()
    plain_source.delete(SkipFinalSnapshot=True, DeleteAutomatedBackups=False)
    assert len(plain_source.list_snapshots(SnapshotType="automated")) == 1


def test_dead_key_locks_an_instance_out(plain_source):
    """It should become inaccessible without its key, start again with it, and be lost after seven days."""
    key = plain_source.encrypted()["KmsKeyId"]
    plain_source.kms.disable_key(KeyId=key)

    def status():
        return plain_source.show_instance("orders")["DBInstanceStatus"]

    assert status() == "inaccessible-encryption-credentials-recoverable"
    with pytest.raises(ClientError, match=r"KMSKeyNotAccessibleFault"):
        plain_source.rds.start_db_instance(DBInstanceIdentifier="orders")
    plain_source.kms.enable_key(KeyId=key)
    plain_source.rds.start_db_instance(DBInstanceIdentifier="orders")
    assert status() == "available"
    plain_source.kms.disable_key(KeyId=key)
    assert status() == "inaccessible-encryption-credentials-recoverable"
    plain_source.sandbox.clock.advance(7 * 24 * 3600 + 1)
    assert status() == "inaccessible-encryption-credentials"


def test_faults_meet_calls_on_plain_instances(plain_source):
    """It should throttle, fail and lose answers of these calls like any others."""
    plain_source.plain()
    plain_source.sandbox.fault("rds:CreateDBSnapshot", "error", code="InvalidDBInstanceState")
    with pytest.raises(ClientError, match=r"\(InvalidDBInstanceState\).*Injected fault"):
        plain_source.snapshot()
    assert plain_source.snapshot()["Status"] == "available"


def test_status_is_put_by_hand(plain_source):
    """It should let a test put a snapshot of an instance into any status."""
    plain_source.plain()
    plain_source.snapshot()
    plain_source.force("failed", "point", "db_snapshot")
    assert plain_source.show_snapshot("point")["Status"] == "failed"


def test_tags_of_instances_and_their_snapshots(plain_source):
    """It should add, list and remove tags by ARN, and know no other account's namesake."""
    plain_source.plain()
    arns = plain_source.show_instance("orders")["DBInstanceArn"], plain_source.snapshot()["DBSnapshotArn"]
    tag = {"Key": "team", "Value": "orders"}
    for arn in arns:
        plain_source.rds.add_tags_to_resource(ResourceName=arn, Tags=[tag])
        assert plain_source.rds.list_tags_for_resource(ResourceName=arn)["TagList"] == [tag]
        plain_source.rds.remove_tags_from_resource(ResourceName=arn, TagKeys=["team"])
        assert plain_source.rds.list_tags_for_resource(ResourceName=arn)["TagList"] == []
    with pytest.raises(ClientError, match=r"\(DBSnapshotNotFound\)"):
        plain_source.rds.list_tags_for_resource(ResourceName=arns[1].replace("111111111111", "222222222222"))
