"""A world in which a fifth of all calls of AWS goes wrong."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import botocore.endpoint

from sandbox.client import Sandbox

VARIABLE = "SWITCHYARD_FAULT_SEEDS"
"""Numbers, each of which chooses other calls; with none the tests take one."""
SHARE = 0.2
KINDS: Mapping[str, Mapping[str, Any]] = {
    "throttle": {},
    "server-error": {},
    "lost-response": {},
    "slow": {"seconds": 0.2},
}
"""What goes wrong, and its details."""
USUAL_KINDS = ("lost-response",)
"""Those of every run of the tests: AWS has done what was asked, and nobody is told."""


def chosen() -> list[tuple[str, int]]:
    """Kinds and seeds of this run of the tests."""
    seeds = [int(seed) for seed in os.environ.get(VARIABLE, "").split()]
    return [(kind, seed) for kind in (KINDS if seeds else USUAL_KINDS) for seed in seeds or [1]]


@contextmanager
def mishaps(sandbox: Sandbox, kind: str, seed: int, struck: list[int]) -> Iterator[dict[str, Any]]:
    """Let calls go wrong meanwhile; gives options of a runner, and adds how many it were to `struck`."""
    sandbox.fault("*:*", kind, probability=SHARE, times=None, seed=seed, **KINDS[kind])
    try:
        yield {"retried": True, "before_try": _without_pauses}
    finally:
        struck.append(sum(one["hits"] for one in sandbox.faults()))
        sandbox.clear_faults()


def _without_pauses(_task_id: str) -> None:
    """Let botocore, in the process of a try, repeat a call at once."""
    botocore.endpoint.time = SimpleNamespace(time=time.time, sleep=lambda _seconds: None)
