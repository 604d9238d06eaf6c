"""What is protected, as the steps see it: a cluster or a plain instance, behind the same words.

Whatever AWS names or does differently for the two lies in ``clusters.py`` and ``plain_instances.py``; a step asks its
``protected`` and never which of them it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from switchyard.aurora_recovery.manifest import Manifest
from switchyard.aurora_recovery.settings import Setting
from switchyard.aurora_recovery.states import Health, Kind, health
from switchyard.aurora_recovery.swap_plan import Resource
from switchyard.errors import StepFailed
from switchyard.waiting.goals import Goal, Lifecycle, Ready, evaluate


@dataclass(frozen=True)
class Described:
    """A cluster or plain instance as AWS shows it now.

    Attributes:
        kind: which of the two.
        name: its identifier, which a rename changes.
        resource_id: its resource id, which nothing changes.
        arn: its ARN, which holds the name.
        status: as AWS reports it.
        endpoint: host name that clients write to; None while it has none.
        port: of that endpoint.
        member_names: names of the instances of a cluster; none of a plain instance.
        serves: whether an instance is behind the endpoint.
        tags: by key.
        fields: all that AWS says.
    """

    kind: Kind
    name: str
    resource_id: str
    arn: str
    status: str
    endpoint: str | None
    port: int | None
    member_names: tuple[str, ...]
    serves: bool
    tags: Mapping[str, str]
    fields: Mapping[str, Any]

    @property
    def health(self) -> Health:
        """Whether it can be acted on."""
        return health(self.kind, self.status)

    @property
    def address(self) -> tuple[str, int]:
        """Host name and port that clients write to.

        Raises:
            StepFailed: it has none.
        """
        if not self.endpoint or not self.port:
            raise StepFailed(
                what=f"{self.kind} {self.name}",
                found=f"it is {self.status} and has no endpoint",
                remedy="Look at its events in RDS, then clear this task",
            )
        return self.endpoint, self.port

    def meets(self, goal: Goal) -> bool:
        """Whether it is where a wait for this goal would end."""
        return isinstance(evaluate(goal, {**self.fields, "Status": self.status}), Ready)


@dataclass(frozen=True)
class DescribedSnapshot:
    """A snapshot of a cluster or plain instance as AWS shows it now.

    Attributes:
        name: its identifier; AWS gives the ARN of one that another account shares.
        arn: its ARN.
        status: as AWS reports it.
        type: `manual`, `shared`, `public`, `automated` or `awsbackup`.
        engine: engine name.
        source_name: name that the source had when it was snapshotted.
        source_resource_id: resource id of the source; None where AWS hides it.
        encrypted: whether its storage is.
        kms_key_id: ARN of its key.
        made: when AWS made this very copy; None while it is being made.
        progress: percent of a copy in flight.
        tags: by key; AWS hides those of a share.
    """

    name: str
    arn: str
    status: str
    type: str
    engine: str
    source_name: str
    source_resource_id: str | None
    encrypted: bool
    kms_key_id: str | None
    made: datetime | None
    progress: int
    tags: Mapping[str, str]


@dataclass(frozen=True)
class ProxyTargets:
    """How the calls on a proxy's targets name one kind.

    Attributes:
        argument: the argument of registering and deregistering that takes its names.
        type: the type of the target that stands for it in descriptions.
    """

    argument: str
    type: str


class Snapshots(Protocol):
    """The calls on snapshots of one kind, by names or ARNs of snapshots."""

    @property
    def resource_type(self) -> str:
        """What stands before the name in an ARN."""

    @property
    def quota(self) -> str:
        """The quota that manual snapshots count against."""

    @property
    def wait_kind(self) -> str:
        """Key of ``waiting.kinds.KINDS`` under which a snapshot is waited for by its name."""

    @property
    def busy(self) -> str:
        """Code of the error for a snapshot that is being copied or changed."""

    def find(self, rds: Any, snapshot: str) -> DescribedSnapshot | None:
        """The snapshot of this account with this name or ARN, or None."""

    def find_visible(self, rds: Any, arn: str) -> DescribedSnapshot | None:
        """A snapshot of this account, or one shared with it, by ARN."""

    def manual(self, rds: Any) -> Iterator[DescribedSnapshot]:
        """All manual ones of the account and Region, page by page."""

    def shared(self, rds: Any) -> Iterator[DescribedSnapshot]:
        """All that other accounts share with this one in this Region."""

    def create(self, rds: Any, snapshot: str, *, source: str, tags: Mapping[str, str]) -> None:
        """Ask for a manual snapshot of the source of this name."""

    def copy(
        self,
        rds: Any,
        snapshot: str,
        *,
        source_arn: str,
        kms_key_id: str,
        tags: Mapping[str, str],
        **source_region: str,
    ) -> None:
        """Ask for a copy under a key; ``SourceRegion`` is given where the source is of another Region."""

    def share(self, rds: Any, snapshot: str, account_id: str) -> None:
        """Let another account see, copy and restore it."""

    def shared_with(self, rds: Any, snapshot: str) -> set[str]:
        """The accounts that see it; ``all`` makes it public."""

    def delete(self, rds: Any, snapshot: str) -> None:
        """Ask for its deletion."""


class Protected(Protocol):
    """The calls on what is protected; a name is the identifier that it bears now."""

    @property
    def kind(self) -> Kind:
        """Which name space of RDS its names live in, and the word for it in sentences."""

    @property
    def snapshots(self) -> Snapshots:
        """The calls on its snapshots."""

    @property
    def settings(self) -> tuple[Setting, ...]:
        """What a restore does not carry by itself."""

    @property
    def goals(self) -> Lifecycle:
        """What its waits wait for."""

    @property
    def wait_kind(self) -> str:
        """Key of ``waiting.kinds.KINDS`` under which it is waited for by name; ``_by_resource_id`` may follow."""

    @property
    def has_surroundings(self) -> bool:
        """Whether custom endpoints, scaling and a Data API stand around it, and a start makes its certificate anew."""

    @property
    def proxy_targets(self) -> ProxyTargets:
        """How proxies name it."""

    def find(self, rds: Any, name: str) -> Described | None:
        """Who bears this name now, or None."""

    def find_by_resource_id(self, rds: Any, resource_id: str) -> Described | None:
        """The one with this id, whatever its name; None when it is gone or not visible yet."""

    def unfit(self, described: Described) -> tuple[str, str] | None:
        """Why no recovery point of it can be made or restored: problem and remedy; None for one that is fit."""

    def instances(self, rds: Any, described: Described) -> list[dict[str, Any]]:
        """The described instances of a cluster, the writer first, then by name; none of a plain instance."""

    def contents(self, rds: Any, described: Described) -> dict[str, Any]:
        """The parts of a manifest that AWS shows: arguments for ``Manifest``."""

    def rooms(self, manifest: Manifest) -> dict[str, int]:
        """How much room a candidate takes, by quota."""

    def restore(self, rds: Any, name: str, *, snapshot: str, arguments: Mapping[str, Any]) -> None:
        """Ask for one made from a snapshot."""

    def modify(self, rds: Any, name: str, settings: Mapping[str, Any]) -> None:
        """Ask for other settings, at once: the default would wait for the maintenance window."""

    def start(self, rds: Any, name: str) -> None:
        """Ask a stopped one to start."""

    def stop(self, rds: Any, name: str) -> None:
        """Ask it to stop."""

    def delete(self, rds: Any, name: str) -> None:
        """Ask for its deletion without another snapshot; a cluster must have no instance any more."""

    def observe(self, rds: Any, *, resource_ids: Sequence[str], names: Sequence[str]) -> list[Resource]:
        """What has one of these resource ids, or bears one of these names, as a swap sees it."""

    def side(self, rds: Any, described: Described) -> tuple[list[Resource], dict[str, str]]:
        """One side of a swap: its instances, readers first, then itself last; and the ARN of each by resource id."""


def snapshot_arn(snapshots: Snapshots, *, region: str, account_id: str, snapshot_id: str) -> str:
    """The ARN that a snapshot of this name has, whether or not it exists yet."""
    return f"arn:aws:rds:{region}:{account_id}:{snapshots.resource_type}:{snapshot_id}"


def attribute_values(attributes: Iterable[Mapping[str, Any]]) -> set[str]:
    """The accounts that a snapshot's attributes let restore it."""
    restore = [one for one in attributes if one["AttributeName"] == "restore"]
    return set(restore[0]["AttributeValues"]) if restore else set()
