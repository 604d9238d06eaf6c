"""Real database servers, of which all tests of a process share one of each kind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.data_plane import DataPlane
from switchyard.databases.logins import Login
from tests.support.dms import PASSWORD, USER, Server

LOGIN = Login("reader", "it's%a\"secret", "shop")


@pytest.fixture(scope="session")
def mysql_server(data_plane: DataPlane) -> Server:
    """A MariaDB that DMS may read."""
    return _server(data_plane, "mysql")


@pytest.fixture(scope="session")
def postgres_server(data_plane: DataPlane) -> Server:
    """A PostgreSQL that DMS may read."""
    return _server(data_plane, "postgres")


@pytest.fixture(scope="session")
def database_servers(data_plane: DataPlane) -> Iterator[dict[str, tuple[str, int] | None]]:
    """Where one server of each engine is that has `LOGIN`; the tests leave no tables behind."""
    keys = {"mysql": "databases-mysql", "postgres": "databases-postgres"}
    for engine, key in keys.items():
        data_plane.engines.create(
            key, engine, username=LOGIN.username, password=LOGIN.password, database=LOGIN.database
        )
        data_plane.engines.start(key, certificate_names=["127.0.0.1"])
    yield {engine: data_plane.engines.backend(key) for engine, key in keys.items()}
    for key in keys.values():
        data_plane.engines.delete(key)


def _server(data_plane: DataPlane, engine: str) -> Server:
    key = f"dms-{engine}"
    data_plane.engines.create(key, engine, username=USER, password=PASSWORD, database="shop")
    host, port = data_plane.engines.start(key, certificate_names=["127.0.0.1"])
    return Server(engine, key, host, port)
