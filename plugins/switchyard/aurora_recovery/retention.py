"""Which recovery points may be deleted; when in doubt, none."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import datetime, timedelta

from switchyard.aurora_recovery.states import SNAPSHOT_BROKEN

ROLES = frozenset({"recovery-point", "recovery-copy", "local-copy"})
"""Values of the tag switchyard:role that retention may delete; final snapshots are a person's business."""


@dataclass(frozen=True)
class OwnedSnapshot:
    """A snapshot of one account and Region with what its tags say.

    Attributes:
        snapshot_id: Identifier.
        pipeline: Tag `switchyard:pipeline`, None without it.
        role: Tag `switchyard:role`, None without it.
        stamp: Tag `switchyard:run`; the same for a recovery point and all its copies, None without it.
        source_time: Tag `switchyard:source-time`, else when AWS made it.
        status: Status AWS reports.
    """

    snapshot_id: str
    pipeline: str | None
    role: str | None
    stamp: str | None
    source_time: datetime
    status: str


@dataclass(frozen=True)
class Verdict:
    """What becomes of one snapshot; `kept_because` is None for one that may be deleted."""

    snapshot: OwnedSnapshot
    kept_because: str | None


def expired(
    snapshots: Iterable[OwnedSnapshot],
    *,
    pipeline: str,
    now: datetime,
    keep_last: int,
    keep_days: int,
    acknowledged: Set[str],
    proved: Set[str],
    in_flight: Set[str] = frozenset(),
    require_acknowledgement: bool = True,
) -> list[OwnedSnapshot]:
    """List what may be deleted, oldest first; arguments as for `judge`."""
    verdicts = judge(
        snapshots,
        pipeline=pipeline,
        now=now,
        keep_last=keep_last,
        keep_days=keep_days,
        acknowledged=acknowledged,
        proved=proved,
        in_flight=in_flight,
        require_acknowledgement=require_acknowledgement,
    )
    return [verdict.snapshot for verdict in reversed(verdicts) if verdict.kept_because is None]


def judge(
    snapshots: Iterable[OwnedSnapshot],
    *,
    pipeline: str,
    now: datetime,
    keep_last: int,
    keep_days: int,
    acknowledged: Set[str],
    proved: Set[str],
    in_flight: Set[str] = frozenset(),
    require_acknowledgement: bool = True,
) -> list[Verdict]:
    """Decide about every snapshot of one account and Region.

    Args:
        snapshots: All snapshots seen there, whoever made them.
        pipeline: Only snapshots with this tag, a known role and a stamp can be deleted.
        now: The time of the decision.
        keep_last: How many available ones are kept whatever their age; the newest always is.
        keep_days: Younger ones are kept whatever their number.
        acknowledged: Stamps the target confirmed to have.
        proved: Stamps a recovery test proved; the newest of them is kept.
        in_flight: Stamps of which a copy is being made, or that a run restores from.
        require_acknowledgement: Keep everything older until something newer is acknowledged.

    Returns:
        One verdict for each snapshot, newest first.
    """
    ordered = sorted(snapshots, key=lambda it: (it.source_time, it.snapshot_id), reverse=True)
    own = [it for it in ordered if it.pipeline == pipeline and it.role in ROLES and it.stamp]
    good = [it for it in own if it.status == "available"]
    last_proved = next((it.stamp for it in good if it.stamp in proved), None)
    confirmed = [it.source_time for it in good if it.stamp in acknowledged]
    rules = _Rules(
        newest=good[: max(keep_last, 1)],
        young=now - timedelta(days=keep_days),
        last_proved=last_proved,
        in_flight=in_flight,
        confirmed=max(confirmed, default=None) if require_acknowledgement else now,
        replaced=good[0].source_time if good else None,
    )
    return [Verdict(it, rules.keep(it) if it in own else "it is not of this pipeline") for it in ordered]


@dataclass(frozen=True)
class _Rules:
    """The reasons to keep a snapshot of this pipeline."""

    newest: list[OwnedSnapshot]
    young: datetime
    last_proved: str | None
    in_flight: Set[str]
    confirmed: datetime | None
    replaced: datetime | None

    def keep(self, snapshot: OwnedSnapshot) -> str | None:
        reasons = {
            "it is among the newest": snapshot in self.newest,
            "it is young": snapshot.source_time >= self.young,
            "it is the last one that a recovery test proved": (
                self.last_proved is not None and snapshot.stamp == self.last_proved
            ),
            "it is being copied or restored from": snapshot.stamp in self.in_flight,
            f"it is {snapshot.status}": snapshot.status not in {"available", *SNAPSHOT_BROKEN},
            "nothing newer is acknowledged": self.confirmed is None or snapshot.source_time >= self.confirmed,
            "nothing newer is available": self.replaced is None or snapshot.source_time >= self.replaced,
        }
        return next((reason for reason, holds in reasons.items() if holds), None)
