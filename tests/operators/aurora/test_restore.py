"""The candidate and its instances: made once, whatever name they bear by now."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.rds import cluster_changes
from switchyard.aurora_recovery.manifest import Manifest, cluster_contents
from switchyard.errors import NotAllowed, StepFailed
from switchyard.operators.aurora import describe
from switchyard.operators.aurora.restore import CreateInstancesOperator, RestoreCandidateOperator
from tests.support.aws_connections import TARGET
from tests.support.control_plane import BUCKET, new_context, own_tags, run_step

PIPELINE = "aurora_recovery/orders"
STAMP = "2602010000-0a1b2c"
CANDIDATE, POINT = f"orders-new-{STAMP}", f"orders-rp-{STAMP}"
INSTANCES = [f"orders-{number}-new-{STAMP}" for number in (1, 2)]
NAMES = dict(zip([*INSTANCES, CANDIDATE], ["orders-1", "orders-2", "orders"], strict=True))


class World:
    """A target account with a live cluster of two instances, its snapshot, and the manifest that goes with it."""

    def __init__(self, accounts):
        self.accounts, self.place = accounts, accounts.target
        accounts.recovery.bucket()
        self.place.key("alias/switchyard-orders")
        self.place.cluster(StorageEncrypted=True, KmsKeyId="alias/switchyard-orders")
        instances = [self.place.instance(name) for name in ("orders-1", "orders-2")]
        self.place.snapshot(POINT)
        content = self.manifest(self.place.show_cluster("orders"), instances).to_json().encode()
        accounts.recovery.client("s3").put_object(Bucket=BUCKET, Key="manifest.json", Body=content)
        self.sha256 = hashlib.sha256(content).hexdigest()
        accounts.changes()

    @staticmethod
    def manifest(cluster, instances):
        return Manifest(
            pipeline=PIPELINE,
            run_id="scheduled__1",
            stamp=STAMP,
            source_account_id="111111111111",
            source_region="us-west-2",
            source_time=datetime(2026, 2, 1, tzinfo=UTC),
            snapshot_ids={"us-west-1": POINT},
            **cluster_contents(cluster, instances),
        )

    def restore(self, **overrides):
        return self._run(
            RestoreCandidateOperator,
            snapshot=POINT,
            source_snapshot_arn=f"arn:aws:rds:us-west-1:111111111111:cluster-snapshot:{POINT}",
            overrides={"KmsKeyId": "alias/switchyard-orders", **overrides},
        )

    def create_instances(self, on_first_wait=None):
        return self._run(CreateInstancesOperator, on_first_wait, instance_overrides={}, overrides={})

    def _run(self, kind, on_first_wait=None, **arguments):
        common = {
            "task_id": "step",
            "live_id": "orders",
            "manifest_uri": f"s3://{BUCKET}/manifest.json",
            "manifest_sha256": self.sha256,
            "pipeline": PIPELINE,
            "stamp": STAMP,
            "timeout": timedelta(minutes=1),
            "poll_interval": 0.05,
            **TARGET,
        }
        return run_step(kind(**common, **arguments), new_context(), on_first_wait=on_first_wait)

    def swap(self, *names):
        """Do of a swap what concerns these names, with the old ones out of the way."""
        rds = self.place.rds
        plan = own_tags(swap_run=STAMP)
        rds.add_tags_to_resource(ResourceName=self.place.show_cluster(CANDIDATE)["DBClusterArn"], Tags=plan)
        for name in names:
            kind = "cluster" if name == CANDIDATE else "instance"
            rename = getattr(rds, f"modify_db_{kind}")
            fields = f"DB{kind.capitalize()}Identifier", f"NewDB{kind.capitalize()}Identifier"
            away = {fields[0]: NAMES[name], fields[1]: NAMES[name] + "-away"}
            rename(**away, ApplyImmediately=True)
            rename(**{fields[0]: name, fields[1]: NAMES[name]}, ApplyImmediately=True)
        self.accounts.changes()

    def force(self, instance, status):
        where = {"account": self.place.account, "region": self.place.region}
        self.accounts.sandbox.force_status("db_instance", instance, status, **where)

    def delete_instance(self, name):
        self.place.rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)

    def names(self):
        found = self.place.rds.describe_db_clusters()["DBClusters"]
        return {
            one["DBClusterIdentifier"]: {member["DBInstanceIdentifier"] for member in one["DBClusterMembers"]}
            for one in found
        }


@pytest.fixture
def world(accounts):
    return World(accounts)


def test_a_candidate_is_made_once(world):
    """It should find its own cluster and instances when it runs again."""
    first = world.restore()
    world.create_instances()
    assert world.names()[CANDIDATE] == set(INSTANCES)
    world.accounts.changes()
    assert world.restore() == first
    assert world.create_instances()["instances"] == 2
    assert world.accounts.changes() == []


@pytest.mark.parametrize("renamed", [INSTANCES, [*INSTANCES, CANDIDATE]], ids=["instances", "all"])
def test_a_candidate_that_is_being_swapped_is_not_made_again(world, renamed):
    """It should know the run's own cluster and instances under the names that a swap has given them."""
    made = world.restore()
    world.create_instances()
    world.swap(*renamed)
    names = world.names()
    assert world.restore()["resource_id"] == made["resource_id"]
    assert world.create_instances()["instances"] == 2
    assert world.names() == names
    assert world.accounts.changes() == []


def test_a_setting_that_aws_shows_otherwise_is_asked_for_once(world, monkeypatch):
    """It should go on, for the check of the settings to name it, and not send the same call for ever."""
    monkeypatch.setitem(cluster_changes.CLUSTER_DIRECT, "auto_minor_version_upgrade", "hidden")
    monkeypatch.setattr("switchyard.operators.aurora.restore.SETTLE", 0.3)
    shown = world.place.show_cluster("orders")["AutoMinorVersionUpgrade"]
    world.restore(AutoMinorVersionUpgrade=not shown)
    changes = world.accounts.changes()
    assert changes == ["rds:RestoreDBClusterFromSnapshot", "rds:ModifyDBCluster"]


def test_a_wait_ends_when_somebody_deletes_what_was_made(world, monkeypatch):
    """It should say that the instance is gone, not wait until its time runs out; cleared, it makes it again."""
    monkeypatch.setattr(describe, "LONGEST_UNSEEN", 0.2)
    world.restore()
    world.create_instances()
    world.force(INSTANCES[1], "modifying")
    with pytest.raises(StepFailed, match=f"db_instance {INSTANCES[1]}: AWS does not show it"):
        world.create_instances(on_first_wait=lambda: world.delete_instance(INSTANCES[1]))
    assert world.create_instances()["instances"] == 2


def test_a_cluster_of_another_hand_is_not_adopted(world):
    """It should refuse a candidate's name that somebody else's cluster bears."""
    world.place.cluster(CANDIDATE)
    for step in (world.restore, world.create_instances):
        with pytest.raises(NotAllowed, match=f"^adopting cluster {CANDIDATE}"):
            step()
