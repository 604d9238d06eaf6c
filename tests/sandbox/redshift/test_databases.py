"""Connections to databases, from several threads."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.redshift.databases import ConnectionFailed, Databases, Owner
from sandbox.redshift.surroundings import Outside
from sandbox.warehouse.errors import RedshiftError
from tests.support.dms import wait_for
from tests.support.redshift import ENDLESS, REGION, SOURCE


@pytest.fixture
def databases():
    """The databases of something."""
    outside = Outside(SOURCE, REGION, list, lambda: None)
    owner = Owner("warehouse", SOURCE, REGION, "boss", "SNAPSHOT")
    made = Databases(owner, ["Analytics", "dev"], outside)
    yield made
    made.close()


def test_databases_are_apart(databases):
    """It should have those of its names and no others, each with its own tables."""
    one, other = databases.connect("analytics", "ann"), databases.connect("DEV", "ann")
    one.execute("create table t (a integer)")
    with pytest.raises(RedshiftError, match='relation "t" does not exist'):
        other.execute("select * from t")
    assert databases.connect("analytics", "bob").execute("select count(*) from t").rows == [(0,)]
    with pytest.raises(ConnectionFailed, match='database "third" does not exist'):
        databases.connect("third", "ann")


def test_interrupt_waits_for_the_end_of_what_runs(databases):
    """It should end a statement that runs, or is about to, and return only then."""
    connection = databases.connect("dev", "ann")
    connection.interrupt()
    with ThreadPoolExecutor() as pool:
        begun = threading.Event()

        def work():
            begun.set()
            return connection.execute(ENDLESS)

        running = pool.submit(work)
        begun.wait()
        wait_for(lambda: connection.at_work, bool)
        connection.interrupt()
        assert isinstance(running.exception(timeout=120), RedshiftError)
    assert connection.execute("select 1").rows == [(1,)]


def test_close_ends_all_that_runs(databases):
    """It should interrupt statements, cut connections and take no new ones."""
    busy, idle = databases.connect("dev", "ann"), databases.connect("dev", "ann")
    with ThreadPoolExecutor() as pool:
        running = pool.submit(busy.execute, ENDLESS)
        wait_for(lambda: busy.at_work, bool)
        databases.close()
        assert isinstance(running.exception(timeout=120), RedshiftError | ConnectionFailed)
    for connection in (busy, idle):
        with pytest.raises(ConnectionFailed, match="terminating connection"):
            connection.execute("select 1")
        connection.rollback()
        connection.close()
    with pytest.raises(ConnectionFailed, match="does not exist"):
        databases.connect("dev", "ann")
