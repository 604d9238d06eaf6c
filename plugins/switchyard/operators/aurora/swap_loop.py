"""The loop that carries out a recorded swap or its inverse: look, rename what comes next, say what to wait for."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aurora_recovery.names import RecoveryNames
from switchyard.aurora_recovery.states import Health
from switchyard.aurora_recovery.swap import Done, Rename, Resource, Stuck, SwapPlan, WaitFor, next_action
from switchyard.errors import StepFailed
from switchyard.operators.aurora import describe, swap_state
from switchyard.operators.aurora.protected import Described, Protected
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
_REASON = "reason_to_go_back"


@dataclass
class SwapLoop:
    """The loop of one run.

    Attributes:
        rds: boto3 client of the target account and Region.
        protected: the calls on what holds the live name.
        names: the names of the run.
        store: the task's state store.
        poll_interval: seconds between two looks.
        live_is_away: whether the live name was given up and not taken yet when the last step of a plan was chosen.
    """

    rds: Any
    protected: Protected
    names: RecoveryNames
    store: Any
    poll_interval: float
    live_is_away: bool = False

    def candidate(self, resource_id: str) -> Described | Pause | None:
        """The candidate whatever its name; a pause while AWS does not show it, None when somebody deleted it."""
        found = self.protected.find_by_resource_id(self.rds, resource_id)
        seen = {resource_id: found.health} if found else {}
        if self._gone([resource_id], seen) or Health.LEAVING in seen.values():
            return None
        return found or Pause(self.poll_interval, f"{self.protected.kind} {resource_id} to become visible")

    def advance(self, plan: SwapPlan) -> Wait | Pause | None:
        """Take the next step of a plan; None when every name is final.

        Raises:
            StepFailed: a person is needed; the message says what for.
        """
        resource_ids = swap_state.resources_of(plan)
        observed = self.protected.observe(
            self.rds, resource_ids=resource_ids, names=swap_state.needed_names(plan)
        )
        self.live_is_away = _is_away(plan, observed)
        seen = {one.resource_id: one.health for one in observed}
        action = next_action(observed, plan.without(self._gone(resource_ids, seen)))
        if isinstance(action, Done):
            return None
        if isinstance(action, Stuck):
            raise StepFailed(what=f"swap of {plan.live_name}", found=action.reason, remedy=action.remedy)
        if isinstance(action, WaitFor):
            return Pause(self.poll_interval, action.reason)
        wait = self._submit(action)
        leaving = plan.leaving
        if isinstance(wait, Wait) and leaving is not None and action.resource_id == leaving.resource_id:
            # Nobody bears the live name now. The name it gave up being free is enough to go on, and its new name
            # cannot be an old reading.
            return replace(wait, goal=replace(wait.goal, polls=1))
        return wait

    def turn_back(self, candidate: Described, reason: str) -> None:
        """Put on record that the swap goes back, before the first rename of the way back."""
        self.store.set(_REASON, reason)
        swap_state.turn_back(self.rds, candidate.arn)

    def goes_back(self, candidate: Described) -> bool:
        """Whether the way leads back by now.

        What this step has decided holds, also where AWS does not show the record yet, or an earlier try was killed
        before it wrote it.
        """
        if swap_state.direction(candidate.tags) == "back":
            return True
        if self.store.get(_REASON) is None:
            return False
        swap_state.turn_back(self.rds, candidate.arn)
        return True

    def why_back(self, default: str) -> str:
        """What made this step turn back; the default where another step did."""
        return str(self.store.get(_REASON, default=default))

    def go_back(self, candidate: Described) -> Wait | Pause | None:
        """Take the next step of the way back; None when every name is what it was before the swap."""
        plan = swap_state.recall(candidate, stamp=self.names.stamp, live_name=self.names.protected_id)
        if plan is None:
            return Pause(self.poll_interval, "the recorded plan to become visible")
        return self.advance(plan.inverse())

    def go_back_alone(self, candidate_resource_id: str) -> Wait | Pause:
        """Take the next step of the way back where the candidate, and with it the plan, was deleted.

        Args:
            candidate_resource_id: resource id of the candidate.

        Raises:
            StepFailed: at the end of that way in any case; it says who bears the live name.
        """
        live_name = self.names.protected_id
        live = self._find(live_name)
        if live is not None and live.resource_id == candidate_resource_id:
            return Pause(self.poll_interval, f"{live_name} to be deleted, as somebody asked for")
        old = live or self._find(self.names.retired_id)
        plan = self._plan_of_old(old) if old else None
        wanted = self.advance(plan.inverse()) if plan else None
        if wanted is not None:
            return wanted
        bearer = self._find(live_name)
        raise StepFailed(
            what=f"swap of {live_name}",
            found=f"the candidate {candidate_resource_id} was deleted; {live_name} is borne by "
            + (bearer.resource_id if bearer else "nobody"),
            remedy="Look in CloudTrail for who deleted it, then start a new run",
        )

    def _find(self, name: str) -> Described | None:
        return self.protected.find(self.rds, name)

    def _plan_of_old(self, old: Described) -> SwapPlan | None:
        return swap_state.recall_old(old, self.protected.instances(self.rds, old), names=self.names)

    def _submit(self, action: Rename) -> Wait | Pause:
        log.info("Renaming %s %s to %s", action.kind, action.old, action.new)
        try:
            rename(self.rds, action)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _LOOK_AGAIN:
                raise
            return Pause(self.poll_interval, f"{action.old}: {error.response['Error']['Message']}")
        renamed = cluster_renamed if action.kind == "cluster" else instance_renamed
        return Wait(
            kind=f"db_{action.kind}_by_resource_id", identifier=action.resource_id, goal=renamed(action.new)
        )

    def _gone(self, wanted: Collection[str], seen: Mapping[str, Health]) -> set[str]:
        """Of the wanted resources those that no longer exist: deleted before our eyes, or long out of sight."""
        now = time.time()
        before: dict[str, float] = self.store.get(_UNSEEN, default={})
        since = {
            # The absence of one that was being deleted is believed at once.
            one: 0.0 if one in seen else before.get(one, now)
            for one in wanted
            if seen.get(one, Health.LEAVING) is Health.LEAVING
        }
        kept = {one: then for one, then in before.items() if one not in wanted} | since
        if kept != before:
            self.store.set(_UNSEEN, kept)
        return {
            one for one, then in since.items() if one not in seen and now - then >= describe.LONGEST_UNSEEN
        }


def _is_away(plan: SwapPlan, observed: Iterable[Resource]) -> bool:
    names = {one.resource_id: one.name for one in observed if one.kind == plan.subject}
    leaving = plan.leaving
    given_up = leaving is not None and names.get(leaving.resource_id) == leaving.final
    return given_up and plan.live_name not in names.values()


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
