"""The plan of a swap, kept as tags on the candidate cluster.

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

LONGEST_VALUE = 256
"""Characters of a tag's value (Amazon RDS user guide, "Tagging Amazon RDS resources")."""
_WORDS = 5


def record(rds: Any, plan: SwapPlan, *, stamp: str, candidate_id: str, arns: dict[str, str]) -> None:
    """Write the plan to its resources; harmless to repeat before the first rename.

    Args:
        rds: boto3 client of the target account and Region.
        plan: the forward plan.
        stamp: the run.
        candidate_id: resource id of the candidate cluster.
        arns: ARN by resource id, as of now: a rename changes ARNs.
    """
    for move in sorted(plan.moves, key=lambda move: move.resource_id == candidate_id):
        own = {tags.SWAP_RUN: stamp, tags.FINAL_NAME: move.final, tags.ORIGINAL_NAME: move.original}
        if move.resource_id == candidate_id:
            own |= {tags.SWAP_DIRECTION: "forward", **_plan_tags(plan)}
        rds.add_tags_to_resource(ResourceName=arns[move.resource_id], Tags=tags.tag_list(own))


def recall(candidate: Mapping[str, Any], *, stamp: str, live_name: str) -> SwapPlan | None:
    """Read the forward plan of a run back from its candidate cluster as AWS describes it now.

    Args:
        candidate: the described candidate cluster, whatever its name.
        stamp: the run.
        live_name: the name that the swap is about.

    Returns:
        The plan, or None when the run put none on record.
    """
    if not is_on_record(candidate, stamp=stamp):
        return None
    own = tags.tags_of(candidate)
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
        proved.add(candidate["DbClusterResourceId"])
    return SwapPlan(live_name, moves, frozenset(proved))


def recall_old(
    old: Mapping[str, Any], instances: Sequence[Mapping[str, Any]], *, names: RecoveryNames
) -> SwapPlan | None:
    """Read the leaving side of a plan back from its own tags, for when the candidate is gone with the whole plan.

    Args:
        old: the described cluster that bore the live name, whatever its name.
        instances: its described instances.
        names: the names of the run.

    Returns:
        The forward plan of that side, or None when the run did not move this cluster.
    """
    own = tags.tags_of(old)
    if not is_on_record(old, stamp=names.stamp) or own.get(tags.ORIGINAL_NAME) != names.cluster_id:
        return None
    cluster_id = old["DbClusterResourceId"]
    resources: list[tuple[str, Kind, dict[str, str]]] = [
        (one["DbiResourceId"], "instance", tags.tags_of(one))
        for one in instances
        if is_on_record(one, stamp=names.stamp)
    ]
    moves = (
        Move(resource_id, kind, own[tags.ORIGINAL_NAME], own[tags.FINAL_NAME], cluster_id)
        for resource_id, kind, own in [*resources, (cluster_id, "cluster", own)]
    )
    return SwapPlan(names.cluster_id, tuple(moves), frozenset({cluster_id}))


def is_on_record(resource: Mapping[str, Any], *, stamp: str) -> bool:
    """Whether a described resource is part of a swap that this run has begun."""
    return tags.tags_of(resource).get(tags.SWAP_RUN) == stamp


def direction(candidate: Mapping[str, Any]) -> Direction:
    """Which way the swap of this candidate goes: forward until a failed verification turns it back."""
    return "back" if tags.tags_of(candidate).get(tags.SWAP_DIRECTION) == "back" else "forward"


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
