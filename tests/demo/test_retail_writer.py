from contextlib import closing
from functools import partial

import psycopg2
import pymysql
import pytest

from demo.processes import DemoError
from demo.retail_writer import CHANGED, Clerks, Habits
from sandbox.seed import tpcds
from sandbox.seed.tpcds import TABLES
from tests.support.servers import LOGIN

DRIVERS = {"mysql": pymysql, "postgres": psycopg2}
WRITTEN = ("item", "customer_address")


@pytest.fixture(params=["mysql", "postgres"])
def connect(request, database_servers):
    """Connections to a database with a small shop in it, which is gone after the test."""
    host, port = database_servers[request.param]
    where = {"host": host, "port": port, "user": LOGIN.username, "password": LOGIN.password}
    connect = partial(DRIVERS[request.param].connect, **where, database=LOGIN.database)
    tpcds.load(where | {"database": LOGIN.database}, request.param, tables=WRITTEN)
    yield connect
    with closing(connect()) as connection, connection.cursor() as cursor:
        for table in WRITTEN:
            cursor.execute(f"DROP TABLE {table}")
            if request.param == "postgres":
                cursor.execute(f"DROP FUNCTION {table}_updated")
        connection.commit()


def keys(connect, table):
    with closing(connect()) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {TABLES[table].key[0]} FROM {table}")
        return {row[0] for row in cursor.fetchall()}


def test_all_that_is_done_is_recorded(connect):
    """It should insert, update, delete and move rows, commit some late and others never, and tell which."""
    before = {table: keys(connect, table) for table in WRITTEN}
    habits = Habits(pause_seconds=0.001, late=0.2, late_seconds=0.02, undone=0.2)
    with Clerks(connect, WRITTEN, habits=habits) as clerks:
        while len(clerks.changes) < 300:
            clerks.check()
    tally = clerks.tally()
    assert all(tally[kind] for kind in ("insert", "update", "delete", "move", "late", "undone")), tally
    for table in WRITTEN:
        for change in clerks.changes:
            if change.table == table and not change.undone:
                before[table] -= {change.before[0]} if change.kind in ("delete", "move") else set()
                before[table] |= {change.key[0]} if change.kind in ("insert", "move") else set()
        assert keys(connect, table) == before[table]


def test_what_an_update_raises_is_a_column():
    """It should name a column of each table that is written."""
    written = {
        table.partition("CREATE TABLE ")[2].partition(" ")[0]: table for table in tpcds.statements("mysql")
    }
    for table, column in CHANGED.items():
        assert f"  {column} " in written[table]


def test_clerk_who_cannot_go_on(connect):
    """It should say which clerk gave up and why."""
    with (
        pytest.raises(DemoError, match=r"the clerk 0 gave up: .*nowhere"),
        Clerks(connect, ["nowhere"], clerks=1),
    ):
        pass
