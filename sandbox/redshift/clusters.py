"""A cluster: moto's, that takes its time to change, and has databases."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from moto.redshift.models import Cluster as MotoCluster

from sandbox.redshift.databases import Databases, Owner
from sandbox.redshift.exceptions import InvalidClusterState
from sandbox.redshift.surroundings import Outside
from sandbox.runtime import runtime
from sandbox.transitions import Process, Stage, now, schedule, scheduler

if TYPE_CHECKING:
    from sandbox.warehouse.isolation import Level

ALWAYS = "dev"
"""The database that every cluster and namespace has."""

ISOLATION: Level = "SERIALIZABLE"
"""Of the databases that a cluster is made with.
Source: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_DATABASE.html
"""

AVAILABLE = "available"
AVAILABILITY = {
    AVAILABLE: "Available",
    "creating": "Modifying",
    "modifying": "Modifying",
    "resuming": "Modifying",
    "deleting": "Unavailable",
    "pausing": "Unavailable",
    "paused": "Unavailable",
}
IN_SYNC, ADDING, REMOVING = "in-sync", "adding", "removing"


class Cluster(MotoCluster):
    """A cluster of one account and Region; its databases hold data until it is deleted."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.status = "creating"
        self.create_time = now()
        self.role_states: dict[str, str] = dict.fromkeys(self.iam_roles_arn, IN_SYNC)
        self.default_iam_role_arn: str | None = None
        self.process: Process | None = None
        place = (self.account_id, self.region)
        self.databases = Databases(
            Owner(self.cluster_identifier, *place, self.master_username, ISOLATION),
            [self.db_name, ALWAYS],
            Outside(*place, self.attached_roles, lambda: self.default_iam_role_arn),
        )

    @property
    def cluster_availability_status(self) -> str:
        """Whether queries can run."""
        return AVAILABILITY.get(self.status, "Unavailable")

    @property
    def iam_roles(self) -> list[dict[str, str]]:
        """The roles in the shape of ClusterIamRole."""
        return [{"IamRoleArn": arn, "ApplyStatus": state} for arn, state in self.role_states.items()]

    def attached_roles(self) -> list[str]:
        """Return the ARNs of the roles that it can act under now."""
        return [arn for arn, state in self.role_states.items() if state != ADDING]

    def create(self) -> None:
        """Begin to come up."""
        self._change("creating", "create", AVAILABLE)

    def modify(self) -> None:
        """Begin to take on changes."""
        self._change("modifying", "modify", AVAILABLE)

    def pause(self) -> None:
        """Begin to stop; the data stays."""
        self.require(AVAILABLE)
        self._change("pausing", "pause", "paused")

    def resume(self) -> None:
        """Begin to run again."""
        self.require("paused")
        self._change("resuming", "resume", AVAILABLE)

    def end(self, gone: Callable[[], None]) -> None:
        """Begin to go, with the data."""
        self.stop()
        self.status = "deleting"
        seconds = runtime.durations["redshift-cluster.delete"]
        stage = Stage(seconds, work=self.databases.close, end=gone)
        self.process = schedule(f"Redshift cluster {self.cluster_identifier}", [stage], self._fail)

    def change_roles(self, added: Iterable[str], removed: Iterable[str]) -> None:
        """Begin to attach and to detach roles, which takes a while."""
        self.require(AVAILABLE)
        self.role_states |= {arn: ADDING for arn in added if arn not in self.role_states}
        self.role_states |= {arn: REMOVING for arn in removed if arn in self.role_states}

        def end() -> None:
            kept = [arn for arn, state in self.role_states.items() if state != REMOVING]
            self.role_states = dict.fromkeys(kept, IN_SYNC)
            self.iam_roles_arn = kept

        stage = Stage(runtime.durations["redshift-cluster.roles"], end=end)
        schedule(f"roles of the Redshift cluster {self.cluster_identifier}", [stage], self._fail)

    def require(self, status: str) -> None:
        """Raise InvalidClusterState unless it has this status."""
        if self.status != status:
            raise InvalidClusterState(self.cluster_identifier, self.status)

    def stop(self) -> None:
        """Stay in the present status."""
        if self.process is not None:
            self.process.stop()

    def discard(self) -> None:
        """End what is under way, and drop the data."""
        if self.process is not None:
            scheduler.forget([self.process])
        self.databases.close()

    def _change(self, status: str, transition: str, then: str) -> None:
        self.stop()
        self.status = status
        seconds = runtime.durations[f"redshift-cluster.{transition}"]

        def end() -> None:
            self.status = then

        stage = Stage(seconds, end=end)
        self.process = schedule(f"Redshift cluster {self.cluster_identifier}", [stage], self._fail)

    def _fail(self, _: BaseException) -> None:
        self.status = "hardware-failure"
