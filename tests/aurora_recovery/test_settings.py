"""The table of settings against the RDS API itself."""

import botocore.session
import pytest

from switchyard.aurora_recovery.settings import (
    CLUSTER_SETTINGS,
    MEMBER_SETTINGS,
    STANDALONE_SETTINGS,
    Carry,
    capture,
)

RDS = botocore.session.get_session().get_service_model("rds")
TABLES = [
    (CLUSTER_SETTINGS, "RestoreDBClusterFromSnapshot", "ModifyDBCluster"),
    (MEMBER_SETTINGS, "CreateDBInstance", "ModifyDBInstance"),
    (STANDALONE_SETTINGS, "RestoreDBInstanceFromDBSnapshot", "ModifyDBInstance"),
]
SHAPES = {"boolean": bool, "integer": int, "long": int, "string": str, "list": list, "structure": dict}


def arguments(operation):
    return RDS.operation_model(operation).input_shape.members


@pytest.mark.parametrize(("table", "create", "modify"), TABLES)
def test_every_setting_is_an_argument_of_its_call(table, create, modify):
    """It should name arguments that exist, of the type the API takes."""
    wrong = []
    for setting in table:
        if setting.carry in (Carry.NEVER, Carry.OPERATION):
            continue
        shape = arguments(create if setting.carry is Carry.CREATE else modify).get(setting.name)
        if shape is None or SHAPES[shape.type_name] is not setting.kind:
            wrong.append((setting.name, shape))
    assert wrong == []


@pytest.mark.parametrize(("table", "create", "modify"), TABLES)
def test_settings_are_carried_by_the_earliest_call(table, create, modify):
    """It should leave to a modify call only what no earlier call takes, the protection, and the password."""
    late = {setting.name for setting in table if setting.carry is not Carry.CREATE}
    password = {"ManageMasterUserPassword", "MasterUserSecretKmsKeyId"}
    assert late & set(arguments(create)) <= {"DeletionProtection"} | password


def test_what_no_argument_carries_is_shown_by_a_description():
    """It should watch over settings without a call by fields that exist, and name an operation that exists."""
    rest = {it.name: it.carry for table, _, _ in TABLES for it in table}
    assert {name for name, carry in rest.items() if carry is Carry.OPERATION} == {"EnableHttpEndpoint"}
    assert "EnableHttpEndpoint" in RDS.operation_names
    never = {name for name, carry in rest.items() if carry is Carry.NEVER}
    shown = {*RDS.shape_for("DBCluster").members, *RDS.shape_for("DBInstance").members}
    assert never == {"ActivityStreamMode", "AssociatedRoles", "GlobalClusterIdentifier"} & shown


def test_capture_reads_what_a_description_holds(described_cluster):
    """It should translate the fields of a description into arguments, sorted where order means nothing."""
    captured = capture(described_cluster, CLUSTER_SETTINGS)
    assert captured["VpcSecurityGroupIds"] == ["sg-00000001", "sg-00000002"]
    assert captured["EnableCloudwatchLogsExports"] == ["error", "slowquery"]
    assert captured["EnableIAMDatabaseAuthentication"] is True
    assert captured["ServerlessV2ScalingConfiguration"] == {"MinCapacity": 0.5, "MaxCapacity": 16.0}
    assert captured["AssociatedRoles"] == [{"RoleArn": "arn:aws:iam::111111111111:role/load"}]
    assert captured["EnableHttpEndpoint"] is True
    assert "PerformanceInsightsKMSKeyId" not in captured


def test_standard_storage_has_a_name():
    """It should tell the two storage types of Aurora apart though AWS leaves the standard one out."""
    assert capture({}, CLUSTER_SETTINGS)["StorageType"] == "aurora"


def test_capture_reads_a_plain_instance():
    """It should find nested fields of an instance's description."""
    captured = capture(
        {
            "DBSubnetGroup": {"DBSubnetGroupName": "switchyard"},
            "Endpoint": {"Port": 5433},
            "DBParameterGroups": [{"DBParameterGroupName": "pg"}],
            "OptionGroupMemberships": [{"OptionGroupName": "og"}],
            "MasterUserSecret": {"SecretArn": "arn"},
            "MultiAZ": True,
        },
        STANDALONE_SETTINGS,
    )
    assert captured["DBSubnetGroupName"] == "switchyard"
    assert captured["Port"] == 5433
    assert (captured["DBParameterGroupName"], captured["OptionGroupName"]) == ("pg", "og")
    assert captured["ManageMasterUserPassword"] is True
    assert captured["MultiAZ"] is True
