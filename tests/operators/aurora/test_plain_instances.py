"""What the steps of a recovery do otherwise where a plain instance is protected."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import certifi
import pytest

from switchyard.aurora_recovery.manifest import Manifest, instance_contents
from switchyard.errors import BadInput, CheckFailed, NotAllowed, StepFailed
from switchyard.operators.aurora import describe
from switchyard.operators.aurora.checks import CheckLiveOperator
from switchyard.operators.aurora.preflight import CheckRecoveryPointPreconditionsOperator
from switchyard.operators.aurora.restore import RestoreCandidateOperator
from switchyard.operators.aurora.retention import ApplyRetentionOperator
from switchyard.operators.aurora.retire import RetireOldOperator
from switchyard.operators.aurora.snapshots import (
    CopySnapshotOperator,
    CreateSnapshotOperator,
    ShareSnapshotOperator,
)
from switchyard.operators.aurora.swap import SwapNamesOperator
from tests.support.aws_connections import SOURCE, TARGET
from tests.support.control_plane import BUCKET, LOGIN, new_context, own_tags, run_step
from tests.support.swap_proof import PROOF

STAMP = "2602010000-0a1b2c"
PIPELINE = "aurora_recovery/orders"
POINT, FINAL = f"orders-rp-{STAMP}", f"orders-final-{STAMP}"
CANDIDATE, RETIRED = f"orders-new-{STAMP}", f"orders-old-{STAMP}"
OWN = own_tags(pipeline=PIPELINE, run=STAMP)
COMMON = {"task_id": "step", "kind": "instance", "timeout": timedelta(minutes=1), "poll_interval": 0.05}
RUN = {"pipeline": PIPELINE, "stamp": STAMP}
RECOVERY = SOURCE | {"region_name": "us-west-1"}
LIVE = {"live_id": "orders", **COMMON, **TARGET}


class World:
    """Places of a recovery with plain instances in them."""

    def __init__(self, accounts):
        self.accounts = accounts
        self.source, self.recovery, self.target = accounts.source, accounts.recovery, accounts.target
        self.keys = {
            place: place.key(f"alias/{name}", "222222222222")
            for place, name in ((self.source, "source"), (self.recovery, "recovery"))
        }
        self.keys[self.target] = self.target.key("alias/target")

    def make(self, place, name="orders", **settings):
        wanted = {
            "Engine": "postgres",
            "DBInstanceClass": "db.r6g.large",
            "AllocatedStorage": 20,
            "MasterUsername": "keeper",
            "MasterUserPassword": "long-enough",
            "StorageEncrypted": True,
            "KmsKeyId": self.keys[place],
        }
        unencrypted = settings.get("StorageEncrypted") is False
        wanted = {key: value for key, value in wanted.items() if not (unencrypted and key == "KmsKeyId")}
        place.rds.create_db_instance(DBInstanceIdentifier=name, **wanted | settings)
        return self.show(place, name)

    @staticmethod
    def show(place, name="orders"):
        return place.rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]

    @staticmethod
    def names(place):
        found = place.rds.describe_db_instances()["DBInstances"]
        return {one["DBInstanceIdentifier"]: one["DBInstanceStatus"] for one in found}

    @staticmethod
    def snapshots(place):
        found = place.rds.describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
        return {one["DBSnapshotIdentifier"]: one for one in found}

    def snapshot(self, place, name, source="orders", **tags):
        place.rds.create_db_snapshot(
            DBInstanceIdentifier=source, DBSnapshotIdentifier=name, Tags=own_tags(**tags)
        )
        return self.snapshots(place)[name]

    def copy(self, **changed):
        arguments = {
            "source_snapshot_arn": f"arn:aws:rds:us-west-2:111111111111:snapshot:{POINT}",
            "source_region": "us-west-2",
            "snapshot_id": POINT,
            "kms_key_id": "alias/recovery",
            "role": "recovery-copy",
            **COMMON,
            **RUN,
            **RECOVERY,
        }
        return run_step(CopySnapshotOperator(**arguments | changed), new_context())

    def share(self, **changed):
        arguments = {"snapshot_id": POINT, "target_account_id": "222222222222", **COMMON, **SOURCE}
        return run_step(ShareSnapshotOperator(**arguments | changed), new_context())

    def swapped(self):
        """A live instance and a proved candidate, and the step that swaps them."""
        old = self.make(self.target)["DbiResourceId"]
        new = self.make(self.target, CANDIDATE, Tags=[*OWN, *own_tags(proved=STAMP)])["DbiResourceId"]
        step = SwapNamesOperator(
            live_resource_id=old, candidate_resource_id=new, rename_instances=True, stamp=STAMP, **LIVE
        )
        return old, new, step

    def by_id(self):
        found = self.target.rds.describe_db_instances()["DBInstances"]
        return {one["DbiResourceId"]: one["DBInstanceIdentifier"] for one in found}

    def retire(self, old, new, **changed):
        arguments = {
            "live_resource_id": new,
            "retired_resource_id": old,
            "engine": "postgres",
            "login_secret_id": LOGIN,
            "drain_minutes": 0,
            "action": "delete",
            "final_snapshot": True,
            **RUN,
            **LIVE,
        }
        return run_step(RetireOldOperator(**arguments | changed), new_context())


@pytest.fixture
def world(accounts, monkeypatch):
    # Nothing answers behind these endpoints; a client asks for the authorities before it finds that out.
    monkeypatch.setenv("SWITCHYARD_DB_CA_BUNDLE", certifi.where())
    return World(accounts)


def test_a_snapshot_is_copied_and_shared_with_one_account(world):
    """It should make, copy and share the snapshot of an instance once, each under its own tags and key."""
    world.make(world.source)
    take = CreateSnapshotOperator(source_id="orders", snapshot_id=POINT, **COMMON, **RUN, **SOURCE)
    made = run_step(take, new_context())
    assert made["snapshot_arn"] == f"arn:aws:rds:us-west-2:111111111111:snapshot:{POINT}"
    copied = world.copy()
    assert copied["kms_key_id"] == world.keys[world.recovery]
    assert world.share(**RECOVERY)["shared_with"] == "222222222222"
    world.accounts.changes()
    assert (world.copy(), world.share(**RECOVERY)["shared_with"]) == (copied, "222222222222")
    assert world.accounts.changes() == []


def test_the_twenty_first_copy_waits_for_one_of_the_twenty(world):
    """It should wait for a copy in flight to end, and then be made."""
    world.make(world.source)
    arn = world.snapshot(world.source, POINT, pipeline=PIPELINE, run=STAMP)["DBSnapshotArn"]
    world.accounts.sandbox.durations({"snapshot.copy": 2.0})
    for number in range(20):
        world.recovery.rds.copy_db_snapshot(
            SourceDBSnapshotIdentifier=arn,
            TargetDBSnapshotIdentifier=f"other-{number}",
            KmsKeyId="alias/recovery",
            SourceRegion="us-west-2",
        )
    assert world.copy()["snapshot_id"] == POINT
    refused = {call["error"] for call in world.accounts.sandbox.calls("rds:CopyDBSnapshot")}
    assert "SnapshotQuotaExceeded" in refused


def test_what_is_unneeded_succeeds_and_says_why(world):
    """It should hand on the snapshot itself for its copy, share nothing, and delete nothing."""
    world.make(world.source)
    world.snapshot(world.source, POINT, pipeline=PIPELINE, run=STAMP)
    world.accounts.changes()
    copied = world.copy(unneeded="it is restored in the Region of its source")
    assert copied["summary"] == "nothing to copy: it is restored in the Region of its source"
    assert copied["snapshot_arn"] == f"arn:aws:rds:us-west-2:111111111111:snapshot:{POINT}"
    assert copied["kms_key_id"] == world.keys[world.source]
    shared = world.share(unneeded="it is restored in the account of its source")
    assert shared["shared_with"] == "nobody"
    assert shared["summary"] == "nothing to share: it is restored in the account of its source"
    assert world.accounts.changes() == []


def test_a_share_that_is_not_needed_is_refused(world):
    """It should not pass over a share that somebody made of a snapshot of one account."""
    world.make(world.source)
    world.snapshot(world.source, POINT)
    world.source.rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier=POINT, AttributeName="restore", ValuesToAdd=["999999999999"]
    )
    with pytest.raises(
        CheckFailed, match=rf"^snapshot {POINT} is shared with nobody alone: .*999999999999 too\. Remove"
    ):
        world.share(unneeded="it is restored in the account of its source")


UNFIT = {
    "shop": r"^source\.instance_id is 'shop': no such instance in account",
    "orders": r"^engine is 'mysql': instance orders runs postgres\. Correct engine or source\.instance_id",
    "plain": r"^source\.instance_id is 'plain': the instance is not encrypted.*Copy a snapshot",
    "member": r"^source\.instance_id is 'member': the instance belongs to cluster pair.*Protect",
}
ENGINES = {"orders": "mysql", "member": "aurora-postgresql"}


@pytest.mark.parametrize(("name", "message"), UNFIT.items())
def test_an_instance_of_which_no_recovery_point_can_be_made_is_refused(world, name, message):
    """It should name the field, what is found and what to do, before anything is written."""
    world.make(world.source)
    world.make(world.source, "plain", StorageEncrypted=False)
    world.source.cluster("pair", Engine="aurora-postgresql")
    world.source.instance("member", "pair", Engine="aurora-postgresql")
    arguments = {
        "engine": ENGINES.get(name, "postgres"),
        "source_id": name,
        "kms_key_id": "alias/source",
        "recovery_region": "us-west-1",
        "recovery_key_id": "alias/recovery",
        "recovery_key_field": "recovery.kms_key_id",
        "login_secret_id": LOGIN,
        "manifest_bucket": BUCKET,
        "topic_arn": "arn:aws:sns:us-west-1:111111111111:points",
        **COMMON,
        **SOURCE,
    }
    with pytest.raises(BadInput, match=message):
        run_step(CheckRecoveryPointPreconditionsOperator(**arguments), new_context())


def test_a_candidate_gets_what_only_a_modification_takes(world):
    """It should restore with the source's settings, then set what the restore does not take, once."""
    world.recovery.bucket()
    source = world.make(
        world.target, MaxAllocatedStorage=100, PreferredMaintenanceWindow="sun:03:00-sun:04:00"
    )
    world.snapshot(world.target, POINT)
    manifest = Manifest(
        pipeline=PIPELINE,
        run_id="scheduled__1",
        stamp=STAMP,
        source_account_id="111111111111",
        source_region="us-west-2",
        source_time=datetime(2026, 2, 1, tzinfo=UTC),
        snapshot_ids={"us-west-1": POINT},
        **instance_contents(source),
    )
    content = manifest.to_json().encode()
    world.recovery.client("s3").put_object(Bucket=BUCKET, Key="manifest.json", Body=content)
    arguments = {
        "snapshot": POINT,
        "source_snapshot_arn": f"arn:aws:rds:us-west-1:111111111111:snapshot:{POINT}",
        "manifest_uri": f"s3://{BUCKET}/manifest.json",
        "manifest_sha256": hashlib.sha256(content).hexdigest(),
        "overrides": {"DBInstanceClass": ""},
        **RUN,
        **LIVE,
    }
    world.accounts.changes()
    first = run_step(RestoreCandidateOperator(**arguments), new_context())
    assert world.accounts.changes() == ["rds:RestoreDBInstanceFromDBSnapshot", "rds:ModifyDBInstance"]
    made = world.show(world.target, CANDIDATE)
    assert made["MaxAllocatedStorage"] == 100
    assert made["PreferredMaintenanceWindow"] == "sun:03:00-sun:04:00"
    assert made["DBInstanceClass"] == "db.r6g.large"
    assert run_step(RestoreCandidateOperator(**arguments), new_context()) == first
    assert world.accounts.changes() == []


def test_a_swap_is_two_renames(world):
    """It should give the live name to the candidate, and be done when it runs again."""
    old, new, step = world.swapped()
    world.accounts.changes()
    assert run_step(step, new_context())["renames"] == 2
    assert world.by_id() == {old: RETIRED, new: "orders"}
    assert world.accounts.changes().count("rds:ModifyDBInstance") == 2
    run_step(step, new_context())
    assert world.accounts.changes() == []


def test_the_old_instance_gets_its_name_back_when_the_new_one_may_not_have_it(world):
    """It should not leave clients without an endpoint."""
    old, new, step = world.swapped()
    world.accounts.sandbox.fault("rds:ModifyDBInstance", "error", code="AccessDenied", times=1, after=1)
    with pytest.raises(NotAllowed, match=r"^swap of orders: it was rolled back: .*AccessDenied"):
        run_step(step, new_context())
    assert world.by_id() == {old: "orders", new: CANDIDATE}


def test_a_verification_that_failed_goes_back(world):
    """It should rename both back where the candidate was turned back, and say who bears the name."""
    old, new, step = world.swapped()
    run_step(step, new_context())
    arn = world.show(world.target)["DBInstanceArn"]
    world.target.rds.add_tags_to_resource(ResourceName=arn, Tags=own_tags(swap_direction="back"))
    check = CheckLiveOperator(
        candidate_resource_id=new, stamp=STAMP, **PROOF | {"engine": "postgres"}, **LIVE
    )
    with pytest.raises(CheckFailed, match=r"Rolled back: the old instance bears it again\. Study"):
        run_step(check, new_context())
    assert world.by_id() == {old: "orders", new: CANDIDATE}


def test_the_old_instance_comes_back_where_the_candidate_was_deleted(world, monkeypatch):
    """It should find the way back in the old instance's own tags, as the plan went with the candidate."""
    monkeypatch.setattr(describe, "LONGEST_UNSEEN", 0.3)
    old, new, step = world.swapped()
    run_step(step, new_context())
    world.target.rds.delete_db_instance(DBInstanceIdentifier="orders", SkipFinalSnapshot=True)
    check = CheckLiveOperator(
        candidate_resource_id=new, stamp=STAMP, **PROOF | {"engine": "postgres"}, **LIVE
    )
    with pytest.raises(StepFailed, match=rf"the candidate {new} was deleted; orders is borne by {old}"):
        run_step(check, new_context())
    assert world.by_id() == {old: "orders"}


@pytest.mark.parametrize("action", ["delete", "stop"])
def test_the_replaced_instance_is_retired(world, action):
    """It should go after its final snapshot, or stay stopped, and nothing happen when it runs again."""
    old, new, step = world.swapped()
    run_step(step, new_context())
    world.target.login()
    first = world.retire(old, new, action=action)
    stopped = {} if action == "delete" else {RETIRED: "stopped"}
    assert world.names(world.target) == {"orders": "available"} | stopped
    assert set(world.snapshots(world.target)) == ({FINAL} if action == "delete" else set())
    world.accounts.changes()
    assert world.retire(old, new, action=action) == first
    assert world.accounts.changes() == []


def test_deletion_protection_of_a_foreign_instance_is_respected(world):
    """It should not even snapshot a protected instance that the pipeline did not make."""
    old, new, step = world.swapped()
    run_step(step, new_context())
    world.target.rds.modify_db_instance(
        DBInstanceIdentifier=RETIRED, DeletionProtection=True, ApplyImmediately=True
    )
    world.accounts.changes()
    with pytest.raises(NotAllowed, match=rf"^deleting {RETIRED}: .*did not make this instance\. Turn"):
        world.retire(old, new)
    assert world.accounts.changes() == []


def test_expired_snapshots_of_an_instance_are_deleted(world):
    """It should delete what retention no longer asks for, and leave to others what is theirs."""
    world.make(world.source)
    for day in (1, 2, 3):
        moment = f"2026-01-0{day}T00:00:00+00:00"
        run = f"260101000{day}-0a1b2c"
        tags = {"pipeline": PIPELINE, "run": run, "role": "recovery-point", "source_time": moment}
        world.snapshot(world.source, f"orders-rp-{run}", **tags)
    world.snapshot(world.source, "somebody-elses")
    arguments = {
        "pipeline": PIPELINE,
        "source_id": "orders",
        "regions": ["us-west-2"],
        "keep_last": 1,
        "keep_days": 0,
        "require_acknowledgement": False,
        **COMMON,
        **SOURCE,
    }
    unneeded = ApplyRetentionOperator(**arguments, unneeded="it is done elsewhere")
    assert run_step(unneeded, new_context()) == {
        "deleted": [],
        "summary": "nothing to delete: it is done elsewhere",
    }
    assert len(run_step(ApplyRetentionOperator(**arguments), new_context())["deleted"]) == 2
    assert set(world.snapshots(world.source)) == {"orders-rp-2601010003-0a1b2c", "somebody-elses"}
