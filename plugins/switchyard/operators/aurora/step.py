"""What all steps of a recovery share: they know what is protected by its kind."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from switchyard.aurora_recovery.states import Kind
from switchyard.errors import StepFailed
from switchyard.operators.aurora.clusters import Clusters
from switchyard.operators.aurora.plain_instances import PlainInstances
from switchyard.operators.aurora.protected import Described, Protected
from switchyard.operators.base import AwsOperator
from switchyard.waiting.goals import Goal, snapshot_deleted
from switchyard.waiting.kinds import Wait

PROTECTED: Mapping[Kind, Protected] = MappingProxyType({"cluster": Clusters(), "instance": PlainInstances()})


class RecoveryOperator(AwsOperator):
    """A step of a recovery.

    Args:
        kind: whether a cluster or a plain instance is protected.
    """

    def __init__(self, *, kind: Kind = "cluster", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = kind

    @property
    def is_cluster(self) -> str:
        """Whether it is a cluster, as the AWS console's addresses say it."""
        return "true" if self.kind == "cluster" else "false"

    def console_url(self) -> str:
        return "" if getattr(self, "unneeded", "") else super().console_url()

    @property
    def protected(self) -> Protected:
        """The calls on what is protected."""
        return PROTECTED[self.kind]

    def find(self, name: str) -> Described | None:
        """Who bears a name now in the step's account and Region, or None."""
        return self.protected.find(self.client(), name)

    def require(self, name: str) -> Described:
        """Who bears a name now.

        Raises:
            StepFailed: nobody bears it.
        """
        found = self.find(name)
        if found is None:
            raise StepFailed(
                what=f"{self.kind} {name}",
                found="AWS does not show it",
                remedy="Look in the events of RDS who renamed or deleted it, then clear the task that made it",
            )
        return found

    def wait_for(self, name: str, goal: Goal) -> Wait:
        """A wait for the one that bears a name."""
        return Wait(kind=self.protected.wait_kind, identifier=name, goal=goal)

    def wait_by_resource_id(self, resource_id: str, goal: Goal) -> Wait:
        """A wait for one whose name changes, or may be given away."""
        return Wait(kind=f"{self.protected.wait_kind}_by_resource_id", identifier=resource_id, goal=goal)

    def wait_for_snapshot(self, snapshot_id: str, goal: Goal, *, region_name: str | None = None) -> Wait:
        """A wait for a snapshot; in the step's own Region unless another is named."""
        kind = self.protected.snapshots.wait_kind
        return Wait(kind=kind, identifier=snapshot_id, goal=goal, region_name=region_name)

    def until_snapshot_is_gone(self, snapshot_id: str) -> Wait:
        """A wait for a snapshot's name to be free."""
        return self.wait_for_snapshot(snapshot_id, snapshot_deleted())
