"""Random faults over the swap: whatever happens in between, it never harms and always ends."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from switchyard.aurora_recovery.names import RecoveryNames
from switchyard.aurora_recovery.swap import Done, Rename, Resource, Stuck, next_action, plan_swap
from tests.support.rename_world import LONGEST_PHASE, WINDOW, RdsRefusalError, World

NAMES = RecoveryNames.for_run("orders", "2601310930-0a1b2c")
PHASES = st.tuples(*[st.integers(0, LONGEST_PHASE)] * 4)
MANY = settings(max_examples=15 * settings.default.max_examples)
SOME = settings(max_examples=3 * settings.default.max_examples)

# A turn is one look at AWS by a worker, and what goes wrong during it:
#   ok          the call is made, the answer arrives
#   lost        the call never reaches AWS
#   kill-before the worker dies after it recorded its intent, before the call
#   kill-after  the worker dies after the call, before the answer
TURN = st.tuples(
    st.just("turn"), st.sampled_from(["ok", "ok", "ok", "lost", "kill-before", "kill-after"]), PHASES
)
BREAK = st.tuples(
    st.just("status"),
    st.integers(0, 9),
    st.sampled_from(["available", "backing-up", "modifying", "storage-full", "failed", "stopped"]),
)
FOREIGN = st.tuples(st.just("foreign"), st.integers(0, 9), st.booleans())
TICKS = st.tuples(st.just("ticks"), st.integers(1, 4))
HIDE = st.tuples(st.just("hide"), st.integers(0, 9), st.integers(1, 6))
TURN_AROUND = st.tuples(st.just("turn-around"))
CHAOS = st.lists(st.one_of(TURN, TURN, TURN, TICKS, BREAK, FOREIGN, HIDE, TURN_AROUND), max_size=60)


@dataclass
class Setting:
    """One arrangement of clusters and the plan over it."""

    resources: list
    plan: object


@st.composite
def swaps(draw, proved=True):
    """Draw the sides of a swap: first run or not, instances of any number, or plain RDS without clusters."""
    if draw(st.integers(0, 9)) == 0:
        live = [Resource("db-old", "instance", "orders", None, "available")]
        new = [Resource("db-new", "instance", NAMES.candidate_id, None, "available")]
        subject = "instance"
    else:
        live = (
            _side("old", "orders", draw(st.integers(0, 3)), lambda name: name) if draw(st.booleans()) else []
        )
        new = _side("new", NAMES.candidate_id, draw(st.integers(1, 3)), NAMES.candidate_instance_id)
        subject = "cluster"
    plan = plan_swap(
        NAMES,
        candidate=new,
        live=live,
        proved_ids=[it.resource_id for it in new if it.kind == subject] if proved else [],
        rename_instances=draw(st.booleans()),
        subject=subject,
    )
    return Setting([*live, *new], plan)


def _side(side, name, instances, naming):
    cluster_id = f"c-{side}"
    members = [
        Resource(f"db-{side}-{number}", "instance", naming(f"orders-{number}"), cluster_id, "available")
        for number in range(1, instances + 1)
    ]
    return [*members, Resource(cluster_id, "cluster", name, cluster_id, "available")]


@dataclass
class Worker:
    """The operator's loop around `next_action`, with its memory outside of any process."""

    world: World
    plan: object
    clock: int = 0
    recorded: dict = field(default_factory=dict)

    def pass_time(self, ticks):
        for _ in range(ticks):
            self.world.tick()
            self.clock += 1
            check_invariants(self)

    def turn(self, fate="ok", phases=(0, 0, 0, 0)):
        pending = {key: rename for key, (rename, at) in self.recorded.items() if self.clock - at < WINDOW}
        seen = {it.resource_id: it for it in self.world.describe()}
        action = next_action(seen.values(), self.plan, pending)
        check_action(self.plan, seen, action, pending)
        if isinstance(action, Rename):
            self.recorded[action.resource_id] = (action, self.clock)
            if fate in ("ok", "kill-after"):
                self.call(action, phases)
        self.pass_time(1)
        return action

    def call(self, action, phases):
        try:
            self.world.rename(action, phases)
        except RdsRefusalError:
            return

    def finish(self):
        """Run without faults until the swap ends; it must, soon."""
        for _ in range(40 * (len(self.plan.moves) + 1)):
            action = self.turn()
            if isinstance(action, Done):
                return
        raise AssertionError(f"it does not end: {action}")


def check_action(plan, seen, action, pending):
    """Judge what was chosen, before anything is sent."""
    if isinstance(action, Rename):
        check_rename(plan, seen, action)
    if isinstance(action, Done):
        assert all(it.resource_id in seen and seen[it.resource_id].name == it.final for it in plan.moves)
        assert "renaming" not in {seen[it.resource_id].status for it in plan.moves}
    unsettled = [it for it in pending.values() if not shows(seen, it.resource_id, it.new)]
    if is_gap(plan, seen) and not unsettled:
        arriving = plan.arriving
        taken = any((it.kind, it.name) == (arriving.kind, arriving.final) for it in seen.values())
        if not taken and shows(seen, arriving.resource_id, arriving.original):
            assert action == Rename(arriving.resource_id, arriving.kind, arriving.original, arriving.final)


def check_rename(plan, seen, action):
    """Judge one rename: legal, of the plan, proved, in order, and with the successor at hand."""
    move = next((it for it in plan.moves if it.resource_id == action.resource_id), None)
    assert move is not None, "a resource outside the plan is renamed"
    assert (action.old, action.new) == (move.original, move.final)
    assert shows(seen, action.resource_id, action.old), "it is renamed while it is not available"
    assert (action.kind, action.new) not in {(it.kind, it.name) for it in seen.values()}, "the name is taken"
    if (action.kind, action.new) == (plan.subject, plan.live_name):
        assert action.resource_id in plan.proved_ids, "an unproved resource gets the live name"
    if move == plan.leaving and plan.arriving is not None:
        arriving = plan.arriving
        assert shows(seen, arriving.resource_id, arriving.original), "nobody could take the live name"
        if plan.direction == "forward":
            others = [it for it in plan.moves if it not in (plan.leaving, plan.arriving)]
            assert all(shows(seen, it.resource_id, it.final) for it in others), "the gap opens too early"
            members = [it for it in seen.values() if it.cluster_resource_id == arriving.resource_id]
            assert {it.status for it in members} <= {"available"}, "the successor cannot serve"


def shows(seen, resource_id, name):
    found = seen.get(resource_id)
    return found is not None and (found.name, found.status) == (name, "available")


def is_gap(plan, seen):
    """Whether the leaving resource visibly gave the live name up and the arriving one has not taken it."""
    if plan.leaving is None or plan.arriving is None:
        return False
    leaving, arriving = seen.get(plan.leaving.resource_id), seen.get(plan.arriving.resource_id)
    return (
        leaving is not None
        and leaving.name == plan.leaving.final
        and arriving is not None
        and arriving.name == plan.arriving.original
    )


def check_invariants(worker):
    """Judge the state of the world after every tick."""
    plan, world = worker.plan, worker.world
    holder = world.holder(plan.subject, plan.live_name)
    assert holder is None or holder in plan.proved_ids or holder.startswith("foreign")
    planned = {move.resource_id for move in plan.moves}
    assert {resource_id for resource_id, _, _ in world.renamed} <= planned


def disturb(worker, event):
    """Let one event of the chaos happen."""
    world, plan = worker.world, worker.plan
    if event[0] == "turn":
        worker.turn(event[1], event[2])
    elif event[0] == "ticks":
        worker.pass_time(event[1])
    elif event[0] == "status":
        things = [it for it in world.things.values() if not it.resource_id.startswith("foreign")]
        things[event[1] % len(things)].status = event[2]
    elif event[0] == "hide":
        list(world.things.values())[event[1] % len(world.things)].hidden = event[2]
    elif event[0] == "foreign":
        move = plan.moves[event[1] % len(plan.moves)]
        name = move.final if event[2] else move.original
        if world.holder(move.kind, name) is None:
            world.intrude(move.kind, name)
    else:
        worker.plan = plan.inverse()


def calm(world):
    """Let people mend what only people can mend."""
    world.expel()
    for thing in world.things.values():
        thing.status = "available"


@MANY
@given(setting=swaps(), chaos=CHAOS)
def test_any_interleaving_of_faults_ends_where_an_undisturbed_swap_ends(setting, chaos):
    """It should keep every invariant in between, and reach the same names as if nothing had happened."""
    worker = Worker(World(setting.resources), setting.plan)
    for event in chaos:
        disturb(worker, event)
    calm(worker.world)
    worker.finish()
    worker.pass_time(WINDOW)
    assert {it.resource_id: it.name for it in worker.world.describe()} == {
        **{it.resource_id: it.name for it in setting.resources},
        **{it.resource_id: it.final for it in worker.plan.moves},
    }
    assert isinstance(worker.turn(), Done)


@MANY
@given(setting=swaps(), chaos=CHAOS)
def test_rollback_from_anywhere_restores_every_name(setting, chaos):
    """It should bring all names back, wherever the chaos left the swap."""
    worker = Worker(World(setting.resources), setting.plan)
    for event in chaos:
        disturb(worker, event)
    calm(worker.world)
    if worker.plan.direction == "forward":
        worker.plan = worker.plan.inverse()
    worker.finish()
    worker.pass_time(WINDOW)
    assert {it.resource_id: it.name for it in worker.world.describe()} == {
        it.resource_id: it.name for it in setting.resources
    }


@SOME
@given(setting=swaps(proved=False), chaos=st.lists(st.one_of(TURN, TICKS, BREAK, FOREIGN), max_size=30))
def test_unproved_candidate_changes_nothing(setting, chaos):
    """It should never rename anything for a candidate that has not passed its checks."""
    worker = Worker(World(setting.resources), setting.plan)
    for event in chaos:
        disturb(worker, event)
    assert isinstance(worker.turn(), Stuck)
    assert worker.world.renamed == []


@SOME
@given(setting=swaps(), chaos=st.lists(st.one_of(TURN, TICKS), max_size=60))
def test_renames_are_never_sent_twice_in_vain(setting, chaos):
    """It should rename each resource once when only calls and workers are lost."""
    worker = Worker(World(setting.resources), setting.plan)
    for event in chaos:
        disturb(worker, event)
    worker.finish()
    renamed = [resource_id for resource_id, _, _ in worker.world.renamed]
    assert sorted(renamed) == sorted(it.resource_id for it in setting.plan.moves)
