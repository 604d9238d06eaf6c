"""The arguments a candidate is made with."""

from dataclasses import replace

import botocore.session
import pytest
from botocore.validate import validate_parameters

from switchyard.aurora_recovery.manifest import instance_contents
from switchyard.aurora_recovery.restore import (
    acceptance_arguments,
    instance_arguments,
    modify_arguments,
    restore_arguments,
    wants_data_api,
)
from switchyard.errors import BadInput

RDS = botocore.session.get_session().get_service_model("rds")
IDS = {"DBClusterIdentifier": "orders-new", "SnapshotIdentifier": "orders-rp"}
OVERRIDES = {
    "KmsKeyId": "alias/switchyard-orders",
    "DBSubnetGroupName": "target",
    "VpcSecurityGroupIds": ["sg-0000000a"],
    "DBClusterParameterGroupName": "target-orders",
}


def check_call(operation, arguments):
    """Let botocore judge names and types of the arguments; it raises on the first that is wrong."""
    validate_parameters(arguments, RDS.operation_model(operation).input_shape)


def test_restore_carries_the_manifest(manifest):
    """It should pass every setting of the source that has a meaning in the target."""
    arguments = restore_arguments(manifest, OVERRIDES)
    check_call("RestoreDBClusterFromSnapshot", {**arguments, **IDS})
    assert arguments == {
        **OVERRIDES,
        "Engine": "aurora-mysql",
        "EngineVersion": "8.0.mysql_aurora.3.08.0",
        "EngineMode": "provisioned",
        "EngineLifecycleSupport": "open-source-rds-extended-support-disabled",
        "Port": 3306,
        "StorageType": "aurora-iopt1",
        "BackupRetentionPeriod": 14,
        "PreferredBackupWindow": "07:00-07:30",
        "CopyTagsToSnapshot": True,
        "EnableIAMDatabaseAuthentication": True,
        "EnableCloudwatchLogsExports": ["error", "slowquery"],
        "ServerlessV2ScalingConfiguration": {"MinCapacity": 0.5, "MaxCapacity": 16.0},
        "DeletionProtection": False,
        "Tags": [{"Key": "team", "Value": "orders"}],
    }


def test_local_settings_of_the_source_stay_behind(manifest):
    """It should never pass a group, role or key of the source's account."""
    arguments = restore_arguments(manifest, {"KmsKeyId": "alias/own"})
    local = {"DBSubnetGroupName", "VpcSecurityGroupIds", "DBClusterParameterGroupName", "AssociatedRoles"}
    assert local & set(arguments) == set()


def test_default_parameter_groups_exist_everywhere(manifest):
    """It should keep a default group, which has the same name in every account."""
    default = {**manifest.settings, "DBClusterParameterGroupName": "default.aurora-mysql8.0"}
    arguments = restore_arguments(replace(manifest, settings=default), {"KmsKeyId": "alias/own"})
    assert arguments["DBClusterParameterGroupName"] == "default.aurora-mysql8.0"


@pytest.mark.parametrize("overrides", [{}, {"KmsKeyId": None}, {"KmsKeyId": ""}])
def test_restore_needs_an_own_key(manifest, overrides):
    """It should refuse to make a cluster that dies with the source account."""
    with pytest.raises(
        BadInput, match=r"KmsKeyId .*would depend on the source account's key.*target.kms_key_id"
    ):
        restore_arguments(manifest, overrides)


def test_serverless_needs_a_range(manifest):
    """It should say early that serverless instances could not be created."""
    settings = {k: v for k, v in manifest.settings.items() if k != "ServerlessV2ScalingConfiguration"}
    with pytest.raises(
        BadInput, match="instance orders-2 is serverless and the cluster has no capacity range"
    ):
        restore_arguments(replace(manifest, settings=settings), OVERRIDES)


def test_monitoring_needs_a_role_of_the_target(manifest):
    """It should ask for a role instead of dropping enhanced monitoring in silence."""
    settings = {**manifest.settings, "MonitoringInterval": 60, "MonitoringRoleArn": "arn:source"}
    watched = replace(manifest, settings=settings)
    with pytest.raises(
        BadInput, match="MonitoringInterval is 60: enhanced monitoring needs a role of the target"
    ):
        restore_arguments(watched, OVERRIDES)
    role = {"MonitoringRoleArn": "arn:aws:iam::222222222222:role/monitoring"}
    assert restore_arguments(watched, {**OVERRIDES, **role})["MonitoringInterval"] == 60
    assert "MonitoringRoleArn" not in restore_arguments(watched, {**OVERRIDES, "MonitoringInterval": 0})


def test_dependent_settings_follow_their_master(manifest):
    """It should leave out what AWS refuses to hear of while its master setting is off."""
    off = {"EnablePerformanceInsights": False, "PerformanceInsightsRetentionPeriod": 7}
    arguments = restore_arguments(replace(manifest, settings={**manifest.settings, **off}), OVERRIDES)
    assert set(off) & set(arguments) == set()
    on = {**off, "EnablePerformanceInsights": True}
    arguments = restore_arguments(replace(manifest, settings={**manifest.settings, **on}), OVERRIDES)
    assert arguments["PerformanceInsightsRetentionPeriod"] == 7


def test_a_configured_role_waits_for_monitoring(manifest):
    """It should name the target's role for monitoring only where the source is monitored: AWS refuses it alone."""
    role = {"MonitoringRoleArn": "arn:aws:iam::222222222222:role/monitoring"}
    assert "MonitoringRoleArn" not in restore_arguments(manifest, {**OVERRIDES, **role})
    unwatched = {**OVERRIDES, **role, "MonitoringInterval": 0}
    assert "MonitoringRoleArn" not in restore_arguments(manifest, unwatched)
    (member, _) = manifest.members
    plain = replace(member, settings={**member.settings, "MonitoringInterval": 0})
    assert "MonitoringRoleArn" not in instance_arguments(manifest, plain, role)
    watched = replace(member, settings={**member.settings, "MonitoringInterval": 60})
    assert instance_arguments(manifest, watched, role)["MonitoringRoleArn"] == role["MonitoringRoleArn"]


def test_each_override_goes_with_the_call_that_takes_it(manifest):
    """It should restore without what only later calls take, and above all without protection."""
    later = {"DeletionProtection": True, "PreferredMaintenanceWindow": "mon:01:00-mon:02:00"}
    overrides = {**OVERRIDES, **later, "EnableHttpEndpoint": False}
    arguments = restore_arguments(manifest, overrides)
    check_call("RestoreDBClusterFromSnapshot", {**arguments, **IDS})
    assert arguments == restore_arguments(manifest, OVERRIDES)
    assert arguments["DeletionProtection"] is False
    modified = modify_arguments(manifest, overrides)
    assert modified["PreferredMaintenanceWindow"] == "mon:01:00-mon:02:00"
    assert "EnableHttpEndpoint" not in modified
    assert wants_data_api(manifest)
    assert not wants_data_api(manifest, overrides)
    assert acceptance_arguments(manifest, overrides) == {"DeletionProtection": True}


def test_tags_of_the_run_win(manifest):
    """It should add the run's own tags to those of the source."""
    arguments = restore_arguments(
        manifest, OVERRIDES, extra_tags={"switchyard:role": "candidate", "team": "dr"}
    )
    assert arguments["Tags"] == [
        {"Key": "switchyard:role", "Value": "candidate"},
        {"Key": "team", "Value": "dr"},
    ]


def test_instances_are_made_like_the_source(manifest):
    """It should pass the settings of each instance, with the target's class where one is given."""
    reader = manifest.members[1]
    overrides = {"DBInstanceIdentifier": "orders-2-new", "DBClusterIdentifier": "orders-new"}
    arguments = instance_arguments(manifest, reader, overrides)
    check_call("CreateDBInstance", arguments)
    assert arguments["DBInstanceClass"] == "db.serverless"
    assert arguments["PromotionTier"] == 2
    assert arguments["DBParameterGroupName"] == "default.aurora-mysql8.0"
    assert arguments["Tags"] == [{"Key": "tier", "Value": "1"}]
    smaller = instance_arguments(manifest, reader, {**overrides, "DBInstanceClass": "db.t4g.medium"})
    assert smaller["DBInstanceClass"] == "db.t4g.medium"


def test_later_calls_carry_the_rest(manifest):
    """It should leave the rest to modify calls, and protection to the time after acceptance."""
    check_call("ModifyDBCluster", {"DBClusterIdentifier": "orders-new", **modify_arguments(manifest)})
    assert modify_arguments(manifest) == {
        "PreferredMaintenanceWindow": "sun:08:00-sun:09:00",
        "AutoMinorVersionUpgrade": False,
    }
    assert acceptance_arguments(manifest) == {"DeletionProtection": True}
    assert acceptance_arguments(manifest, {"DeletionProtection": False, "Port": 1}) == {
        "DeletionProtection": False
    }


def test_plain_instance_takes_no_key_and_no_version(manifest):
    """It should use the other call's arguments for plain RDS."""
    contents = instance_contents(
        {
            "DBInstanceIdentifier": "orders",
            "DbiResourceId": "db-ABC",
            "Engine": "postgres",
            "EngineVersion": "16.4",
            "DBInstanceClass": "db.t4g.medium",
            "MultiAZ": True,
            "MonitoringInterval": 0,
            "PerformanceInsightsEnabled": True,
            "PreferredMaintenanceWindow": "sun:08:00-sun:09:00",
        }
    )
    plain = replace(manifest, **contents, members=())
    arguments = restore_arguments(plain, {"DBSubnetGroupName": "target"})
    check_call("RestoreDBInstanceFromDBSnapshot", {**arguments, "DBInstanceIdentifier": "orders-new"})
    assert "EngineVersion" not in arguments
    assert arguments["MultiAZ"] is True
    assert modify_arguments(plain) == {
        "PreferredMaintenanceWindow": "sun:08:00-sun:09:00",
        "EnablePerformanceInsights": True,
    }
