"""Several sessions at once: snapshots, locks, and what cannot be serialized."""

import pytest

from sandbox.warehouse.errors import RedshiftError

VIOLATION = r"^ERROR: 1023 DETAIL: Serializable isolation violation on table"


@pytest.fixture
def pair(open_warehouse):
    """Open a warehouse with two tables, and log in twice."""

    def opened(isolation="SNAPSHOT"):
        warehouse = open_warehouse(isolation)
        one, other = warehouse.session("one"), warehouse.session("other")
        for name in ("a", "b"):
            one.execute(f"create table {name} (k integer)")
            one.execute(f"insert into {name} values (1), (2)")
        return warehouse, one, other

    return opened


def counted(session, table):
    return session.execute(f"select count(*) from {table}").rows[0][0]


def test_block_keeps_its_snapshot(pair):
    """It should see in a block what was there at its first statement."""
    _, one, other = pair()
    one.execute("begin")
    assert counted(one, "a") == 2
    other.execute("insert into a values (3)")
    assert counted(one, "a") == 2
    one.execute("commit")
    assert counted(one, "a") == 3


def test_block_has_no_snapshot_before_its_first_statement(pair):
    """It should see what was committed after BEGIN and before the first query."""
    _, one, other = pair()
    one.execute("begin")
    other.execute("insert into a values (3)")
    assert counted(one, "a") == 3


def test_writers_of_a_table_take_turns(pair, elsewhere):
    """It should let a second writer wait for the first, while readers go on."""
    warehouse, one, other = pair()
    one.execute("begin")
    one.execute("insert into a values (3)")
    waiting = elsewhere(other, "insert into a values (4)")
    waiting.waits(warehouse)
    assert counted(warehouse.session("reader"), "a") == 2
    one.execute("commit")
    assert waiting.result().affected == 1
    assert counted(one, "a") == 4


def test_lock_keeps_readers_out(pair, elsewhere):
    """It should let readers wait for the end of a block that locked a table."""
    warehouse, one, other = pair()
    one.execute("begin")
    one.execute("lock table a, b")
    waiting = elsewhere(other, "select count(*) from b")
    waiting.waits(warehouse)
    one.execute("delete from b")
    one.execute("commit")
    assert waiting.result().has_rows


def test_lock_first_serializes(pair, elsewhere):
    """It should see after a wait for a lock all that was committed meanwhile, so that nothing is doubled."""
    warehouse, one, other = pair("SERIALIZABLE")
    for session in (one, other):
        session.execute("begin")
    one.execute("lock a")
    waiting = elsewhere(other, "lock a")
    waiting.waits(warehouse)
    one.execute("delete from a where k = 1")
    one.execute("insert into a values (1)")
    one.execute("commit")
    waiting.result()
    assert other.execute("delete from a where k = 1").affected == 1
    other.execute("insert into a values (1)")
    other.execute("commit")
    assert one.execute("select k from a order by k").rows == [(1,), (2,)]


def test_waiting_statement_can_be_interrupted(pair, elsewhere):
    """It should end a wait for a lock by cancellation, and by the session's timeout."""
    warehouse, one, other = pair()
    one.execute("begin")
    one.execute("lock a")
    waiting = elsewhere(other, "select * from a")
    waiting.waits(warehouse)
    other.interrupt()
    with pytest.raises(RedshiftError, match="canceled on user's request"):
        waiting.result()
    other.execute("set statement_timeout to 100")
    with pytest.raises(RedshiftError, match="canceled on user's request"):
        other.execute("select * from a")


def test_deadlock_is_detected(pair, elsewhere):
    """It should refuse the wait that would never end."""
    warehouse, one, other = pair()
    for session, table in ((one, "a"), (other, "b")):
        session.execute("begin")
        session.execute(f"lock {table}")
    waiting = elsewhere(one, "lock b")
    waiting.waits(warehouse)
    with pytest.raises(RedshiftError, match="deadlock detected"):
        other.execute("lock a")
    other.execute("rollback")
    waiting.result()


def test_crossed_reads_and_writes_are_refused(pair):
    """It should refuse the statement that closes a circle between two blocks, and let its repetition pass."""
    _, one, other = pair("SERIALIZABLE")
    for session in (one, other):
        session.execute("begin")
    one.execute("select * from a")
    other.execute("insert into a values (3)")
    one.execute("insert into b values (3)")
    with pytest.raises(RedshiftError, match=VIOLATION):
        other.execute("select * from b")
    other.execute("rollback")
    one.execute("commit")
    other.execute("begin")
    other.execute("insert into a values (3)")
    other.execute("select * from b")
    other.execute("commit")
    assert counted(one, "a") == 3


def test_crossed_reads_and_writes_pass_under_snapshot_isolation(pair):
    """It should let both blocks commit where the database has snapshot isolation."""
    _, one, other = pair("SNAPSHOT")
    for session in (one, other):
        session.execute("begin")
    one.execute("select * from a")
    other.execute("insert into a values (3)")
    one.execute("insert into b values (3)")
    other.execute("select * from b")
    other.execute("commit")
    one.execute("commit")
    assert counted(one, "a") == counted(one, "b") == 3


@pytest.mark.parametrize("isolation", ["SNAPSHOT", "SERIALIZABLE"])
def test_two_blocks_that_delete_the_same_row(pair, isolation):
    """It should refuse the second deletion of a row that both blocks saw: error 1023."""
    _, one, other = pair(isolation)
    for session in (one, other):
        session.execute("begin")
        counted(session, "a")
    one.execute("delete from a where k = 1")
    one.execute("commit")
    with pytest.raises(RedshiftError, match=VIOLATION):
        other.execute("delete from a where k = 1")


def test_snapshot_isolation_doubles_new_keys(pair):
    """It should let two blocks insert the same key that neither saw, as snapshot isolation does."""
    _, one, other = pair("SNAPSHOT")
    for session in (one, other):
        session.execute("begin")
        counted(session, "a")
    for session in (one, other):
        session.execute("delete from a where k = 9")
        session.execute("insert into a values (9)")
        session.execute("commit")
    assert one.execute("select k from a where k = 9").rows == [(9,), (9,)]


def test_serializable_isolation_refuses_to_double_new_keys(pair):
    """It should refuse the second of two blocks that look for a key and insert it."""
    _, one, other = pair("SERIALIZABLE")
    for session in (one, other):
        session.execute("begin")
        counted(session, "a")
    one.execute("delete from a where k = 9")
    one.execute("insert into a values (9)")
    one.execute("commit")
    with pytest.raises(RedshiftError, match=VIOLATION):
        other.execute("delete from a where k = 9")


def test_inserts_alone_do_not_collide(pair):
    """It should let blocks add rows to one table one after the other, whatever they saw before."""
    _, one, other = pair("SERIALIZABLE")
    for session in (one, other):
        session.execute("begin")
        counted(session, "b")
    one.execute("insert into a values (3)")
    one.execute("commit")
    other.execute("insert into a values (4)")
    other.execute("commit")
    assert counted(one, "a") == 4


def test_shared_bookkeeping_collides(pair):
    """It should refuse blocks that update one table of bookkeeping, each after a look at it."""
    _, one, other = pair("SERIALIZABLE")
    for session in (one, other):
        session.execute("begin")
        counted(session, "b")
    one.execute("update b set k = k + 1 where k = 1")
    one.execute("commit")
    with pytest.raises(RedshiftError, match=VIOLATION):
        other.execute("update b set k = k + 1 where k = 2")


def test_refusals_are_listed(pair):
    """It should list conflicts with their transactions and tables, and locks while they are held."""
    warehouse, one, other = pair("SERIALIZABLE")
    for session in (one, other):
        session.execute("begin")
        counted(session, "a")
    one.execute("delete from a")
    admin = warehouse.session("admin")
    held = admin.execute(
        "select pid, lock_mode, granted from svv_transactions t join svv_table_info i on i.table_id = t.relation "
        "where i.\"table\" = 'a' and lock_mode <> 'AccessShareLock'"
    )
    assert held.rows == [(one.pid, "ShareRowExclusiveLock", True)]
    one.execute("commit")
    with pytest.raises(RedshiftError, match=VIOLATION):
        other.execute("delete from a")
    assert admin.execute("select process_id from stl_tr_conflict").rows == [(other.pid,)]


@pytest.mark.parametrize(("isolation", "model"), [("SNAPSHOT", "1"), ("SERIALIZABLE", "2")])
def test_isolation_level_can_be_asked(open_warehouse, isolation, model):
    """It should tell everybody which isolation the database has."""
    session = open_warehouse(isolation).session("loader")
    ((settings,),) = session.execute("select datconfig from pg_database_info").rows
    assert f"concurrency_model={model}" in settings
