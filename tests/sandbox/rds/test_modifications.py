import pytest
from botocore.exceptions import ClientError


def test_modified_cluster_is_modifying(source, stand_still):
    """It should read available for a moment, then modifying, then available."""
    source.cluster()
    clock = stand_still("cluster.modify")
    source.rds.modify_db_cluster(DBClusterIdentifier="orders", DeletionProtection=True)
    seen = []
    for seconds in (0, 50, 50):
        clock.advance(seconds)
        seen.append(source.show_cluster("orders")["Status"])
    assert seen == ["available", "modifying", "available"]


def test_settings_are_changed(source):
    """It should change what the call names and leave the rest."""
    source.cluster(EnableCloudwatchLogsExports=["error", "audit"])
    source.rds.modify_db_cluster(
        DBClusterIdentifier="orders",
        BackupRetentionPeriod=14,
        CopyTagsToSnapshot=True,
        PreferredMaintenanceWindow="sun:05:00-sun:05:30",
        CloudwatchLogsExportConfiguration={"EnableLogTypes": ["slowquery"], "DisableLogTypes": ["audit"]},
    )
    shown = source.show_cluster("orders")
    assert (shown["BackupRetentionPeriod"], shown["CopyTagsToSnapshot"]) == (14, True)
    assert shown["PreferredMaintenanceWindow"] == "sun:05:00-sun:05:30"
    assert shown["EnabledCloudwatchLogsExports"] == ["error", "slowquery"]
    assert shown["DeletionProtection"] is False


def test_deletion_protection_is_never_deferred(source):
    """It should switch deletion protection at once, without ApplyImmediately."""
    source.cluster(DeletionProtection=True)
    source.rds.modify_db_cluster(DBClusterIdentifier="orders", DeletionProtection=False)
    assert source.show_cluster("orders")["DeletionProtection"] is False


def test_engine_upgrade_waits_for_the_maintenance_window(source):
    """It should note an upgrade, and apply it on demand."""
    old, new = "8.0.mysql_aurora.3.04.3", "8.0.mysql_aurora.3.08.2"
    source.cluster(EngineVersion=old)
    source.rds.modify_db_cluster(DBClusterIdentifier="orders", EngineVersion=new)
    pending = source.show_cluster("orders")
    assert (pending["EngineVersion"], pending["PendingModifiedValues"]) == (old, {"EngineVersion": new})
    source.rds.modify_db_cluster(DBClusterIdentifier="orders", ApplyImmediately=True)
    assert source.show_cluster("orders")["EngineVersion"] == new


def test_password_change_resets_credentials(source, stand_still):
    """It should show that the master password is being reset."""
    source.cluster()
    clock = stand_still("cluster.modify")
    source.rds.modify_db_cluster(DBClusterIdentifier="orders", MasterUserPassword="another-one")
    clock.advance(50)
    assert source.show_cluster("orders")["Status"] == "resetting-master-credentials"
    clock.advance(50)
    assert source.show_cluster("orders")["Status"] == "available"


def test_short_password_is_refused(source):
    """It should refuse a password below eight characters."""
    source.cluster()
    with pytest.raises(ClientError, match=r"InvalidParameterValue.*shorter than 8"):
        source.rds.modify_db_cluster(DBClusterIdentifier="orders", MasterUserPassword="short")


def test_missing_parameter_group_is_refused(source):
    """It should refuse a cluster parameter group that does not exist."""
    source.cluster()
    with pytest.raises(ClientError, match=r"\(DBClusterParameterGroupNotFound\)"):
        source.rds.modify_db_cluster(DBClusterIdentifier="orders", DBClusterParameterGroupName="nothing")


def test_managed_password_is_kept_in_secrets_manager(source):
    """It should hand the master password to Secrets Manager under the cluster's own user."""
    source.cluster()
    source.rds.modify_db_cluster(
        DBClusterIdentifier="orders", ManageMasterUserPassword=True, ApplyImmediately=True
    )
    secret = source.show_cluster("orders")["MasterUserSecret"]["SecretArn"]
    value = source.sandbox.client("secretsmanager", source.account, source.region).get_secret_value(
        SecretId=secret
    )
    assert '"username": "keeper"' in value["SecretString"]


def test_modified_instance_is_modifying(source, stand_still):
    """It should change an instance's class through modifying, only when applied immediately."""
    source.cluster()
    source.instance()
    clock = stand_still("instance.modify")
    wanted = {"DBInstanceIdentifier": "orders-1", "DBInstanceClass": "db.r6g.xlarge"}
    source.rds.modify_db_instance(**wanted)
    assert source.show_instance("orders-1")["PendingModifiedValues"] == {"DBInstanceClass": "db.r6g.xlarge"}
    source.rds.modify_db_instance(ApplyImmediately=True, **wanted)
    clock.advance(50)
    assert source.show_instance("orders-1")["DBInstanceStatus"] == "modifying"
    clock.advance(50)
    shown = source.show_instance("orders-1")
    assert (shown["DBInstanceStatus"], shown["DBInstanceClass"]) == ("available", "db.r6g.xlarge")


def test_cluster_settings_cannot_be_set_on_a_member(source):
    """It should send the caller to the cluster for what the cluster holds."""
    source.cluster()
    source.instance()
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*backup_retention_period"):
        source.rds.modify_db_instance(DBInstanceIdentifier="orders-1", BackupRetentionPeriod=3)


def test_rotation_needs_a_managed_password(source):
    """It should refuse to rotate a password that Secrets Manager does not hold."""
    source.cluster()
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*Secrets Manager"):
        source.rds.modify_db_cluster(
            DBClusterIdentifier="orders", RotateMasterUserPassword=True, ApplyImmediately=True
        )


def test_unknown_change_is_not_pretended(source):
    """It should say what it cannot change, rather than drop it."""
    source.cluster()
    with pytest.raises(ClientError, match=r"NotImplemented.*option_group_name"):
        source.rds.modify_db_cluster(DBClusterIdentifier="orders", OptionGroupName="other")


def test_port_is_changed(source):
    """It should let a cluster and its instances listen on another port."""
    source.cluster()
    source.instance()
    source.rds.modify_db_cluster(DBClusterIdentifier="orders", Port=3310, ApplyImmediately=True)
    assert source.show_cluster("orders")["Port"] == 3310
    assert source.show_instance("orders-1")["Endpoint"]["Port"] == 3310


def test_storage_type_is_shown_only_where_it_is_not_the_standard(source):
    """It should switch a cluster to I/O-Optimized storage and back."""
    source.cluster()
    for kind, shown in (("aurora-iopt1", "aurora-iopt1"), ("aurora", None)):
        source.rds.modify_db_cluster(DBClusterIdentifier="orders", StorageType=kind, ApplyImmediately=True)
        assert source.show_cluster("orders").get("StorageType") == shown
