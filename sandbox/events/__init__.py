"""EventBridge with Firehose streams as targets of rules."""

from __future__ import annotations

from functools import cache

from sandbox.patch import put


@cache
def install() -> None:
    """Put these rules into moto's EventBridge."""
    from moto.events import models as events

    from sandbox.events import models

    put(events, Rule=models.Rule)
