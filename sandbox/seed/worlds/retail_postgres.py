"""World "retail-postgres": an Aurora PostgreSQL database of sales, and a warehouse that reads it live."""

from __future__ import annotations

from sandbox.client import Sandbox
from sandbox.seed.worlds import federation
from sandbox.seed.worlds.federated_source import Source
from sandbox.seed.worlds.server import Plan

SOURCE = Source(Plan("retail-postgres", "aurora-postgresql"))


def build(sandbox: Sandbox, made: list[str]) -> None:
    """Create what is missing of the world, and note it in `made`."""
    federation.build(sandbox, made, SOURCE)
