"""What a wait waits for: the states that end it well, those that end it badly, and how sure one must be.

The judgement is a pure function of what AWS shows, so that the worker's first look and the triggerer's poller
cannot disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from switchyard.aurora_recovery import states


@dataclass(frozen=True)
class Goal:
    """The end of a wait.

    Attributes:
        ready: statuses that end the wait well.
        failed: statuses that no more waiting can mend. A status in neither set means: keep waiting.
        fields: further fields of the description that must have these values, e.g. the name after a rename.
        differs: fields that must be there and have other values than these, e.g. the version before an update.
        failed_grace: seconds that a failed status must last before it is believed: what failed before it was
            asked again can show its old failure for a while.
        non_null: fields that must be present.
        absent: what it means that AWS does not show the resource.
        absent_grace: seconds that it must stay absent before "ready" or "fail" is believed: a resource just
            made or renamed can be invisible for a while.
        polls: looks in a row that must all find the goal reached.
    """

    ready: tuple[str, ...]
    failed: tuple[str, ...]
    fields: Mapping[str, str] = field(default_factory=dict)
    differs: Mapping[str, str] = field(default_factory=dict)
    failed_grace: float = 0.0
    non_null: tuple[str, ...] = ()
    absent: Literal["wait", "ready", "fail"] = "wait"
    absent_grace: float = 120.0
    polls: int = 1

    def field_names(self) -> set[str]:
        """Fields of the description that the goal looks at besides the status."""
        return {*self.fields, *self.differs, *self.non_null}

    def as_dict(self) -> dict[str, Any]:
        """The goal as trigger arguments can hold it."""
        return {**asdict(self), "fields": dict(self.fields), "differs": dict(self.differs)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Goal:
        """The goal that ``as_dict`` made, after a journey through JSON."""
        tuples = {name: tuple(stored[name]) for name in ("ready", "failed", "non_null")}
        maps = {name: dict(stored.get(name, {})) for name in ("fields", "differs")}
        return cls(**{**stored, **tuples, **maps})


@dataclass(frozen=True)
class Pending:
    """The goal is not reached yet."""

    status: str


@dataclass(frozen=True)
class Ready:
    """The goal is reached."""

    status: str


@dataclass(frozen=True)
class Failed:
    """The goal will not be reached."""

    status: str
    reason: str


Verdict = Pending | Ready | Failed

ABSENT = "absent"
"""Stands for the status of a resource that AWS does not show."""


def evaluate(
    goal: Goal,
    item: Mapping[str, Any] | None,
    *,
    status_field: str = "Status",
    absent_for: float = 0.0,
    failed_for: float = 0.0,
) -> Verdict:
    """Judge one look at a resource.

    Args:
        goal: what is waited for.
        item: the description AWS gave, None when it shows no such resource.
        status_field: the description's field with the status.
        absent_for: seconds since the looks began to find nothing.
        failed_for: seconds since the looks began to find a failed status.
    """
    if item is None:
        if goal.absent == "wait" or absent_for < goal.absent_grace:
            return Pending(ABSENT)
        return Ready(ABSENT) if goal.absent == "ready" else Failed(ABSENT, "AWS does not show it")
    status = str(item.get(status_field))
    if status in goal.failed:
        if failed_for < goal.failed_grace:
            return Pending(status)
        return Failed(status, f"its status is {status}{_details(item)}")
    return Ready(status) if status in goal.ready and _has_wanted_fields(goal, item) else Pending(status)


def _has_wanted_fields(goal: Goal, item: Mapping[str, Any]) -> bool:
    return (
        all(item.get(name) == value for name, value in goal.fields.items())
        and all(item.get(name) not in (None, value) for name, value in goal.differs.items())
        and all(item.get(name) is not None for name in goal.non_null)
    )


def _details(item: Mapping[str, Any]) -> str:
    """What AWS says about a failure, in descriptions that have a place for it."""
    details = item.get("ErrorDetails") or {}
    told = [details.get(name) for name in ("ErrorType", "ErrorMessage")]
    told += [item.get(name) for name in ("LastFailureMessage", "StateChangeReason")]
    return "".join(f", {text}" for text in told if text)


class Watch:
    """What one wait has seen so far: how long nothing, how often in a row the goal."""

    def __init__(self, goal: Goal, status_field: str) -> None:
        self.goal = goal
        self._status_field = status_field
        self._absent_since: float | None = None
        self._failed_since: float | None = None
        self._confirmed = 0
        self.status = "unknown"

    def see(self, item: Mapping[str, Any] | None, now: float) -> Verdict:
        """Take in one look, made at ``now`` seconds of any steady clock."""
        failed = item is not None and str(item.get(self._status_field)) in self.goal.failed
        self._absent_since = _since(self._absent_since, item is None, now)
        self._failed_since = _since(self._failed_since, failed, now)
        verdict = evaluate(
            self.goal,
            item,
            status_field=self._status_field,
            absent_for=_lasted(self._absent_since, now),
            failed_for=_lasted(self._failed_since, now),
        )
        self.status = verdict.status
        self._confirmed = self._confirmed + 1 if isinstance(verdict, Ready) else 0
        if isinstance(verdict, Ready) and self._confirmed < self.goal.polls:
            return Pending(verdict.status)
        return verdict


def _since(began: float | None, holds: bool, now: float) -> float | None:
    if not holds:
        return None
    return now if began is None else began


def _lasted(began: float | None, now: float) -> float:
    return 0.0 if began is None else now - began


_CLUSTER_FAILED = tuple(sorted(states.CLUSTER_BROKEN | states.STOPPED))
_INSTANCE_FAILED = tuple(sorted(states.INSTANCE_BROKEN | states.STOPPED))
_SNAPSHOT_FAILED = tuple(sorted(states.SNAPSHOT_BROKEN))
_RENAME_GRACE = 900.0
"""Seconds that a renamed resource may stay invisible; Ansible's AWS modules allow for minutes."""


def snapshot_available() -> Goal:
    """The snapshot is complete."""
    return Goal(ready=("available",), failed=_SNAPSHOT_FAILED)


def snapshot_deleted() -> Goal:
    """The snapshot is gone, and its name free."""
    return Goal(ready=(), failed=(), absent="ready", absent_grace=0.0)


def cluster_available() -> Goal:
    """The cluster can be acted on."""
    return Goal(ready=("available",), failed=_CLUSTER_FAILED)


def cluster_restored() -> Goal:
    """The cluster is truly usable: backups and restores are refused until its restorable times are known.

    Source: Aurora user guide, "Overview of backing up and restoring an Aurora DB cluster".
    """
    return Goal(
        ready=("available",),
        failed=_CLUSTER_FAILED,
        non_null=("EarliestRestorableTime", "LatestRestorableTime"),
    )


def cluster_renamed(cluster_id: str) -> Goal:
    """The cluster bears a new name and is available under it; wait by resource id.

    Two looks in a row, as "available" is still shown for a moment after the rename was asked for.
    """
    return Goal(
        ready=("available",),
        failed=_CLUSTER_FAILED,
        fields={"DBClusterIdentifier": cluster_id},
        absent="fail",
        absent_grace=_RENAME_GRACE,
        polls=2,
    )


def cluster_started() -> Goal:
    """The cluster that was asked to start is available; it can look stopped for a moment after the call."""
    return Goal(ready=("available",), failed=tuple(sorted(states.CLUSTER_BROKEN)))


def cluster_stopped() -> Goal:
    """The cluster is stopped."""
    return Goal(ready=("stopped",), failed=tuple(sorted(states.CLUSTER_BROKEN)))


def cluster_settled() -> Goal:
    """Nothing is being done to the cluster any more, whatever came of it, or it is gone."""
    return Goal(ready=("available", *_CLUSTER_FAILED, "deleting"), failed=(), absent="ready")


def instance_settled() -> Goal:
    """Nothing is being done to the instance any more, whatever came of it, or it is gone."""
    return Goal(ready=("available", *_INSTANCE_FAILED, "deleting"), failed=(), absent="ready")


def cluster_deleted() -> Goal:
    """The cluster is gone; wait by resource id, as its name may be given away."""
    return Goal(ready=(), failed=(), absent="ready", absent_grace=0.0, polls=2)


def instance_available() -> Goal:
    """The instance can be acted on."""
    return Goal(ready=("available",), failed=_INSTANCE_FAILED)


def instance_renamed(instance_id: str) -> Goal:
    """The instance bears a new name, has restarted and is available under it; wait by resource id."""
    return Goal(
        ready=("available",),
        failed=_INSTANCE_FAILED,
        fields={"DBInstanceIdentifier": instance_id},
        absent="fail",
        absent_grace=_RENAME_GRACE,
        polls=2,
    )


def instance_started() -> Goal:
    """The instance that was asked to start is available; it can look stopped for a moment after the call."""
    return Goal(ready=("available",), failed=tuple(sorted(states.INSTANCE_BROKEN)))


def instance_stopped() -> Goal:
    """The instance is stopped."""
    return Goal(ready=("stopped",), failed=tuple(sorted(states.INSTANCE_BROKEN)))


def instance_deleted() -> Goal:
    """The instance is gone; wait by resource id, as its name may be given away."""
    return Goal(ready=(), failed=(), absent="ready", absent_grace=0.0, polls=2)


@dataclass(frozen=True)
class Lifecycle:
    """The goals of what a recovery protects; `renamed` takes the new name."""

    available: Callable[[], Goal]
    restored: Callable[[], Goal]
    renamed: Callable[[str], Goal]
    started: Callable[[], Goal]
    stopped: Callable[[], Goal]
    deleted: Callable[[], Goal]
    settled: Callable[[], Goal]


CLUSTER_GOALS = Lifecycle(
    cluster_available,
    cluster_restored,
    cluster_renamed,
    cluster_started,
    cluster_stopped,
    cluster_deleted,
    cluster_settled,
)
INSTANCE_GOALS = Lifecycle(
    instance_available,
    instance_available,
    instance_renamed,
    instance_started,
    instance_stopped,
    instance_deleted,
    instance_settled,
)
