"""A real server of each engine in turn, and the certificates to verify it."""

from __future__ import annotations

from contextlib import closing

import psycopg2
import pymysql
import pytest

from switchyard.databases.connections import CA_BUNDLE_VARIABLE, connect
from tests.support.servers import LOGIN


@pytest.fixture(params=["mysql", "postgres"])
def engine(request):
    return request.param


@pytest.fixture
def server(engine, database_servers, data_plane, monkeypatch):
    """Where the engine's server is, which the pipelines' clients trust."""
    monkeypatch.setenv(CA_BUNDLE_VARIABLE, str(data_plane.authority.ca_bundle))
    return database_servers[engine]


@pytest.fixture
def run(engine, server):
    """Run statements as the owner of the database, and give the rows of the last one."""

    def execute(*statements):
        driver = pymysql if engine == "mysql" else psycopg2
        with (
            closing(
                driver.connect(
                    host=server[0],
                    port=server[1],
                    user=LOGIN.username,
                    password=LOGIN.password,
                    database=LOGIN.database,
                )
            ) as connection,
            connection.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
            rows = list(cursor.fetchall()) if cursor.description else []
            connection.commit()
            return rows

    return execute


@pytest.fixture
def table(run):
    """A table of three rows, gone after the test."""
    run(
        "CREATE TABLE words (id INT PRIMARY KEY, term VARCHAR(255))",
        "INSERT INTO words VALUES (1, 'danish'), (2, NULL), (3, 'crème brûlée 🍦')",
    )
    yield "words"
    run("DROP TABLE words")


@pytest.fixture
def database(engine, server, table):
    """The pipelines' own read-only use of the server, closed before the table goes: a reader keeps it."""
    with connect(engine, *server, LOGIN) as opened:
        yield opened
