"""Worlds: sets of resources and data that a sandbox can be filled with.

A world is a module with `build(sandbox, made)`, which creates through the AWS API what is missing, notes each
creation in `made`, and leaves alone what is there.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from sandbox.client import Sandbox
from sandbox.engines import EngineError
from sandbox.errors import SandboxError

NAMES = (
    "clinic-mysql",
    "clinic-postgres",
    "customers",
    "orders",
    "orders-postgres",
    "orders-serverless",
    "plain-mysql",
    "plain-postgres",
    "products",
    "retail",
    "retail-postgres",
)
WORLDS = {name: f"sandbox.seed.worlds.{name.replace('-', '_')}" for name in NAMES}


def seed(name: str, endpoint_url: str) -> dict[str, Any]:
    """Build a world and report what was made; SandboxError for one that does not exist or cannot be built."""
    if name not in WORLDS:
        raise SandboxError(f"there is no world {name!r}: choose one of {', '.join(WORLDS)}")
    made: list[str] = []
    try:
        importlib.import_module(WORLDS[name]).build(_sandbox(endpoint_url), made)
    except (ClientError, EngineError) as error:
        raise SandboxError(f"world {name} cannot be built: {error}") from error
    return {"world": name, "made": made}


@cache
def _sandbox(endpoint_url: str) -> Sandbox:
    """Clients of a sandbox, kept from world to world: to make them takes longer than to use them."""
    return Sandbox(endpoint_url)
