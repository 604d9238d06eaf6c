"""The pipelines' database sessions, on real servers of both engines."""

from __future__ import annotations

from pathlib import Path

import psycopg2
import pymysql
import pytest

from switchyard.databases import connections
from switchyard.databases.connections import CA_BUNDLE_VARIABLE, connect
from switchyard.databases.logins import Login
from switchyard.errors import BadInput, CheckFailed
from tests.support.servers import LOGIN
from tests.support.statements import FULL_DISK

LOST = (pymysql.err.OperationalError, psycopg2.OperationalError)
MANY_ROWS = {
    "mysql": "SELECT seq AS n, REPEAT('x', 500) AS wide FROM seq_1_to_200000",
    "postgres": "SELECT n, repeat('x', 500) AS wide FROM generate_series(1, 200000) AS n",
}
CONNECTIONS = {
    "mysql": "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() AND db = 'shop'",
    "postgres": "SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'shop'",
}
END = {"mysql": "KILL {}", "postgres": "SELECT pg_terminate_backend({})"}


def resident_megabytes():
    status = Path("/proc/self/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def read(database, statement, values=None):
    with database.stream(statement, values) as stream:
        return [dict(zip(stream.columns, row, strict=True)) for row in stream.rows]


def test_stream_yields_what_rows_gives(database, table):
    """It should give the same rows in both ways, with text as the database has it."""
    statement = f"SELECT id, term FROM {table} ORDER BY id"
    assert read(database, statement) == database.rows(statement)
    assert read(database, statement) == [
        {"id": 1, "term": "danish"},
        {"id": 2, "term": None},
        {"id": 3, "term": "crème brûlée 🍦"},
    ]


def test_stream_goes_on_over_many_batches(database, engine, monkeypatch):
    """It should lose and repeat no row between two batches, whether or not the last one is full."""
    monkeypatch.setattr(connections, "ROWS_AT_A_TIME", 7)
    for rows in (20, 21, 22):
        found = read(database, MANY_ROWS[engine].replace("200000", str(rows)))
        assert [row["n"] for row in found] == list(range(1, rows + 1))


def test_stream_keeps_few_rows_in_memory(database, engine):
    """It should leave a hundred megabytes of rows on the server, whose first one is here already."""
    before = resident_megabytes()
    with database.stream(MANY_ROWS[engine]) as stream:
        next(stream.rows)
        grown = resident_megabytes() - before
    assert grown < 20


def test_connection_is_usable_after_a_stream(database, engine, table):
    """It should answer after a stream was read to its end, and after one that was given up."""
    read(database, f"SELECT id FROM {table}")
    with database.stream(MANY_ROWS[engine].replace("200000", "5000")) as given_up:
        next(given_up.rows)
    assert database.value(f"SELECT COUNT(*) FROM {table}") == 3


def test_stream_of_no_rows_is_empty(database, table):
    """It should know the columns where a statement finds nothing."""
    with database.stream(f"SELECT id, term FROM {table} WHERE id > 3") as stream:
        assert (stream.columns, list(stream.rows)) == (("id", "term"), [])


def test_errors_of_the_reader_pass(database, table):
    """It should not take an error of whoever reads the rows for one of the database."""
    with pytest.raises(ValueError, match="mine"), database.stream(f"SELECT id FROM {table}"):
        raise ValueError("mine")
    assert database.value("SELECT 1") == 1


def test_values_are_bound(database, table):
    """It should hand values to the driver, however they are spelt."""
    wanted = {"term": "' OR '1' = '1"}
    assert read(database, f"SELECT id FROM {table} WHERE term = %(term)s", wanted) == []


def test_columns_are_known_without_rows(database, table):
    """It should name a statement's columns, also of one with an end and a remark."""
    statement = f"SELECT id AS row_id, term AS term_1 FROM {table} -- the words\n;\n"
    assert database.columns(statement) == ("row_id", "term_1")


def test_two_columns_of_one_name_are_refused(database, table):
    """It should not let one column hide another."""
    with pytest.raises(CheckFailed, match=r"two columns are called id\. Give each column"):
        read(database, f"SELECT id, id FROM {table}")


WAYS = {
    "rows": lambda it, statement: it.rows(statement),
    "stream": read,
    "columns": lambda it, statement: it.columns(statement),
}


@pytest.mark.parametrize("way", WAYS)
def test_refused_statement_is_named(database, way):
    """It should say which statement the database refused, in whichever way it was run."""
    with pytest.raises(
        CheckFailed, match=r"running SELECT term FROM nowhere: .*nowhere.* Compare the database"
    ):
        WAYS[way](database, "SELECT term\n  FROM nowhere")


def test_a_full_disk_asks_for_room(database, engine):
    """It should be no lost connection and no wrong statement: a person must make room."""
    with pytest.raises(CheckFailed, match=r"(?i)disk ?full.*Make room on the database's disk"):
        database.rows(FULL_DISK[engine])


@pytest.mark.parametrize("way", ["rows", "stream"])
def test_nothing_is_written(database, table, way):
    """It should be refused to change anything."""
    refused = r"(?i)read.only|syntax error"  # a cursor of PostgreSQL takes nothing but questions
    with pytest.raises(CheckFailed, match=refused):
        WAYS[way](database, f"INSERT INTO {table} VALUES (4, 'x')")


def test_connection_lost_within_a_stream_may_be_tried_again(database, engine, run):
    """It should not take an ended connection for a refused statement, nor for the end of the rows."""

    def read_half_and_lose_the_rest():
        with database.stream(MANY_ROWS[engine]) as stream:
            next(stream.rows)
            for (number,) in run(CONNECTIONS[engine]):
                run(END[engine].format(number))
            list(stream.rows)

    with pytest.raises(LOST, match=r"(?i)connection|terminat"):
        read_half_and_lose_the_rest()


@pytest.mark.parametrize("way", WAYS)
def test_lost_connection_may_be_tried_again(database, engine, run, way):
    """It should tell an ended connection from a refused statement in whichever way it is used."""
    for (number,) in run(CONNECTIONS[engine]):
        run(END[engine].format(number))
    with pytest.raises(LOST, match=r"(?i)connection|gone away|terminat"):
        WAYS[way](database, "SELECT 1 AS one")


def test_lost_connection_stays_lost(database, engine, run):
    """It should not call a statement wrong that is asked of a connection found lost before."""
    for (number,) in run(CONNECTIONS[engine]):
        run(END[engine].format(number))
    with pytest.raises(LOST, match=r"(?i)connection|gone away|terminat"):
        database.rows("SELECT 1")
    with pytest.raises((pymysql.err.InterfaceError, psycopg2.InterfaceError), match=r"(?i)closed|\(0, ''\)"):
        database.rows("SELECT 1")


def test_wrong_password_is_not_a_refused_statement(engine, server):
    """It should fail to open, with the server's own reason."""
    wrong = Login(LOGIN.username, "wrong", LOGIN.database)
    with pytest.raises(LOST, match=r"(?i)denied|authentication failed"), connect(engine, *server, wrong):
        pass


def test_foreign_certificate_is_not_trusted(engine, server, tmp_path, monkeypatch):
    """It should speak to no server whose certificate another authority has signed."""
    from sandbox.endpoints import CertificateAuthority

    monkeypatch.setenv(CA_BUNDLE_VARIABLE, str(CertificateAuthority(tmp_path).ca_bundle))
    with pytest.raises(LOST, match=r"(?i)certificate verify failed"), connect(engine, *server, LOGIN):
        pass


def test_name_of_the_certificate_is_verified(engine, server):
    """It should refuse a server that is called by a name its certificate does not bear."""
    host = "localhost"
    with pytest.raises(LOST, match=r"(?i)match"), connect(engine, host, server[1], LOGIN):
        pass


def test_missing_authorities_are_named(engine, monkeypatch):
    """It should say which variable to set instead of connecting without verification."""
    monkeypatch.delenv(CA_BUNDLE_VARIABLE, raising=False)
    with (
        pytest.raises(BadInput, match=r"SWITCHYARD_DB_CA_BUNDLE is 'not set': database certificates cannot"),
        connect(engine, "127.0.0.1", 1, LOGIN),
    ):
        pass
