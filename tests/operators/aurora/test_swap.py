"""Swaps that other hands, or AWS, interrupt: whose name is given away, and how the live name comes back."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from sandbox.runtime import runtime
from switchyard.errors import NotAllowed, StepFailed
from switchyard.operators.aurora import describe, swap_state
from switchyard.operators.aurora.checks import CheckLiveOperator
from switchyard.operators.aurora.clusters import Clusters
from switchyard.operators.aurora.swap import SwapNamesOperator
from switchyard.operators.aurora.tags import tags_of
from tests.support.aws_connections import TARGET
from tests.support.control_plane import new_context, own_tags
from tests.support.swap_proof import PIPELINE, PROOF

STAMP = "2602010000-0a1b2c"
CANDIDATE, RETIRED = f"orders-new-{STAMP}", f"orders-old-{STAMP}"
STEP = {
    "task_id": "step",
    "live_id": "orders",
    "stamp": STAMP,
    "timeout": timedelta(minutes=1),
    "poll_interval": 0.05,
    **TARGET,
}


class World:
    """A target account with a live cluster and a proved candidate, of one writer and one reader each."""

    def __init__(self, accounts):
        self.accounts, self.place, self.rds = accounts, accounts.target, accounts.target.rds
        own = own_tags(pipeline=PIPELINE, run=STAMP, role="candidate")
        self.old_id = self.place.cluster()["DbClusterResourceId"]
        made = self.place.cluster(CANDIDATE, Tags=own + own_tags(proved=STAMP))
        self.new_id = made["DbClusterResourceId"]
        for number in (1, 2):
            self.place.instance(f"orders-{number}")
            self.place.instance(f"orders-{number}-new-{STAMP}", CANDIDATE, Tags=own)
        accounts.changes()

    def swap(self, **changed):
        return self._run(self.swapping(**changed))

    def swapping(self, **changed):
        """The step that swaps."""
        arguments = {
            "live_resource_id": self.old_id,
            "candidate_resource_id": self.new_id,
            "rename_instances": True,
            **STEP,
        }
        return SwapNamesOperator(**arguments | changed)

    def check_live(self):
        return self._run(CheckLiveOperator(candidate_resource_id=self.new_id, **STEP, **PROOF))

    @staticmethod
    def _run(operator):
        """Act until nothing is left to do; a look takes the place of every wait, as nothing takes long here."""
        context = new_context()
        while operator.act(context) is not None:
            time.sleep(0.02)
        return operator.result(context)

    def half_swap(self, renames):
        """Swap until so many renames are done, of four instances and then two clusters; the next ones are refused."""
        operation, after = ("Instance", renames) if renames < 4 else ("Cluster", renames - 4)
        self.refuse(f"rds:ModifyDB{operation}", after=after, times=99)
        with pytest.raises(ClientError, match="not authorized"):
            self.swap()
        self.accounts.sandbox.server.faults.clear()
        self.accounts.changes()

    def refuse(self, operation, **when):
        self.accounts.sandbox.fault(operation, "error", code="AccessDenied", message="not authorized", **when)

    def delete(self, cluster):
        for member in self.place.show_cluster(cluster)["DBClusterMembers"]:
            self.delete_instance(member["DBInstanceIdentifier"])
        self.rds.delete_db_cluster(DBClusterIdentifier=cluster, SkipFinalSnapshot=True)
        self.accounts.changes()

    def delete_instance(self, name):
        self.rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
        self.accounts.changes()

    def rename(self, cluster, name):
        self.rds.modify_db_cluster(
            DBClusterIdentifier=cluster, NewDBClusterIdentifier=name, ApplyImmediately=True
        )
        self.accounts.changes()

    def tag(self, cluster, **tags):
        arn = self.place.show_cluster(cluster)["DBClusterArn"]
        self.rds.add_tags_to_resource(ResourceName=arn, Tags=own_tags(**tags))
        self.accounts.changes()

    def names(self):
        found = self.rds.describe_db_clusters()["DBClusters"]
        return {one["DbClusterResourceId"]: one["DBClusterIdentifier"] for one in found}

    def instances(self, cluster):
        return sorted(
            member["DBInstanceIdentifier"] for member in self.place.show_cluster(cluster)["DBClusterMembers"]
        )


@pytest.fixture
def world(accounts, monkeypatch):
    """Such a world, in which what is not shown for a third of a second is gone."""
    monkeypatch.setattr(describe, "LONGEST_UNSEEN", 0.3)
    return World(accounts)


def test_only_the_cluster_that_was_live_is_replaced(world):
    """It should not give away the name of a cluster that took it while the candidate was made."""
    world.rename("orders", "orders-by-hand")
    other = world.place.cluster()["DbClusterResourceId"]
    world.accounts.changes()
    with pytest.raises(
        NotAllowed,
        match=rf"^giving orders to {CANDIDATE}: {other} bears it now; .* it was {world.old_id}\. If",
    ):
        world.swap()
    assert world.accounts.changes() == []


def test_a_name_that_was_free_and_is_taken_is_not_given_away(world):
    """It should not replace a cluster that nobody saw when the run began."""
    with pytest.raises(NotAllowed, match=rf"{world.old_id} bears it now; .* it was nobody\. If"):
        world.swap(live_resource_id="")
    assert world.accounts.changes() == []


def test_a_live_cluster_that_was_renamed_away_is_not_passed_over(world):
    """It should not leave the old cluster behind unretired and take its name."""
    world.rename("orders", "orders-by-hand")
    with pytest.raises(NotAllowed, match=rf"nobody bears it now; .* it was {world.old_id}\. If"):
        world.swap()
    assert world.accounts.changes() == []


def test_the_name_of_a_deleted_cluster_is_free(world):
    """It should swap as in a first run where the live cluster is gone for good."""
    world.delete("orders")
    assert world.swap()["retired_resource_id"] == ""
    assert world.names() == {world.new_id: "orders"}


@pytest.mark.parametrize("renames", [1, 3, 5, 6])
@pytest.mark.parametrize("step", ["swap", "check_live"])
def test_the_old_cluster_returns_when_the_candidate_is_deleted(world, renames, step):
    """It should give the live name and the instances' names back, wherever the swap stood."""
    world.half_swap(renames) if renames < 6 else world.swap()
    world.delete(world.names()[world.new_id])
    with pytest.raises(
        StepFailed,
        match=rf"the candidate {world.new_id} was deleted; orders is borne by {world.old_id}\. Look in CloudTrail",
    ):
        getattr(world, step)()
    assert world.names() == {world.old_id: "orders"}
    assert world.instances("orders") == ["orders-1", "orders-2"]


def test_a_deletion_of_the_live_candidate_is_waited_for(world):
    """It should give the name back as soon as the cluster that is being deleted has let it go."""
    world.swap()
    runtime.durations.override({"cluster.delete": 0.6})
    world.delete("orders")
    with pytest.raises(StepFailed, match=f"orders is borne by {world.old_id}"):
        world.check_live()


@pytest.mark.parametrize("renames", [0, 2, 4])
@pytest.mark.parametrize("gone", ["reader", "cluster"])
def test_the_swap_goes_on_without_what_was_deleted_of_the_old_side(world, renames, gone):
    """It should not wait for ever for an old reader, or an old cluster, that somebody deletes on the way."""
    world.half_swap(renames)
    old = world.names()[world.old_id]
    if gone == "reader":
        (reader,) = [name for name in world.instances(old) if name.startswith("orders-2")]
        world.delete_instance(reader)
    else:
        world.delete(old)
    world.swap()
    assert world.names()[world.new_id] == "orders"
    assert world.instances("orders") == ["orders-1", "orders-2"]


def test_a_filter_that_finds_nothing_is_no_error(world):
    """It should bear an AWS that refuses to describe several clusters of which one is gone."""
    world.accounts.sandbox.fault("rds:DescribeDBClusters", "error", code="DBClusterNotFoundFault", times=1)
    wanted = [world.old_id, world.new_id]
    seen = Clusters().observe(world.rds, resource_ids=wanted, names=["orders"])
    assert {one.resource_id for one in seen if one.kind == "cluster"} == set(wanted)


def test_an_accepted_swap_is_past(world):
    """It should look for nothing that was retired since, when a person clears the step of a finished run."""
    result = world.swap()
    world.tag("orders", role="live")
    world.delete(RETIRED)
    assert world.swap() == result
    assert world.accounts.changes() == []


def test_the_old_cluster_gets_its_name_back_when_the_new_one_may_not_have_it(world):
    """It should not leave clients without an endpoint until a person comes; and go on when one has mended it."""
    world.refuse("rds:ModifyDBCluster", after=1)
    with pytest.raises(
        NotAllowed,
        match=r"^swap of orders: it was rolled back: .*AccessDenied.*not authorized.* start a new run",
    ):
        world.swap()
    assert world.names() == {world.old_id: "orders", world.new_id: CANDIDATE}
    assert world.instances("orders") == ["orders-1", "orders-2"]
    world.tag(CANDIDATE, swap_direction="forward")
    world.swap()
    assert world.names() == {world.old_id: RETIRED, world.new_id: "orders"}


def test_a_refusal_before_the_endpoint_is_away_is_left_to_a_person(world):
    """It should stop where clients still have what they had."""
    world.refuse("rds:ModifyDBCluster")
    with pytest.raises(ClientError, match="not authorized"):
        world.swap()
    assert world.names() == {world.old_id: "orders", world.new_id: CANDIDATE}
    assert swap_state.direction(tags_of(world.place.show_cluster(CANDIDATE))) == "forward"
    world.swap()
    assert world.names()[world.new_id] == "orders"
