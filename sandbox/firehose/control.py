"""Delivering what a stream holds at once, for tests that will not wait."""

from __future__ import annotations

from typing import Any

from moto.firehose.models import firehose_backends

from sandbox.errors import SandboxError
from sandbox.transitions import LOCK, scheduler


def flush(stream: str, account: str, region: str) -> int:
    """Deliver what a stream holds and return the number of records; SandboxError where there is no such stream."""
    with LOCK:
        scheduler.tick()
        backend: Any = firehose_backends[account][region]
        if stream not in backend.delivery_streams:
            raise SandboxError(f"there is no delivery stream {stream} in account {account}, Region {region}")
        return int(backend.flush(stream))
