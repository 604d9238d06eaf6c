"""The work that RDS operations mean for the real database servers.

Each function returns a callable to run in a worker thread, or None where no server stands behind the cluster:
when only the control plane runs, and for engines other than Aurora's.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Literal

from sandbox.rds import endpoints
from sandbox.runtime import runtime

if TYPE_CHECKING:
    from sandbox.engines import Engines
    from sandbox.rds.clusters import Cluster
    from sandbox.rds.snapshots import Snapshot

Work = Callable[[], None]
KINDS: dict[str, Literal["mysql", "postgres"]] = {"aurora-mysql": "mysql", "aurora-postgresql": "postgres"}


def engines_of(engine: str) -> Engines | None:
    """Return the data plane where it serves this engine."""
    return runtime.engines if engine in KINDS else None


def create(cluster: Cluster) -> Work | None:
    """Make the data directory of a new cluster."""
    engines = engines_of(cluster.engine)
    if engines is None:
        return None
    return partial(
        engines.create,
        cluster.db_cluster_resource_id,
        KINDS[cluster.engine],
        username=cluster.master_username,
        password=cluster.stored_password,
        database=cluster.database_name,
    )


def restore(snapshot: Snapshot, cluster: Cluster) -> Work | None:
    """Make the data directory of a cluster from a snapshot."""
    engines = engines_of(cluster.engine)
    return engines and partial(engines.restore, snapshot.data_key, cluster.db_cluster_resource_id)


def start(cluster: Cluster) -> Work | None:
    """Start the cluster's server with a certificate for its present endpoints, unless it runs."""
    engines = engines_of(cluster.engine)
    if engines is None:
        return None
    if cluster.server is None:
        cluster.certified = endpoints.certificate_names(cluster, [])
    return partial(_start, engines, cluster.db_cluster_resource_id, _names(cluster))


def restart(cluster: Cluster) -> Work | None:
    """Stop and start the server, as a reboot of the writer does; the cluster endpoints' certificate stays."""
    engines = engines_of(cluster.engine)
    if engines is None or cluster.server is None:
        return None
    key, names = cluster.db_cluster_resource_id, _names(cluster)

    def work() -> None:
        engines.stop(key)
        _start(engines, key, names)

    return work


def stop(cluster: Cluster) -> Work | None:
    """Stop the server and keep its data."""
    engines = engines_of(cluster.engine)
    return engines and partial(engines.stop, cluster.db_cluster_resource_id)


def delete(cluster: Cluster) -> Work | None:
    """Stop the server and remove its data."""
    engines = engines_of(cluster.engine)
    return engines and partial(engines.delete, cluster.db_cluster_resource_id)


def snapshot(cluster: Cluster, taken: Snapshot) -> Work | None:
    """Copy the cluster's data, consistent at one moment, while the server runs on."""
    engines = engines_of(cluster.engine)
    return engines and partial(engines.snapshot, cluster.db_cluster_resource_id, taken.data_key)


def copy(source: Snapshot, target: Snapshot) -> Work | None:
    """Copy a snapshot's data."""
    engines = engines_of(source.engine)
    return engines and partial(engines.copy_snapshot, source.data_key, target.data_key)


def delete_snapshot(removed: Snapshot) -> Work | None:
    """Remove a snapshot's data."""
    engines = engines_of(removed.engine)
    return engines and partial(engines.delete_snapshot, removed.data_key)


def set_password(cluster: Cluster, password: str) -> Work | None:
    """Give the master user of a cluster another password."""
    engines = engines_of(cluster.engine)
    if engines is None:
        return None
    return partial(engines.set_password, cluster.db_cluster_resource_id, cluster.master_username, password)


def look_up_server(cluster: Cluster) -> None:
    """Take over where the cluster's server listens now, and let its endpoints lead there."""
    engines = engines_of(cluster.engine)
    cluster.server = engines.backend(cluster.db_cluster_resource_id) if engines is not None else None
    endpoints.refresh(cluster)


def cut(cluster: Cluster) -> None:
    """Drop the connections to the cluster's server."""
    if runtime.router is not None and cluster.server is not None:
        runtime.router.drop(cluster.server)


def _start(engines: Engines, key: str, names: list[str]) -> None:
    engines.start(key, certificate_names=names)


def _names(cluster: Cluster) -> list[str]:
    present = endpoints.certificate_names(cluster, cluster.instances)
    return list(dict.fromkeys([*cluster.certified, *present[2:]]))


def forget_routes(cluster: Cluster) -> None:
    """Let nothing answer any more under the names of a cluster and its instances."""
    cluster.server = None
    endpoints.refresh(cluster)
