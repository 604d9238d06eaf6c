"""World "orders-postgres": two accounts around an Aurora PostgreSQL cluster, recovered from one into the other."""

from __future__ import annotations

from sandbox.client import Sandbox
from sandbox.seed.worlds import recovery
from sandbox.seed.worlds.recovery import Recovered
from sandbox.seed.worlds.server import Plan

RECOVERED = Recovered.named_after(
    Plan(
        "orders-postgres",
        "aurora-postgresql",
        "switchyard",
        "switchyard-orders-postgres",
        "aurora-postgresql16",
    )
)


def build(sandbox: Sandbox, made: list[str]) -> None:
    """Create what is missing of the world, and note it in `made`."""
    recovery.build(sandbox, made, RECOVERED)
