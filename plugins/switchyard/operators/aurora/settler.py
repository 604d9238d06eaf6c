"""The work on what stands around the live name, step by step; the way there and the way back are the same."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from switchyard.aurora_recovery.names import RecoveryNames
from switchyard.aurora_recovery.parity import compare_surroundings, unexplained
from switchyard.aurora_recovery.settling import (
    next_endpoint_action,
    scaling_actions,
    with_present_names,
)
from switchyard.aurora_recovery.surroundings import CustomEndpoint, ScalableTarget, Surroundings
from switchyard.errors import CheckFailed
from switchyard.operators.aurora import describe, surroundings, tags
from switchyard.operators.aurora.protected import Described, Protected
from switchyard.operators.base import Pause

log = logging.getLogger(__name__)

MOST_ROUNDS = 5
"""How often scaling is set before what AWS shows instead is called a difference."""


@dataclass(frozen=True)
class Settler:
    """What works on it.

    Attributes:
        client: Makes a client of a service in the target account and Region.
        protected: The calls on what holds the live name.
        names: The names of the run.
        store: The task's state store.
        poll_interval: Seconds between two looks.
        own_tags: Tags of what is made.
    """

    client: Callable[[str], Any]
    protected: Protected
    names: RecoveryNames
    store: Any
    poll_interval: float
    own_tags: Mapping[str, str]

    def endpoints(self, live: Described, wanted: Sequence[CustomEndpoint]) -> Pause | None:
        """Take the next step until the live cluster has exactly the wanted custom endpoints.

        Clusters of the run that bear other names let go of theirs first: names are unique in a Region.
        """
        rds = self.client("rds")
        action = next_endpoint_action(
            with_present_names(wanted, self._present_names(live)),
            surroundings.seen_endpoints(rds),
            cluster_id=live.name,
            release_from=self._release_from(live),
            instances=live.member_names,
            tags=tags.tag_list(self.own_tags),
        )
        if action is None:
            return None
        if action.operation is not None:
            log.info("%s", action.reason)
            with describe.absence_allowed():
                getattr(rds, action.operation)(**action.arguments)
        return Pause(self.poll_interval, action.reason)

    def scaling(self, wanted: Sequence[ScalableTarget], *, deregister: bool = False) -> Pause | None:
        """Register the wanted scaling for the live name, and look again until AWS shows it.

        Raises:
            CheckFailed: AWS goes on showing something else.
        """
        autoscaling = self.client("application-autoscaling")
        live_name = self.names.protected_id
        found = surroundings.scaling_of(autoscaling, live_name)
        actions = scaling_actions(wanted, found, cluster_id=live_name, deregister=deregister)
        # A name that is retired is scaled by nobody.
        retired = self.names.retired_id
        old = surroundings.scaling_of(autoscaling, retired)
        actions += scaling_actions([], old, cluster_id=retired, deregister=True)
        if not actions:
            return None
        rounds = int(self.store.get("scaling_rounds", default=0))
        if rounds >= MOST_ROUNDS:
            raise _stays_different(wanted, found)
        for action in actions:
            log.info("%s", action.reason)
            with describe.absence_allowed():
                getattr(autoscaling, str(action.operation))(**action.arguments)
        # Only after the last call: a try that was killed before has not set anything that AWS could refuse to show.
        self.store.set("scaling_rounds", rounds + 1)
        return Pause(self.poll_interval, f"the scaling of {live_name} to be shown")

    def data_api(self, live: Described) -> Pause | None:
        """Turn the Data API off, and then on again: it does not survive a rename that came after it was on."""
        phase, is_on = self.store.get("data_api"), bool(live.fields.get("HttpEndpointEnabled"))
        if phase == "done":
            return None
        if phase is None and not is_on:
            # Written before the call: whoever finds it on from here on has turned it on again.
            self.store.set("data_api", "turn on")
            phase = "turn on"
        if phase == "turn on" and is_on:
            self.store.set("data_api", "done")
            return None
        rds = self.client("rds")
        change = rds.disable_http_endpoint if is_on else rds.enable_http_endpoint
        change(ResourceArn=live.arn)
        return Pause(self.poll_interval, f"the Data API of {live.name} to be {'off' if is_on else 'on'}")

    def proxy(self, live: Described, proxy: str) -> Pause | None:
        """Register the one that bears the live name with a proxy anew: what proxies follow is not published."""
        rds, key, targets_of = self.client("rds"), f"proxy {proxy}", self.protected.proxy_targets
        targets = rds.describe_db_proxy_targets(DBProxyName=proxy)["Targets"]
        ours = {self.names.protected_id, self.names.retired_id, self.names.candidate_id}
        found = [one["RdsResourceId"] for one in targets if one["Type"] == targets_of.type]
        phase = self.store.get(key)
        if phase == "done":
            return None
        if phase is None and not ours & set(found):
            self.store.set(key, "register")
            phase = "register"
        if phase == "register" and live.name in found:
            self.store.set(key, "done")
            return None
        if phase == "register":
            rds.register_db_proxy_targets(DBProxyName=proxy, **{targets_of.argument: [live.name]})
            return Pause(self.poll_interval, f"proxy {proxy} to follow {live.name}")
        with describe.absence_allowed():
            rds.deregister_db_proxy_targets(
                DBProxyName=proxy, **{targets_of.argument: sorted(ours & set(found))}
            )
        return Pause(self.poll_interval, f"proxy {proxy} to let go of its target")

    def _release_from(self, live: Described) -> list[str]:
        ours = {self.names.protected_id, self.names.retired_id, self.names.candidate_id}
        return sorted(ours - {live.name})

    def _present_names(self, live: Described) -> dict[str, str]:
        """By final name the one that an instance of the live cluster bears now."""
        present: dict[str, str] = {}
        for suffix in (f"-new-{self.names.stamp}", f"-old-{self.names.stamp}"):
            present |= {
                name.removesuffix(suffix): name for name in live.member_names if name.endswith(suffix)
            }
        return {final: name for final, name in present.items() if final not in live.member_names}


def _stays_different(wanted: Sequence[ScalableTarget], found: Sequence[ScalableTarget]) -> CheckFailed:
    dimensions = {one.dimension for one in wanted}
    differences = unexplained(
        compare_surroundings(
            Surroundings((), tuple(wanted)),
            Surroundings((), tuple(one for one in found if one.dimension in dimensions)),
        )
    )
    listed = "; ".join(f"{one.setting}: expected {one.expected}, found {one.found}" for one in differences)
    return CheckFailed(
        what="scaling of the live name",
        found=listed or "targets of the retired name stay registered",
        remedy="Set it by hand, or give a reason in explained_differences; then clear this task",
    )
