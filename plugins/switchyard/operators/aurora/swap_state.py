"""The plan of a swap, kept as tags on the candidate.

Tags survive renames, workers, the scheduler and the ledger, and another person sees them in the console. The whole plan
lies on the candidate alone: a resource vanishes while AWS renames it, and a plan read back from what is visible would
lack just that resource. The candidate is tagged last and in one call, and only then does a rename begin. What else
the swap moves bears its own part, by which a later step knows that this run moved it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

from switchyard.aurora_recovery.names import RecoveryNames
from switchyard.aurora_recovery.states import Kind
from switchyard.aurora_recovery.swap import SwapPlan
from switchyard.aurora_recovery.swap_plan import Direction, Move
from switchyard.operators.aurora import tags
from switchyard.operators.aurora.protected import Described

LONGEST_VALUE = 256
"""Characters of a tag's value (Amazon RDS user guide, "Tagging Amazon RDS resources")."""
_WORDS = 5


def record(rds: Any, plan: SwapPlan, *, stamp: str, candidate_resource_id: str, arns: dict[str, str]) -> None:
    """Write the plan to its resources; harmless to repeat before the first rename.

    Args:
        rds: boto3 client of the target account and Region.
        plan: the forward plan.
        stamp: the run.
        candidate_resource_id: resource id of the candidate.
        arns: ARN by resource id, as of now: a rename changes ARNs.
    """
    for move in sorted(plan.moves, key=lambda move: move.resource_id == candidate_resource_id):
        own = {tags.SWAP_RUN: stamp, tags.FINAL_NAME: move.final, tags.ORIGINAL_NAME: move.original}
        if move.resource_id == candidate_resource_id:
            own |= {tags.SWAP_DIRECTION: "forward", **_plan_tags(plan)}
        rds.add_tags_to_resource(ResourceName=arns[move.resource_id], Tags=tags.tag_list(own))


def recall(candidate: Described, *, stamp: str, live_name: str) -> SwapPlan | None:
    """Read the forward plan of a run back from its candidate as AWS describes it now.

    Args:
        candidate: the described candidate, whatever its name.
        stamp: the run.
        live_name: the name that the swap is about.

    Returns:
        The plan, or None when the run put none on record.
    """
    own = candidate.tags
    if not is_on_record(own, stamp=stamp):
        return None
    words = [word for value in _in_order(own) for word in value.split()]
    rows = [words[start : start + _WORDS] for start in range(0, len(words), _WORDS)]
    # A rename of instances alone has no cluster: plain RDS.
    clusters = {side: resource_id for side, kind, resource_id, _, _ in rows if kind == "cluster"}
    moves = tuple(
        Move(resource_id, cast(Kind, kind), original, final, clusters.get(side))
        for side, kind, resource_id, original, final in rows
    )
    proved = {move.resource_id for move in moves if move.original == live_name}
    if own.get(tags.PROVED) == stamp:
        proved.add(candidate.resource_id)
    return SwapPlan(live_name, moves, frozenset(proved), subject=candidate.kind)


def recall_old(
    old: Described, instances: Sequence[Mapping[str, Any]], *, names: RecoveryNames
) -> SwapPlan | None:
    """Read the leaving side of a plan back from its own tags, for when the candidate is gone with the whole plan.

    Args:
        old: the one that bore the live name, whatever its name.
        instances: its described instances, where it is a cluster.
        names: the names of the run.

    Returns:
        The forward plan of that side, or None when the run did not move this cluster.
    """
    if (
        not is_on_record(old.tags, stamp=names.stamp)
        or old.tags.get(tags.ORIGINAL_NAME) != names.protected_id
    ):
        return None
    members: list[tuple[str, Kind, Mapping[str, str]]] = [
        (one["DbiResourceId"], "instance", tags.tags_of(one)) for one in instances
    ]
    moves = (
        Move(resource_id, kind, own[tags.ORIGINAL_NAME], own[tags.FINAL_NAME], old.resource_id)
        for resource_id, kind, own in [*members, (old.resource_id, old.kind, old.tags)]
        if is_on_record(own, stamp=names.stamp)
    )
    return SwapPlan(names.protected_id, tuple(moves), frozenset({old.resource_id}), subject=old.kind)


def is_on_record(own: Mapping[str, str], *, stamp: str) -> bool:
    """Whether a resource of these tags is part of a swap that this run has begun."""
    return own.get(tags.SWAP_RUN) == stamp


def direction(own: Mapping[str, str]) -> Direction:
    """Which way the swap of a candidate of these tags goes: forward until a failed verification turns it back."""
    return "back" if own.get(tags.SWAP_DIRECTION) == "back" else "forward"


def turn_back(rds: Any, candidate_arn: str) -> None:
    """Put on record that the swap goes back, before the first rename of the rollback."""
    rds.add_tags_to_resource(ResourceName=candidate_arn, Tags=tags.tag_list({tags.SWAP_DIRECTION: "back"}))


def needed_names(plan: SwapPlan) -> list[str]:
    """Every name that the plan gives or takes."""
    return sorted({name for move in plan.moves for name in (move.original, move.final)})


def resources_of(plan: SwapPlan) -> list[str]:
    """Every resource id of the plan."""
    return [move.resource_id for move in plan.moves]


def _plan_tags(plan: SwapPlan) -> dict[str, str]:
    """The plan in words: side, kind, resource id, old name, new name of each move; several moves to a tag."""
    moves = (
        f"{'new' if plan.serves(move) else 'old'} {move.kind} {move.resource_id} {move.original} {move.final}"
        for move in plan.moves
    )
    return {f"{tags.SWAP_PLAN}{number}": value for number, value in enumerate(_packed(moves))}


def _packed(texts: Iterable[str]) -> Iterator[str]:
    """As many texts to a tag's value as fit: a resource has at most 50 tags."""
    value = ""
    for text in texts:
        if value and len(value) + 1 + len(text) > LONGEST_VALUE:
            yield value
            value = ""
        value = f"{value} {text}".strip()
    yield value


def _in_order(own: Mapping[str, str]) -> list[str]:
    numbered = {
        int(key.removeprefix(tags.SWAP_PLAN)): own[key] for key in own if key.startswith(tags.SWAP_PLAN)
    }
    return [numbered[number] for number in sorted(numbered)]
