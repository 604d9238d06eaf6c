"""The plan of a swap: who gets which name, made before the first rename and kept where a restart finds it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from switchyard.aurora_recovery.names import RecoveryNames, is_autoscaled, valid_identifier
from switchyard.aurora_recovery.states import Health, Kind, health
from switchyard.errors import BadInput, StepFailed

Direction = Literal["forward", "back"]


@dataclass(frozen=True)
class Resource:
    """A cluster or an instance as AWS describes it now.

    Attributes:
        resource_id: DbClusterResourceId or DbiResourceId, which no rename changes.
        kind: Which of the two name spaces the name lives in.
        name: The identifier it shows now.
        cluster_resource_id: For a cluster its own id, for an instance its cluster's, None outside clusters.
        status: The status AWS reports.
    """

    resource_id: str
    kind: Kind
    name: str
    cluster_resource_id: str | None
    status: str

    @property
    def health(self) -> Health:
        """What the status means for a rename."""
        return health(self.kind, self.status)


@dataclass(frozen=True)
class Move:
    """One resource's way from the name it has to the name it gets."""

    resource_id: str
    kind: Kind
    original: str
    final: str
    cluster_resource_id: str | None = None

    def inverse(self) -> Move:
        """Give the way back."""
        return replace(self, original=self.final, final=self.original)


@dataclass(frozen=True)
class SwapPlan:
    """Who moves where.

    Attributes:
        live_name: The name that clients connect to.
        moves: Every resource of the plan; resources of one sort are renamed in this order.
        proved_ids: Resource ids that may hold the live name: the candidate once proved, and the resource that
            held the name when the plan was made.
        direction: `back` for a rollback.
        subject: What holds the live name: a cluster, or with plain RDS an instance.

    Raises:
        BadInput: The moves contradict each other.
    """

    live_name: str
    moves: tuple[Move, ...]
    proved_ids: frozenset[str]
    direction: Direction = "forward"
    subject: Kind = "cluster"

    def __post_init__(self) -> None:
        """Refuse a plan that no order of renames could carry out."""
        problem = _contradiction(self)
        if problem:
            raise BadInput(
                "swap plan", self.live_name, problem, "Make the plan with plan_swap before any rename."
            )

    @property
    def arriving(self) -> Move | None:
        """The move that takes the live name; None in the rollback of a first run."""
        return self._find(lambda move: move.final)

    @property
    def leaving(self) -> Move | None:
        """The move that gives the live name up; None in a first run."""
        return self._find(lambda move: move.original)

    def serves(self, move: Move) -> bool:
        """Say whether the resource belongs to the side that is live when the plan is done."""
        arriving = self.arriving
        return arriving is not None and arriving.resource_id in (move.resource_id, move.cluster_resource_id)

    def inverse(self) -> SwapPlan:
        """Give the plan that undoes this one; the inverse of the inverse is the plan itself."""
        direction: Direction = "back" if self.direction == "forward" else "forward"
        return replace(self, moves=tuple(move.inverse() for move in self.moves), direction=direction)

    def without(self, gone: Collection[str]) -> SwapPlan:
        """Leave out resources that no longer exist; one of the side that is to serve cannot be left out.

        Raises:
            StepFailed: A resource of that side is gone.
        """
        for move in self.moves:
            if move.resource_id in gone and self.serves(move):
                raise StepFailed(
                    f"swap of {self.live_name}",
                    f"{move.kind} {move.resource_id}, formerly {move.original}, is gone",
                    "Look in CloudTrail for who deleted it; the how-to on half swaps tells how to go back",
                )
        return replace(self, moves=tuple(move for move in self.moves if move.resource_id not in gone))

    def _find(self, name_of: Callable[[Move], str]) -> Move | None:
        wanted = (self.subject, self.live_name)
        return next((move for move in self.moves if (move.kind, name_of(move)) == wanted), None)


def plan_swap(
    names: RecoveryNames,
    *,
    candidate: Sequence[Resource],
    live: Sequence[Resource] = (),
    proved_ids: Sequence[str],
    rename_instances: bool = True,
    subject: Kind = "cluster",
) -> SwapPlan:
    """Make the plan of a run before its first rename.

    Args:
        names: The run's names; its cluster id is the live name.
        candidate: The restored cluster and its instances (plain RDS: the restored instance).
        live: The cluster of the live name and its instances, readers before the writer; empty in a first run.
        proved_ids: Resource ids that passed the checks of the run.
        rename_instances: Whether instances swap names too, which reboots them.
        subject: What holds the live name.

    Raises:
        BadInput: A resource does not have the name it should have before the first rename.
    """
    arriving = _only(subject, candidate, names.candidate_id)
    moves = [_move(arriving, names.protected_id)]
    proved = set(proved_ids)
    if live:
        leaving = _only(subject, live, names.protected_id)
        moves.insert(0, _move(leaving, names.retired_id))
        proved.add(leaving.resource_id)
    if rename_instances and subject == "cluster":
        old = [
            _move(item, _retired_instance(names, item))
            for item in live
            if item.kind == "instance" and not is_autoscaled(item.name)
        ]
        new = [_move(item, _final_instance(names, item)) for item in candidate if item.kind == "instance"]
        moves = [*old, *new, *moves]
    return SwapPlan(names.protected_id, tuple(moves), frozenset(proved), subject=subject)


def _only(subject: Kind, resources: Sequence[Resource], name: str) -> Resource:
    found = [item for item in resources if item.kind == subject]
    if [item.name for item in found] != [name]:
        shown = ", ".join(item.name for item in found) or "nothing"
        raise BadInput(
            f"{subject} to swap",
            shown,
            f"exactly {name} was expected before the first rename",
            "If the swap of this "
            "run has begun, read its stored plan; otherwise remove or rename what stands in the way.",
        )
    return found[0]


def _retired_instance(names: RecoveryNames, instance: Resource) -> str:
    suffix = f"-old-{names.stamp}"
    if instance.name.endswith(suffix):
        raise BadInput(
            "instance to replace",
            instance.name,
            f"its name ends in {suffix}, so that the swap of this run has begun",
            "AWS shows the stored plan late: clear this task.",
        )
    return names.retired_instance_id(instance.name)


def _final_instance(names: RecoveryNames, instance: Resource) -> str:
    suffix = f"-new-{names.stamp}"
    if not instance.name.endswith(suffix):
        raise BadInput(
            "candidate instance",
            instance.name,
            f"its name does not end in {suffix}",
            "Instances of a candidate are created by the run; delete one that was added by hand.",
        )
    return instance.name.removesuffix(suffix)


def _move(resource: Resource, final: str) -> Move:
    return Move(resource.resource_id, resource.kind, resource.name, final, resource.cluster_resource_id)


def _contradiction(plan: SwapPlan) -> str | None:
    """Name what makes the plan impossible, or None."""
    keys = {
        "resource": Counter(move.resource_id for move in plan.moves),
        "final name": Counter(f"{move.kind} {move.final}" for move in plan.moves),
        "original name": Counter(f"{move.kind} {move.original}" for move in plan.moves),
    }
    for what, counter in keys.items():
        twice = [key for key, count in counter.items() if count > 1]
        if twice:
            return f"the {what} {twice[0]} occurs twice"
    if plan.arriving is None and plan.leaving is None:
        return "nothing in it takes or gives up the live name"
    return next(filter(None, (_bad_move(plan, move) for move in plan.moves)), None)


def _bad_move(plan: SwapPlan, move: Move) -> str | None:
    valid_identifier("final name", move.final)
    if move.original == move.final:
        return f"{move.resource_id} already has its final name {move.final}"
    holder = next((it for it in plan.moves if (it.kind, it.original) == (move.kind, move.final)), None)
    if holder is not None and not (plan.serves(move) and not plan.serves(holder)):
        return f"{move.resource_id} needs the name {move.final} before {holder.resource_id} gives it up"
    return None
