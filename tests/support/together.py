"""Runs of one pipeline at once, order after order, and the figures of what came of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from switchyard.ledger.recorders import record_run_success
from tests.support import figures
from tests.support.books import Books
from tests.support.federated_runs import clear_with_what_follows
from tests.support.interleaving import TurnTaker, interleave
from tests.support.mishaps import remedied

VARIABLE = "SWITCHYARD_INTERLEAVINGS"
"""Numbers, each of which chooses another order; with none nothing is run at once."""
SEEDS = [int(seed) for seed in os.environ.get(VARIABLE, "1").split()]
if_asked = pytest.mark.skipif(VARIABLE not in os.environ, reason=f"only where {VARIABLE} chooses orders")
DAY = timedelta(days=1)


@dataclass
class Together:
    """Runs at once, order after order.

    Attributes:
        pipeline: for the figures.
        folder: for what the runs keep.
        runs: all that there were.
        red: what ended runs that an operator had to clear.
        orders: how many different ones there were.
        units: how many there were in all.
    """

    pipeline: str
    folder: Path
    runs: list[TurnTaker] = field(default_factory=list)
    red: list[str] = field(default_factory=list)
    orders: set[str] = field(default_factory=set)
    units: int = 0

    def runner(self, dag: DAG, run_type: str, moment: datetime, **options: Any) -> TurnTaker:
        """A run that is not begun yet, named as Airflow names such a one."""
        folder = self.folder / f"at-once-{len(self.runs)}"
        folder.mkdir()
        run_id = f"{run_type}__{moment.isoformat()}_{len(self.runs)}"
        run = TurnTaker(
            dag, folder, run_id=run_id, run_after=moment, run_type=run_type, retried=True, **options
        )
        self.runs.append(run)
        return run

    def interleave(
        self, runs: Sequence[TurnTaker], seed: int, world: Mapping[int, Callable[[], Any]] | None = None
    ) -> None:
        """Run them at once; a red one must say what to do, and is cleared as a whole when the others have ended."""
        ended, order = interleave(runs, seed, world)
        self.orders.add(order)
        self.units += len(order)
        for run, one in zip(runs, ended, strict=True):
            if one.failed:
                self.red.append(one.failed)
                self._clear(run)
            record_run_success({"dag": run.dag, "run_id": run.run_id})

    @staticmethod
    def _clear(run: TurnTaker) -> None:
        failed = [one for tries in run.outcomes.values() for one in tries if one.state == "failed"]
        assert failed[0].error_type in remedied(), failed[0].error
        clear_with_what_follows(run, run.dag.topological_sort()[0].task_id)

    def closed(self, books: Books) -> None:
        """Record the figures; nothing may be without an owner, or missing."""
        figures.record(
            "concurrency",
            pipeline=self.pipeline,
            runs=len(self.runs),
            orders=len(self.orders),
            units=self.units,
            red_runs=len(self.red),
            seen=sum(books.seen.values()),
            lost=books.lost,
        )
        assert (books.orphans, books.missing) == ({}, {})


def minute() -> datetime:
    """This one."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


def both(moment: datetime) -> tuple[datetime, datetime]:
    """The data interval of a tick."""
    return (moment, moment)
