"""Answers of Firehose: moto's, one at a time, on a state that has caught up with the clock."""

from __future__ import annotations

from moto.core.common_types import TYPE_RESPONSE
from moto.firehose.responses import FirehoseResponse as MotoResponse

from sandbox.transitions import LOCK, scheduler


class FirehoseResponse(MotoResponse):
    """One request."""

    def call_action(self) -> TYPE_RESPONSE:
        """Answer the call."""
        with LOCK:
            scheduler.tick()
            return super().call_action()
