"""The swap: which rename comes next, judged from what AWS shows now and the plan; it can stop anywhere.

The plan maps resource ids to final names; resource ids survive renames. Forward, the order is: instances
that leave, instances that arrive, the cluster that leaves, the cluster that arrives. Only the last two take
the writer endpoint away, and between them nothing else is waited for. Backward, the two cluster names come
first, then the instances. Rollback is the same function with `plan.inverse()`.

Observation must hold every resource of the plan that AWS shows (looked up by resource id) and whatever
holds a name of the plan (looked up by name). A rename AWS accepted may stay invisible for a while; the
caller passes those it submitted within that time as `pending`, recorded before the call, and the function
waits for them instead of judging old news.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from switchyard.aurora_recovery.states import Health, Kind, remedy
from switchyard.aurora_recovery.swap_plan import Direction, Move, Resource, SwapPlan, plan_swap

__all__ = [
    "Action",
    "Direction",
    "Done",
    "Move",
    "Rename",
    "Resource",
    "Stuck",
    "SwapPlan",
    "WaitFor",
    "next_action",
    "plan_swap",
    "simulate",
]


@dataclass(frozen=True)
class Rename:
    """Give this resource its next name now."""

    resource_id: str
    kind: Kind
    old: str
    new: str


@dataclass(frozen=True)
class WaitFor:
    """Look again later.

    Attributes:
        resource_id: What has to settle.
        kind: Its kind.
        name: The name it will show, where a submitted rename makes that certain; None means any name.
        reason: Why, in words.
    """

    resource_id: str
    kind: Kind
    name: str | None
    reason: str


@dataclass(frozen=True)
class Done:
    """Every resource has its final name."""


@dataclass(frozen=True)
class Stuck:
    """No legal rename leads on without a person."""

    reason: str
    remedy: str


Action = Rename | WaitFor | Done | Stuck


def next_action(
    observed: Iterable[Resource], plan: SwapPlan, pending: Mapping[str, Rename] | None = None
) -> Action:
    """Choose the next legal step of the swap.

    Args:
        observed: What AWS shows now, see the module's text.
        plan: The whole plan, the same at every call of a run.
        pending: Renames submitted so recently that AWS may not show them yet, by resource id.

    Returns:
        One rename to submit, something to wait for, the end, or the reason why a person is needed.
    """
    view = _View(observed, plan)
    return (
        view.unproved()
        or view.waiting_for(pending or {})
        or view.clash()
        or view.first_open_move()
        or view.settling()
        or Done()
    )


def simulate(observed: Iterable[Resource], plan: SwapPlan) -> tuple[list[Rename], Action]:
    """List the renames the plan leads to if each succeeds at once, and the action that ends the list."""
    world = {(item.kind, item.resource_id): item for item in observed}
    renames: list[Rename] = []
    action = next_action(world.values(), plan)
    while isinstance(action, Rename):
        renames.append(action)
        key = (action.kind, action.resource_id)
        world[key] = replace(world[key], name=action.new)
        action = next_action(world.values(), plan)
    return renames, action


class _View:
    """One observation of one plan, with the questions the order of the swap asks."""

    def __init__(self, observed: Iterable[Resource], plan: SwapPlan) -> None:
        self.plan = plan
        self.observed = tuple(observed)
        self.by_id = {item.resource_id: item for item in self.observed}
        self.holder = {(item.kind, item.name): item for item in self.observed}
        self.planned = {move.resource_id for move in plan.moves}

    def unproved(self) -> Stuck | None:
        arriving = self.plan.arriving
        if arriving is None or arriving.resource_id in self.plan.proved_ids:
            return None
        return Stuck(
            f"{arriving.kind} {arriving.original} ({arriving.resource_id}) has not passed the checks of this "
            f"run, so it may not take the name {self.plan.live_name}",
            "Run the checks of the candidate again; the swap goes on once they pass.",
        )

    def waiting_for(self, pending: Mapping[str, Rename]) -> WaitFor | None:
        for rename in pending.values():
            seen = self.by_id.get(rename.resource_id)
            if seen is None or seen.name != rename.new or seen.health is Health.MOVING:
                return WaitFor(
                    rename.resource_id,
                    rename.kind,
                    rename.new,
                    f"{rename.old} is being renamed to {rename.new}",
                )
        return None

    def clash(self) -> Stuck | None:
        """Find what other hands did to names that the plan still needs."""
        guarded = self._moves_to_guard()
        return next(filter(None, (self._taken(move) or self._strayed(move) for move in guarded)), None)

    def _taken(self, move: Move) -> Stuck | None:
        holder = self.holder.get((move.kind, move.final))
        if holder is None or holder.resource_id in self.planned:
            return None
        return Stuck(
            f"{move.kind} name {move.final} was taken by {holder.resource_id}, which is not part of the swap",
            f"Find out who made it; rename or delete it, then run the step again. "
            f"{move.resource_id} waits for that name.",
        )

    def first_open_move(self) -> Action | None:
        for move in self._ordered():
            action = self._advance(move)
            if action is not None:
                return action
        return None

    def settling(self) -> WaitFor | None:
        """Wait for what left: the swap is done when it is visible and settled, whatever its health."""
        for move in self.plan.moves:
            seen = self.by_id.get(move.resource_id)
            if seen is None:
                return _invisible(move)
            if seen.health is Health.MOVING:
                return _moving(seen)
        return None

    def _strayed(self, move: Move) -> Stuck | None:
        seen = self.by_id.get(move.resource_id)
        if seen is None or seen.name in (move.original, move.final):
            return None
        return Stuck(
            f"{move.kind} {move.resource_id} is called {seen.name}, not {move.original} or {move.final}",
            f"Somebody renamed it; give it back the name {move.original}, then run the step again",
        )

    def _moves_to_guard(self) -> Sequence[Move]:
        """Every open move, to see a clash early; only the next while the endpoint is away or comes back."""
        open_moves = [move for move in self._ordered() if not self._arrived(move)]
        urgent = self.plan.direction == "back" or self._gap_open()
        return open_moves[:1] if urgent else open_moves

    def _ordered(self) -> Sequence[Move]:
        plan = self.plan
        subjects = [move for move in (plan.leaving, plan.arriving) if move is not None]
        others = [move for move in plan.moves if move not in subjects]
        others.sort(key=plan.serves)
        first = plan.direction == "back" or self._gap_open()
        return [*subjects, *others] if first else [*others, *subjects]

    def _gap_open(self) -> bool:
        """Whether the live name is given up and not yet taken: then only the two cluster names count."""
        leaving, arriving = self.plan.leaving, self.plan.arriving
        if leaving is None or arriving is None or self._arrived(arriving):
            return False
        seen = self.by_id.get(leaving.resource_id)
        if seen is None:
            # It is being renamed only if its turn has come; otherwise AWS merely does not show it.
            return all(self._arrived(move) for move in self.plan.moves if move not in (leaving, arriving))
        return seen.name != leaving.original

    def _arrived(self, move: Move) -> bool:
        seen = self.by_id.get(move.resource_id)
        return seen is not None and seen.name == move.final

    def _advance(self, move: Move) -> Action | None:
        """Give the next action on one resource, None where the order may go on behind it."""
        seen = self.by_id.get(move.resource_id)
        if seen is None:
            return self._missing(move)
        if seen.name == move.final:
            return self._after(move, seen)
        return self._strayed(move) or self._before(move, seen)

    def _missing(self, move: Move) -> WaitFor | None:
        """An invisible resource holds the order up, unless it leaves and the live name is at stake."""
        if not self.plan.serves(move) and (self._gap_open() or self.plan.direction == "back"):
            return None
        return _invisible(move)

    def _after(self, move: Move, seen: Resource) -> Action | None:
        if seen.health is Health.READY:
            return None
        if not self.plan.serves(move) and (self._left() or seen.health is Health.LEAVING):
            return None
        if seen.health is Health.MOVING:
            return _moving(seen)
        return _unhealthy(seen)

    def _left(self) -> bool:
        """Whether the leaving side no longer serves, so that its health holds nothing up."""
        leaving = self.plan.leaving
        return leaving is None or self.by_id.get(leaving.resource_id) is None or self._arrived(leaving)

    def _before(self, move: Move, seen: Resource) -> Action:
        if seen.health is Health.MOVING:
            return _moving(seen)
        if seen.health is Health.LEAVING and not self.plan.serves(move):
            return _moving(seen)  # its name comes free by itself
        if seen.health is not Health.READY:
            return _unhealthy(seen)
        rename = Rename(move.resource_id, move.kind, seen.name, move.final)
        return self._taken(move) or self._successor_not_ready(move) or rename

    def _successor_not_ready(self, move: Move) -> Action | None:
        """Before the live name is given up, its next holder must stand ready with its instances."""
        arriving = self.plan.arriving
        if move != self.plan.leaving or arriving is None:
            return None
        successor = self.by_id.get(arriving.resource_id)
        if successor is None:
            return _invisible(arriving)
        members = [item for item in self.observed if item.cluster_resource_id == arriving.resource_id]
        required = [successor, *members] if self.plan.direction == "forward" else [successor]
        for item in required:
            if item.health is not Health.READY:
                return _moving(item) if item.health is Health.MOVING else _unhealthy(item)
        return None


def _invisible(move: Move) -> WaitFor:
    return WaitFor(
        move.resource_id, move.kind, None, f"{move.kind} {move.resource_id} is not visible at the moment"
    )


def _moving(seen: Resource) -> WaitFor:
    return WaitFor(seen.resource_id, seen.kind, None, f"{seen.kind} {seen.name} is {seen.status}")


def _unhealthy(seen: Resource) -> Stuck:
    return Stuck(f"{seen.kind} {seen.name} is {seen.status}", remedy(seen.kind, seen.name, seen.status))
