"""The watch over recovery points of a plain instance: what it counts, and whom it tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from switchyard.aurora_recovery.manifest import Manifest, instance_contents
from switchyard.aurora_recovery.selection import AllowList
from switchyard.aurora_recovery.untrusted import utc_text
from switchyard.errors import CheckFailed
from switchyard.operators.aurora.watch import FindUsablePointOperator, TellOutagesOperator
from tests.support.aws_connections import TARGET
from tests.support.control_plane import BUCKET, new_context, own_tags, run_step

PIPELINE = "aurora_recovery/orders"
NOW = datetime.now(UTC).replace(microsecond=0)
STEP = {"timeout": timedelta(minutes=1), "poll_interval": 0.05, **TARGET}


def stamp(minutes):
    return f"{NOW - timedelta(minutes=minutes):%y%m%d%H%M}-0a1b2c"


def name(minutes):
    return f"orders-rp-{stamp(minutes)}"


class World:
    """A plain instance's recovery points by their age in minutes."""

    def __init__(self, accounts, engine):
        self.accounts, self.engine = accounts, engine
        self.key = accounts.recovery.key("alias/switchyard-recovery", "222222222222")
        self.own_key = accounts.target.key("alias/switchyard-orders")
        accounts.recovery.bucket()
        accounts.recovery.rds.create_db_instance(
            DBInstanceIdentifier="orders",
            Engine=engine,
            DBInstanceClass="db.r6g.large",
            AllocatedStorage=20,
            MasterUsername="keeper",
            MasterUserPassword="long-enough",
            StorageEncrypted=True,
            KmsKeyId=self.key,
        )

    def point(self, minutes, *, local=False):
        """Share a recovery point with its manifest, and copy it locally where asked."""
        rds, moment = self.accounts.recovery.rds, NOW - timedelta(minutes=minutes)
        rds.create_db_snapshot(DBInstanceIdentifier="orders", DBSnapshotIdentifier=name(minutes))
        rds.modify_db_snapshot_attribute(
            DBSnapshotIdentifier=name(minutes), AttributeName="restore", ValuesToAdd=["222222222222"]
        )
        (source,) = rds.describe_db_instances()["DBInstances"]
        manifest = Manifest(
            pipeline=PIPELINE,
            run_id="scheduled__1",
            stamp=stamp(minutes),
            source_account_id="111111111111",
            source_region="us-west-2",
            source_time=moment,
            snapshot_ids={"us-west-1": name(minutes)},
            **instance_contents(source),
        )
        self.accounts.recovery.client("s3").put_object(
            Bucket=BUCKET, Key=self.manifest_key(minutes), Body=manifest.to_json().encode()
        )
        if local:
            tags = {"pipeline": PIPELINE, "run": stamp(minutes), "source_time": utc_text(moment)}
            self.accounts.target.rds.copy_db_snapshot(
                SourceDBSnapshotIdentifier=f"arn:aws:rds:us-west-1:111111111111:snapshot:{name(minutes)}",
                TargetDBSnapshotIdentifier=name(minutes),
                KmsKeyId=self.own_key,
                Tags=own_tags(role="local-copy", **tags),
            )

    @staticmethod
    def manifest_key(minutes):
        return f"manifests/orders/{name(minutes)}.json"

    def find(self, **changed):
        allow = AllowList(PIPELINE, "111111111111", "222222222222", "us-west-1", "orders", self.engine)
        arguments = {"kind": "instance", "manifest_bucket": BUCKET, "manifest_prefix": "manifests"} | changed
        return run_step(
            FindUsablePointOperator(task_id="find", allow=allow, **arguments, **STEP), new_context()
        )

    def tell(self, found):
        operator = TellOutagesOperator(
            task_id="tell",
            pipeline=PIPELINE,
            found=found,
            rpo_minutes=90,
            drill_days=None,
            topic_arn=None,
            **STEP,
        )
        return run_step(operator, new_context())


@pytest.fixture(params=["mysql", "postgres"])
def world(accounts, recorded, ledger_dsn, request):
    return World(accounts, request.param)


def test_a_share_and_a_local_copy_of_an_instance_count(world):
    """It should take the newest of both, and prefer the copy of the same instant, which outlives the source account."""
    world.point(30)
    shared = world.find()
    assert shared["snapshot_arn"] == f"arn:aws:rds:us-west-1:111111111111:snapshot:{name(30)}"
    world.point(20, local=True)
    found = world.find()
    assert found["snapshot_arn"] == f"arn:aws:rds:us-west-1:222222222222:snapshot:{name(20)}"
    assert found["data_as_of"] == utc_text(NOW - timedelta(minutes=20))
    assert world.tell(found)["summary"] == "a recovery would meet its objectives"


def test_only_what_an_instance_can_be_restored_from_counts(world):
    """It should pass over points without a manifest and under a dead key, say why, and be red where none is left."""
    world.point(20)
    world.point(10)
    world.accounts.recovery.client("s3").delete_object(Bucket=BUCKET, Key=world.manifest_key(10))
    found = world.find()
    assert found["snapshot_arn"].endswith(name(20))
    assert "is missing" in " ".join(found["refused"])
    world.accounts.recovery.client("kms").disable_key(KeyId=world.key)
    found = world.find()
    assert (found["snapshot_arn"], "is Disabled" in " ".join(found["refused"])) == (None, True)
    with pytest.raises(CheckFailed, match=r"recovery point is none"):
        world.tell(found)


def test_snapshots_of_clusters_are_none_of_an_instance(world):
    """It should look among snapshots of its own kind."""
    world.point(20)
    assert world.find(kind="cluster")["snapshot_arn"] is None
