"""The work that RDS operations mean for the real database servers.

Each function returns a callable to run in a worker thread, or None where no server stands behind the resource:
when only the control plane runs, and for engines that the sandbox has no server for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from sandbox.rds import endpoints
from sandbox.rds.engine_versions import ENGINES
from sandbox.runtime import runtime

if TYPE_CHECKING:
    from sandbox.engines import Engines
    from sandbox.rds.served import Served
    from sandbox.rds.snapshots import Taken

Work = Callable[[], None]


def engines_of(engine: str) -> Engines | None:
    """Return the data plane where it serves this engine."""
    return runtime.engines if engine in ENGINES else None


def in_turn(*parts: Work | None) -> Work | None:
    """Return work that does these parts in their order; None where there are none."""
    present = [part for part in parts if part is not None]

    def work() -> None:
        for part in present:
            part()

    return work if present else None


def create(served: Served) -> Work | None:
    """Make the data directory of a new served."""
    engines = engines_of(served.engine)
    if engines is None:
        return None
    return partial(
        engines.create,
        served.server_key,
        ENGINES[served.engine],
        username=served.master_username,
        password=served.stored_password,
        database=served.first_database,
    )


def restore(snapshot: Taken, served: Served) -> Work | None:
    """Make the data directory of a cluster or plain instance from a snapshot."""
    engines = engines_of(served.engine)
    return engines and partial(engines.restore, snapshot.data_key, served.server_key)


def duplicate(source: Served, served: Served) -> Work | None:
    """Make a data directory with what another server holds at this moment."""
    engines = engines_of(served.engine)
    if engines is None:
        return None
    between, key = f"between-{served.server_key}", source.server_key

    def work() -> None:
        engines.snapshot(key, between)
        engines.restore(between, served.server_key)
        engines.delete_snapshot(between)

    return work


def start(served: Served) -> Work | None:
    """Start a server with a certificate for its present endpoints, unless it runs."""
    engines = engines_of(served.engine)
    if engines is None:
        return None
    if served.server is None:
        served.certified = served.lasting_hosts()
    return partial(_start, engines, served.server_key, _names(served))


def restart(served: Served) -> Work | None:
    """Stop and start a server, as a reboot of the writer does; the cluster endpoints' certificate stays."""
    engines = engines_of(served.engine)
    if engines is None or served.server is None:
        return None
    key, names = served.server_key, _names(served)

    def work() -> None:
        engines.stop(key)
        _start(engines, key, names)

    return work


def stop(served: Served) -> Work | None:
    """Stop the server and keep its data."""
    engines = engines_of(served.engine)
    return engines and partial(engines.stop, served.server_key)


def delete(served: Served) -> Work | None:
    """Stop the server and remove its data."""
    engines = engines_of(served.engine)
    return engines and partial(engines.delete, served.server_key)


def snapshot(served: Served, taken: Taken) -> Work | None:
    """Copy a server's data, consistent at one moment, while the server runs on."""
    engines = engines_of(served.engine)
    return engines and partial(engines.snapshot, served.server_key, taken.data_key)


def copy(source: Taken, target: Taken) -> Work | None:
    """Copy a snapshot's data."""
    engines = engines_of(source.engine)
    return engines and partial(engines.copy_snapshot, source.data_key, target.data_key)


def delete_snapshot(removed: Taken) -> Work | None:
    """Remove a snapshot's data."""
    engines = engines_of(removed.engine)
    return engines and partial(engines.delete_snapshot, removed.data_key)


def set_password(served: Served, password: str) -> Work | None:
    """Give the master user of a server another password."""
    engines = engines_of(served.engine)
    if engines is None:
        return None
    return partial(engines.set_password, served.server_key, served.master_username, password)


def look_up_server(served: Served) -> None:
    """Take over where the server listens now, and let the endpoints lead there."""
    engines = engines_of(served.engine)
    served.server = engines.backend(served.server_key) if engines is not None else None
    endpoints.refresh(served)


def cut(served: Served) -> None:
    """Drop the connections to the server."""
    if runtime.router is not None and served.server is not None:
        runtime.router.drop(served.server)


def _start(engines: Engines, key: str, names: list[str]) -> None:
    engines.start(key, certificate_names=names)


def _names(served: Served) -> list[str]:
    return list(dict.fromkeys([*served.certified, *served.hosts()]))


def forget_routes(served: Served) -> None:
    """Let nothing answer any more under the names of a cluster or plain instance."""
    served.server = None
    endpoints.refresh(served)
