"""World "clinic-mysql": a database that is hard to read, and all that a search for sensitive data in it needs."""

from __future__ import annotations

from functools import partial

from sandbox.client import Sandbox
from sandbox.seed import clinic
from sandbox.seed.worlds import discovery
from sandbox.seed.worlds.searched import Searched
from sandbox.seed.worlds.server import Plan

SEARCHED = Searched(Plan("clinic-mysql", "aurora-mysql"), "clinic", partial(clinic.load, engine="mysql"))


def build(sandbox: Sandbox, made: list[str]) -> None:
    """Create what is missing of the world, and note it in `made`."""
    discovery.build(sandbox, made, SEARCHED)
