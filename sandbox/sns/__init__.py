"""SNS across accounts: subscriptions kept with their topic, policies that count, deliveries that can fail."""

from __future__ import annotations

from functools import cache

from sandbox.patch import put


@cache
def install() -> None:
    """Put these rules into moto's SNS."""
    from moto.sns import models as sns

    from sandbox.sns import models

    put(sns, Subscription=models.Subscription)
    put(sns.sns_backends, backend=models.SNSBackend)
