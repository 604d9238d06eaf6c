"""World "customers": a Sakila database with planted personal data, and all that a search for it needs.

What a search has to find there is in `customers_truth`.
"""

from __future__ import annotations

from functools import partial

from sandbox.client import Sandbox
from sandbox.seed import sakila
from sandbox.seed.worlds import discovery
from sandbox.seed.worlds.discovery import (
    CATALOGUE,
    FINDINGS,
    GROUP,
    REGION,
    REGISTER,
    RESULTS,
    TOPIC,
)
from sandbox.seed.worlds.searched import ACCOUNT, EXTRACT, Searched
from sandbox.seed.worlds.server import Plan

__all__ = [
    "ACCOUNT",
    "CATALOGUE",
    "DATABASE",
    "EXTRACT",
    "FINDINGS",
    "FOLDER",
    "GROUP",
    "LOGIN",
    "PLAN",
    "REGION",
    "REGISTER",
    "RESULTS",
    "TASK",
    "TOPIC",
    "build",
]

PLAN = Plan("customers", "aurora-mysql")
DATABASE = "sakila"
SEARCHED = Searched(PLAN, DATABASE, partial(sakila.load, engine="mysql"))
LOGIN, TASK, FOLDER = SEARCHED.login, SEARCHED.task, SEARCHED.folder


def build(sandbox: Sandbox, made: list[str]) -> None:
    """Create what is missing of the world, and note it in `made`."""
    discovery.build(sandbox, made, SEARCHED)
