"""Putting the extension into moto."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from moto.es import models as es
from moto.opensearch import models as opensearch

from sandbox.opensearch.models import ElasticsearchBackend, OpenSearchBackend
from sandbox.patch import put
from sandbox.runtime import runtime

SECONDS: Mapping[str, float] = {
    "domain.create": 1.0,
    "domain.delete": 0.5,
    "package.copy": 0.5,
    "package.validate": 0.3,
    "package.delete": 0.2,
    "package.update.invisible": 0.5,
    "package.update.settle": 0.3,
    "package.associate": 0.6,
    "package.associate.invisible": 0.5,
    "package.associate.settle": 0.3,
    "package.dissociate": 0.3,
}
"""Seconds per transition for a person watching; minutes on AWS."""


@cache
def install() -> None:
    """Let moto make the sandbox's backends from now on."""
    put(opensearch.opensearch_backends, backend=OpenSearchBackend)
    put(es.es_backends, backend=ElasticsearchBackend)
    for name, seconds in SECONDS.items():
        runtime.durations.declare(name, seconds)
    runtime.behaviour.declare("package_order", "status-first", "version-first")
    runtime.behaviour.declare("package_history", "newest-first", "oldest-first")
    runtime.behaviour.declare("search_auto_refresh", "on", "off")


def reset() -> None:
    """End what is under way in all accounts and Regions, with the engines."""
    backends: Any = opensearch.opensearch_backends
    for _, _, backend in list(backends.iter_backends()):
        backend.discard()
    backends.clear()
