"""Give the live name to the proved candidate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchyard.aurora_recovery.names import RecoveryNames
from switchyard.aurora_recovery.swap import Resource, SwapPlan, plan_swap, simulate
from switchyard.errors import NotAllowed
from switchyard.operators.aurora import describe, swap_loop, swap_state, tags
from switchyard.operators.base import AwsOperator, Pause
from switchyard.waiting.kinds import Wait

_UNMADE = "the candidate, once it is restored"


class SwapNamesOperator(AwsOperator):
    """Move the live name from the cluster that bears it to the candidate that was proved.

    The plan is written to tags of every resource before the first rename, and read back from there. The first run,
    when nobody bears the live name, moves the candidate alone.

    Args:
        live_cluster_id: the name that clients connect to.
        candidate_resource_id: resource id of the restored cluster.
        rename_instances: whether instances take over the old instances' names too, which reboots them.
    """

    template_fields = (*AwsOperator.template_fields, "candidate_resource_id", "stamp")

    def __init__(
        self,
        *,
        live_cluster_id: str,
        candidate_resource_id: str,
        rename_instances: bool,
        stamp: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.live_cluster_id = live_cluster_id
        self.candidate_resource_id = candidate_resource_id
        self.rename_instances = rename_instances
        self.stamp = stamp
        self.plan: SwapPlan | None = None

    def act(self, context: Any) -> Wait | Pause | None:
        rds = self.client()
        if self.dry_run:
            self._plan_unmade()
            return None
        candidate = swap_loop.candidate_cluster(rds, self.candidate_resource_id)
        if isinstance(candidate, Pause):
            return candidate
        self._require_forward(candidate)
        self.plan = self._recall(candidate)
        if self.plan is None:
            self._record(candidate)
            self.plan = self._recall(describe.require_cluster(rds, candidate["DBClusterIdentifier"]))
        if self.plan is None:
            return Pause(self.poll_interval, "the recorded plan to become visible")
        return swap_loop.advance(rds, self.plan, poll_interval=self.poll_interval)

    def result(self, context: Any) -> dict[str, Any]:
        plan = self.plan
        leaving = plan.leaving if plan else None
        return {
            "live_resource_id": self.candidate_resource_id,
            "retired_resource_id": leaving.resource_id if leaving else "",
            "retired_cluster_id": leaving.final if leaving else "",
            "renames": len(plan.moves) if plan else 0,
        }

    def _recall(self, candidate: Mapping[str, Any]) -> SwapPlan | None:
        return swap_state.recall(candidate, stamp=self.stamp, live_name=self.live_cluster_id)

    def _require_forward(self, candidate: Mapping[str, Any]) -> None:
        if swap_state.direction(candidate) == "back":
            raise NotAllowed(
                what=f"swap of {self.live_cluster_id}",
                found="its verification failed and it was rolled back",
                remedy="Study the candidate, then start a new run; this one will not swap again",
            )

    def _record(self, candidate: Mapping[str, Any]) -> None:
        if tags.tags_of(candidate).get(tags.PROVED) != self.stamp:
            raise NotAllowed(
                what=f"giving {self.live_cluster_id} to {candidate['DBClusterIdentifier']}",
                found="the candidate has not passed the checks of this run",
                remedy="Clear the task that checks the candidate; the swap follows when it passes",
            )
        live = describe.find_cluster(self.client(), self.live_cluster_id)
        new, new_arns = self._side(candidate)
        old, old_arns = self._side(live) if live else ([], {})
        swap_state.record(
            self.client(),
            self._plan_of(new, old, self.candidate_resource_id),
            stamp=self.stamp,
            candidate_id=self.candidate_resource_id,
            arns=new_arns | old_arns,
        )

    def _side(self, cluster: Mapping[str, Any]) -> tuple[list[Resource], dict[str, str]]:
        """A cluster with its instances, and the ARN of each by resource id."""
        resource_id = cluster["DbClusterResourceId"]
        # Readers first: the writer's reboot comes last.
        instances = list(reversed(describe.members(self.client(), cluster)))
        by_name = {cluster["DBClusterIdentifier"]: resource_id}
        resources = [describe.instance_resource(one, by_name) for one in instances]
        arns = {one["DbiResourceId"]: one["DBInstanceArn"] for one in instances}
        return [*resources, describe.cluster_resource(cluster)], arns | {resource_id: cluster["DBClusterArn"]}

    def _plan_of(self, new: list[Resource], old: list[Resource], candidate_id: str) -> SwapPlan:
        return plan_swap(
            RecoveryNames.for_run(self.live_cluster_id, self.stamp),
            candidate=new,
            live=old,
            proved_ids=[candidate_id],
            rename_instances=self.rename_instances,
        )

    def _plan_unmade(self) -> None:
        """Plan the renames of a real run: the candidate as it would be, the live side as it is."""
        names = RecoveryNames.for_run(self.live_cluster_id, self.stamp)
        live = describe.find_cluster(self.client(), self.live_cluster_id)
        old = self._side(live)[0] if live else []
        new = [
            Resource(
                f"{_UNMADE} ({one.name})",
                "instance",
                names.candidate_instance_id(one.name),
                _UNMADE,
                "available",
            )
            for one in old
            if one.kind == "instance"
        ]
        new.append(Resource(_UNMADE, "cluster", names.candidate_cluster_id, _UNMADE, "available"))
        for action in simulate([*new, *old], self._plan_of(new, old, _UNMADE))[0]:
            swap_loop.rename(self.client(), action)
