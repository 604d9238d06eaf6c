"""What orchestration adds to an Aurora recovery, and how long its live endpoint is without an answer.

    PYTHONPATH=.:plugins .venv/bin/python benchmarks/recovery_overhead.py

Runs both halves on the whole local stack with every AWS transition set to zero seconds. What is left of a run's time
is the real work of the database servers (hot copy, restore, start), which the sandbox does in the background, and
orchestration: scheduling, starting a process per task, deferring, polling. A reader opens a new connection to the live
endpoint every 20 ms meanwhile; the gaps are what it saw.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path[:0] = [
    str(Path(__file__).resolve().parents[1]),
    str(Path(__file__).resolve().parents[1] / "plugins"),
]

from demo import account
from demo.aurora_recovery import MARKER, POINT, RESTORE, TARGET, WORLD, database, run_both
from demo.clients import Reader
from demo.stack import Stack

GAP_BAR_SECONDS = 30.0
"""Aurora's own blue/green switchover, which renames the same way, usually takes less than a minute."""


def main() -> int:
    """Measure once, print two tables, and return 1 when the endpoint was gone for longer than the bar."""
    with tempfile.TemporaryDirectory(prefix="switchyard-bench-") as home:
        stack = Stack(Path(home), say=lambda _: None)
        stack.start()
        try:
            return _measure(stack)
        finally:
            stack.stop()


def _measure(stack: Stack) -> int:
    sandbox = stack.sandbox.client()
    sandbox.durations(profile="instant")
    sandbox.seed(WORLD)
    api = stack.api()
    with Reader(database(stack, *TARGET), MARKER) as reader:
        runs = run_both(api)
    rows = []
    for dag_id, run_id in ((POINT, runs.point), (RESTORE, runs.restore)):
        tasks = api.tasks(dag_id, run_id)
        running = sum(_seconds(task["start_date"], task["end_date"]) for task in tasks)
        run = api.run(dag_id, run_id)
        whole = _seconds(run["start_date"], run["end_date"])
        rows.append((dag_id, str(len(tasks)), f"{whole:.1f}", f"{running:.1f}", f"{whole / len(tasks):.1f}"))
    account.table(("run, AWS at zero seconds", "tasks", "s in all", "s in tasks", "s per task"), rows)
    gaps = [phase.seconds for phase in reader.phases if phase.gap]
    account.table(
        ("gap of the live endpoint", "s"), [(str(n), f"{gap:.2f}") for n, gap in enumerate(gaps, 1)]
    )
    return int(max(gaps, default=0.0) > GAP_BAR_SECONDS)


def _seconds(start: Any, end: Any) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


if __name__ == "__main__":
    sys.exit(main())
