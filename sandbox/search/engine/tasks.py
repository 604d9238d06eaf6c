"""Work that goes on after its request was answered."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.search.engine.lucene import leave_java
from sandbox.search.errors import Refused


@dataclass
class Task:
    """One piece of work.

    Attributes:
        status: gives how far it is.
        outcome: the answer's part that it adds once it has ended: {"response": ...} or {"error": ...}.
    """

    identifier: str
    action: str
    description: str
    status: Callable[[], dict[str, Any]]
    started_at: float = field(default_factory=time.time)
    outcome: dict[str, Any] | None = None


class Tasks:
    """The tasks of a node; thread-safe."""

    def __init__(self, node: str) -> None:
        self._node = node
        self._numbers = itertools.count(1)
        self._tasks: dict[str, Task] = {}

    def start(
        self,
        work: Callable[[], dict[str, Any]],
        action: str,
        description: str,
        status: Callable[[], dict[str, Any]],
    ) -> Task:
        """Begin work in a thread of its own."""
        task = Task(f"{self._node}:{next(self._numbers)}", action, description, status)
        self._tasks[task.identifier] = task
        threading.Thread(target=_run, args=(task, work), daemon=True).start()
        return task

    def get(self, identifier: str) -> Task:
        """Give a task.

        Raises:
            Refused: there is none.
        """
        if identifier not in self._tasks:
            reason = f"task [{identifier}] isn't running and hasn't stored its results"
            raise Refused(404, "resource_not_found_exception", reason)
        return self._tasks[identifier]


def _run(task: Task, work: Callable[[], dict[str, Any]]) -> None:
    try:
        task.outcome = {"response": work()}
    except Refused as problem:
        task.outcome = {"error": problem.as_reason()}
    finally:
        leave_java()
