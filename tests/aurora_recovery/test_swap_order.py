"""What holds the swap up and what does not, on the way there and back, and how it says so."""

from dataclasses import replace

import pytest

from switchyard.aurora_recovery.swap import Rename, Stuck, WaitFor, next_action, plan_swap
from switchyard.aurora_recovery.swap_plan import Move, SwapPlan
from switchyard.errors import BadInput, StepFailed
from tests.aurora_recovery.test_swap import (
    CANDIDATE,
    FORWARD,
    LIVE,
    NAMES,
    NEW,
    OLD,
    PLAN,
    after,
    changed,
    cluster,
    instance,
    without,
)

CLUSTERS_ALONE = plan_swap(
    NAMES, candidate=CANDIDATE, live=LIVE, proved_ids=["c-new"], rename_instances=False
)

CALLED = f"orders-1{NEW}"


@pytest.mark.parametrize("done", range(4))
def test_broken_live_instance_is_told_until_the_gap(done):
    """It should stop for the broken way back before the endpoint is away, also when nothing else is left to do."""
    world = changed(after(FORWARD[:done]), "db-w", status="storage-full")
    action = next_action(world, PLAN)
    while isinstance(action, Rename):
        assert action.resource_id == "db-r"
        world = [replace(it, name=action.new) if it.resource_id == "db-r" else it for it in world]
        action = next_action(world, PLAN)
    name = "orders-1" if done < 2 else f"orders-1{OLD}"
    assert action == Stuck(
        f"instance {name} is storage-full", f"Give instance {name} more storage, then run the step again."
    )


@pytest.mark.parametrize("resource_id", ["db-r", "db-n", "c-new"])
def test_invisible_resource_holds_the_swap_up(resource_id):
    """It should wait for whatever AWS does not show, as nobody knows whether it is on its way."""
    world = after(FORWARD[:3]) if resource_id == "c-new" else [*LIVE, *CANDIDATE]
    action = next_action(without(world, resource_id), PLAN)
    if isinstance(action, Rename):  # what leaves goes first, and is all there
        assert action == FORWARD[0]
        action = next_action(without(after(FORWARD[:2]), resource_id), PLAN)
    kind = "cluster" if resource_id == "c-new" else "instance"
    assert action == WaitFor(resource_id, kind, None, f"{kind} {resource_id} is not visible at the moment")


def test_invisible_old_cluster_holds_the_way_back_up():
    """It should wait for the cluster that is to serve again, and bring no other name back meanwhile."""
    world = without(changed(after(FORWARD), "c-new", name="orders" + NEW), "c-old")
    action = next_action(world, PLAN.inverse())
    assert action == WaitFor("c-old", "cluster", None, "cluster c-old is not visible at the moment")


@pytest.mark.parametrize("name", ["orders-1", "orders-2", "orders-1" + NEW])
@pytest.mark.parametrize("done", [4, 5])
def test_taken_instance_name_does_not_keep_the_endpoint_away(name, done):
    """It should bring the live name back whoever took the name of an instance."""
    world = [it for it in after(FORWARD[:done]) if it.name != name]
    action = next_action([*world, instance("db-x", name, "c-x")], PLAN.inverse())
    assert (
        action
        == [
            Rename("c-old", "cluster", "orders" + OLD, "orders"),
            Rename("c-new", "cluster", "orders", "orders" + NEW),
        ][done - 4]
    )


def test_side_that_is_gone_needs_no_mending():
    """It should not ask a person to mend an instance of the cluster that was deleted on the way back."""
    world = without(changed([*LIVE, *CANDIDATE], "db-n", status="storage-full"), "c-new")
    action = next_action(world, PLAN.inverse())
    assert isinstance(action, WaitFor)
    assert action.resource_id == "c-new"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("modifying", WaitFor("db-n", "instance", None, f"instance {CALLED} is modifying")),
        (
            "stopped",
            Stuck(f"instance {CALLED} is stopped", f"Start instance {CALLED}, then run the step again."),
        ),
    ],
)
def test_instances_that_keep_their_names_must_serve_too(status, expected):
    """It should not take the endpoint away before the candidate's instances can serve, though none is renamed."""
    assert next_action(changed([*LIVE, *CANDIDATE], "db-n", status=status), CLUSTERS_ALONE) == expected


@pytest.mark.parametrize("plan", [PLAN, CLUSTERS_ALONE], ids=["all", "clusters alone"])
def test_instances_do_not_hold_the_way_back_up(plan):
    """It should give the live name back to a cluster that is there, whatever its instances do."""
    world = changed(
        after([it for it in FORWARD if plan is PLAN or it.kind == "cluster"]), "db-w", status="stopped"
    )
    assert next_action(world, plan.inverse()) == Rename("c-new", "cluster", "orders", "orders" + NEW)


def test_live_instances_may_be_busy_where_none_is_renamed():
    """It should ask for the health of the successor's instances, not for that of the others."""
    world = changed([*LIVE, *CANDIDATE], "db-w", status="modifying")
    assert next_action(world, CLUSTERS_ALONE) == FORWARD[3]


def test_unproved_candidate_is_told_with_its_remedy():
    """It should say what makes the swap go on."""
    unproved = plan_swap(NAMES, candidate=CANDIDATE, live=LIVE, proved_ids=[])
    assert next_action([*LIVE, *CANDIDATE], unproved) == Stuck(
        f"cluster orders{NEW} (c-new) has not passed the checks of this run, so it may not take the name orders",
        "Run the checks of the candidate again; the swap goes on once they pass.",
    )


@pytest.mark.parametrize(
    ("moves", "says"),
    [
        (
            [Move("a", "cluster", "x", "y")],
            "swap plan is 'live': nothing in it takes or gives up the live name. "
            "Make the plan with plan_swap before any rename.",
        ),
        (
            [Move("a", "cluster", "x", "live"), Move("b", "cluster", "live", "bad--name")],
            "final name is 'bad--name': it is no RDS identifier",
        ),
    ],
)
def test_contradictory_plan_is_told_with_its_remedy(moves, says):
    """It should name the plan or the name, and how a sound one is made."""
    with pytest.raises(BadInput, match=r"^(swap plan|final name) is ") as refusal:
        SwapPlan("live", tuple(moves), frozenset({"a"}))
    assert str(refusal.value).startswith(says)


def test_wrong_candidate_is_told_with_its_remedy():
    """It should say what stands in the way of a plan, and what to do about it."""
    with pytest.raises(BadInput, match=r"^cluster to swap is ") as refusal:
        plan_swap(NAMES, candidate=[cluster("c-new", "orders-other")], live=LIVE, proved_ids=["c-new"])
    assert str(refusal.value) == (
        f"cluster to swap is 'orders-other': exactly orders{NEW} was expected before the first rename. "
        "If the swap of this run has begun, read its stored plan; "
        "otherwise remove or rename what stands in the way."
    )
    with pytest.raises(BadInput, match=r"^candidate instance is ") as refusal:
        plan_swap(NAMES, candidate=[*CANDIDATE, instance("db-h", "helper", "c-new")], proved_ids=[])
    assert (
        refusal.value.remedy
        == "Instances of a candidate are created by the run; delete one that was added by hand."
    )


def test_plan_is_not_made_anew_over_names_that_the_run_has_given():
    """It should not take the new name of an old instance for the one that a way back leads to."""
    live = [instance("db-w", f"orders-1{OLD}", "c-old"), cluster("c-old", "orders")]
    with pytest.raises(BadInput, match=r"^instance to replace is ") as refusal:
        plan_swap(NAMES, candidate=CANDIDATE, live=live, proved_ids=["c-new"])
    assert str(refusal.value) == (
        f"instance to replace is 'orders-1{OLD}': its name ends in {OLD}, so that the swap of this run has begun. "
        "AWS shows the stored plan late: clear this task."
    )


def test_loss_of_the_new_side_is_told_with_the_name_of_the_swap():
    """It should say of which swap a resource is gone, and where to look."""
    with pytest.raises(
        StepFailed, match=r"^swap of orders: cluster c-new, formerly orders-new-.*, is gone\. Look in"
    ):
        PLAN.without({"c-new"})
