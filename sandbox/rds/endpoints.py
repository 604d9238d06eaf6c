"""What the endpoints of clusters and instances are called, and which server each leads to now."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from moto.rds.models import DBInstance

from sandbox.rds.engine_versions import ENGINES
from sandbox.runtime import runtime

if TYPE_CHECKING:
    from sandbox.rds.served import Backend, Served


def route_name(account: str, region: str, name: str, kind: str) -> str:
    """Name an endpoint for the router; `kind` is "cluster", "cluster-ro", "cluster-custom" or "instance"."""
    return f"{account}/{region}/{name}.{kind}"


def host(account: str, region: str, name: str, kind: str) -> str:
    """Return the address clients use: one on loopback, or AWS's host name where nothing is routed.

    The random part of AWS's host names belongs to the account and Region, so that a cluster that takes
    another's name takes its endpoints.
    """
    if runtime.router is not None:
        return runtime.router.address(route_name(account, region, name, kind))
    unique = hashlib.sha256(f"{account}/{region}".encode()).hexdigest()[:12]
    middle = unique if kind == "instance" else f"{kind}-{unique}"
    return f"{name}.{middle}.{region}.rds.amazonaws.com"


def port(engine: str, wanted: int | None) -> int:
    """Return the port a server listens on: the one asked for, or the router's for the engine."""
    standard = DBInstance.default_port(engine)
    if runtime.router is not None and engine in ENGINES and wanted in (None, standard):
        return runtime.router.port(ENGINES[engine])
    return wanted or standard


def refresh(served: Served) -> None:
    """Point the endpoints of a cluster or plain instance to its server, as far as they should answer now."""
    wanted = served.routes() if runtime.router is not None else {}
    for name in served.routed - set(wanted):
        _point(served, name, None)
    for name, backend in wanted.items():
        _point(served, name, backend)
    served.routed = set(wanted)


def move_port(served: Served, wanted: int) -> None:
    """Let a cluster or plain instance listen on another port."""
    for name in served.routed:
        _point(served, name, None)
    served.port = port(served.engine, wanted)
    refresh(served)


def _point(served: Served, name: str, backend: Backend | None) -> None:
    if runtime.router is not None:
        runtime.router.point(name, served.port, backend)
