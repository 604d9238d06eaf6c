"""Load a table that is never at rest, window after window, and find the target equal to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from switchyard.federated.windows import window
from tests.support.federated import Difference
from tests.support.federated_runs import Loads
from tests.support.in_process import InProcessRunner, side_by_side
from tests.support.moving_source import COLUMNS, KEY, TABLE, MovingSource

GIVEN = (
    "ensure_schemas",
    "ensure_targets",
    f"{TABLE}.guard_reading",
    f"{TABLE}.check_stage",
    f"{TABLE}.publish_table",
    "tidy_load",
    "cancel_statements",
)
"""Tasks that change nothing in the target; every tenth run has them all."""

START, WIDTH = datetime(2026, 3, 1), timedelta(minutes=1)  # noqa: DTZ001 - as the databases keep it
WINDOWS: Mapping[str, int] = {"retail": 50, "retail-postgres": 10}
LOOKBACK = timedelta(minutes=5)
STEP = timedelta(seconds=1)
"""Time that passes between two steps of a run."""
QUIET = 6
"""Windows without writing, which look back on all that has committed late."""

TARGET = f"retail.{TABLE}"
TABLE_CONFIGURATION = {
    "name": TABLE,
    "target": TARGET,
    "key": list(KEY),
    "watermark": "updated_at",
    "watermark_set_by": "application",
    "columns": COLUMNS,
    "deletes": {"mode": "hard", "max_fraction": 1, "every": 5},
    "reconcile": {"buckets": 4, "sums": ["quantity", "price"], "every": 5},
}


class Load:
    """Runs of the pipeline over windows of the source's own time; the source moves on between their steps."""

    def __init__(self, loads: Loads, source: MovingSource, rng: Random) -> None:
        self.loads, self.source, self.rng = loads, source, rng
        self.now = START
        self.windows: list[datetime] = []
        """Where they begin."""

    def window(self, *, busy: bool) -> None:
        """Let the time of a window pass, and load it while the next one's begins; now and then beside an old one."""
        begin = START + len(self.windows) * WIDTH
        self.windows.append(begin)
        self.write(begin + WIDTH, busy=busy)
        windows = [begin]
        if len(self.windows) % 10 == 0:
            windows.append(self.rng.choice(self.windows))
        side_by_side([self.run(one, busy=busy) for one in windows], self.rng)

    def write(self, until: datetime, *, busy: bool) -> None:
        """Let time pass, in which there is writing or not."""
        if until > self.now:
            share = (until - self.now) / WIDTH
            self.source.write(self.now, until, round(40 * share) if busy else 0)
            self.now = until

    def run(self, begin: datetime, *, busy: bool) -> InProcessRunner:
        """A run for a window; every tenth one has all its tasks."""
        lo, hi = (moment.replace(tzinfo=UTC) for moment in (begin, begin + WIDTH))
        windows = {TABLE: window(lo, hi, LOOKBACK).as_dict()}
        first = {"check_preconditions": {"windows": windows}}
        return self.loads.runner(
            InProcessRunner,
            given={} if len(self.loads.runs) % 10 == 0 else first | {task: {} for task in GIVEN},
            run_after=datetime(2026, 4, 1, tzinfo=UTC) + timedelta(minutes=len(self.loads.runs)),
            params={"window_start": lo.isoformat(), "window_end": hi.isoformat()},
            before_try=lambda _: self.write(self.now + STEP, busy=busy),
        )


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", list(WINDOWS))
def test_target_equals_a_source_that_never_rests(make_quick_loads: Callable[..., Loads], name: str) -> None:
    """It should miss, double and invent no row and keep no old version, though rows are written between all steps."""
    loads = make_quick_loads(name, [TABLE_CONFIGURATION], lookback_minutes=5)
    world = loads.world
    source = MovingSource(world.connect, world.source.engine, Random(11))  # noqa: S311 - it only has to repeat itself
    source.make()
    load = Load(loads, source, Random(12))  # noqa: S311 - as above
    for _ in range(WINDOWS[name]):
        load.window(busy=True)
    source.end_until(None)
    for _ in range(QUIET):
        load.window(busy=False)
    assert world.compare(TABLE, TARGET, KEY, list(COLUMNS)) == Difference()
    assert all(
        source.done[kind] for kind in ("insert", "update", "delete", "move", "return", "late", "undone")
    )
    source.close()
