"""Runs at once, one unit at a time, in an order that a seed chooses: the same seed, the same order.

A unit is one try of a task, up to where it ends or defers, or one look of what it waits for. A run that waits for
another one therefore lets it go on, as in Airflow, where a deferred task holds no worker.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from greenlet import getcurrent, greenlet

from tests.support.dag_runner import DagRunner, Outcome, TaskFailed
from tests.support.runs_at_once import Ended

_NOT_YET = "what it waits for has not come yet"
_PATIENCE = 1.0
"""Seconds for a first look; each later one of the same wait may take twice as long."""


@dataclass
class TurnTaker(DagRunner):
    """A run that lets others go on after each of its units.

    Attributes:
        units: how many it has done.
    """

    units: int = 0
    patience: float = field(default=_PATIENCE, init=False)

    def _in_process(self, body: Callable[[], Outcome]) -> Outcome:  # type: ignore[override]
        self.patience = _PATIENCE
        while True:
            if others := getcurrent().parent:
                others.switch()
            self.units += 1
            outcome = DagRunner._in_process(body)
            if outcome.result != _NOT_YET:
                return outcome
            self.patience *= 2

    def _fire(self, trigger: tuple[str, dict[str, Any]]) -> Outcome:  # type: ignore[override]
        async def look() -> Any:
            return await asyncio.wait_for(self._first_event(trigger), self.patience)

        try:
            return Outcome("success", result=self._in_loop(look))
        except TimeoutError:
            return Outcome("success", result=_NOT_YET)


def interleave(
    runs: Sequence[TurnTaker], seed: int, world: Mapping[int, Callable[[], Any]] | None = None
) -> tuple[list[Ended], str]:
    """Run them to their ends.

    Args:
        runs: what takes turns.
        seed: chooses the order.
        world: what happens in the world before units, by the number of the unit.

    Returns:
        How each has ended, in the order of the runs, and which run did each unit, as a digit.
    """
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
    failed = [""] * len(runs)

    def begin(number: int) -> None:
        try:
            runs[number].run()
        except TaskFailed as error:
            failed[number] = str(error)

    under_way = {number: greenlet(lambda number=number: begin(number)) for number in range(len(runs))}
    order = []
    while under_way:
        if happens := (world or {}).get(len(order)):
            happens()
        number = rng.choice(sorted(under_way))
        order.append(str(number))
        under_way[number].switch()
        if under_way[number].dead:
            del under_way[number]
    ended = [Ended(run.states, run.results, said) for run, said in zip(runs, failed, strict=True)]
    return ended, "".join(order)
