"""Putting the extension into moto."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from moto.athena import models as athena

from sandbox.athena.executions import REQUEUE
from sandbox.athena.models import AthenaBackend
from sandbox.patch import put
from sandbox.runtime import runtime
from sandbox.transitions import scheduler

SECONDS: Mapping[str, float] = {"query.queue": 0.2, "query.run": 0.3}
"""Seconds for a person watching; a query runs as long as it takes, or longer."""


@cache
def install() -> None:
    """Let moto make the sandbox's backends from now on."""
    put(athena.athena_backends, backend=AthenaBackend)
    for name, seconds in SECONDS.items():
        runtime.durations.declare(name, seconds)
    runtime.behaviour.declare(REQUEUE, "never", "once")


def reset() -> None:
    """End the queries that are under way in all accounts and Regions, and wait until they have."""
    backends: Any = athena.athena_backends
    processes = []
    for _, _, backend in list(backends.iter_backends()):
        processes += [one.process for one in backend.runs.values() if one.process is not None]
        backend.discard()
    scheduler.forget(processes)
    backends.clear()
