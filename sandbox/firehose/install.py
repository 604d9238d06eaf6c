"""Putting the extension into moto."""

from __future__ import annotations

from functools import cache
from typing import Any

from moto.firehose import models as firehose

from sandbox.firehose.models import FirehoseBackend
from sandbox.patch import put


@cache
def install() -> None:
    """Let moto make the sandbox's backends from now on."""
    put(firehose.firehose_backends, backend=FirehoseBackend)


def reset() -> None:
    """Forget what was not delivered in all accounts and Regions."""
    backends: Any = firehose.firehose_backends
    for _, _, backend in list(backends.iter_backends()):
        backend.discard()
    backends.clear()
