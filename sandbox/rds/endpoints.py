"""What the endpoints of clusters and instances are called, and which server each leads to now."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from moto.rds.models import DBCluster

from sandbox.runtime import runtime

if TYPE_CHECKING:
    from sandbox.rds.clusters import Cluster
    from sandbox.rds.instances import Instance

Backend = tuple[str, int]
PORT_KINDS = {"aurora-mysql": "mysql", "aurora-postgresql": "postgres"}


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
    """Return the port a cluster listens on: the one asked for, or the router's for the engine."""
    standard = DBCluster.default_port(engine)
    if runtime.router is not None and engine in PORT_KINDS and wanted in (None, standard):
        return runtime.router.port(PORT_KINDS[engine])
    return wanted or standard


def refresh(cluster: Cluster) -> None:
    """Point the endpoints of a cluster and its instances to its server, as far as they should answer now."""
    wanted = _wanted(cluster) if runtime.router is not None else {}
    for name in cluster.routed - set(wanted):
        _point(cluster, name, None)
    for name, backend in wanted.items():
        _point(cluster, name, backend)
    cluster.routed = set(wanted)


def move_port(cluster: Cluster, wanted: int) -> None:
    """Let a cluster listen on another port."""
    for name in cluster.routed:
        _point(cluster, name, None)
    cluster.port = port(cluster.engine, wanted)
    refresh(cluster)


def _wanted(cluster: Cluster) -> dict[str, Backend | None]:
    instances = cluster.instances
    serving = [instance for instance in instances if instance.serving]
    server = cluster.server if cluster.named else None
    writer = server if any(instance.is_cluster_writer for instance in serving) else None
    reader = server if serving else None

    def name(of: str, kind: str) -> str:
        return route_name(cluster.account_id, cluster.region, of, kind)

    routes = {}
    if cluster.named:
        routes[name(cluster.db_cluster_identifier, "cluster")] = writer
        routes[name(cluster.db_cluster_identifier, "cluster-ro")] = reader
    for instance in instances:
        if instance.named:
            up = cluster.server if instance.serving else None
            routes[name(instance.db_instance_identifier, "instance")] = up
    for custom in cluster.custom:
        routes[name(custom.name, "cluster-custom")] = cluster.server if custom.serving else None
    return routes


def _point(cluster: Cluster, name: str, backend: Backend | None) -> None:
    if runtime.router is not None:
        runtime.router.point(name, cluster.port, backend)


def certificate_names(cluster: Cluster, instances: list[Instance]) -> list[str]:
    """Return the names a server certificate made now is for: all endpoints under their present names."""
    account, region, name = cluster.account_id, cluster.region, cluster.db_cluster_identifier
    return [
        host(account, region, name, "cluster"),
        host(account, region, name, "cluster-ro"),
        *(host(account, region, instance.db_instance_identifier, "instance") for instance in instances),
    ]
