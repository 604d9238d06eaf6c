"""Runs a DAG's tasks in the test's own process: hundreds of them in the time that forking dozens takes."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from airflow.sdk.definitions import xcom_arg
from airflow.sdk.execution_time import task_runner

from tests.support.dag_runner import DagRunner, Outcome

_NOTHING = object()


@dataclass
class InProcessRunner(DagRunner):
    """As `DagRunner`, but nothing can be killed; `before_try` shares the test's objects.

    `given` are results, by task id, of tasks that are taken for done.
    """

    given: Mapping[str, Any] = field(default_factory=dict)

    def run(self) -> None:
        """Run every task, and leave Airflow as it was."""
        with _as_it_was():
            super().run()

    def run_task(self, task_id: str, map_index: int = -1) -> Outcome:
        """Run one task, unless its result is given."""
        if task_id in self.given:
            return Outcome("success", result=self.given[task_id])
        return super().run_task(task_id, map_index)

    @staticmethod
    def _in_process(body: Callable[[], Outcome]) -> Outcome:
        try:
            return body()
        except Exception as error:  # noqa: BLE001 - the test reports it
            return Outcome(
                "failed", result=str(error), error=traceback.format_exc(), error_type=type(error).__name__
            )


def side_by_side(runs: Sequence[InProcessRunner], rng: Random) -> None:
    """Run several runs at once: one task after the other, of whichever run chance wills.

    Raises:
        TaskFailed: some task failed.
    """
    waiting = {number: iter(run.dag.topological_sort()) for number, run in enumerate(runs)}
    with _as_it_was():
        while waiting:
            number = rng.choice(sorted(waiting))
            if task := next(waiting[number], None):
                runs[number].run_instances(task)
            else:
                del waiting[number]
    for run in runs:
        run.require_success()


@contextmanager
def _as_it_was() -> Iterator[None]:
    """Leave Airflow as it was before."""
    supervisor = getattr(task_runner, "SUPERVISOR_COMMS", _NOTHING)
    sequence = xcom_arg.LazyXComSequence
    try:
        yield
    finally:
        xcom_arg.LazyXComSequence = sequence
        if supervisor is not _NOTHING:
            task_runner.SUPERVISOR_COMMS = supervisor
        else:
            with suppress(AttributeError):
                del task_runner.SUPERVISOR_COMMS
