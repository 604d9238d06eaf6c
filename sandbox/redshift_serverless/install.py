"""Making the service known to moto, as moto knows its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any

from moto import backend_index, backends

from sandbox.patch import put
from sandbox.redshift_serverless.models import SERVICE, redshift_serverless_backends
from sandbox.redshift_serverless.urls import url_bases
from sandbox.runtime import runtime

SECONDS: Mapping[str, float] = {
    "redshift-namespace.modify": 0.3,
    "redshift-namespace.delete": 0.3,
    "redshift-workgroup.create": 1.0,
    "redshift-workgroup.modify": 0.5,
    "redshift-workgroup.delete": 0.5,
}
"""Seconds per transition for a person watching; minutes on AWS."""


@cache
def install() -> None:
    """Let moto find the service by its host name and by its own."""
    patterns: list[Any] = backend_index.backend_url_patterns
    patterns.extend((SERVICE, re.compile(base)) for base in url_bases)
    put(backends, get_backend=_knowing(backends.get_backend))
    for name, seconds in SECONDS.items():
        runtime.durations.declare(name, seconds)


def reset() -> None:
    """End what is under way in all accounts and Regions, with the databases."""
    known: Any = redshift_serverless_backends
    for _, _, backend in list(known.iter_backends()):
        backend.discard()
    known.clear()


def _knowing(moto: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @wraps(moto)
    def get_backend(name: Any) -> Any:
        return redshift_serverless_backends if name == SERVICE else moto(name)

    return get_backend
