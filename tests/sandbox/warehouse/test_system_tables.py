"""What the warehouse tells of itself."""

import pytest

from sandbox.warehouse.catalogue import Name
from sandbox.warehouse.errors import RedshiftError
from sandbox.warehouse.statistics import Condition


@pytest.fixture
def info(rows):
    """Return unsorted and stats_off of a table, in percent."""
    return lambda table: rows(f"select unsorted, stats_off from svv_table_info where \"table\" = '{table}'")[
        0
    ]


def test_table_info_leaves_empty_tables_out(run, rows):
    """It should list the tables that hold rows, with their keys and sizes."""
    run(
        "create table empty (a integer)",
        "create table t (a integer, b varchar(30)) distkey (a) sortkey (b, a)",
    )
    run("insert into t values (1, 'x'), (2, 'y')")
    assert rows(
        'select "schema", "table", diststyle, sortkey1, sortkey_num, max_varchar, tbl_rows, size > 0 '
        "from svv_table_info"
    ) == [("public", "t", "KEY(a)", "b", 2, 30, 2, True)]


def test_changes_and_maintenance_show_in_table_info(run, info):
    """It should count what is not sorted and not described, until VACUUM and ANALYZE."""
    run("create table t (a integer) sortkey (a)", "insert into t values (1), (2), (3), (4)")
    assert info("t") == (0.0, 100.0)
    run("analyze t")
    assert info("t") == (0.0, 0.0)
    run("insert into t values (5), (6), (7), (8)")
    assert info("t") == (50.0, 50.0)
    run("vacuum delete only t")
    assert info("t") == (50.0, 50.0)
    run("vacuum full t to 99 percent", "analyze t predicate columns")
    assert info("t") == (0.0, 0.0)


def test_deleted_rows_take_place_until_vacuum(run, rows):
    """It should count deleted rows as rows until VACUUM."""
    run("create table t (a integer)", "insert into t values (1), (2), (3)", "delete from t where a < 3")
    shown = "select tbl_rows, estimated_visible_rows from svv_table_info"
    assert rows(shown) == [(3, 1)]
    run("vacuum t")
    assert rows(shown) == [(1, 1)]


def test_analyze_is_skipped_below_its_threshold(run, rows, info):
    """It should not describe a table anew that has hardly changed, unless the session says so."""
    run("create table t as select * from generate_series(1, 100) as s(a)", "insert into t values (101)")
    before = info("t")[1]
    assert 0 < before < 10
    run("analyze t")
    assert info("t")[1] == before
    run("set analyze_threshold_percent to 0", "analyze t")
    assert info("t")[1] == 0
    assert rows("select status from stl_analyze order by endtime, status desc") == [("Skipped",), ("Full",)]


def test_tables_made_of_queries_are_described(run, info):
    """It should describe the result of CREATE TABLE AS by itself."""
    run("create table t as select 1 as a")
    assert info("t")[1] == 0


def test_rolled_back_changes_do_not_count(run, info):
    """It should count changes when they are committed."""
    run("create table t as select 1 as a", "begin", "insert into t values (2)", "rollback")
    assert info("t")[1] == 0


def test_renamed_table_keeps_its_condition(run, info):
    """It should follow a table that takes the place of another."""
    run("create table t as select 1 as a", "create table next (like t)", "insert into next values (1), (2)")
    run("analyze next", "begin", "alter table t rename to old", "alter table next rename to t", "commit")
    assert info("t")[1] == 0


def test_vacuum_of_others_tables_does_nothing(warehouse, run, info):
    """It should end well without an effect where the table is somebody else's."""
    run("create table t (a integer) sortkey (a)", "insert into t values (1)", "insert into t values (2)")
    warehouse.session("bi").execute("vacuum t")
    assert info("t")[0] == 50.0


def test_condition_of_a_table_can_be_planted(warehouse, run, rows):
    """It should show the state that somebody gave a table, for trying its maintenance."""
    run("create table t (a integer) sortkey (a)", "insert into t values (1), (2)")
    warehouse.statistics.plant(
        Name("analytics", "public", "t"), Condition(rows=2, unsorted=1, changed=1, described=True, skew=5.0)
    )
    assert rows("select unsorted, stats_off, skew_rows from svv_table_info") == [(50.0, 50.0, 5.0)]


@pytest.mark.parametrize(
    "table", ["svv_table_info", "stv_db_isolation_level", "sys_transaction_history", "stl_vacuum"]
)
def test_some_tables_are_for_superusers(warehouse, session, table):
    """It should show them to others only where SELECT on them was granted."""
    loader = warehouse.session("loader")
    with pytest.raises(RedshiftError, match=f"permission denied for relation {table}"):
        loader.execute(f"select * from {table}")
    session.execute(f"grant select on {table} to loader")
    assert loader.execute(f"select * from {table}").has_rows
    session.execute(f"revoke select on {table} from loader")
    with pytest.raises(RedshiftError, match="permission denied"):
        loader.execute(f"select * from {table}")


def test_history_of_statements(run, rows):
    """It should list what ran, how it ended and what it read."""
    run("create table t (a integer)", "set query_group to 'etl'", "insert into t values (1), (2)")
    with pytest.raises(RedshiftError, match="does not exist"):
        run("select * from nowhere")
    run("select a from t")
    assert rows(
        "select trim(query_type), status, query_label, returned_rows from sys_query_history "
        "where query_type in ('INSERT', 'SELECT', 'DDL') and status <> 'running' order by query_id"
    ) == [
        ("DDL", "success", "default", 0),
        ("INSERT", "success", "etl", 2),
        ("SELECT", "failed", "etl", 0),
        ("SELECT", "success", "etl", 2),
    ]
    assert rows("select error_message from sys_query_history where status = 'failed'") == [
        ('ERROR: relation "nowhere" does not exist',)
    ]
    assert rows(
        "select distinct step_name, table_name from sys_query_detail where table_name = 'public.t' order by 1"
    ) == [
        ("insert", "public.t"),
        ("scan", "public.t"),
    ]


def test_users_see_their_own_statements(warehouse, session):
    """It should show a user's own statements, and all of them to superusers."""
    warehouse.session("bi").execute("select 1")
    loader = warehouse.session("loader")
    loader.execute("select 2")
    shown = "select query_text from sys_query_history where status = 'success' order by query_id"
    assert loader.execute(shown).rows == [("select 2",)]
    assert session.execute(shown).rows[:2] == [("select 1",), ("select 2",)]


def test_commits_are_listed(run, rows):
    """It should list the ends of transactions that changed something."""
    run(
        "create table t (a integer)",
        "begin",
        "insert into t values (1)",
        "insert into t values (2)",
        "commit",
    )
    assert rows("select count(*) from sys_transaction_history where status = 'committed'") == [(1,)]
    assert rows("select count(*) from stl_commit_stats where node = -1") == [(1,)]


@pytest.mark.parametrize(
    "query",
    [
        "select startqueue, node, datediff(ms, startqueue, startwork) as queue_time, queuelen from stl_commit_stats",
        "select service_class, num_query_tasks, query_working_mem from stv_wlm_service_class_config",
        "select w.query, w.total_queue_time, q.querytxt from stl_wlm_query w join stl_query q on q.query = w.query",
        "select trim(event), solution, count(*) from stl_alert_event_log group by 1, 2",
        "select table_id, status, rows, sortedrows from stl_vacuum",
        "select b.tbl, count(b.blocknum) from stv_blocklist b group by b.tbl",
        "select sum(capacity), sum(used) from stv_partitions where part_begin = 0",
        "select text from stl_querytext order by query, sequence",
        "select table_name, loaded_rows, source_file_count, source_file_bytes, error_count from sys_load_history",
        "select process, user_name from stv_sessions",
    ],
)
def test_tables_of_the_articles_checks(run, query):
    """It should have the system tables that checks of a warehouse's health ask."""
    run("create table t as select 1 as a", "vacuum t")
    assert run(query).has_rows


def test_rows_can_be_planted(warehouse, rows):
    """It should show rows that somebody added to a system table, and take no columns that it has not."""
    warehouse.plant(
        "stl_alert_event_log", [{"query": 7, "event": "Nested Loop Join", "solution": "Review the joins"}]
    )
    assert rows("select query, event, pid from stl_alert_event_log") == [(7, "Nested Loop Join", None)]
    with pytest.raises(KeyError, match="colour"):
        warehouse.plant("stl_alert_event_log", [{"colour": "red"}])


def test_privileges_on_schemas(warehouse, run, rows):
    """It should tell who may use a schema, by name and in effect."""
    run("create schema etl", "create user bi password 'Abc12345'", "create group readers with user bi")
    assert rows("select has_schema_privilege('bi', 'etl', 'USAGE')") == [(False,)]
    run("grant usage on schema etl to group readers")
    assert rows(
        "select namespace_name, privilege_type, identity_name, identity_type from svv_schema_privileges"
    ) == [("etl", "USAGE", "readers", "group")]
    assert rows(
        "select usename from pg_user where has_schema_privilege(usename, 'etl', 'usage') and usename like 'b%'"
    ) == [("bi",)]
    run("revoke usage on schema etl from group readers")
    assert rows("select count(*) from svv_schema_privileges") == [(0,)]


def test_grants_on_external_schemas_stand_alone(federated, run, rows):
    """It should refuse GRANT on an external schema in a block, and drop what was granted with the schema."""
    run("grant usage on schema fed to bi")
    assert rows("select identity_name from svv_schema_privileges where namespace_name = 'fed'") == [("bi",)]
    run("begin")
    with pytest.raises(RedshiftError, match="cannot run inside a transaction block"):
        run("grant usage on schema fed to bi")
    run("rollback", "drop schema fed")
    assert rows("select count(*) from svv_schema_privileges") == [(0,)]


def test_roles_carry_privileges(warehouse, run, rows):
    """It should give a user what was granted to its roles, whose names keep their capitals in double quotes."""
    run("create schema etl", "create role reader", "grant usage on schema etl to role reader")
    run('create user "IAMR:Loader" password disable', 'grant role reader to "IAMR:Loader"')
    shown = "select has_schema_privilege('etl', 'usage')"
    loader = warehouse.session("IAMR:Loader")
    assert loader.execute(shown).rows == [(True,)]
    run('revoke role reader from "IAMR:Loader"')
    assert loader.execute(shown).rows == [(False,)]


def test_grants_go_with_a_rolled_back_block(run, rows):
    """It should take grants back with the block that gave them, and with their schema."""
    run("create schema etl", "begin", "grant usage on schema etl to bi", "rollback")
    assert rows("select count(*) from svv_schema_privileges") == [(0,)]
    run("grant usage on schema etl to bi", "drop schema etl", "create schema etl")
    assert rows("select count(*) from svv_schema_privileges") == [(0,)]


def test_privileges_on_tables(run, rows):
    """It should list what was granted on tables and views."""
    run("create table t (a integer)", "create view v as select a from t", "grant select, insert on t to bi")
    run("grant select on all tables in schema public to group readers", "revoke insert on t from bi")
    assert rows(
        "select relation_name, privilege_type, identity_name, identity_type from svv_relation_privileges "
        "order by 1, 2, 3"
    ) == [
        ("t", "SELECT", "bi", "user"),
        ("t", "SELECT", "readers", "group"),
        ("v", "SELECT", "readers", "group"),
    ]


def test_columns_of_tables_and_views(run, rows):
    """It should list columns with Redshift's spelling of their types."""
    run("create table t (a integer not null, b varchar(9))", "create view v as select b || '!' as c from t")
    assert rows(
        "select table_name, column_name, data_type, is_nullable from svv_redshift_columns order by 1, ordinal_position"
    ) == [
        ("t", "a", "integer", "NO"),
        ("t", "b", "character varying(9)", "YES"),
        ("v", "c", "character varying(10)", "YES"),
    ]
    assert rows('select "column", type, "notnull" from pg_table_def where tablename = \'t\' order by 1') == [
        ("a", "integer", True),
        ("b", "character varying(9)", False),
    ]
