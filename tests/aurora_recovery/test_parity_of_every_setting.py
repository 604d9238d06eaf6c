"""A difference in any setting is found, on resources as the sandbox describes them."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from switchyard.aurora_recovery.manifest import Manifest, cluster_contents, instance_contents
from switchyard.aurora_recovery.parity import compare, unexplained
from switchyard.aurora_recovery.restore import instance_arguments, restore_arguments
from switchyard.aurora_recovery.settings import CLUSTER_SETTINGS, MEMBER_SETTINGS, STANDALONE_SETTINGS
from tests.aurora_recovery.conftest import SOURCE_TIME

KEY = "arn:aws:kms:us-west-1:222222222222:key/0a1b2c3d-0000-4000-8000-00000000000"
ROLE = {"RoleArn": "arn:aws:iam::222222222222:role/other", "Status": "ACTIVE"}
COMMON = {
    "BackupRetentionPeriod": {"BackupRetentionPeriod": 3},
    "PreferredBackupWindow": {"PreferredBackupWindow": "01:00-01:30"},
    "CopyTagsToSnapshot": {"CopyTagsToSnapshot": False},
    "EngineLifecycleSupport": {"EngineLifecycleSupport": "open-source-rds-extended-support-disabled"},
    "NetworkType": {"NetworkType": "DUAL"},
    "EnableIAMDatabaseAuthentication": {"IAMDatabaseAuthenticationEnabled": False},
    "EnableCloudwatchLogsExports": {"EnabledCloudwatchLogsExports": ["audit"]},
    "VpcSecurityGroupIds": {"VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-other"}]},
    "DeletionProtection": {"DeletionProtection": False},
    "PreferredMaintenanceWindow": {"PreferredMaintenanceWindow": "mon:01:00-mon:02:00"},
    "DatabaseInsightsMode": {"DatabaseInsightsMode": "advanced"},
    "ManageMasterUserPassword": {"MasterUserSecret": {"SecretArn": "s", "KmsKeyId": f"{KEY}1"}},
    "Domain": {"DomainMemberships": [{"Domain": "d-1"}]},
    "DomainIAMRoleName": {"DomainMemberships": [{"IAMRoleName": "directory"}]},
    "ActivityStreamMode": {"ActivityStreamMode": "async"},
    "AutoMinorVersionUpgrade": {"AutoMinorVersionUpgrade": False},
    "EnablePerformanceInsights": {"PerformanceInsightsEnabled": False},
    "PerformanceInsightsRetentionPeriod": {"PerformanceInsightsRetentionPeriod": 31},
    "MonitoringInterval": {"MonitoringInterval": 15},
    "MonitoringRoleArn": {"MonitoringRoleArn": "arn:aws:iam::222222222222:role/other"},
    "AssociatedRoles": {"AssociatedRoles": [ROLE]},
}
"""What to plant in a description, by the setting that it changes."""
OF_INSTANCES = {
    "DBInstanceClass": {"DBInstanceClass": "db.r6g.16xlarge"},
    "DBParameterGroupName": {"DBParameterGroups": [{"DBParameterGroupName": "other"}]},
    "CACertificateIdentifier": {"CACertificateIdentifier": "rds-ca-ecc384-g1"},
    "PubliclyAccessible": {"PubliclyAccessible": True},
}
PLANTED: dict[str, dict[str, Any]] = {
    "cluster": COMMON
    | {
        "Port": {"Port": 3307},
        "DBSubnetGroupName": {"DBSubnetGroup": "other"},
        "EngineMode": {"EngineMode": "parallelquery"},
        "BacktrackWindow": {"BacktrackWindow": 3600},
        "StorageType": {"StorageType": "aurora-iopt1"},
        "DBClusterParameterGroupName": {"DBClusterParameterGroup": "other"},
        "ServerlessV2ScalingConfiguration": {
            "ServerlessV2ScalingConfiguration": {"MinCapacity": 1, "MaxCapacity": 2}
        },
        "EnableHttpEndpoint": {"HttpEndpointEnabled": True},
        "EnableLocalWriteForwarding": {"LocalWriteForwardingStatus": "enabled"},
        "GlobalClusterIdentifier": {"GlobalClusterIdentifier": "world"},
    },
    "member": {
        name: COMMON[name]
        for name in (
            "MonitoringInterval",
            "MonitoringRoleArn",
            "EnablePerformanceInsights",
            "PerformanceInsightsRetentionPeriod",
            "AutoMinorVersionUpgrade",
            "PreferredMaintenanceWindow",
            "CopyTagsToSnapshot",
        )
    }
    | OF_INSTANCES
    | {"PromotionTier": {"PromotionTier": 15}},
    "instance": COMMON
    | OF_INSTANCES
    | {
        "Port": {"Endpoint": {"Port": 5433}},
        "DBSubnetGroupName": {"DBSubnetGroup": {"DBSubnetGroupName": "other"}},
        "OptionGroupName": {"OptionGroupMemberships": [{"OptionGroupName": "other"}]},
        "MultiAZ": {"MultiAZ": True},
        "StorageType": {"StorageType": "io2"},
        "Iops": {"Iops": 5000},
        "StorageThroughput": {"StorageThroughput": 500},
        "LicenseModel": {"LicenseModel": "bring-your-own-license"},
        "DedicatedLogVolume": {"DedicatedLogVolume": True},
        "MaxAllocatedStorage": {"MaxAllocatedStorage": 1000},
    },
}
OWN_KEYS = ("MasterUserSecretKmsKeyId", "PerformanceInsightsKMSKeyId")
"""Settings that must differ: a key of the target account is no difference to explain."""
TABLES = {"cluster": CLUSTER_SETTINGS, "member": MEMBER_SETTINGS, "instance": STANDALONE_SETTINGS}


@pytest.fixture(scope="module")
def described(session_sandbox):
    """A rich cluster, its instance and a plain instance, as the sandbox describes them."""
    session_sandbox.reset()
    rds = session_sandbox.client("rds", "222222222222", "us-west-1")
    rds.create_db_cluster(
        DBClusterIdentifier="orders",
        Engine="aurora-mysql",
        MasterUsername="keeper",
        MasterUserPassword="long-enough",
        BackupRetentionPeriod=14,
        DeletionProtection=True,
        CopyTagsToSnapshot=True,
        EnableIAMDatabaseAuthentication=True,
        EnableCloudwatchLogsExports=["error"],
        EnablePerformanceInsights=True,
        PerformanceInsightsRetentionPeriod=7,
        PreferredMaintenanceWindow="sun:08:00-sun:09:00",
        AutoMinorVersionUpgrade=True,
        Tags=[{"Key": "team", "Value": "orders"}],
    )
    rds.create_db_instance(
        DBInstanceIdentifier="orders-1",
        DBClusterIdentifier="orders",
        Engine="aurora-mysql",
        DBInstanceClass="db.r6g.large",
        PromotionTier=1,
        EnablePerformanceInsights=True,
        CopyTagsToSnapshot=True,
        Tags=[{"Key": "tier", "Value": "1"}],
    )
    rds.create_db_instance(
        DBInstanceIdentifier="ledger",
        Engine="postgres",
        DBInstanceClass="db.t4g.medium",
        MasterUsername="keeper",
        MasterUserPassword="long-enough",
        AllocatedStorage=20,
        BackupRetentionPeriod=14,
        DeletionProtection=True,
        EnableIAMDatabaseAuthentication=True,
        EnablePerformanceInsights=True,
        CopyTagsToSnapshot=True,
        Tags=[{"Key": "team", "Value": "ledger"}],
    )
    instances = {one["DBInstanceIdentifier"]: one for one in rds.describe_db_instances()["DBInstances"]}
    return {
        "cluster": rds.describe_db_clusters()["DBClusters"][0],
        "member": instances["orders-1"],
        "instance": instances["ledger"],
    }


def manifest_of(described: dict[str, Any], kind: str) -> Manifest:
    """The manifest of the cluster with its instance, or of the plain instance."""
    contents = (
        instance_contents(described["instance"])
        if kind == "instance"
        else cluster_contents(described["cluster"], [described["member"]])
    )
    return Manifest(
        pipeline="aurora_recovery/orders",
        run_id="manual__1",
        stamp="2601310930-0a1b2c",
        source_account_id="222222222222",
        source_region="us-west-1",
        source_time=SOURCE_TIME,
        snapshot_ids={"us-west-1": "orders-rp"},
        **contents,
    )


def differences(described: dict[str, Any], kind: str, **planted: Any) -> set[str]:
    """Names of what differs without a reason once this is planted in the candidate's description."""
    candidate = copy.deepcopy(described)
    candidate[kind] |= planted
    if kind == "instance":
        found = compare(manifest_of(described, kind), candidate["instance"], accepted=True)
    else:
        members = {"orders-1": candidate["member"]}
        found = compare(manifest_of(described, kind), candidate["cluster"], members, accepted=True)
    return {one.setting for one in unexplained(found)}


@pytest.mark.parametrize(
    ("kind", "setting"),
    [(kind, one.name) for kind, table in TABLES.items() for one in table if one.name not in OWN_KEYS],
)
def test_difference_in_a_setting_is_found(described, kind, setting):
    """It should name the setting, and that one alone, for each setting of clusters, members and plain instances."""
    assert differences(described, kind) == set()
    name = f"orders-1.{setting}" if kind == "member" else setting
    assert name in differences(described, kind, **PLANTED[kind][setting])


@pytest.mark.parametrize(("kind", "tag"), [("cluster", "team"), ("member", "tier"), ("instance", "team")])
def test_difference_in_a_tag_or_an_engine_is_found(described, kind, tag):
    """It should name a tag that is not there, and another version."""
    prefix = "orders-1." if kind == "member" else ""
    assert differences(described, kind, TagList=[]) == {f"{prefix}Tags.{tag}"}
    if kind != "member":
        assert differences(described, kind, EngineVersion="1.0") == {"EngineVersion"}
        assert differences(described, kind, Engine="other") == {"Engine"}


def test_every_setting_has_something_planted():
    """It should have no setting without its planted difference, and nothing planted without a setting."""
    names = {kind: {one.name for one in table} - set(OWN_KEYS) for kind, table in TABLES.items()}
    assert {kind: set(planted) for kind, planted in PLANTED.items()} == names


def test_restore_of_what_is_described_leaves_no_difference(described, session_sandbox):
    """It should restore a cluster and make an instance, by the manifest alone, in which nothing differs."""
    rds = session_sandbox.client("rds", "222222222222", "us-west-1")
    manifest = manifest_of(described, "cluster")
    rds.create_db_cluster_snapshot(DBClusterSnapshotIdentifier="point", DBClusterIdentifier="orders")
    groups = [one["VpcSecurityGroupId"] for one in described["cluster"]["VpcSecurityGroups"]]
    local = {
        "VpcSecurityGroupIds": groups,
        "DBSubnetGroupName": described["cluster"]["DBSubnetGroup"],
    }
    rds.restore_db_cluster_from_snapshot(
        DBClusterIdentifier="restored", SnapshotIdentifier="point", **restore_arguments(manifest, local)
    )
    rds.create_db_instance(
        **instance_arguments(manifest, manifest.members[0], {}),
        DBInstanceIdentifier="restored-1",
        DBClusterIdentifier="restored",
    )
    (cluster,) = rds.describe_db_clusters(DBClusterIdentifier="restored")["DBClusters"]
    (member,) = rds.describe_db_instances(DBInstanceIdentifier="restored-1")["DBInstances"]
    found = unexplained(compare(manifest, cluster, {"orders-1": member}))
    assert {one.setting for one in found} <= {"PreferredMaintenanceWindow", "AutoMinorVersionUpgrade"}
