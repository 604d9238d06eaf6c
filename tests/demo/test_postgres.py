"""The demo's PostgreSQL server, really started."""

from __future__ import annotations

import os
import signal
from contextlib import closing, suppress

import psycopg2
import pytest

from demo import processes
from demo.postgres import PostgresServer
from demo.processes import DemoError, free_ports


@pytest.fixture
def server(tmp_path):
    return PostgresServer(tmp_path, *free_ports(1))


def test_data_outlives_a_crash_of_the_server(server):
    """It should start again on what a killed server left, and hold what was committed."""
    session = server.start()
    try:
        assert server.create_database("ledger")
        with closing(psycopg2.connect(server.dsn("ledger"))) as ledger, ledger.cursor() as cursor:
            cursor.execute("CREATE TABLE entry AS SELECT 1 AS number")
            ledger.commit()
        for pid in session.members():
            os.kill(pid, signal.SIGKILL)
        processes.wait_until(lambda: not session.members(), "the end", seconds=60)
        session = server.start()
        assert not server.create_database("ledger"), "the database is still there"
        with closing(psycopg2.connect(server.dsn("ledger"))) as ledger, ledger.cursor() as cursor:
            cursor.execute("SELECT number FROM entry")
            assert cursor.fetchall() == [(1,)]
    finally:
        server.stop(session)
    assert session.members() == []


def test_start_that_was_killed_is_begun_anew(server):
    """It should tell of initdb in time to end it, and begin anew after a death half-way."""
    told = []

    def die_half_way(session):
        told.append(session.name)
        processes.wait_until(lambda: list(server.home.rglob("PG_VERSION")), "a half-made folder", seconds=60)
        for pid in session.members():
            with suppress(ProcessLookupError):  # initdb's own helpers end while they are looked at
                os.kill(pid, signal.SIGKILL)
        processes.wait_until(lambda: not session.leads(), "the end", seconds=60)

    with pytest.raises(DemoError, match=r"initdb failed with exit status -9"):
        server.start(die_half_way)
    assert told == ["initdb"]

    session = server.start(lambda session: told.append(session.name))
    server.stop(session)
    assert told == ["initdb", "initdb", "postgresql"]


def test_nobody_logs_in_without_the_password(server):
    """It should refuse the neighbours on the same machine."""
    session = server.start()
    try:
        with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
            psycopg2.connect(server.dsn().replace(server.password, "guess"))
    finally:
        server.stop(session)


def test_taken_port_is_named(server):
    """It should say where the log is when the server does not start."""
    session = server.start()
    try:
        second = PostgresServer(server.home / "second", server.port)
        with pytest.raises(
            DemoError, match=r"(?s)postgresql ended .*second/server\.log.*Address already in use"
        ):
            second.start()
    finally:
        server.stop(session)
