"""The copies of a whole fleet at once: AWS runs a few at a time, and nobody fails or storms."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from switchyard.operators.aurora.snapshots import CopySnapshotOperator
from tests.support.at_once import run_at_once
from tests.support.aws_connections import SOURCE

DATABASES = 20
RECOVERY = SOURCE | {"region_name": "us-west-1"}
STAMP = "2602010000-0a1b2c"


def step(number, arn, name, key, **more):
    """The step that copies one database's snapshot into the recovery Region."""
    return CopySnapshotOperator(
        task_id=f"copy_{number}",
        source_snapshot_arn=arn,
        source_region="us-west-2",
        snapshot_id=name,
        pipeline=f"aurora_recovery/db_{number}",
        stamp=STAMP,
        role="recovery-copy",
        kms_key_id=key,
        timeout=timedelta(minutes=5),
        poll_interval=0.2,
        **more,
        **RECOVERY,
    )


@pytest.fixture
def copies(accounts):
    """The step of each database that copies its snapshot into the recovery Region; a copy takes a second."""
    key = accounts.recovery.key("alias/switchyard-recovery")
    source_key = accounts.source.key("alias/switchyard-source")
    accounts.source.cluster("one", StorageEncrypted=True, KmsKeyId=source_key)
    steps = []
    for number in range(DATABASES):
        name = f"db-{number}-rp-{STAMP}"
        point = accounts.source.snapshot(name, "one")
        steps.append(step(number, point["DBClusterSnapshotArn"], name, key))
    accounts.sandbox.durations({"cluster-snapshot.copy": 1})
    accounts.sandbox.server.calls.clear()
    return steps


def calls(accounts):
    return Counter(one["operation"] for one in accounts.sandbox.server.calls.select())


@pytest.mark.parametrize("pool", [None, 5])
def test_all_copies_end(accounts, copies, pool):
    """It should end every copy, with a pool or without, and ask AWS far less often than each wait by itself would."""
    results = run_at_once(copies, pool=pool)
    assert {one["snapshot_id"] for one in results} == accounts.recovery.snapshots()
    made = calls(accounts)
    refused = made["CopyDBClusterSnapshot"] - DATABASES
    # A wave of five lets the others try again once; in a pool nobody is refused at all.
    assert refused <= (0 if pool else DATABASES * DATABASES // 10)
    assert made["DescribeDBClusterSnapshots"] <= (10 if pool else 20) * DATABASES


def test_copies_of_plain_instances_end(accounts):
    """It should wait in the same way where AWS runs twenty at a time, as it does for plain instances."""
    key = accounts.recovery.key("alias/switchyard-recovery")
    rds, target = accounts.source.rds, accounts.recovery.rds
    rds.create_db_instance(
        DBInstanceIdentifier="one",
        Engine="mysql",
        DBInstanceClass="db.r6g.large",
        AllocatedStorage=20,
        MasterUsername="keeper",
        MasterUserPassword="long-enough",
        StorageEncrypted=True,
        KmsKeyId=accounts.source.key("alias/switchyard-source"),
    )
    names = [f"db-{number}-rp-{STAMP}" for number in range(23)]
    arns = [
        rds.create_db_snapshot(DBInstanceIdentifier="one", DBSnapshotIdentifier=name)["DBSnapshot"][
            "DBSnapshotArn"
        ]
        for name in names
    ]
    accounts.sandbox.durations({"snapshot.copy": 2, "cluster-snapshot.copy": 2})
    accounts.sandbox.server.calls.clear()
    results = run_at_once(
        [
            step(number, arn, name, key, kind="instance")
            for number, (arn, name) in enumerate(zip(arns, names, strict=True))
        ]
    )
    assert {one["snapshot_id"] for one in results} == set(names)
    found = target.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert {one["DBSnapshotIdentifier"]: one["Status"] for one in found} == dict.fromkeys(names, "available")
    assert calls(accounts)["CopyDBSnapshot"] > len(names)
