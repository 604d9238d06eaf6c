"""Putting the extension into moto."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from moto.redshiftdata import models as redshift_data

from sandbox.patch import put
from sandbox.redshift_data.models import RedshiftDataBackend
from sandbox.runtime import runtime

SECONDS: Mapping[str, float] = {
    "redshift-statement.submit": 0.05,
    "redshift-statement.pick": 0.05,
    "redshift-statement.run": 0.1,
}
"""Seconds for a person watching; a statement runs as long as it takes, or longer."""


@cache
def install() -> None:
    """Let moto make the sandbox's backends from now on."""
    put(redshift_data.redshiftdata_backends, backend=RedshiftDataBackend)
    for name, seconds in SECONDS.items():
        runtime.durations.declare(name, seconds)


def reset() -> None:
    """End the statements that are under way in all accounts and Regions, and wait until they have."""
    backends: Any = redshift_data.redshiftdata_backends
    for _, _, backend in list(backends.iter_backends()):
        backend.discard()
    backends.clear()
