"""Whole runs of a federated load over a freshly seeded world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import yaml
from airflow.sdk import DAG

from tests.support.dag_runner import DagRunner
from tests.support.federated import PIPELINES, Federated
from tests.support.recovery import load_dag

TRIES = 4
"""What a clear adds to the tries that a task may have."""

Run = TypeVar("Run", bound=DagRunner)


def shipped_tables(world: str, *names: str) -> list[dict[str, Any]]:
    """Tables as the shipped pipeline over a world has them; all where none is named."""
    content = yaml.safe_load((PIPELINES / f"{world.replace('-', '_')}.yaml").read_text())
    return [table for table in content["tables"] if not names or table["name"] in names]


def with_columns(table: dict[str, Any], columns: Sequence[str]) -> dict[str, Any]:
    """The same table with few of its columns."""
    kept = {name: table["columns"][name] for name in columns}
    return table | {"columns": kept, "excluded": [name for name in table["columns"] if name not in kept]}


@dataclass
class Loads:
    """The world, and the runs over it, each with a folder and an identity of its own."""

    world: Federated
    folder: Path
    runs: list[DagRunner] = field(default_factory=list)
    _dag: DAG | None = None

    def runner(self, kind: type[Run], **options: Any) -> Run:
        """A run that is not begun yet.

        Args:
            kind: what runs its tasks.
            options: the runner's.
        """
        number = len(self.runs) + 1
        folder = self.folder / f"run-{number}"
        folder.mkdir()
        self._dag = self._dag or load_dag("federated_load")
        run = kind(self._dag, folder, **{"run_id": f"manual__{number}"} | options)
        self.runs.append(run)
        return run

    def run(self, until: datetime, kind: type[Run] = DagRunner, **options: Any) -> Run:  # type: ignore[assignment]
        """Run the DAG by hand up to a moment; a failed task raises `TaskFailed`."""
        params = {"window_end": until.isoformat()} | options.pop("params", {})
        run = self.runner(kind, **{"run_after": until, "params": params} | options)
        run.run()
        return run


def clear_with_what_follows(run: DagRunner, task_id: str) -> None:
    """Clear a task and all after it."""
    run.max_tries += TRIES
    after = run.dag.get_task(task_id).get_flat_relative_ids(upstream=False)
    for task in run.dag.topological_sort():
        if task.task_id in {task_id, *after}:
            run.run_instances(task)
    run.require_success()
