"""The comparison of a candidate with the manifest."""

import copy
from dataclasses import replace

import pytest

from switchyard.aurora_recovery import parity
from switchyard.aurora_recovery.parity import Difference, compare, unexplained

OWN = "arn:aws:kms:us-west-1:222222222222:key/own"


def by_name(described_instances):
    return {it["DBInstanceIdentifier"]: it for it in described_instances}


def test_faithful_candidate_differs_in_its_key_alone(manifest, described_cluster, described_instances):
    """It should accept the one difference that must be, and say why."""
    found = compare(
        manifest, {**described_cluster, "KmsKeyId": OWN}, by_name(described_instances), accepted=True
    )
    assert found == [Difference("KmsKeyId", manifest.kms_key_id, OWN, parity.OWN_KEY)]


def test_source_key_is_never_accepted(manifest, described_cluster, described_instances):
    """It should fail a candidate that hangs on the source account's key, or has none."""
    for key in (manifest.kms_key_id, None):
        found = compare(manifest, {**described_cluster, "KmsKeyId": key}, by_name(described_instances))
        assert "KmsKeyId" in {it.setting for it in unexplained(found)}


def test_one_account_may_keep_its_key(manifest, described_cluster, described_instances):
    """It should take the source's key for the account's own where both are in one account."""
    arn = f"arn:aws:rds:us-west-2:{manifest.source_account_id}:cluster:orders"
    candidate = {**described_cluster, "DBClusterArn": arn, "KmsKeyId": manifest.kms_key_id}
    assert compare(manifest, candidate, by_name(described_instances), accepted=True) == []


def test_silent_defaults_are_found(manifest, described_cluster, described_instances):
    """It should report each setting a restore would have lost."""
    candidate = copy.deepcopy(described_cluster) | {
        "KmsKeyId": OWN,
        "EngineVersion": "8.0.mysql_aurora.3.10.0",
        "StorageType": "",
        "IAMDatabaseAuthenticationEnabled": False,
        "EnabledCloudwatchLogsExports": [],
        "BackupRetentionPeriod": 1,
        "TagList": [],
    }
    found = unexplained(compare(manifest, candidate, by_name(described_instances)))
    assert {it.setting: (it.expected, it.found) for it in found} == {
        "EngineVersion": ("8.0.mysql_aurora.3.08.0", "8.0.mysql_aurora.3.10.0"),
        "StorageType": ("aurora-iopt1", "aurora"),
        "EnableIAMDatabaseAuthentication": (True, False),
        "EnableCloudwatchLogsExports": (["error", "slowquery"], []),
        "BackupRetentionPeriod": (14, 1),
        "Tags.team": ("orders", None),
    }


def test_configured_values_explain_themselves(manifest, described_cluster, described_instances):
    """It should explain a difference the configuration asked for, and fail one where it was not obeyed."""
    candidate = {**described_cluster, "KmsKeyId": OWN, "DBSubnetGroup": "target"}
    obeyed = compare(
        manifest, candidate, by_name(described_instances), overrides={"DBSubnetGroupName": "target"}
    )
    assert Difference("DBSubnetGroupName", "switchyard", "target", parity.BY_CONFIGURATION) in obeyed
    ignored = compare(
        manifest, candidate, by_name(described_instances), overrides={"DBSubnetGroupName": "other"}
    )
    assert Difference("DBSubnetGroupName", "other", "target", None) in ignored


def test_a_role_for_monitoring_that_is_off_is_not_missed(manifest, described_cluster, described_instances):
    """It should ask for the configured role only where there is something to monitor."""
    role = {"MonitoringRoleArn": "arn:aws:iam::222222222222:role/monitoring"}
    candidate = {**described_cluster, "KmsKeyId": OWN}
    found = compare(
        manifest, candidate, by_name(described_instances), overrides=role, instance_overrides=role
    )
    assert unexplained(found) == []


def test_names_are_the_same_in_any_case(manifest, described_cluster, described_instances):
    """It should know that AWS stores names and weekdays in lower case, while a tag's value is as it is."""
    candidate = {**described_cluster, "KmsKeyId": OWN, "DBSubnetGroup": "target"}
    overrides = {"DBSubnetGroupName": "Target", "PreferredMaintenanceWindow": "Sun:08:00-Sun:09:00"}
    found = compare(manifest, candidate, by_name(described_instances), overrides=overrides)
    assert unexplained(found) == []
    candidate["TagList"] = [{"Key": "team", "Value": "Orders"}]
    found = compare(manifest, candidate, by_name(described_instances), overrides=overrides)
    assert [it.setting for it in unexplained(found)] == ["Tags.team"]


def test_protection_may_wait_for_acceptance(manifest, described_cluster, described_instances):
    """It should let protection be off before the swap, and not after it."""
    candidate = {**described_cluster, "KmsKeyId": OWN, "DeletionProtection": False}
    before = compare(manifest, candidate, by_name(described_instances))
    assert Difference("DeletionProtection", True, False, parity.AFTER_SWAP) in before
    after = compare(manifest, candidate, by_name(described_instances), accepted=True)
    assert Difference("DeletionProtection", True, False, None) in after


def test_reasons_from_the_configuration_explain(manifest, described_cluster, described_instances):
    """It should take a configured reason for a setting of the cluster, of all instances, or of one."""
    instances = by_name(copy.deepcopy(described_instances))
    instances["orders-1"]["PromotionTier"] = 5
    instances["orders-2"]["DBInstanceClass"] = "db.t4g.medium"
    candidate = {**described_cluster, "KmsKeyId": OWN, "BackupRetentionPeriod": 1}
    explained = {
        "BackupRetentionPeriod": "cheaper",
        "orders-2.DBInstanceClass": "a drill needs less",
        "PromotionTier": "one writer",
    }
    found = {
        it.setting: it.explained_by for it in compare(manifest, candidate, instances, explained=explained)
    }
    assert found["BackupRetentionPeriod"] == "cheaper"
    assert found["orders-2.DBInstanceClass"] == "a drill needs less"
    assert found["orders-1.PromotionTier"] == "one writer"


def test_missing_instance_is_a_difference(manifest, described_cluster, described_instances):
    """It should report an instance that was not made, and forgive one that came in addition."""
    instances = by_name(described_instances)
    del instances["orders-2"]
    found = unexplained(compare(manifest, {**described_cluster, "KmsKeyId": OWN}, instances))
    assert found == [Difference("orders-2", "an instance", None, None)]


def test_order_of_lists_means_nothing(manifest, described_cluster, described_instances):
    """It should compare lists as sets, and the many ways to say off as one."""
    candidate = {**described_cluster, "KmsKeyId": OWN, "EnabledCloudwatchLogsExports": ["error", "slowquery"]}
    del candidate["BacktrackWindow"]
    plain = replace(
        manifest, settings={**manifest.settings, "EnableCloudwatchLogsExports": ["slowquery", "error"]}
    )
    assert unexplained(compare(plain, candidate, by_name(described_instances))) == []


@pytest.mark.parametrize(
    ("kind", "field"), [("cluster", "target.cluster_overrides"), ("instance", "target.instance_overrides")]
)
def test_the_remedy_names_the_field_that_the_configuration_takes(
    manifest, described_cluster, described_instances, kind, field
):
    """It should send people to the overrides of clusters or of plain instances, each refused for the other."""
    found = compare(
        replace(manifest, kind=kind),
        described_cluster | {"BackupRetentionPeriod": 1},
        by_name(described_instances),
    )
    remedy = next(one.remedy for one in found if one.setting == "BackupRetentionPeriod")
    assert f"{field}.BackupRetentionPeriod" in remedy
