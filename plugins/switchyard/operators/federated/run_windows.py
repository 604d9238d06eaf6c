"""Which windows a run reads: its data interval, what a person gave, or all that is not loaded yet.

A scheduled run also reads what the intervals before it should have brought and did not, as they were missed or failed:
nobody would come back for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from switchyard.errors import BadInput
from switchyard.federated.tables import LoadTable
from switchyard.federated.windows import EPOCH, Window, covered_until, window
from switchyard.ledger.loads import LoadLedger

if TYPE_CHECKING:
    from switchyard.operators.federated.preflight import CheckLoadPreconditionsOperator

_SCHEDULED = "scheduled"
_BY_INTERVAL = (_SCHEDULED, "backfill")
"""Types of runs whose data interval is theirs alone; that of others is the schedule's last one."""
_GIVEN_BY_NOBODY = ("", "None", None)


@dataclass(frozen=True)
class RunWindows:
    """What decides a run's windows; all of it is the same for every try, and where the run is cleared."""

    ledger: LoadLedger
    pipeline: str
    lookback: timedelta
    lo: datetime | None
    hi: datetime
    by_interval: bool
    closes_gaps: bool

    @classmethod
    def of(cls, step: CheckLoadPreconditionsOperator, context: Any) -> RunWindows:
        """The windows of the run that a step belongs to.

        Raises:
            BadInput: a person gave a moment that is none, or an end that is still to come.
        """
        start = given("window_start", step.window_start)
        end = given("window_end", step.window_end)
        if end is not None and end > datetime.now(UTC):
            raise BadInput(
                "window_end",
                end.isoformat(),
                "it lies in the future, and rows will still be written before it",
                "Give a moment that has passed, or none",
            )
        run = context["dag_run"]
        kind = str(getattr(run.run_type, "value", run.run_type))
        by_interval, closes_gaps = kind in _BY_INTERVAL, kind == _SCHEDULED and start is None
        if by_interval:
            start = start or context["data_interval_start"]
            end = end or context["data_interval_end"]
        return cls(
            ledger=step.ledger,
            pipeline=step.pipeline,
            lookback=timedelta(minutes=step.lookback_minutes),
            lo=start,
            hi=end or run.run_after - timedelta(seconds=step.settle_seconds),
            by_interval=by_interval,
            closes_gaps=closes_gaps,
        )

    @property
    def said(self) -> str:
        """The windows in words."""
        start = self.lo.isoformat() if self.lo else "what is loaded"
        return f"from {start} to {self.hi.isoformat()}"

    def of_table(self, table: str) -> Window:
        """The window of a table; without a beginning, or behind a gap, it goes on where the table's windows end."""
        lo = self.lo
        if lo is None or self._follows_gap(table, lo):
            lo = self._covered(table)
        return window(lo, self.hi, self.lookback)

    def gaps(self, table: LoadTable) -> Iterator[str]:
        """Say that what changed before the run's interval was in no window that was applied."""
        if not self.by_interval or self.lo is None or not table.reads_window:
            return
        covered = self._covered(table.name)
        if self._follows_gap(table.name, self.lo):
            yield (
                f"{table.name}: no run has loaded what changed from {covered.isoformat()} to "
                f"{self.lo.isoformat()}; this one does"
            )
        elif covered < self.lo:
            since = "the beginning" if covered == EPOCH else covered.isoformat()
            yield (
                f"{table.name}: what changed from {since} to {self.lo.isoformat()} is not loaded; a run by hand, "
                "without a window, loads it"
            )

    def _follows_gap(self, table: str, lo: datetime) -> bool:
        """Whether windows of the table end before the run's interval begins, and the run makes up for it."""
        return self.closes_gaps and EPOCH < self._covered(table) < lo

    def _covered(self, table: str) -> datetime:
        return covered_until(self.ledger.applied_windows(self.pipeline, table), self.hi)


def given(field: str, text: str | None) -> datetime | None:
    """A moment that a person gave; None where none was.

    Raises:
        BadInput: it is no moment with its time zone.
    """
    if text in _GIVEN_BY_NOBODY:
        return None
    moment = _in_utc(str(text))
    if moment is None:
        raise BadInput(
            field, text, "it is no moment with its time zone", "Write it as 2026-01-31T00:00:00+00:00"
        )
    return moment


def _in_utc(text: str) -> datetime | None:
    """A moment with a zone; None for any other text, and for the first and the last day, which no other zone has."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
