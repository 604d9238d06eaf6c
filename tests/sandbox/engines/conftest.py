"""Real servers for the tests of the engines, removed after each test."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import closing

import psycopg2
import pymysql
import pytest

from sandbox.data_plane import DataPlane
from sandbox.engines import Engines

USER, PASSWORD, DATABASE = "admin", "it's%a\"secret", "shop"


@pytest.fixture
def engines(data_plane: DataPlane) -> Engines:
    return data_plane.engines


@pytest.fixture(params=["mysql", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def shared_servers(data_plane: DataPlane) -> dict[str, str]:
    """Start a server of each engine for the tests that change nothing in it."""
    keys = {"mysql": "shared-mysql", "postgres": "shared-postgres"}
    for engine, key in keys.items():
        data_plane.engines.create(key, engine, username=USER, password=PASSWORD, database=DATABASE)
        data_plane.engines.start(key, certificate_names=["127.0.0.1"])
    return keys


@pytest.fixture
def shared_server(engines: Engines, engine: str, shared_servers: dict[str, str]) -> tuple[str, int]:
    """Give the backend of a server that the test must not change."""
    return engines.backend(shared_servers[engine])


@pytest.fixture
def new_key(engines: Engines) -> Iterator[Callable[[], str]]:
    """Give keys that no other test uses, and remove what was made under them."""
    given: list[str] = []

    def give() -> str:
        given.append(f"k-{uuid.uuid4().hex[:10]}")
        return given[-1]

    yield give
    for key in given:
        engines.delete(key)
        engines.delete_snapshot(key)


@pytest.fixture
def connect(engine: str) -> Callable:
    """Connect to a backend as the master user, or as said."""

    def open_connection(backend: tuple[str, int], **options):
        host, port = backend
        arguments = {"host": host, "port": port, "user": USER, "password": PASSWORD, "database": DATABASE}
        return (pymysql if engine == "mysql" else psycopg2).connect(**(arguments | options))

    return open_connection


@pytest.fixture
def run(connect: Callable) -> Callable:
    """Run statements on a backend in one transaction and give the rows of the last one."""

    def execute(backend: tuple[str, int], *statements: str, **options) -> list[tuple]:
        with closing(connect(backend, **options)) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            rows = list(cursor.fetchall()) if cursor.description else []
            connection.commit()
            return rows

    return execute


@pytest.fixture
def new_server(engines: Engines, engine: str, new_key: Callable[[], str]) -> Callable[[], str]:
    """Create a server, start it unless told not to, and give its key."""

    def make(*, started: bool = True) -> str:
        key = new_key()
        engines.create(key, engine, username=USER, password=PASSWORD, database=DATABASE)
        if started:
            engines.start(key, certificate_names=["127.0.0.1"])
        return key

    return make
