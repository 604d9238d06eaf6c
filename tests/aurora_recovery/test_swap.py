"""The order of the swap, its guards, and its way back."""

from dataclasses import replace

import pytest

from switchyard.aurora_recovery.names import RecoveryNames
from switchyard.aurora_recovery.swap import (
    Done,
    Move,
    Rename,
    Resource,
    Stuck,
    SwapPlan,
    WaitFor,
    next_action,
    plan_swap,
    simulate,
)
from switchyard.errors import BadInput, StepFailed

NAMES = RecoveryNames.for_run("orders", "2601310930-0a1b2c")
NEW, OLD = "-new-2601310930-0a1b2c", "-old-2601310930-0a1b2c"


def cluster(resource_id, name, status="available"):
    return Resource(resource_id, "cluster", name, resource_id, status)


def instance(resource_id, name, cluster_id, status="available"):
    return Resource(resource_id, "instance", name, cluster_id, status)


LIVE = [
    instance("db-r", "orders-2", "c-old"),
    instance("db-w", "orders-1", "c-old"),
    cluster("c-old", "orders"),
]
CANDIDATE = [instance("db-n", "orders-1" + NEW, "c-new"), cluster("c-new", "orders" + NEW)]
PLAN = plan_swap(NAMES, candidate=CANDIDATE, live=LIVE, proved_ids=["c-new"])
FORWARD = [
    Rename("db-r", "instance", "orders-2", "orders-2" + OLD),
    Rename("db-w", "instance", "orders-1", "orders-1" + OLD),
    Rename("db-n", "instance", "orders-1" + NEW, "orders-1"),
    Rename("c-old", "cluster", "orders", "orders" + OLD),
    Rename("c-new", "cluster", "orders" + NEW, "orders"),
]


def after(renames, world=(*LIVE, *CANDIDATE)):
    names = {rename.resource_id: rename.new for rename in renames}
    return [replace(item, name=names.get(item.resource_id, item.name)) for item in world]


def changed(world, resource_id, **changes):
    return [replace(item, **changes) if item.resource_id == resource_id else item for item in world]


def without(world, resource_id):
    return [item for item in world if item.resource_id != resource_id]


def test_forward_order_takes_the_endpoint_away_last():
    """It should move instances first and leave only the two cluster renames for the end."""
    assert simulate([*LIVE, *CANDIDATE], PLAN) == (FORWARD, Done())


def test_back_order_brings_the_endpoint_back_first():
    """It should put the cluster names back before any instance."""
    renames, end = simulate(after(FORWARD), PLAN.inverse())
    assert end == Done()
    assert [(it.resource_id, it.new) for it in renames] == [
        ("c-new", "orders" + NEW),
        ("c-old", "orders"),
        ("db-n", "orders-1" + NEW),
        ("db-r", "orders-2"),
        ("db-w", "orders-1"),
    ]


@pytest.mark.parametrize("done", range(len(FORWARD) + 1))
def test_swap_resumes_and_returns_from_every_point(done):
    """It should continue after any number of renames, and undo exactly those."""
    world = after(FORWARD[:done])
    assert simulate(world, PLAN) == (FORWARD[done:], Done())
    undone, end = simulate(world, PLAN.inverse())
    assert end == Done()
    assert {it.resource_id for it in undone} == {it.resource_id for it in FORWARD[:done]}
    assert sorted(after(undone, world), key=str) == sorted([*LIVE, *CANDIDATE], key=str)


def test_first_run_has_nothing_to_move_away():
    """It should give the live name to the candidate where nobody holds it, and take it back on rollback."""
    plan = plan_swap(NAMES, candidate=CANDIDATE, proved_ids=["c-new"])
    renames, end = simulate(CANDIDATE, plan)
    assert ([it.new for it in renames], end) == (["orders-1", "orders"], Done())
    back, end = simulate(after(renames, CANDIDATE), plan.inverse())
    assert ([it.new for it in back], end) == (["orders" + NEW, "orders-1" + NEW], Done())


def test_instances_may_keep_their_names():
    """It should rename the two clusters alone when that is configured."""
    plan = plan_swap(NAMES, candidate=CANDIDATE, live=LIVE, proved_ids=["c-new"], rename_instances=False)
    assert simulate([*LIVE, *CANDIDATE], plan) == (FORWARD[3:], Done())


def test_instances_of_auto_scaling_stay_out_of_the_swap():
    """It should plan nothing for readers that come and go by themselves, whatever their names' length."""
    scaled = instance("db-s", "application-autoscaling-5f0c3a52-9d0e-4f6b-8a1b-6c1f0a1b2c3d", "c-old")
    plan = plan_swap(NAMES, candidate=CANDIDATE, live=[scaled, *LIVE], proved_ids=["c-new"])
    assert plan == PLAN


def test_plain_rds_swaps_two_instances():
    """It should treat an instance as the holder of the live name where there are no clusters."""
    live = [Resource("db-old", "instance", "orders", None, "available")]
    new = [Resource("db-new", "instance", "orders" + NEW, None, "available")]
    plan = plan_swap(NAMES, candidate=new, live=live, proved_ids=["db-new"], subject="instance")
    renames, end = simulate([*live, *new], plan)
    assert ([(it.resource_id, it.new) for it in renames], end) == (
        [("db-old", "orders" + OLD), ("db-new", "orders")],
        Done(),
    )


def test_unproved_candidate_never_moves():
    """It should refuse before the first rename when the candidate has not passed its checks."""
    plan = plan_swap(NAMES, candidate=CANDIDATE, live=LIVE, proved_ids=[])
    renames, end = simulate([*LIVE, *CANDIDATE], plan)
    assert renames == []
    assert isinstance(end, Stuck)
    assert "c-new) has not passed the checks of this run, so it may not take the name orders" in end.reason


@pytest.mark.parametrize("done", range(len(FORWARD)))
def test_foreign_cluster_on_the_live_name_stops_the_swap(done):
    """It should name a stranger that took the live name, whenever it appears while the name is free."""
    world = [it for it in after(FORWARD[:done]) if it.name != "orders"]
    action = next_action([*world, cluster("c-foreign", "orders")], PLAN)
    assert isinstance(action, Stuck)
    assert action.reason == "cluster name orders was taken by c-foreign, which is not part of the swap"
    assert "rename or delete it, then run the step again" in action.remedy


def test_foreign_instance_is_seen_before_the_first_rename():
    """It should not begin a swap that a name clash would stop half way."""
    world = [*without(LIVE, "db-w"), *CANDIDATE, instance("db-x", "orders-1", "c-x")]
    plan = plan_swap(NAMES, candidate=CANDIDATE, live=without(LIVE, "db-w"), proved_ids=["c-new"])
    action = next_action(world, plan)
    assert isinstance(action, Stuck)
    assert "instance name orders-1 was taken by db-x" in action.reason


def test_foreign_instance_does_not_hold_up_the_rollback_of_the_clusters():
    """It should bring the live name back even when an instance name is taken."""
    world = [*after(FORWARD[:4]), instance("db-x", "orders-2", "c-x")]
    assert next_action(world, PLAN.inverse()) == Rename("c-old", "cluster", "orders" + OLD, "orders")


@pytest.mark.parametrize("done", range(3))
def test_renamed_by_hand_is_seen_before_the_next_rename(done):
    """It should leave a resource alone that got a name of nobody's plan, and say so at once."""
    stuck = next_action(changed(after(FORWARD[:done]), "db-n", name="mine"), PLAN)
    assert isinstance(stuck, Stuck)
    assert "instance db-n is called mine, not orders-1-new-2601310930-0a1b2c or orders-1" in stuck.reason
    assert "give it back the name orders-1-new-2601310930-0a1b2c" in stuck.remedy


@pytest.mark.parametrize("resource_id", ["c-new", "db-n"])
@pytest.mark.parametrize(
    ("status", "expected"), [("modifying", WaitFor), ("incompatible-parameters", Stuck), ("stopped", Stuck)]
)
def test_live_name_is_kept_until_the_successor_is_ready(resource_id, status, expected):
    """It should not take the endpoint away while the candidate or one of its instances is not available."""
    action = next_action(changed(after(FORWARD[:3]), resource_id, status=status), PLAN)
    assert isinstance(action, expected)


def test_live_name_is_kept_while_the_successor_is_invisible():
    """It should wait for a candidate that AWS does not show before the live cluster moves away."""
    action = next_action(without(after(FORWARD[:3]), "c-new"), PLAN)
    assert isinstance(action, WaitFor)
    assert action.resource_id == "c-new"


@pytest.mark.parametrize("status", ["backing-up", "incompatible-network", "deleting"])
@pytest.mark.parametrize("resource_id", ["db-w", "db-n", "c-old"])
def test_nothing_else_is_waited_for_while_the_name_is_free(resource_id, status):
    """It should close the gap whatever the other resources do."""
    world = changed(after(FORWARD[:4]), resource_id, status=status)
    assert next_action(world, PLAN) == FORWARD[4]


def test_broken_live_instance_stops_the_swap_before_the_gap():
    """It should not take the endpoint away when the way back is broken."""
    action = next_action(changed(after(FORWARD[:2]), "db-w", status="storage-full"), PLAN)
    assert isinstance(action, Stuck)
    assert "Give instance orders-1-old-2601310930-0a1b2c more storage" in action.remedy


def test_broken_retired_cluster_does_not_undo_a_finished_swap():
    """It should be done when everything that serves is in place, whatever became of the retired side."""
    world = changed(after(FORWARD), "db-w", status="incompatible-network")
    assert next_action(world, PLAN) == Done()
    assert isinstance(next_action(changed(after(FORWARD), "c-old", status="renaming"), PLAN), WaitFor)


def test_not_found_in_a_rename_window_is_waited_for():
    """It should wait for a resource that vanished in a rename, with and without a record of the call."""
    world = without(after(FORWARD[:4]), "c-new")
    assert isinstance(next_action(world, PLAN), WaitFor)
    pending = {"c-new": FORWARD[4]}
    assert next_action(world, PLAN, pending) == WaitFor(
        "c-new", "cluster", "orders", f"orders{NEW} is being renamed to orders"
    )


def test_invisible_live_cluster_does_not_jump_the_queue():
    """It should not take a live cluster that AWS does not show for one that has left."""
    for done in range(3):
        action = next_action(without(after(FORWARD[:done]), "c-old"), PLAN)
        assert action == FORWARD[done]
    assert next_action(without(after(FORWARD[:3]), "c-old"), PLAN) == FORWARD[4]


def test_recent_rename_is_not_judged_by_old_news():
    """It should not call a rollback done while an accepted rename is not visible yet."""
    world = after(FORWARD[:3])
    assert next_action(world, PLAN.inverse()) != Done()
    lagging = after([])
    assert next_action(lagging, PLAN.inverse()) == Done()
    waiting = next_action(lagging, PLAN.inverse(), {"db-r": FORWARD[0]})
    assert isinstance(waiting, WaitFor)
    assert waiting.name == "orders-2" + OLD


def test_rollback_keeps_a_serving_candidate_when_nothing_can_replace_it():
    """It should not take the live name from the candidate while the old cluster cannot take it."""
    action = next_action(changed(after(FORWARD), "c-old", status="stopped"), PLAN.inverse())
    assert action == Stuck(
        f"cluster orders{OLD} is stopped", f"Start cluster orders{OLD}, then run the step again."
    )


@pytest.mark.parametrize("resource_id", ["db-r", "db-w", "c-old"])
def test_a_deletion_of_the_old_side_is_waited_for(resource_id):
    """It should let go what somebody deletes, and go on without it."""
    waiting = next_action(changed(after(FORWARD[:0]), resource_id, status="deleting"), replace(PLAN))
    while isinstance(waiting, Rename):
        (resource_at,) = [number for number, it in enumerate(FORWARD) if it == waiting]
        waiting = next_action(
            changed(after(FORWARD[: resource_at + 1]), resource_id, status="deleting"), PLAN
        )
    assert waiting.resource_id == resource_id
    assert isinstance(waiting, WaitFor)
    reduced = PLAN.without({resource_id})
    renames, end = simulate(without([*LIVE, *CANDIDATE], resource_id), reduced)
    assert renames == [it for it in FORWARD if it.resource_id != resource_id]
    assert end == Done()


@pytest.mark.parametrize("gone", ["c-new", "db-n"])
def test_a_loss_of_the_new_side_needs_a_person(gone):
    """It should not go on with less than was proved; on the way back the new side is the one to let go."""
    with pytest.raises(StepFailed, match=f"{gone}, formerly orders.*, is gone. Look in CloudTrail"):
        PLAN.without({gone})
    back = PLAN.inverse().without({gone})
    renames, end = simulate(without(after(FORWARD), gone), back)
    assert [it.resource_id for it in renames][-2:] == ["db-r", "db-w"]
    assert end == Done()


def test_a_deleted_cluster_gives_its_name_to_the_one_that_comes_back():
    """It should wait for the deletion of a failed cluster that still bears the live name."""
    deleting = changed(after(FORWARD), "c-new", status="deleting")
    assert next_action(deleting, PLAN.inverse()) == WaitFor(
        "c-new", "cluster", None, "cluster orders is deleting"
    )
    assert next_action(without(deleting, "c-new"), PLAN.inverse()).resource_id == "c-old"


@pytest.mark.parametrize(
    ("live", "candidate", "found"),
    [
        (LIVE, [cluster("c-new", "orders-other")], "orders-other"),
        (LIVE, [], "nothing"),
        ([cluster("c-old", "orders" + OLD)], CANDIDATE, "orders" + OLD),
        (LIVE, [*CANDIDATE, cluster("c-2", "orders" + NEW)], f"orders{NEW}, orders{NEW}"),
    ],
)
def test_plan_is_made_before_the_first_rename(live, candidate, found):
    """It should refuse to plan over a swap that has begun."""
    with pytest.raises(BadInput, match=f"cluster to swap is '{found}': exactly .* was expected"):
        plan_swap(NAMES, candidate=candidate, live=live, proved_ids=["c-new"])


def test_plan_refuses_instances_of_another_hand():
    """It should not rename an instance that the run did not create."""
    with pytest.raises(BadInput, match="candidate instance is 'helper': its name does not end in -new-"):
        plan_swap(
            NAMES, candidate=[*CANDIDATE, instance("db-h", "helper", "c-new")], live=LIVE, proved_ids=[]
        )


@pytest.mark.parametrize(
    ("moves", "problem"),
    [
        ([Move("a", "cluster", "x", "live"), Move("a", "cluster", "y", "z")], "the resource a occurs twice"),
        (
            [Move("a", "cluster", "x", "live"), Move("b", "cluster", "y", "live")],
            "final name cluster live occurs",
        ),
        (
            [Move("a", "cluster", "x", "live"), Move("b", "cluster", "x", "z")],
            "original name cluster x occurs",
        ),
        ([Move("a", "cluster", "x", "y")], "nothing in it takes or gives up the live name"),
        ([Move("a", "cluster", "live", "live")], "a already has its final name"),
        (
            [
                Move("a", "cluster", "x", "live"),
                Move("b", "instance", "p", "q"),
                Move("c", "instance", "q", "r"),
            ],
            "b needs the name q before c gives it up",
        ),
        (
            [Move("a", "cluster", "x", "live"), Move("b", "cluster", "live", "bad--name")],
            "it is no RDS identifier",
        ),
    ],
)
def test_contradictory_plans_are_refused(moves, problem):
    """It should refuse moves that no order could carry out."""
    with pytest.raises(BadInput, match=problem):
        SwapPlan("live", tuple(moves), frozenset({"a"}))
