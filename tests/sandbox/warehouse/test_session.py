"""Statements, transaction blocks, settings and the end of sessions."""

import threading

import pytest

from sandbox.warehouse.errors import RedshiftError

ENDLESS = "select count(*) from generate_series(1, 1000000) a(x), generate_series(1, 1000000) b(y) where a.x * b.y = 3"


def test_rows_of_a_query(run):
    """It should return rows with names and Redshift's types."""
    run("create table t (a integer, b varchar(10))")
    assert run("insert into t values (1, 'x'), (2, null)").affected == 2
    answer = run("select a, b from t order by a;")
    assert answer.rows == [(1, "x"), (2, None)]
    assert [(one.name, one.type_name, one.length) for one in answer.columns] == [
        ("a", "int4", 10),
        ("b", "varchar", 10),
    ]


def test_failed_block_takes_nothing_but_its_end(session):
    """It should refuse statements after an error, and undo everything at the end."""
    session.execute("create table t (a integer)")
    session.execute("begin")
    session.execute("insert into t values (1)")
    with pytest.raises(RedshiftError, match='relation "nowhere" does not exist'):
        session.execute("select * from nowhere")
    with pytest.raises(RedshiftError, match="current transaction is aborted"):
        session.execute("select 1")
    session.execute("commit")
    assert not session.in_transaction
    assert session.execute("select count(*) from t").rows == [(0,)]


@pytest.mark.parametrize("wrong", ["selec 1", "select 'x", "select 1; select 2", "vacuum t"])
def test_wrong_statement_ends_a_block_too(session, wrong):
    """It should hold what is no statement, or none for a block, against the block."""
    session.execute("create table t (a integer)")
    session.execute("begin")
    session.execute("insert into t values (1)")
    with pytest.raises(RedshiftError, match="ERROR"):
        session.execute(wrong)
    with pytest.raises(RedshiftError, match="current transaction is aborted"):
        session.execute("select 1")
    session.execute("rollback")
    assert session.execute("select count(*) from t").rows == [(0,)]


def test_failed_statement_of_its_own_changes_nothing(session, rows):
    """It should undo a statement that fails outside of a block, and run the next one."""
    session.execute("create table t (a varchar(2))")
    with pytest.raises(RedshiftError, match="too long"):
        session.execute("insert into t values ('ab'), ('abc')")
    assert rows("select count(*) from t") == [(0,)]


@pytest.mark.parametrize("ending", ["commit", "end", "commit work", "end transaction"])
def test_block_is_kept(warehouse, session, ending):
    """It should show others what a block did once it has ended, and not before."""
    other = warehouse.session("other")
    session.execute("create table t (a integer)")
    session.execute("begin transaction isolation level serializable")
    session.execute("insert into t values (1)")
    assert other.execute("select * from t").rows == []
    session.execute(ending)
    assert other.execute("select * from t").rows == [(1,)]


def test_rolled_back_block_takes_tables_views_and_settings_along(session, rows):
    """It should undo what a block made and chose."""
    session.execute("begin")
    session.execute("create table t (a integer)")
    session.execute("create view v as select a from t")
    session.execute("set query_group to 'etl'")
    session.execute("rollback")
    assert rows("select * from svv_redshift_tables") == []
    assert rows("show query_group") == [("unset",)]


def test_one_statement_at_a_time(session):
    """It should take no text of several statements."""
    with pytest.raises(RedshiftError, match="cannot insert multiple commands into a prepared statement"):
        session.execute("select 1; select 2")
    assert session.execute("select ';' as a; -- one").rows == [(";",)]


@pytest.mark.parametrize("text", ["", " ; ", "-- nothing\n"])
def test_empty_text_is_no_statement(session, text):
    """It should refuse a text without a statement."""
    with pytest.raises(RedshiftError, match="empty"):
        session.execute(text)


def test_interrupted_statement_is_canceled(session):
    """It should end a running statement from another thread, and run the next one."""
    threading.Timer(0.2, session.interrupt).start()
    with pytest.raises(RedshiftError, match=r"Query \(\d+\) canceled on user's request"):
        session.execute(ENDLESS)
    assert session.execute("select 1").rows == [(1,)]


def test_statement_timeout_ends_a_statement(session):
    """It should stop a statement after the milliseconds that the session allows."""
    session.execute("set statement_timeout to 200")
    with pytest.raises(RedshiftError, match=r"Query \(\d+\) canceled on user's request"):
        session.execute(ENDLESS)
    session.execute("reset statement_timeout")
    assert session.execute("select 1").rows == [(1,)]


def test_temporary_tables_and_settings_end_with_their_session(warehouse):
    """It should show a temporary table to its session alone."""
    one = warehouse.session("loader")
    one.execute("create temp table t (a integer)")
    one.execute("create table #u as select 1 as a")
    assert one.execute("select a from #u").rows == [(1,)]
    with pytest.raises(RedshiftError, match='relation "t" does not exist'):
        warehouse.session("loader").execute("select * from t")
    one.close()
    assert one not in warehouse.sessions


def test_closing_undoes_an_open_block(warehouse, session):
    """It should undo what a session had not committed, and give its locks back."""
    session.execute("create table t (a integer)")
    other = warehouse.session("other")
    other.execute("begin")
    other.execute("insert into t values (1)")
    other.close()
    assert session.execute("select count(*) from t").rows == [(0,)]
    assert warehouse.locks.listed() == []


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ("set query_group to 'etl'", "etl"),
        ("set query_group = nightly", "nightly"),
        ("set query_group to default", "unset"),
    ],
)
def test_settings_are_shown(rows, statement, shown):
    """It should keep what a session chooses."""
    assert rows(statement, "show query_group") == [(shown,)]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("set nonsense to 1", 'unrecognized configuration parameter "nonsense"'),
        ("show nonsense", 'unrecognized configuration parameter "nonsense"'),
        ("set statement_timeout to soon", "invalid value"),
        ("set enable_case_sensitive_identifier to maybe", "requires a Boolean"),
        ("set wlm_query_slot_count to 51", "outside the valid range"),
    ],
)
def test_wrong_settings_are_refused(session, statement, problem):
    """It should refuse settings that there are not, and values that they cannot have."""
    with pytest.raises(RedshiftError, match=problem):
        session.execute(statement)


def test_search_path_takes_no_external_schema(federated, session):
    """It should look for names in the warehouse's own schemas alone."""
    with pytest.raises(RedshiftError, match="External schema cannot be set in search_path"):
        session.execute("set search_path to public, fed")


def test_search_path_is_where_names_are_looked_for(run, rows):
    """It should find and make tables in the schemas of the search path."""
    run("create schema etl", "set search_path to etl, public", "create table t (a integer)")
    assert rows("select schema_name from svv_redshift_tables") == [("etl",)]
    assert rows("select current_schema()") == [("etl",)]


def test_only_superusers_act_as_others(warehouse, session):
    """It should let a superuser become somebody else, and nobody else."""
    assert session.execute("set session authorization 'bi'") is not None
    assert session.execute("select current_user").rows == [("bi",)]
    with pytest.raises(RedshiftError, match="permission denied to set session authorization"):
        warehouse.session("bi").execute("set session authorization 'admin'")


def test_places_of_a_session(session):
    """It should say where one is."""
    answer = session.execute("select current_database(), pg_backend_pid(), pg_last_query_id(), version()")
    database, process, query, version = answer.rows[0]
    assert (database, process, query) == ("analytics", session.pid, session.query_id - 1)
    assert "Redshift" in version
