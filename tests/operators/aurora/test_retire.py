"""What a run must not retire, and how it goes on after losses."""

from __future__ import annotations

from datetime import timedelta

import certifi
import pytest
from airflow.sdk.exceptions import TaskDeferred

from sandbox.runtime import runtime
from switchyard.errors import NotAllowed, StepFailed
from switchyard.operators.aurora.retire import RetireOldOperator
from switchyard.waiting.trigger import PauseTrigger
from tests.support.aws_connections import TARGET
from tests.support.control_plane import LOGIN, new_context, own_tags, run_step

STAMP = "2602010000-0a1b2c"
PIPELINE = "aurora_recovery/orders"
RETIRED, FINAL = f"orders-old-{STAMP}", f"orders-final-{STAMP}"
SWAPPED = own_tags(swap_run=STAMP, final_name=RETIRED, original_name="orders")


class World:
    """A target account after a swap: the new cluster under the live name, the old one under its retired name."""

    def __init__(self, accounts):
        self.accounts, self.place = accounts, accounts.target
        self.live_id = self.old_id = ""

    def make(self, *, tags=SWAPPED, live_tags=(), instances=0, **settings):
        self.live_id = self.place.cluster(Tags=list(live_tags))["DbClusterResourceId"]
        self.old_id = self.place.cluster(RETIRED, Tags=tags, **settings)["DbClusterResourceId"]
        for number in range(instances):
            self.place.instance(f"orders-{number}-old", RETIRED)
        self.accounts.changes()
        return self

    def retire(self, **changed):
        return run_step(self.step(**changed), new_context())

    def step(self, **changed):
        arguments = {
            "task_id": "retire_old",
            "live_id": "orders",
            "live_resource_id": self.live_id,
            "retired_resource_id": self.old_id,
            "engine": "aurora-mysql",
            "login_secret_id": LOGIN,
            "pipeline": PIPELINE,
            "stamp": STAMP,
            "drain_minutes": 0,
            "action": "delete",
            "final_snapshot": True,
            "timeout": timedelta(minutes=1),
            "poll_interval": 0.05,
            **TARGET,
        }
        return RetireOldOperator(**arguments | changed)

    def clusters(self):
        return {one["DBClusterIdentifier"] for one in self.place.rds.describe_db_clusters()["DBClusters"]}


@pytest.fixture
def world(accounts):
    return World(accounts)


def test_the_replaced_cluster_goes_after_its_final_snapshot(world):
    """It should leave the live cluster and the final snapshot, and nothing of the old one."""
    world.make()
    result = world.retire()
    assert result["final_snapshot_id"] == FINAL
    assert world.clusters() == {"orders"}
    assert world.place.show_snapshot(FINAL)["Status"] == "available"


def test_a_cluster_that_does_not_answer_may_have_clients(world, monkeypatch):
    """It should wait out the drain: what takes no more connections is full of clients, and no less in use."""
    monkeypatch.setenv("SWITCHYARD_DB_CA_BUNDLE", certifi.where())
    world.place.login()
    world.make(instances=1)
    with pytest.raises(TaskDeferred) as waiting:
        world.step(drain_minutes=60).execute(new_context())
    assert isinstance(waiting.value.trigger, PauseTrigger)
    assert world.accounts.changes() == []


def test_nothing_is_retired_while_somebody_else_bears_the_live_name(world):
    """It should keep the old data when the live name is not on the proved cluster."""
    world.make()
    with pytest.raises(
        NotAllowed,
        match=rf"borne by {world.live_id}, not by the proved cluster cluster-PROVED\. Finish or roll back the swap",
    ):
        world.retire(live_resource_id="cluster-PROVED")
    assert world.accounts.changes() == []


def test_nothing_is_retired_while_nobody_bears_the_live_name(world):
    """It should keep the old data in the middle of a swap."""
    world.make()
    world.place.rds.delete_db_cluster(DBClusterIdentifier="orders", SkipFinalSnapshot=True)
    world.accounts.changes()
    with pytest.raises(NotAllowed, match="the live name is borne by nobody"):
        world.retire()
    assert world.accounts.changes() == []


def test_nothing_is_retired_once_the_swap_is_to_go_back(world):
    """It should keep the old data when the new cluster failed its verification."""
    world.make(live_tags=own_tags(swap_direction="back"))
    with pytest.raises(
        NotAllowed, match=r"the swap is to be rolled back\. Clear the task that checks the live"
    ):
        world.retire()
    assert world.accounts.changes() == []


@pytest.mark.parametrize(
    "tags",
    [
        [],
        own_tags(swap_run="2601010000-ffffff", final_name=RETIRED),
        own_tags(swap_run=STAMP, final_name="orders"),
    ],
)
def test_a_cluster_that_the_swap_did_not_rename_is_left_alone(world, tags):
    """It should retire only what bears the tags of this run's swap."""
    world.make(tags=tags)
    with pytest.raises(
        NotAllowed, match=rf"^retiring {RETIRED}: tags switchyard:swap-run=.* Only the cluster that"
    ):
        world.retire()
    assert world.accounts.changes() == []


def test_deletion_protection_of_a_foreign_cluster_is_respected(world):
    """It should not even snapshot a protected cluster that the pipeline did not make."""
    world.make(DeletionProtection=True)
    with pytest.raises(
        NotAllowed, match=rf"^deleting {RETIRED}: deletion protection is on.* Turn deletion protection"
    ):
        world.retire()
    assert world.accounts.changes() == []


def test_deletion_protection_of_an_own_cluster_is_lifted(world):
    """It should delete a protected cluster that an earlier run of the pipeline made."""
    world.make(tags=SWAPPED + own_tags(pipeline=PIPELINE), DeletionProtection=True)
    world.retire()
    assert world.clusters() == {"orders"}


def test_a_foreign_final_snapshot_is_not_adopted(world):
    """It should not take somebody's snapshot for the old data's safe copy."""
    world.make()
    world.place.snapshot(FINAL, "orders")
    world.accounts.changes()
    with pytest.raises(NotAllowed, match=rf"^adopting snapshot {FINAL}: tags"):
        world.retire()
    assert world.accounts.changes() == []


def test_a_final_snapshot_of_another_cluster_is_refused(world):
    """It should look whose data its final snapshot holds."""
    world.make()
    world.place.snapshot(FINAL, "orders", pipeline=PIPELINE, run=STAMP)
    world.accounts.changes()
    with pytest.raises(
        StepFailed,
        match=rf"^final snapshot {FINAL}: it holds {world.live_id}, not {world.old_id}\. Delete that",
    ):
        world.retire()
    assert world.accounts.changes() == []


def test_a_broken_final_snapshot_is_replaced(world):
    """It should delete nothing on the strength of a failed snapshot, and make a new one."""
    world.make()
    world.place.snapshot(FINAL, RETIRED, pipeline=PIPELINE, run=STAMP)
    where = {"account": "222222222222", "region": "us-west-1"}
    world.accounts.sandbox.force_status("db_cluster_snapshot", FINAL, "failed", **where)
    world.retire()
    assert world.clusters() == {"orders"}
    assert world.place.show_snapshot(FINAL)["Status"] == "available"


@pytest.mark.parametrize("operation", ["DeleteDBInstance", "DeleteDBCluster", "CreateDBClusterSnapshot"])
def test_a_lost_answer_is_no_failure(world, operation, monkeypatch):
    """It should go on where AWS has done what it was asked, though nobody heard."""
    monkeypatch.setenv("SWITCHYARD_DB_CA_BUNDLE", certifi.where())
    world.place.login()
    world.make(instances=2)
    world.accounts.sandbox.fault(f"rds:{operation}", "lost-response")
    world.retire()
    assert world.clusters() == {"orders"}


@pytest.mark.parametrize("final_snapshot", [True, False])
@pytest.mark.parametrize("duration", [0.0, 1.0])
def test_a_stopped_cluster_is_started_before_it_goes(world, final_snapshot, duration):
    """It should start what somebody stopped, and wait for what is stopping: AWS neither snapshots nor deletes it."""
    world.make()
    runtime.durations.override({"cluster.stop": duration})
    world.place.rds.stop_db_cluster(DBClusterIdentifier=RETIRED)
    result = world.retire(final_snapshot=final_snapshot)
    assert world.clusters() == {"orders"}
    assert (FINAL in world.place.snapshots()) is final_snapshot
    assert bool(result["final_snapshot_id"]) is final_snapshot


@pytest.mark.parametrize("action", ["delete", "stop"])
def test_a_change_under_way_is_waited_for(world, action):
    """It should let a change of the old cluster end, however long it takes."""
    world.make()
    runtime.durations.override({"cluster.modify": 3.0})
    world.place.rds.modify_db_cluster(
        DBClusterIdentifier=RETIRED, BackupRetentionPeriod=7, ApplyImmediately=True
    )
    # At first the cluster still shows that it is available, for longer than ten looks in a row would take.
    world.retire(action=action, poll_interval=0.5)
    assert (RETIRED in world.clusters()) is (action == "stop")


def test_a_cluster_that_cannot_be_saved_is_left_to_a_person(world):
    """It should delete nothing of which AWS can make no final snapshot, and say what may mend it."""
    world.make()
    where = {"account": "222222222222", "region": "us-west-1"}
    world.accounts.sandbox.force_status("db_cluster", RETIRED, "incompatible-parameters", **where)
    with pytest.raises(
        StepFailed, match=rf"^final snapshot of {RETIRED}: .*incompatible-parameters\. Correct what"
    ):
        world.retire()
    assert world.accounts.changes() == []
    world.retire(final_snapshot=False)
    assert world.clusters() == {"orders"}


def test_the_evidence_names_no_snapshot_that_is_not_there(world):
    """It should not claim a final snapshot of a cluster that somebody else deleted."""
    world.make()
    world.place.rds.delete_db_cluster(DBClusterIdentifier=RETIRED, SkipFinalSnapshot=True)
    assert world.retire() == {
        "retired_resource_id": world.old_id,
        "action": "gone without a final snapshot",
        "final_snapshot_id": "",
        "summary": "gone without a final snapshot",
    }


def test_a_run_that_replaced_nothing_retires_nothing(world):
    """It should end at once after a first restore."""
    world.make()
    assert world.retire(retired_resource_id="")["action"] == "nothing to retire"
    assert world.accounts.changes() == []
