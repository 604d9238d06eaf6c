"""Both halves of the Aurora recovery pipeline on real databases, undisturbed."""

from __future__ import annotations

import json

from switchyard.aurora_recovery.report import to_html
from tests.support.recovery import BUCKET, RECOVERY, SOURCE, TARGET, RecoveryWorld


def test_recovers_source_under_live_name(recovery_world: RecoveryWorld) -> None:
    """It should put the source's data under the target's live name and leave nothing else running.

    With private copies under the key of each place, and the whole evidence.
    """
    world = recovery_world
    old = world.cluster(TARGET)["DbClusterResourceId"]
    assert world.database(TARGET).ask("SELECT COUNT(*) FROM rental") < 16_044

    world.run("recovery_point")
    run = world.run("recovery_restore", events=world.announcements())

    assert world.database(TARGET).ask("SELECT COUNT(*) FROM rental") == 16_044
    clusters = world.client("rds", TARGET).describe_db_clusters()["DBClusters"]
    assert [one["DBClusterIdentifier"] for one in clusters] == ["orders"]
    assert clusters[0]["DbClusterResourceId"] == run.results["swap_names"]["live_resource_id"] != old
    assert run.results["retire_old"]["retired_resource_id"] == old
    (evidence,) = world.ledger("SELECT * FROM switchyard.recovery_test")
    assert evidence["outcome"] == "swapped"
    assert evidence["rto_seconds"] > 0
    checks = world.ledger("SELECT * FROM switchyard.check_result")
    assert len(checks) == run.results["record_evidence"]["checks"] > 15
    assert all(check["passed"] for check in checks)
    require_private_copies(world)
    require_report(world)


def require_private_copies(world: RecoveryWorld) -> None:
    """Each copy is encrypted with the key of its place, and only the one in the recovery Region is shared."""
    keys = {SOURCE: "switchyard-source", RECOVERY: "switchyard-recovery", TARGET: "switchyard-orders"}
    for place, alias in keys.items():
        rds = world.client("rds", place)
        for snapshot in rds.describe_db_cluster_snapshots(SnapshotType="manual")["DBClusterSnapshots"]:
            expected = world.client("kms", place).describe_key(KeyId=f"alias/{alias}")["KeyMetadata"]["Arn"]
            assert snapshot["KmsKeyId"] == expected
            (attributes,) = rds.describe_db_cluster_snapshot_attributes(
                DBClusterSnapshotIdentifier=snapshot["DBClusterSnapshotIdentifier"]
            )["DBClusterSnapshotAttributesResult"]["DBClusterSnapshotAttributes"]
            assert attributes["AttributeValues"] == (["222222222222"] if place == RECOVERY else [])


def require_report(world: RecoveryWorld) -> None:
    """The evidence of the one recovery lies in the source account's bucket, whole and encrypted."""
    s3 = world.client("s3", RECOVERY)
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET, Prefix="evidence/orders/")["Contents"]]
    page, document = (s3.get_object(Bucket=BUCKET, Key=key) for key in sorted(keys))
    assert [one["ContentType"] for one in (page, document)] == [
        "text/html; charset=utf-8",
        "application/json",
    ]
    assert {one["ServerSideEncryption"] for one in (page, document)} == {"aws:kms"}
    report = json.loads(document["Body"].read())
    assert (report["outcome"], report["checks_failed"]) == ("swapped", 0)
    assert report["checks_passed"] > 15
    assert "swap_names" in [one["task_id"] for one in report["steps"]]
    assert report["objectives"]["rto"]["met"]
    assert page["Body"].read().decode() == to_html(report)


def test_dry_run_changes_nothing(recovery_world: RecoveryWorld) -> None:
    """It should print a plan of both halves and leave the world as it was."""
    world = recovery_world
    world.run("recovery_point")
    before = world.end_state()
    point = world.run("recovery_point", number=2, params={"dry_run": True})
    restore = world.run("recovery_restore", events=world.announcements(), params={"dry_run": True})
    after = world.end_state()
    assert {k: v for k, v in after.items() if k != "ledger"} == {
        k: v for k, v in before.items() if k != "ledger"
    }
    planned = [
        call["operation"]
        for run in (point, restore)
        for result in run.results.values()
        for call in result.get("planned_calls", [])
    ]
    assert planned == [
        "PutObject",
        "CreateDBClusterSnapshot",
        "CopyDBClusterSnapshot",
        "ModifyDBClusterSnapshotAttribute",
        "Publish",
        "CopyDBClusterSnapshot",
        "RestoreDBClusterFromSnapshot",
        "CreateDBInstance",
        "ModifyDBInstance",
        "ModifyDBInstance",
        "ModifyDBCluster",
        "ModifyDBCluster",
        "CreateDBClusterSnapshot",
        "DeleteDBInstance",
        "DeleteDBCluster",
        "PutObject",
    ]


def test_first_restore_needs_no_live_cluster(recovery_world: RecoveryWorld) -> None:
    """It should give the live name to the first candidate when nobody bears it."""
    world = recovery_world
    rds = world.client("rds", TARGET)
    rds.delete_db_instance(DBInstanceIdentifier="orders-1", SkipFinalSnapshot=True)
    rds.delete_db_cluster(DBClusterIdentifier="orders", SkipFinalSnapshot=True)
    world.run("recovery_point")
    run = world.run("recovery_restore", events=world.announcements())
    assert run.results["retire_old"]["action"] == "nothing to retire"
    assert world.database(TARGET).ask("SELECT COUNT(*) FROM rental") == 16_044
