"""Give the live name to the proved candidate."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from switchyard.aurora_recovery.names import RecoveryNames
from switchyard.aurora_recovery.swap import Resource, SwapPlan, plan_swap, simulate
from switchyard.aws import console as pages
from switchyard.aws.error_table import Disposition, disposition
from switchyard.errors import NotAllowed, StepFailed
from switchyard.operators.aurora import swap_state, tags
from switchyard.operators.aurora.modes import InSwapMode, withheld
from switchyard.operators.aurora.protected import Described
from switchyard.operators.aurora.swap_loop import SwapLoop, rename
from switchyard.operators.base import Pause
from switchyard.waiting.kinds import Wait

_UNMADE = "the candidate, once it is restored"
_RECORDED = "plan_is_on_record"


class SwapNamesOperator(InSwapMode):
    """Move the live name from the one that bears it to the candidate that was proved.

    The plan is written to tags of every resource before the first rename, and read back from there. The first run,
    when nobody bears the live name, moves the candidate alone. Where the swap cannot go on while nobody bears the
    live name, the old one gets it back.

    Args:
        live_id: the name that clients connect to.
        live_resource_id: resource id of the one that bore it when the recovery point was accepted; empty for none.
        candidate_resource_id: resource id of the restored one.
        rename_instances: whether instances take over the old instances' names too, which reboots them.
        approval: the answer of people; None where nobody was asked.
        approval_asked: whether somebody had to be asked.
    """

    console = (pages.DATABASE % "live_id",)
    skipped_because = "The live name stays where it is"
    template_fields = (
        *InSwapMode.template_fields,
        "live_resource_id",
        "candidate_resource_id",
        "stamp",
        "approval",
    )

    def __init__(
        self,
        *,
        live_id: str,
        live_resource_id: str,
        candidate_resource_id: str,
        rename_instances: bool,
        stamp: str,
        approval: Any = None,
        approval_asked: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.approval = approval
        self.approval_asked = approval_asked
        self.live_id = live_id
        self.live_resource_id = live_resource_id
        self.candidate_resource_id = candidate_resource_id
        self.rename_instances = rename_instances
        self.stamp = stamp
        self.plan: SwapPlan | None = None

    def act(self, context: Any) -> Wait | Pause | None:
        if self.dry_run:
            self._plan_unmade()
            return None
        store = context["task_state_store"]
        loop = SwapLoop(self.client(), self.protected, self.names, store, self.poll_interval)
        candidate = loop.candidate(self.candidate_resource_id)
        if isinstance(candidate, Pause):
            return candidate
        if candidate is None:
            return loop.go_back_alone(self.candidate_resource_id)
        if loop.goes_back(candidate):
            return self._go_back(candidate, loop)
        return self._go_forward(candidate, loop)

    def result(self, context: Any) -> dict[str, Any]:
        plan = self.plan
        leaving = plan.leaving if plan else None
        before = f"what bore it before is {leaving.final}" if leaving else "nothing bore it before"
        return {
            "live_resource_id": self.candidate_resource_id,
            "retired_resource_id": leaving.resource_id if leaving else "",
            "retired_id": leaving.final if leaving else "",
            "renames": len(plan.moves) if plan else 0,
            "summary": f"the candidate bears the name {self.live_id}; {before}",
        }

    def _recall(self, candidate: Described) -> SwapPlan | None:
        return swap_state.recall(candidate, stamp=self.stamp, live_name=self.live_id)

    @property
    def names(self) -> RecoveryNames:
        """Every name of this run."""
        return RecoveryNames.for_run(self.live_id, self.stamp)

    def _go_forward(self, candidate: Described, loop: SwapLoop) -> Wait | Pause | None:
        self.plan = self._recall(candidate)
        if self._is_accepted(candidate):
            return None
        recorded = loop.store.get(_RECORDED)
        if self.plan is None and not recorded:
            self._record(candidate)
            self.plan = self._recall(self.require(candidate.name))
        if self.plan is None:
            return Pause(self.poll_interval, "the recorded plan to become visible")
        if not recorded:
            # A later look may show the candidate as it was before, and a plan made then would take new names for old.
            loop.store.set(_RECORDED, True)
        try:
            return loop.advance(self.plan)
        except (StepFailed, ClientError) as error:
            if not self._must_go_back(error, self.plan, loop):
                raise
            self.log.exception("Nobody bears %s: going back to the old %s", self.live_id, self.kind)
            loop.turn_back(candidate, str(error))
        return self._go_back(candidate, loop)

    def _go_back(self, candidate: Described, loop: SwapLoop) -> Wait | Pause:
        wanted = loop.go_back(candidate)
        if wanted is not None:
            return wanted
        raise NotAllowed(
            what=f"swap of {self.live_id}",
            found=f"it was rolled back: {loop.why_back('a rename or its verification failed')}",
            remedy="Study the candidate and start a new run. To swap to this one after all, set its tag "
            f"{tags.SWAP_DIRECTION} to forward and clear this task",
        )

    def _is_accepted(self, candidate: Described) -> bool:
        """Whether the swap is past: its live endpoint was verified, and what it replaced may be deleted by now."""
        return candidate.name == self.live_id and candidate.tags.get(tags.ROLE) == tags.LIVE

    def _must_go_back(self, error: StepFailed | ClientError, plan: SwapPlan, loop: SwapLoop) -> bool:
        """Whether the endpoint is away and no further try will bring it to the candidate."""
        if isinstance(error, ClientError) and disposition(error) is not Disposition.FATAL:
            return False
        return plan.leaving is not None and (loop.live_is_away or self.find(self.live_id) is None)

    def _require_expected(self, live: Described | None, candidate: Described) -> None:
        """Replace only what was live when the recovery point was accepted, or nothing where it is gone."""
        rds, expected = self.client(), self.live_resource_id
        bearer = live.resource_id if live else ""
        if bearer == expected or not (bearer or self.protected.find_by_resource_id(rds, expected)):
            return
        raise NotAllowed(
            what=f"giving {self.live_id} to {candidate.name}",
            found=f"{bearer or 'nobody'} bears it now; when the recovery point was accepted it was "
            f"{expected or 'nobody'}",
            remedy="If that is as it should be, clear the task that accepts the recovery point with all after it",
        )

    def _record(self, candidate: Described) -> None:
        if candidate.tags.get(tags.PROVED) != self.stamp:
            raise NotAllowed(
                what=f"giving {self.live_id} to {candidate.name}",
                found="the candidate has not passed the checks of this run",
                remedy="Clear the task that checks the candidate; the swap follows when it passes",
            )
        if reason := withheld(self.approval, asked=self.approval_asked):
            raise NotAllowed(
                what=f"giving {self.live_id} to {candidate.name}",
                found=reason,
                remedy="Study the candidate, which is kept. Clear the task that asks, with all after it, to be asked "
                "again; or delete the candidate and start a new run",
            )
        live = self.find(self.live_id)
        self._require_expected(live, candidate)
        new, new_arns = self.protected.side(self.client(), candidate)
        old, old_arns = self.protected.side(self.client(), live) if live else ([], {})
        swap_state.record(
            self.client(),
            self._plan_of(new, old, self.candidate_resource_id),
            stamp=self.stamp,
            candidate_resource_id=self.candidate_resource_id,
            arns=new_arns | old_arns,
        )

    def _plan_of(self, new: list[Resource], old: list[Resource], candidate_resource_id: str) -> SwapPlan:
        return plan_swap(
            self.names,
            candidate=new,
            live=old,
            proved_ids=[candidate_resource_id],
            rename_instances=self.rename_instances,
            subject=self.kind,
        )

    def _plan_unmade(self) -> None:
        """Plan the renames of a real run: the candidate as it would be, the live side as it is."""
        names = self.names
        live = self.find(self.live_id)
        old = self.protected.side(self.client(), live)[0] if live else []
        new = [
            Resource(
                f"{_UNMADE} ({one.name})",
                "instance",
                names.candidate_instance_id(one.name),
                _UNMADE,
                "available",
            )
            for one in old[:-1]
        ]
        new.append(Resource(_UNMADE, self.kind, names.candidate_id, _UNMADE, "available"))
        for action in simulate([*new, *old], self._plan_of(new, old, _UNMADE))[0]:
            rename(self.client(), action)
