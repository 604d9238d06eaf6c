"""Retention keeps what its page says under every schedule: months of runs, simulated around the pure function."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from croniter import croniter
from hypothesis import event, given, settings
from hypothesis import strategies as st

from switchyard.aurora_recovery.retention import OwnedSnapshot, expired

PIPELINE = "aurora_recovery/orders"
CRONS = ("0 */6 * * *", "30 2 * * *", "15 1,2,3 * * *", "0 3 * * 1-5", "45 23 1,15 * *")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
DST = datetime(2026, 3, 1, tzinfo=UTC)
"""Within two months of here every zone above changes its clocks."""
TROUBLES = (
    "none",
    "none",
    "none",
    "outage",
    "copy fails",
    "copy hangs",
    "is copied",
    "is copied",
    "never acknowledged",
    "adopted",
    "backfilled",
)


@dataclass(frozen=True)
class Plan:
    """A configuration, and what befalls each of its runs."""

    cron: str
    zone: str
    days: int
    keep_last: int
    keep_days: int
    troubles: tuple[str, ...]
    proofs: frozenset[int]
    hours_until_acknowledged: int

    def ticks(self) -> list[datetime]:
        """When runs begin, by the wall clock of the zone; hours that a clock change repeats or leaves out included."""
        start = DST.astimezone(ZoneInfo(self.zone))
        clock = croniter(self.cron, start)
        found, end = [], start + timedelta(days=self.days)
        while (tick := clock.get_next(datetime)) < end:
            found.append(tick.astimezone(UTC))
        return found


@st.composite
def plans(draw):
    return Plan(
        cron=draw(st.sampled_from(CRONS)),
        zone=draw(st.sampled_from(ZONES)),
        days=draw(st.integers(20, 70)),
        keep_last=draw(st.integers(1, 8)),
        keep_days=draw(st.integers(0, 10)),
        troubles=tuple(draw(st.lists(st.sampled_from(TROUBLES), min_size=1, max_size=40))),
        proofs=frozenset(draw(st.sets(st.integers(0, 60), max_size=6))),
        hours_until_acknowledged=draw(st.integers(0, 72)),
    )


@dataclass
class Account:
    """The snapshots of one account and Region through time, and everything that was deleted of them."""

    plan: Plan
    snapshots: list[OwnedSnapshot] = field(default_factory=list)
    acknowledged_at: dict[str, datetime] = field(default_factory=dict)
    proved: set[str] = field(default_factory=set)
    copied_until: dict[str, datetime] = field(default_factory=dict)
    deleted: list[OwnedSnapshot] = field(default_factory=list)

    def run(self, number: int, tick: datetime) -> None:
        """Make a recovery point as the trouble of this run lets it, and apply retention if the run gets that far."""
        trouble = self.plan.troubles[number % len(self.plan.troubles)]
        if trouble == "outage":
            return
        stamp = f"{tick:%y%m%d%H%M}-{number % 0x1000000:06x}"
        if trouble == "adopted":
            # A backfilled run adopts what its interval holds, however old, under a stamp of its own.
            adopted = next((one for one in self.snapshots if one.status == "available"), None)
            if adopted:
                self.snapshots.append(replace(adopted, snapshot_id=f"adopted-{stamp}", stamp=stamp))
            return
        moment = tick - timedelta(days=9) if trouble == "backfilled" else tick
        status = {"copy fails": "failed", "copy hangs": "copying"}.get(trouble, "available")
        point = OwnedSnapshot(f"orders-rp-{stamp}", PIPELINE, "recovery-copy", stamp, moment, status)
        self.snapshots.append(point)
        if status == "available" and trouble != "never acknowledged":
            self.acknowledged_at[stamp] = tick + timedelta(hours=self.plan.hours_until_acknowledged)
        if trouble == "is copied":
            # Its copy in the other Region takes its time; AWS would break that off with the source.
            self.copied_until[stamp] = tick + timedelta(days=10 + number % 20)
        if number in self.plan.proofs and status == "available":
            self.proved.add(stamp)
        if status != "failed":
            self.apply(tick + timedelta(minutes=20))

    def apply(self, now: datetime) -> None:
        """Apply retention, and compare what it deletes with what the page promises to keep."""
        acknowledged = {stamp for stamp, since in self.acknowledged_at.items() if since <= now}
        in_flight = {one.stamp for one in self.snapshots if one.status == "copying"}
        in_flight |= {stamp for stamp, until in self.copied_until.items() if until > now}
        rules = {
            "pipeline": PIPELINE,
            "now": now,
            "keep_last": self.plan.keep_last,
            "keep_days": self.plan.keep_days,
            "acknowledged": acknowledged,
            "proved": self.proved,
            "in_flight": in_flight,
        }
        doomed = expired(self.snapshots, **rules)
        promised = self.promised(now, acknowledged, in_flight)
        assert {one.snapshot_id for one in doomed} == {one.snapshot_id for one in self.snapshots} - promised
        left = [one for one in self.snapshots if one not in doomed]
        assert expired(left, **rules) == []
        self.snapshots, self.deleted = left, [*self.deleted, *doomed]

    def promised(self, now: datetime, acknowledged: set[str], in_flight: set[str]) -> set[str]:
        """What the page says is kept, written anew from its sentences."""
        good = sorted(
            (one for one in self.snapshots if one.status == "available"),
            key=lambda one: (one.source_time, one.snapshot_id),
        )
        kept = {one.snapshot_id for one in good[-self.plan.keep_last :]}
        kept |= {
            one.snapshot_id
            for one in self.snapshots
            if now - one.source_time <= timedelta(days=self.plan.keep_days)
        }
        kept |= {one.snapshot_id for one in self.snapshots if one.stamp in in_flight}
        if proofs := [one for one in good if one.stamp in self.proved]:
            kept |= {one.snapshot_id for one in good if one.stamp == proofs[-1].stamp}
        confirmed = [one.source_time for one in good if one.stamp in acknowledged]
        newest_confirmed = max(confirmed, default=datetime.min.replace(tzinfo=UTC))
        kept |= {one.snapshot_id for one in self.snapshots if one.source_time >= newest_confirmed}
        return kept


@settings(max_examples=70)
@given(plan=plans())
def test_retention_keeps_what_the_page_says_under_every_schedule(plan):
    """It should keep exactly what is promised after every run of months, whatever befell the runs before it."""
    account = Account(plan)
    ever: set[str] = set()
    for number, tick in enumerate(plan.ticks()):
        account.run(number, tick)
        usable = [one for one in account.snapshots if one.status == "available"]
        ever |= {one.snapshot_id for one in usable}
        assert usable or not ever, "the last recovery point there is was deleted"
    event("deleted some" if account.deleted else "deleted none")
    newest = max((one.source_time for one in account.snapshots if one.status == "available"), default=None)
    assert all(one.source_time <= newest for one in account.deleted if one.status == "available")
    assert len({one.snapshot_id for one in account.deleted}) == len(account.deleted)


@settings(max_examples=10)
@given(plan=plans())
def test_without_a_word_from_the_target_nothing_goes(plan):
    """It should delete nothing in months in which no recovery point was ever acknowledged."""
    account = Account(
        replace(plan, troubles=("never acknowledged", "copy fails", "backfilled", "outage")[:2])
    )
    for number, tick in enumerate(plan.ticks()):
        account.run(number, tick)
    assert account.deleted == []


def test_schedules_meet_clock_changes():
    """It should have schedules to try whose hour is left out by one clock change and repeated by another."""
    plan = Plan("30 2 * * *", "Europe/Berlin", 60, 1, 0, ("none",), frozenset(), 0)
    gaps = {later - earlier for earlier, later in pairwise(plan.ticks())}
    assert len(gaps) > 1
