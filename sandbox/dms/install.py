"""Putting the extension into moto."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from moto.dms import models as dms

from sandbox.dms.models import DMSBackend
from sandbox.patch import put
from sandbox.runtime import runtime

SECONDS: Mapping[str, float] = {
    "dms-connection.test": 0.5,
    "replication-instance.create": 1.0,
    "replication-task.create": 0.5,
    "replication-task.modify": 0.3,
    "replication-task.delete": 0.3,
    "replication-task.start": 0.8,
    "replication-task.start.invisible": 0.3,
    "replication-task.stop": 0.4,
    "replication-task.batch": 0.0,
}
"""Seconds per transition for a person watching; minutes on AWS. A batch is as long as it takes, or longer."""


@cache
def install() -> None:
    """Let moto make the sandbox's backends from now on."""
    put(dms.dms_backends, backend=DMSBackend)
    import_module("sandbox.dms.cloudformation")  # moto finds the types by itself
    for name, seconds in SECONDS.items():
        runtime.durations.declare(name, seconds)
    runtime.behaviour.declare("dms_error_status", "failed", "stopped")
    runtime.behaviour.declare("dms_leftovers", "keep", "remove")


def reset() -> None:
    """End what is under way in all accounts and Regions."""
    backends: Any = dms.dms_backends
    for _, _, backend in list(backends.iter_backends()):
        backend.discard()
    backends.clear()
