import pytest
from botocore.exceptions import ClientError


def pending(side):
    return side.show_instance("orders")["PendingModifiedValues"]


def test_change_passes_through_modifying(plain_source, stand_still):
    """It should answer as before, read available for a moment, then modifying, then available."""
    plain_source.plain()
    clock = stand_still("instance.modify")
    assert plain_source.change(AllocatedStorage=40)["AllocatedStorage"] == 20
    assert plain_source.statuses(clock, (0, 50, 50)) == ["available", "modifying", "available"]
    assert plain_source.show_instance("orders")["AllocatedStorage"] == 40


@pytest.mark.parametrize(
    ("setting", "status"),
    [
        ({"CloudwatchLogsExportConfiguration": {"EnableLogTypes": ["error"]}}, "configuring-log-exports"),
        ({"EnableIAMDatabaseAuthentication": True}, "configuring-iam-database-auth"),
        (
            {"MonitoringInterval": 60, "MonitoringRoleArn": "arn:aws:iam::111111111111:role/watch"},
            "configuring-enhanced-monitoring",
        ),
        ({"MasterUserPassword": "another-one"}, "resetting-master-credentials"),
    ],
)
def test_some_changes_have_a_status_of_their_own(plain_source, stand_still, setting, status):
    """It should show what is changed where AWS has a status for it."""
    plain_source.plain()
    clock = stand_still("instance.modify")
    plain_source.change(**setting)
    assert plain_source.statuses(clock, (50, 50)) == [status, "available"]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("AllocatedStorage", 40),
        ("DBInstanceClass", "db.m6g.large"),
        ("EngineVersion", "8.4.4"),
        ("MultiAZ", True),
        ("StorageType", "gp2"),
    ],
)
def test_change_waits_for_the_maintenance_window(plain_source, setting, value):
    """It should only note what waits, and apply it with the next immediate change."""
    before = plain_source.plain(StorageType="gp3")[setting]
    plain_source.change(ApplyImmediately=False, **{setting: value})
    assert pending(plain_source) == {setting: value}
    assert plain_source.show_instance("orders")[setting] == before
    plain_source.change(CopyTagsToSnapshot=True)
    assert pending(plain_source) == {}
    assert plain_source.show_instance("orders")[setting] == value


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({"AutoMinorVersionUpgrade": False}, {"AutoMinorVersionUpgrade": False}),
        ({"BackupRetentionPeriod": 14}, {"BackupRetentionPeriod": 14}),
        ({"CopyTagsToSnapshot": True}, {"CopyTagsToSnapshot": True}),
        ({"DeletionProtection": True}, {"DeletionProtection": True}),
        ({"MaxAllocatedStorage": 100}, {"MaxAllocatedStorage": 100}),
        (
            {"MonitoringInterval": 60, "MonitoringRoleArn": "arn:aws:iam::111111111111:role/watch"},
            {"MonitoringInterval": 60},
        ),
        ({"EnablePerformanceInsights": True}, {"PerformanceInsightsEnabled": True}),
        (
            {"PreferredMaintenanceWindow": "Sun:01:00-Sun:02:00"},
            {"PreferredMaintenanceWindow": "sun:01:00-sun:02:00"},
        ),
        ({"PubliclyAccessible": True}, {"PubliclyAccessible": True}),
        (
            {"CloudwatchLogsExportConfiguration": {"EnableLogTypes": ["error", "slowquery"]}},
            {"EnabledCloudwatchLogsExports": ["error", "slowquery"]},
        ),
    ],
)
def test_change_does_not_wait(plain_source, asked, shown):
    """It should apply what AWS applies at once whatever ApplyImmediately says."""
    plain_source.plain(BackupRetentionPeriod=7)
    plain_source.change(ApplyImmediately=False, **asked)
    now = plain_source.show_instance("orders")
    assert {name: now[name] for name in shown} == shown
    assert now["PendingModifiedValues"] == {}


def test_backups_are_turned_on_in_the_maintenance_window(plain_source):
    """It should let a change from or to no backups wait, unlike one between other periods."""
    plain_source.plain(BackupRetentionPeriod=0)
    plain_source.change(ApplyImmediately=False, BackupRetentionPeriod=7)
    assert pending(plain_source) == {"BackupRetentionPeriod": 7}
    assert "LatestRestorableTime" not in plain_source.show_instance("orders")


def test_log_exports_are_turned_off(plain_source):
    """It should drop what is disabled, and keep the rest."""
    plain_source.plain(EnableCloudwatchLogsExports=["error", "general"])
    change = {"DisableLogTypes": ["general"], "EnableLogTypes": ["slowquery"]}
    plain_source.change(CloudwatchLogsExportConfiguration=change)
    assert plain_source.show_instance("orders")["EnabledCloudwatchLogsExports"] == ["error", "slowquery"]


def test_master_password_is_handed_over(plain_source):
    """It should let Secrets Manager manage the password, rotate it at once only, and take it back."""
    plain_source.plain()
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*only where Secrets Manager"):
        plain_source.change(RotateMasterUserPassword=True)
    plain_source.change(ManageMasterUserPassword=True)
    secret = plain_source.show_instance("orders")["MasterUserSecret"]["SecretArn"]
    assert secret.startswith("arn:aws:secretsmanager:us-west-2:")
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*apply immediately"):
        plain_source.change(RotateMasterUserPassword=True, ApplyImmediately=False)
    plain_source.change(RotateMasterUserPassword=True)
    plain_source.change(ManageMasterUserPassword=False, MasterUserPassword="long-enough")
    assert "MasterUserSecret" not in plain_source.show_instance("orders")


def test_monitoring_needs_a_role(plain_source):
    """It should refuse Enhanced Monitoring without a role."""
    plain_source.plain()
    with pytest.raises(ClientError, match=r"InvalidParameterCombination.*MonitoringRoleARN"):
        plain_source.change(MonitoringInterval=60)


def test_missing_groups_are_refused(plain_source):
    """It should refuse a parameter group and an option group that are not there."""
    plain_source.plain()
    with pytest.raises(ClientError, match=r"\(DBParameterGroupNotFound\)"):
        plain_source.change(DBParameterGroupName="nothing")
    with pytest.raises(ClientError, match=r"OptionGroupNotFoundFault"):
        plain_source.change(OptionGroupName="nothing")


def test_second_change_is_refused(plain_source, stand_still):
    """It should refuse a change during another one."""
    plain_source.plain()
    stand_still("instance.modify")
    plain_source.change(MultiAZ=True)
    with pytest.raises(ClientError, match=r"\(InvalidDBInstanceState\)"):
        plain_source.change(MultiAZ=False)


def test_change_of_class_reboots(plain_source, stand_still):
    """It should take the instance down for a change of its class."""
    plain_source.plain()
    clock = stand_still("instance.reboot")
    plain_source.change(DBInstanceClass="db.m6g.large")
    assert plain_source.statuses(clock, (1, 50, 50)) == ["available", "rebooting", "available"]


def test_what_the_sandbox_cannot_change_it_refuses(plain_source):
    """It should not drop a setting without a word."""
    plain_source.plain()
    with pytest.raises(ClientError, match=r"NotImplemented.*domain"):
        plain_source.change(Domain="d-1234567890")
