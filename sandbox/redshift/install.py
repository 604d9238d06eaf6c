"""Putting the extension into moto."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from moto.redshift import models as redshift

from sandbox.patch import put
from sandbox.redshift.clusters import Cluster
from sandbox.redshift.models import RedshiftBackend
from sandbox.runtime import runtime

SECONDS: Mapping[str, float] = {
    "redshift-cluster.create": 2.0,
    "redshift-cluster.modify": 0.5,
    "redshift-cluster.roles": 0.5,
    "redshift-cluster.pause": 0.5,
    "redshift-cluster.resume": 1.0,
    "redshift-cluster.delete": 0.5,
}
"""Seconds per transition for a person watching; minutes on AWS."""


@cache
def install() -> None:
    """Let moto make the sandbox's backends from now on."""
    put(redshift, Cluster=Cluster)
    put(redshift.redshift_backends, backend=RedshiftBackend)
    for name, seconds in SECONDS.items():
        runtime.durations.declare(name, seconds)


def reset() -> None:
    """End what is under way in all accounts and Regions, with the databases."""
    backends: Any = redshift.redshift_backends
    for _, _, backend in list(backends.iter_backends()):
        backend.discard()
    backends.clear()
