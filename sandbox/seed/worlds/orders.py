"""World "orders": two accounts around an Aurora MySQL cluster that is recovered from one into the other."""

from __future__ import annotations

from sandbox.client import Sandbox
from sandbox.seed.worlds import recovery
from sandbox.seed.worlds.recovery import Recovered
from sandbox.seed.worlds.server import Plan

RECOVERED = Recovered(
    Plan("orders", "aurora-mysql", "switchyard", "switchyard-orders", "aurora-mysql8.0"),
    source_key="alias/switchyard-source",
    target_key="alias/switchyard-orders",
    points="switchyard-recovery-points",
)


def build(sandbox: Sandbox, made: list[str]) -> None:
    """Create what is missing of the world, and note it in `made`."""
    recovery.build(sandbox, made, RECOVERED)
