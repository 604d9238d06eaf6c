"""The certificate of a cluster that was renamed: what it names, and a new one by a stop and a start.

After a rename the certificate names the former endpoint until the cluster is stopped and started (Aurora user guide,
"Modifying an Amazon Aurora DB cluster"). Until then clients that verify the host name are refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from switchyard.aurora_recovery.states import Health
from switchyard.errors import CheckFailed
from switchyard.operators.aurora.proof import NO_ANSWER
from switchyard.operators.aurora.protected import Described, Protected
from switchyard.operators.base import Pause
from switchyard.waiting.goals import Goal
from switchyard.waiting.kinds import Wait

FOUND = "certificate"
"""Key of the state store under which it is said what the certificate names."""
_STARTED, _LOOKS = "started anew", "looks_at_certificate"
_NEVER_STOPPED = ("GlobalClusterIdentifier", "ReplicationSourceIdentifier", "ReadReplicaIdentifiers")
"""Fields of clusters that AWS does not stop (Aurora user guide, "Stopping and starting")."""


@dataclass(frozen=True)
class CertificateRefresh:
    """What looks at the certificate of the live cluster, and has it made anew.

    Attributes:
        rds: boto3 client of the target account and Region.
        protected: The calls on clusters.
        names_host: Says whether a verifying client gets in; raises where nobody does.
        store: The task's state store.
        poll_interval: Seconds between two looks.
        patience: Seconds that the endpoint may stay without an answer.
    """

    rds: Any
    protected: Protected
    names_host: Callable[[Described], bool]
    store: Any
    poll_interval: float
    patience: float

    def advance(self, live: Described, *, allowed: bool) -> Wait | Pause | None:
        """Take the next step; None when the certificate is right, or is not to be made anew.

        Args:
            live: The live cluster.
            allowed: Whether it may be stopped, which takes minutes of service.

        Raises:
            CheckFailed: AWS stops no such cluster, a start changed nothing, or nobody answers.
        """
        if live.health is not Health.READY:
            return self._towards_available(live)
        try:
            is_right = self.names_host(live)
        except NO_ANSWER as error:
            if allowed:
                return self._wait_for_answer(error)
            self.store.set(FOUND, "is not known: the endpoint did not answer")
            return None
        if is_right or not allowed:
            says = "names the endpoint" if is_right else "names another host until a stop and start"
            self.store.set(FOUND, says)
            return None
        self._require_stoppable(live)
        self.protected.stop(self.rds, live.name)
        return self._until(live, self.protected.goals.stopped())

    def _towards_available(self, live: Described) -> Wait:
        goals = self.protected.goals
        if live.status == "stopping":
            return self._until(live, goals.stopped())
        if live.status == "stopped":
            self.protected.start(self.rds, live.name)
            self.store.set(FOUND, _STARTED)
            return self._until(live, goals.started())
        return self._until(live, goals.available())

    def _until(self, live: Described, goal: Goal) -> Wait:
        return Wait(kind=f"{self.protected.wait_kind}_by_resource_id", identifier=live.resource_id, goal=goal)

    def _wait_for_answer(self, error: Exception) -> Pause:
        looks = int(self.store.get(_LOOKS, default=0)) + 1
        self.store.set(_LOOKS, looks)
        if looks * self.poll_interval > self.patience:
            raise CheckFailed(
                what="the endpoint answers",
                found=f"{type(error).__name__}: {error}",
                remedy="Check security groups, the certificate authorities and the login, then clear this task",
            ) from error
        return Pause(self.poll_interval, f"the endpoint to answer ({type(error).__name__})")

    def _require_stoppable(self, live: Described) -> None:
        if self.store.get(FOUND) == _STARTED:
            raise CheckFailed(
                what=f"certificate of {live.name}",
                found="it names another host even after a stop and start",
                remedy="Ask AWS; set after_swap.refresh_tls to false, then clear this task",
            )
        bound = next((field for field in _NEVER_STOPPED if live.fields.get(field)), None)
        if bound is not None:
            raise CheckFailed(
                what=f"stopping {live.name} for a new certificate",
                found=f"AWS stops no cluster with {bound} {live.fields[bound]}",
                remedy="Set after_swap.refresh_tls to false, then clear this task",
            )
