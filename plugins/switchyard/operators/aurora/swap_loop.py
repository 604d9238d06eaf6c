"""The loop that carries out a recorded swap or its inverse: look, rename what comes next, say what to wait for."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

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


def candidate_cluster(rds: Any, resource_id: str) -> dict[str, Any] | Pause:
    """The candidate cluster whatever its name; a pause while AWS does not show it, as after a rename."""
    cluster = describe.find_cluster_by_resource_id(rds, resource_id)
    return cluster or Pause(5.0, f"cluster {resource_id} to become visible")


def advance(rds: Any, plan: SwapPlan, *, poll_interval: float) -> Wait | Pause | None:
    """Take the next step of a plan; None when every name is final.

    Raises:
        StepFailed: a person is needed; the message says what for.
    """
    observed = describe.observe(
        rds, resource_ids=swap_state.resources_of(plan), names=swap_state.needed_names(plan)
    )
    action = next_action(observed, plan)
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
