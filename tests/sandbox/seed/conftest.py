"""A server of each engine with the whole shop in it, for tests that leave it as it is."""

from contextlib import closing

import psycopg2
import pymysql
import pytest

from sandbox.data_plane import DataPlane
from sandbox.seed import sakila

DRIVERS = {"mysql": pymysql, "postgres": psycopg2}


@pytest.fixture(scope="session", params=["mysql", "postgres"])
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def server(engine: str, data_plane: DataPlane) -> dict[str, object]:
    """Start a server and give what a driver connects to it with, but for the database."""
    key = f"sakila-{engine}"
    data_plane.engines.create(key, engine, username="admin", password="secret", database=None)
    host, port = data_plane.engines.start(key, certificate_names=["127.0.0.1"])
    return {"host": host, "port": port, "user": "admin", "password": "secret"}


@pytest.fixture(scope="session")
def empty_database(engine: str, server: dict[str, object]):
    """Give what a driver connects to a new database with."""

    def make(name: str) -> dict[str, object]:
        usual = "mysql" if engine == "mysql" else "postgres"
        with closing(DRIVERS[engine].connect(**server, database=usual)) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(f"CREATE DATABASE {name}")
        return {**server, "database": name}

    return make


@pytest.fixture(scope="session")
def shop(engine: str, empty_database) -> dict[str, object]:
    """Load the whole shop once; give what a driver connects to it with."""
    target = empty_database("sakila")
    sakila.load(target, engine)
    return target


@pytest.fixture
def query(engine: str):
    """Run one statement and give its rows."""

    def run(target: dict[str, object], statement: str) -> list[tuple]:
        with closing(DRIVERS[engine].connect(**target)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    return run
