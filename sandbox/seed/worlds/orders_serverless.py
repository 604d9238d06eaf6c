"""World "orders-serverless": two accounts around an Aurora Serverless v2 cluster, recovered from one into the other."""

from __future__ import annotations

from sandbox.client import Sandbox
from sandbox.seed.worlds import recovery
from sandbox.seed.worlds.recovery import Recovered
from sandbox.seed.worlds.server import Plan

RECOVERED = Recovered.named_after(
    Plan(
        "orders-serverless",
        "aurora-mysql",
        "switchyard",
        "switchyard-orders-serverless",
        "aurora-mysql8.0",
        instance_class="db.serverless",
        capacity=(0.5, 4),
    )
)


def build(sandbox: Sandbox, made: list[str]) -> None:
    """Create what is missing of the world, and note it in `made`."""
    recovery.build(sandbox, made, RECOVERED)
