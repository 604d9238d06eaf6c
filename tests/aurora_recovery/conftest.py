"""A source cluster as RDS describes it, and the manifest and message made of it."""

from datetime import UTC, datetime

import pytest

from switchyard.aurora_recovery.manifest import Manifest, cluster_contents
from switchyard.aurora_recovery.message import RecoveryPointMessage

SOURCE_TIME = datetime(2026, 1, 31, 9, 30, 5, tzinfo=UTC)
SOURCE_KEY = "arn:aws:kms:us-west-2:111111111111:key/0a1b2c3d-0000-4000-8000-000000000001"
RECOVERY_KEY = "arn:aws:kms:us-west-1:111111111111:key/0a1b2c3d-0000-4000-8000-000000000002"


@pytest.fixture
def described_cluster():
    return {
        "DBClusterIdentifier": "orders",
        "DbClusterResourceId": "cluster-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "Engine": "aurora-mysql",
        "EngineVersion": "8.0.mysql_aurora.3.08.0",
        "EngineMode": "provisioned",
        "Port": 3306,
        "KmsKeyId": SOURCE_KEY,
        "DBClusterParameterGroup": "switchyard-orders",
        "DBSubnetGroup": "switchyard",
        "VpcSecurityGroups": [
            {"VpcSecurityGroupId": "sg-00000002", "Status": "active"},
            {"VpcSecurityGroupId": "sg-00000001", "Status": "active"},
        ],
        "DeletionProtection": True,
        "IAMDatabaseAuthenticationEnabled": True,
        "EnabledCloudwatchLogsExports": ["slowquery", "error"],
        "CopyTagsToSnapshot": True,
        "StorageType": "aurora-iopt1",
        "BackupRetentionPeriod": 14,
        "PreferredBackupWindow": "07:00-07:30",
        "PreferredMaintenanceWindow": "sun:08:00-sun:09:00",
        "BacktrackWindow": 0,
        "EngineLifecycleSupport": "open-source-rds-extended-support-disabled",
        "ServerlessV2ScalingConfiguration": {"MinCapacity": 0.5, "MaxCapacity": 16.0},
        "AssociatedRoles": [{"RoleArn": "arn:aws:iam::111111111111:role/load", "Status": "ACTIVE"}],
        "HttpEndpointEnabled": True,
        "AutoMinorVersionUpgrade": False,
        "DBClusterMembers": [
            {"DBInstanceIdentifier": "orders-1", "IsClusterWriter": True},
            {"DBInstanceIdentifier": "orders-2", "IsClusterWriter": False},
        ],
        "TagList": [
            {"Key": "team", "Value": "orders"},
            {"Key": "aws:cloudformation:stack-name", "Value": "stack"},
            {"Key": "switchyard:role", "Value": "live"},
        ],
    }


@pytest.fixture
def described_instances():
    common = {
        "DBParameterGroups": [{"DBParameterGroupName": "default.aurora-mysql8.0"}],
        "CACertificateIdentifier": "rds-ca-rsa2048-g1",
        "AutoMinorVersionUpgrade": False,
        "PubliclyAccessible": False,
        "CopyTagsToSnapshot": True,
        "MonitoringInterval": 0,
        "PerformanceInsightsEnabled": False,
        "TagList": [{"Key": "tier", "Value": "1"}],
    }
    return [
        {
            **common,
            "DBInstanceIdentifier": "orders-2",
            "DBInstanceClass": "db.serverless",
            "PromotionTier": 2,
        },
        {**common, "DBInstanceIdentifier": "orders-1", "DBInstanceClass": "db.r6g.large", "PromotionTier": 0},
        {**common, "DBInstanceIdentifier": "application-autoscaling-1f", "DBInstanceClass": "db.r6g.large"},
    ]


@pytest.fixture
def manifest(described_cluster, described_instances):
    return Manifest(
        pipeline="aurora_recovery/orders",
        run_id="scheduled__2026-01-31T09:30:00+00:00",
        stamp="2601310930-0a1b2c",
        source_account_id="111111111111",
        source_region="us-west-2",
        source_time=SOURCE_TIME,
        snapshot_ids={"us-west-2": "orders-rp-2601310930-0a1b2c", "us-west-1": "orders-rp-2601310930-0a1b2c"},
        row_counts={"rental": 16_044, "payment": 16_049},
        watermarks={"rental.rental_id": 16_049, "payment.payment_date": "2026-01-31T09:29:58"},
        **cluster_contents(described_cluster, described_instances),
    )


@pytest.fixture
def message(manifest):
    return RecoveryPointMessage(
        run_id=manifest.run_id,
        stamp=manifest.stamp,
        pipeline=manifest.pipeline,
        source_account_id="111111111111",
        source_region="us-west-2",
        source_id="orders",
        source_resource_id=manifest.source_resource_id,
        snapshot_arn="arn:aws:rds:us-west-1:111111111111:cluster-snapshot:orders-rp-2601310930-0a1b2c",
        source_time=SOURCE_TIME,
        engine="aurora-mysql",
        engine_version=manifest.engine_version,
        kms_key_arn=RECOVERY_KEY,
        manifest_uri="s3://switchyard-manifests-111111111111/manifests/orders/orders-rp-2601310930-0a1b2c.json",
        manifest_sha256=manifest.sha256,
    )
