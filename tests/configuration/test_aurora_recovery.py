"""What the model derives from its fields."""

import pytest
from pydantic import ValidationError

from switchyard.configuration.loader import load


def loaded(files, **options):
    files.example(**options)
    found = load(files.home)
    assert [str(error) for error in found.errors] == []
    return found.instances[0]


def test_overrides_are_arguments_of_the_restore(files):
    """It should translate the target's fields into arguments, free ones last."""
    instance = loaded(
        files,
        set={
            "target.security_group_ids": ["sg-0000000a"],
            "target.instance_class": "db.t4g.medium",
            "target.cluster_overrides": {"BackupRetentionPeriod": 1, "DBSubnetGroupName": "other"},
            "target.instance_overrides": {"PromotionTier": 1},
        },
    )
    assert instance.restore_overrides == {
        "KmsKeyId": "alias/switchyard-orders",
        "DBSubnetGroupName": "other",
        "VpcSecurityGroupIds": ["sg-0000000a"],
        "DBClusterParameterGroupName": "switchyard-orders",
        "DeletionProtection": False,
        "BackupRetentionPeriod": 1,
    }
    assert instance.instance_overrides == {"DBInstanceClass": "db.t4g.medium", "PromotionTier": 1}


def test_age_limit_follows_the_objective(files):
    """It should refuse recovery points of twice the objective unless told otherwise."""
    assert loaded(files).max_recovery_point_age_minutes == 180
    explicit = loaded(files, set={"objectives.max_recovery_point_age_minutes": 100})
    assert explicit.max_recovery_point_age_minutes == 100


def test_configuration_never_changes(files):
    """It should be frozen, so that no task changes what another one reads."""
    with pytest.raises(ValidationError, match="frozen"):
        loaded(files).engine = "postgres"
