"""World "plain-mysql": two accounts around a plain MySQL instance that is recovered from one into the other."""

from __future__ import annotations

from sandbox.client import Sandbox
from sandbox.seed.worlds import recovery
from sandbox.seed.worlds.recovery import Recovered
from sandbox.seed.worlds.server import Plan

RECOVERED = Recovered.named_after(
    Plan("plain-mysql", "mysql", "switchyard", "switchyard-plain-mysql", "mysql8.0")
)


def build(sandbox: Sandbox, made: list[str]) -> None:
    """Create what is missing of the world, and note it in `made`."""
    recovery.build(sandbox, made, RECOVERED)
