"""Putting the extension into moto."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from moto.macie2 import models as macie

from sandbox.macie.models import MacieBackend
from sandbox.patch import put
from sandbox.runtime import runtime

SECONDS: Mapping[str, float] = {
    "classification-job.run": 1.0,
    "finding.invisible": 0.3,
}
"""Seconds per transition for a person watching; minutes on AWS. A job takes as long as its objects, or longer."""


@cache
def install() -> None:
    """Let moto make the sandbox's backends from now on."""
    put(macie.macie2_backends, backend=MacieBackend)
    import_module("sandbox.macie.cloudformation")  # moto finds the types by itself
    for name, seconds in SECONDS.items():
        runtime.durations.declare(name, seconds)


def reset() -> None:
    """End what is under way in all accounts and Regions."""
    backends: Any = macie.macie2_backends
    for _, _, backend in list(backends.iter_backends()):
        backend.discard()
    backends.clear()
