"""The plan of a swap, kept as tags on the very resources that it moves.

Tags survive renames, workers, the scheduler and the ledger, and another person sees them in the console. The candidate
cluster is tagged last: once it bears the run's stamp the whole plan is on record, and only then does a rename begin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from switchyard.aurora_recovery.swap import SwapPlan
from switchyard.aurora_recovery.swap_plan import Direction, Move
from switchyard.operators.aurora import tags


def record(rds: Any, plan: SwapPlan, *, stamp: str, candidate_id: str, arns: dict[str, str]) -> None:
    """Write the plan to its resources; harmless to repeat.

    Args:
        rds: boto3 client of the target account and Region.
        plan: the forward plan.
        stamp: the run.
        candidate_id: resource id of the candidate cluster.
        arns: ARN by resource id, as of now: a rename changes ARNs.
    """
    candidate_last = sorted(enumerate(plan.moves), key=lambda item: item[1].resource_id == candidate_id)
    for order, move in candidate_last:
        own = {
            tags.SWAP_RUN: stamp,
            tags.SWAP_ORDER: str(order),
            tags.FINAL_NAME: move.final,
            tags.ORIGINAL_NAME: move.original,
            tags.SWAP_DIRECTION: "forward",
        }
        rds.add_tags_to_resource(ResourceName=arns[move.resource_id], Tags=tags.tag_list(own))


def recall(
    clusters: Iterable[dict[str, Any]], instances: Iterable[dict[str, Any]], *, stamp: str, live_name: str
) -> SwapPlan | None:
    """Read the forward plan of a run back from what AWS shows, or None when none is on record.

    Args:
        clusters: all described clusters of the account and Region.
        instances: all described instances of the account and Region.
        stamp: the run.
        live_name: the name that the swap is about.
    """
    marked = [(one, "cluster") for one in clusters] + [(one, "instance") for one in instances]
    cluster_ids = {
        one["DBClusterIdentifier"]: one["DbClusterResourceId"] for one, kind in marked if kind == "cluster"
    }
    moves: list[tuple[int, Move]] = []
    proved = set()
    for described, kind in marked:
        own = tags.tags_of(described)
        if own.get(tags.SWAP_RUN) != stamp:
            continue
        cluster_id = cluster_ids.get(described.get("DBClusterIdentifier", ""))
        resource_id = described["DbClusterResourceId" if kind == "cluster" else "DbiResourceId"]
        move = Move(resource_id, kind, own[tags.ORIGINAL_NAME], own[tags.FINAL_NAME], cluster_id)  # type: ignore[arg-type]
        moves.append((int(own[tags.SWAP_ORDER]), move))
        if own.get(tags.PROVED) == stamp or (kind == "cluster" and move.original == live_name):
            proved.add(resource_id)
    if not moves:
        return None
    return SwapPlan(
        live_name, tuple(move for _, move in sorted(moves, key=lambda one: one[0])), frozenset(proved)
    )


def direction(cluster: Mapping[str, Any]) -> Direction:
    """Which way the swap of this cluster goes: forward until a failed verification turns it back."""
    return "back" if tags.tags_of(cluster).get(tags.SWAP_DIRECTION) == "back" else "forward"


def turn_back(rds: Any, cluster_arn: str) -> None:
    """Put on record that the swap goes back, before the first rename of the rollback."""
    rds.add_tags_to_resource(ResourceName=cluster_arn, Tags=tags.tag_list({tags.SWAP_DIRECTION: "back"}))


def needed_names(plan: SwapPlan) -> list[str]:
    """Every name that the plan gives or takes."""
    return sorted({name for move in plan.moves for name in (move.original, move.final)})


def resources_of(plan: SwapPlan) -> list[str]:
    """Every resource id of the plan."""
    return [move.resource_id for move in plan.moves]
