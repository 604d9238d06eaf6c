"""The loop that carries out a recorded swap or its inverse: look, rename what comes next, say what to wait for."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aurora_recovery.names import RecoveryNames
from switchyard.aurora_recovery.states import Health
from switchyard.aurora_recovery.swap import Done, Rename, Stuck, SwapPlan, WaitFor, next_action
from switchyard.errors import StepFailed
from switchyard.operators.aurora import describe, swap_state
from switchyard.operators.base import Pause
from switchyard.waiting.goals import cluster_renamed, instance_renamed
from switchyard.waiting.kinds import Wait

log = logging.getLogger(__name__)

# A rename that AWS refuses for these is either under way already or not possible yet: look again.
_LOOK_AGAIN = {
    "InvalidDBClusterStateFault",
    "InvalidDBInstanceState",
    "DBClusterNotFoundFault",
    "DBInstanceNotFound",
    "DBClusterAlreadyExistsFault",
    "DBInstanceAlreadyExists",
}
_UNSEEN = "unseen_since"


def candidate_cluster(
    rds: Any, resource_id: str, *, store: Any, poll_interval: float
) -> dict[str, Any] | Pause | None:
    """The candidate cluster whatever its name; a pause while AWS does not show it, None when somebody deleted it."""
    cluster = describe.find_cluster_by_resource_id(rds, resource_id)
    seen = {resource_id: describe.cluster_resource(cluster).health} if cluster else {}
    if _gone(store, [resource_id], seen) or Health.LEAVING in seen.values():
        return None
    return cluster or Pause(poll_interval, f"cluster {resource_id} to become visible")


def advance(rds: Any, plan: SwapPlan, *, store: Any, poll_interval: float) -> Wait | Pause | None:
    """Take the next step of a plan; None when every name is final.

    Raises:
        StepFailed: a person is needed; the message says what for.
    """
    resource_ids = swap_state.resources_of(plan)
    observed = describe.observe(rds, resource_ids=resource_ids, names=swap_state.needed_names(plan))
    seen = {one.resource_id: one.health for one in observed}
    action = next_action(observed, plan.without(_gone(store, resource_ids, seen)))
    if isinstance(action, Done):
        return None
    if isinstance(action, Stuck):
        raise StepFailed(what=f"swap of {plan.live_name}", found=action.reason, remedy=action.remedy)
    if isinstance(action, WaitFor):
        return Pause(poll_interval, action.reason)
    wait = _submit(rds, action, poll_interval)
    leaving = plan.leaving
    if isinstance(wait, Wait) and leaving is not None and action.resource_id == leaving.resource_id:
        # Nobody bears the live name now. The name it gave up being free is enough to go on, and its new name cannot
        # be an old reading.
        return replace(wait, goal=replace(wait.goal, polls=1))
    return wait


def go_back(
    rds: Any, candidate: Mapping[str, Any], names: RecoveryNames, *, store: Any, poll_interval: float
) -> Wait | Pause | None:
    """Take the next step of the way back; None when every name is what it was before the swap."""
    plan = swap_state.recall(candidate, stamp=names.stamp, live_name=names.cluster_id)
    if plan is None:
        return Pause(poll_interval, "the recorded plan to become visible")
    return advance(rds, plan.inverse(), store=store, poll_interval=poll_interval)


def go_back_alone(
    rds: Any, candidate_id: str, names: RecoveryNames, *, store: Any, poll_interval: float
) -> Wait | Pause:
    """Take the next step of the way back where the candidate, and with it the plan, was deleted.

    Args:
        rds: boto3 client of the target account and Region.
        candidate_id: resource id of the candidate.
        names: the names of the run.
        store: the task's state store.
        poll_interval: seconds between two looks.

    Raises:
        StepFailed: at the end of that way in any case; it says who bears the live name.
    """
    live = describe.find_cluster(rds, names.cluster_id)
    if live is not None and live["DbClusterResourceId"] == candidate_id:
        return Pause(poll_interval, f"{names.cluster_id} to be deleted, as somebody asked for")
    old = live or describe.find_cluster(rds, names.retired_cluster_id)
    plan = swap_state.recall_old(old, describe.members(rds, old), names=names) if old else None
    wanted = advance(rds, plan.inverse(), store=store, poll_interval=poll_interval) if plan else None
    if wanted is not None:
        return wanted
    bearer = describe.find_cluster(rds, names.cluster_id)
    raise StepFailed(
        what=f"swap of {names.cluster_id}",
        found=f"the candidate {candidate_id} was deleted; {names.cluster_id} is borne by "
        + (bearer["DbClusterResourceId"] if bearer else "nobody"),
        remedy="Look in CloudTrail for who deleted it, then start a new run",
    )


def rename(rds: Any, action: Rename) -> None:
    """Ask RDS for one rename, at once: the default would wait for the maintenance window."""
    if action.kind == "cluster":
        rds.modify_db_cluster(
            DBClusterIdentifier=action.old, NewDBClusterIdentifier=action.new, ApplyImmediately=True
        )
    else:
        rds.modify_db_instance(
            DBInstanceIdentifier=action.old, NewDBInstanceIdentifier=action.new, ApplyImmediately=True
        )


def _submit(rds: Any, action: Rename, poll_interval: float) -> Wait | Pause:
    log.info("Renaming %s %s to %s", action.kind, action.old, action.new)
    try:
        rename(rds, action)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _LOOK_AGAIN:
            raise
        return Pause(poll_interval, f"{action.old}: {error.response['Error']['Message']}")
    renamed = cluster_renamed if action.kind == "cluster" else instance_renamed
    return Wait(
        kind=f"db_{action.kind}_by_resource_id", identifier=action.resource_id, goal=renamed(action.new)
    )


def _gone(store: Any, wanted: Collection[str], seen: Mapping[str, Health]) -> set[str]:
    """Of the wanted resources those that no longer exist: deleted before our eyes, or out of sight for too long."""
    now = time.time()
    before: dict[str, float] = store.get(_UNSEEN, default={})
    since = {
        # The absence of one that was being deleted is believed at once.
        one: 0.0 if one in seen else before.get(one, now)
        for one in wanted
        if seen.get(one, Health.LEAVING) is Health.LEAVING
    }
    kept = {one: then for one, then in before.items() if one not in wanted} | since
    if kept != before:
        store.set(_UNSEEN, kept)
    return {one for one, then in since.items() if one not in seen and now - then >= describe.LONGEST_UNSEEN}
