"""Choice of the recovery point to restore, among snapshots that anybody may have shared with this account.

Only what AWS itself says about a snapshot counts here, compared with the configuration; a message or a
person can name a snapshot, but not vouch for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from switchyard.aurora_recovery.untrusted import CLUSTER_SNAPSHOT_ARN, shorten, utc_text

CLOCK_SKEW = timedelta(minutes=5)
"""How far in the future the time of a snapshot may lie before it counts as forged."""


@dataclass(frozen=True)
class SeenSnapshot:
    """A snapshot as AWS describes it.

    Attributes:
        arn: Its ARN; for a shared snapshot AWS gives it as the identifier.
        source_id: Identifier the source had when the snapshot was taken.
        engine: Engine name.
        status: Status AWS reports.
        snapshot_type: `manual`, `shared`, `public`, `automated` or `awsbackup`.
        encrypted: Whether its storage is.
        kms_key_arn: Its key.
        source_time: The instant whose data it holds, from its tag or manifest; else when AWS made it.
        pipeline: Its tag `switchyard:pipeline`; None where AWS hides the tags, as it does for shares.
        source_resource_id: Resource id of the source, where AWS shows it.
        manifest_sha256: Its tag `switchyard:manifest-sha256`, where AWS shows the tags.
    """

    arn: str
    source_id: str
    engine: str
    status: str
    snapshot_type: str
    encrypted: bool
    kms_key_arn: str | None
    source_time: datetime
    pipeline: str | None = None
    source_resource_id: str | None = None
    manifest_sha256: str | None = None


@dataclass(frozen=True)
class AllowList:
    """What a recovery point must be to be restored by a pipeline.

    Attributes:
        pipeline: `<pipeline>/<name>`; copies of this account must bear it as their tag.
        source_account_id: The account that shares.
        own_account_id: This account, whose local copies count as well.
        region: Region of this account's copies, where it restores.
        source_id: Identifier of the source.
        engine: Its engine.
        kms_key_arns: Keys a shared snapshot may have; empty allows any key of the sharing account.
        source_resource_ids: Resource ids of the source, where they are known.
        share_region: Region of the shares, where it is another one: this account then copies over the Regions.
    """

    pipeline: str
    source_account_id: str
    own_account_id: str
    region: str
    source_id: str
    engine: str
    kms_key_arns: frozenset[str] = frozenset()
    source_resource_ids: frozenset[str] = frozenset()
    share_region: str = ""

    def region_of(self, account_id: str) -> str:
        """Region in which a snapshot of an account is acceptable."""
        return self.region if account_id == self.own_account_id else self.share_region or self.region


@dataclass(frozen=True)
class Window:
    """When the data of a recovery point may be from; None leaves an end open.

    Attributes:
        now: The time of the choice.
        max_age: Older ones are stale.
        newer_than: Source time of what was restored last; the same and older ones are stale.
        not_after: For a restore as of a past instant.
    """

    now: datetime
    max_age: timedelta | None = None
    newer_than: datetime | None = None
    not_after: datetime | None = None


@dataclass(frozen=True)
class Refusal:
    """A snapshot that was not chosen, and why; `code` is one word for tests and the ledger."""

    snapshot_arn: str
    code: str
    reason: str

    def __str__(self) -> str:
        return f"{shorten(self.snapshot_arn)}: {self.reason}"


@dataclass(frozen=True)
class Selection:
    """The chosen recovery point, None when there is none, and every other one with the reason."""

    chosen: SeenSnapshot | None
    refused: tuple[Refusal, ...]


def select(
    seen: Iterable[SeenSnapshot], allow: AllowList, window: Window, *, named: Collection[str] = ()
) -> Selection:
    """Choose the newest suitable recovery point, of all or of the named ones.

    Args:
        seen: Snapshots visible in this account and Region, own ones and shares.
        allow: What is acceptable.
        window: Which times are acceptable.
        named: ARNs of the only ones to consider; empty considers all.
    """
    pool = [snapshot for snapshot in seen if not named or snapshot.arn in named]
    missing = "it is not visible here; it was not shared with this account, or it was deleted"
    invisible = sorted(set(named) - {snapshot.arn for snapshot in pool})
    judged = [(snapshot, next(_objections(snapshot, allow, window), None)) for snapshot in pool]
    suitable = [snapshot for snapshot, objection in judged if objection is None]
    refused = [Refusal(arn, "invisible", missing) for arn in invisible]
    refused += [objection for _, objection in judged if objection is not None]
    if not suitable:
        return Selection(None, tuple(refused))
    # A local copy of the same instant outranks the share: it outlives the source account.
    chosen = max(suitable, key=lambda it: (it.source_time, _account(it) == allow.own_account_id, it.arn))
    refused += [
        Refusal(it.arn, "superseded", f"{chosen.arn} is newer or nearer")
        for it in suitable
        if it is not chosen
    ]
    return Selection(chosen, tuple(refused))


def _objections(snapshot: SeenSnapshot, allow: AllowList, window: Window) -> Iterator[Refusal]:
    for code, reason in (*_origin(snapshot, allow), *_state(snapshot), *_time(snapshot, window)):
        yield Refusal(snapshot.arn, code, reason)


def _account(snapshot: SeenSnapshot) -> str:
    return snapshot.arn.split(":")[4]


def _origin(snapshot: SeenSnapshot, allow: AllowList) -> Iterator[tuple[str, str]]:
    """Object to a snapshot that somebody else made, whatever it calls itself."""
    arn = CLUSTER_SNAPSHOT_ARN.fullmatch(snapshot.arn)
    if arn is None:
        yield "arn", "it is no ARN of an RDS snapshot"
        return
    if arn["account"] not in (allow.source_account_id, allow.own_account_id):
        yield "account", f"account {arn['account']} is not the source account {allow.source_account_id}"
    if arn["region"] != allow.region_of(arn["account"]):
        yield "region", f"it is in {arn['region']}, not in {allow.region_of(arn['account'])}"
    if snapshot.source_id.lower() != allow.source_id:
        yield "source", f"it is of {shorten(snapshot.source_id)}, not of {allow.source_id}"
    if not arn["name"].startswith(f"{allow.source_id}-rp-"):
        yield "name", f"recovery points are called {allow.source_id}-rp-..., it is called {arn['name']}"
    if snapshot.engine != allow.engine:
        yield "engine", f"its engine is {shorten(snapshot.engine)}, not {allow.engine}"
    if snapshot.pipeline != allow.pipeline and (snapshot.pipeline or arn["account"] == allow.own_account_id):
        yield "pipeline", f"its tag says {shorten(snapshot.pipeline or 'nothing')}, not {allow.pipeline}"
    known = allow.source_resource_ids
    if known and snapshot.source_resource_id and snapshot.source_resource_id not in known:
        yield "resource", f"it is of {snapshot.source_resource_id}, which only shares the name"
    yield from _key(snapshot, arn["account"], allow)


def _key(snapshot: SeenSnapshot, account: str, allow: AllowList) -> Iterator[tuple[str, str]]:
    key = snapshot.kms_key_arn or ""
    if not snapshot.encrypted or not key:
        yield "unencrypted", "it is not encrypted"
    elif not key.startswith("arn:") or key.split(":")[4] != account:
        yield "key", f"its key {shorten(key)} is not of its own account {account}"
    elif account != allow.own_account_id and allow.kms_key_arns and key not in allow.kms_key_arns:
        yield "key", f"its key {shorten(key)} is not the one recovery points are encrypted with"


def _state(snapshot: SeenSnapshot) -> Iterator[tuple[str, str]]:
    if snapshot.snapshot_type == "public":
        yield "public", "it is public, and recovery points never are"
    elif snapshot.snapshot_type not in ("manual", "shared"):
        yield "type", f"it is {snapshot.snapshot_type}, and recovery points are manual snapshots"
    if snapshot.status != "available":
        yield "status", f"it is {snapshot.status}"


def _time(snapshot: SeenSnapshot, window: Window) -> Iterator[tuple[str, str]]:
    moment = snapshot.source_time
    when = f"its data is of {utc_text(moment)}"
    if moment > window.now + CLOCK_SKEW:
        yield "future", f"{when}, which is in the future"
    if window.not_after is not None and moment > window.not_after:
        yield "later", f"{when}, later than {utc_text(window.not_after)}"
    if window.newer_than is not None and moment <= window.newer_than:
        yield "restored", f"{when}, and data of {utc_text(window.newer_than)} was restored already"
    if window.max_age is not None and window.now - moment > window.max_age:
        yield "stale", f"{when}, older than {_duration(window.max_age)}"


def _duration(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    return f"{minutes} minutes" if minutes < 180 else f"{minutes // 60} hours"
