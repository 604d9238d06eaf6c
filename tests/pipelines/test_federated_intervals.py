"""Load a month day by day, in any order, two days at a time, and again: the target is the same."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from tests.support.federated import Difference
from tests.support.federated_runs import Loads, shipped_tables, with_columns
from tests.support.in_process import InProcessRunner, side_by_side

DAYS = [datetime(2026, 1, day, tzinfo=UTC) for day in range(1, 32)]
COLUMNS = ("ca_address_sk", "ca_city", "ca_zip", "ca_gmt_offset", "updated_at")
TARGET = "retail.address_by_day"


@pytest.fixture
def month(make_quick_loads: Callable[..., Loads]) -> Month:
    """The month in which the addresses of a world were written, and a pipeline over them, as it is shipped."""
    [table] = shipped_tables("retail", "customer_address")
    table |= {"deletes": {"mode": "hard", "max_fraction": 0.1, "every": 5}, "reconcile": {"every": 5}}
    return Month(make_quick_loads("retail", [with_columns(table, COLUMNS) | {"target": TARGET}]))


GIVEN = (
    "ensure_schemas",
    "ensure_targets",
    "customer_address.guard_reading",
    "customer_address.publish_table",
    "tidy_load",
    "cancel_statements",
)
"""Tasks that change nothing in the target; every tenth day has them all."""


class Month:
    """Runs by day; each day has one run, which is cleared where the day is loaded again."""

    def __init__(self, loads: Loads) -> None:
        self.world = loads.world
        self.rng = Random(7)  # noqa: S311 - it only has to repeat itself
        self.runs = {
            day: loads.runner(
                InProcessRunner,
                run_id=f"backfill__{day:%Y-%m-%d}",
                run_after=day + timedelta(days=1),
                interval=(day, day + timedelta(days=1)),
            )
            for day in DAYS
        }
        self.loaded = 0

    def load(self, *days: datetime) -> list[dict[str, Any]]:
        """Load days at once; what each step on the table handed on, by its name, for each day."""
        runs = [self.runs[day] for day in days]
        for run in runs:
            run.given = {} if self.loaded % 10 == 0 else {task: {} for task in GIVEN}
            self.loaded += 1
        side_by_side(runs, self.rng)
        for run in runs:
            run.max_tries += 4
        return [{name.rpartition(".")[2]: found for name, found in run.results.items()} for run in runs]

    def differences(self) -> Difference:
        """What is wrong in the target."""
        return self.world.compare("customer_address", TARGET, ["ca_address_sk"], COLUMNS)

    def content(self) -> list[str]:
        """All rows of the target."""
        return sorted(map(str, self.world.ask(f"SELECT * FROM {TARGET}")))


@pytest.mark.timeout(900)
def test_month_in_any_order_twice(month: Month) -> None:
    """It should bring each row once, whichever day comes first, and nothing where the days are loaded again."""
    days = month.rng.sample(DAYS, len(DAYS))
    pairs = [days[number : number + 2] for number in range(0, len(days), 2)]
    inserted = sum(found["apply_stage"]["inserted"] for pair in pairs for found in month.load(*pair))
    assert month.differences() == Difference()
    [(rows,)] = month.world.edit("SELECT COUNT(*) FROM customer_address")
    assert inserted == rows
    before = month.content()

    for day in reversed(DAYS):
        [found] = month.load(day)
        assert (found["apply_stage"]["inserted"], found["apply_stage"]["replaced"]) == (0, 0)
    assert month.content() == before
