"""Whole runs at once, each in a process of its own, that wait for one another where a test wants them to meet."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from typing import Any

from tests.support.dag_runner import DagRunner, TaskFailed

_PROCESSES = multiprocessing.get_context("fork")
_PATIENCE = 600
"""Seconds after which a run that does not come is given up."""


@dataclass(frozen=True)
class Ended:
    """How a run has ended: its tasks' states and results, and what the first failed one said, or ""."""

    states: Mapping[str, Any]
    results: Mapping[str, Any]
    failed: str


def meeting_point(runs: int = 2) -> Barrier:
    """A place where runs wait until all are there."""
    return _PROCESSES.Barrier(runs, timeout=_PATIENCE)


def meet(
    run: DagRunner, where: Mapping[str, Barrier], before_try: Callable[[str], None] = lambda _task_id: None
) -> DagRunner:
    """The same run, which waits for the others before the first try of these tasks."""

    def wait_first(task_id: str) -> None:
        been_there = run.folder / f"met-at-{task_id}"
        if task_id in where and not been_there.exists():
            been_there.touch()
            where[task_id].wait()
        before_try(task_id)

    run.before_try = wait_first
    return run


def run_all_at_once(runs: Sequence[DagRunner]) -> list[Ended]:
    """Run them to their ends, in the order of the runs."""
    lines = [_PROCESSES.Pipe(duplex=False) for _ in runs]
    processes = [
        _PROCESSES.Process(target=_run, args=(run, line[1])) for run, line in zip(runs, lines, strict=True)
    ]
    for process in processes:
        process.start()
    ended = [reader.recv() for reader, _ in lines]
    for process in processes:
        process.join()
    return ended


def _run(run: DagRunner, line: Connection) -> None:
    failed = ""
    try:
        run.run()
    except TaskFailed as error:
        failed = str(error)
    line.send(Ended(run.states, run.results, failed))
