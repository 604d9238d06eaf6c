"""Views, bound to their tables and late-binding."""

import pytest

from sandbox.warehouse.errors import RedshiftError


@pytest.fixture
def sales(run):
    """A schema etl with a table, beside the public one."""
    run("create schema etl", "create table etl.sales (id integer, name varchar(9))")
    return run("insert into etl.sales values (1, 'one'), (2, 'two')")


def test_bound_view(sales, run, rows):
    """It should return the rows of its query, with names of its own where it has some."""
    run("create view v (number, called) as select id, name from etl.sales")
    answer = run("select * from v where number > 1")
    assert answer.rows == [(2, "two")]
    assert [(one.name, one.type_name, one.length) for one in answer.columns] == [
        ("number", "int4", 10),
        ("called", "varchar", 9),
    ]


def test_bound_view_looks_where_it_was_made(run, rows):
    """It should keep to the tables that its names meant when it was made."""
    run("create schema etl", "set search_path to etl", "create table t as select 1 as a")
    run(
        "create view public.v as select a from t",
        "set search_path to public",
        "create table t as select 2 as a",
    )
    assert rows("select a from v") == [(1,)]


def test_table_of_a_bound_view_stays(sales, run):
    """It should drop no table that a bound view reads, unless with the view."""
    run("create view v as select id from etl.sales", "create view w as select id from v")
    with pytest.raises(RedshiftError, match="cannot drop table sales because other objects depend on it"):
        run("drop table etl.sales")
    with pytest.raises(RedshiftError, match="cannot drop view v because other objects depend on it"):
        run("drop view v")
    run("drop table etl.sales cascade")
    with pytest.raises(RedshiftError, match='relation "w" does not exist'):
        run("select * from w")


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("select id from etl.sales", "cannot drop columns from view"),
        ("select name as id, id as name from etl.sales", 'cannot change data type of view column "id"'),
        ("select id as number, name from etl.sales", 'cannot change name of view column "id" to "number"'),
    ],
)
def test_replaced_view_keeps_its_columns(sales, run, rows, query, problem):
    """It should let CREATE OR REPLACE VIEW add columns at the end, and no more."""
    run("create view v as select id, name from etl.sales")
    with pytest.raises(RedshiftError, match=problem):
        run(f"create or replace view v as {query}")
    run("create or replace view v as select id, name, 1 as more from etl.sales")
    assert rows("select max(more) from v") == [(1,)]


def test_late_binding_view_needs_no_table(run, rows):
    """It should bind at each query, so that tables may come, go and change."""
    run("create schema etl", "create view v as select * from etl.sales with no schema binding")
    with pytest.raises(RedshiftError, match=r'relation "etl\.sales" does not exist'):
        run("select * from v")
    run("create table etl.sales as select 1 as id")
    assert rows("select * from v") == [(1,)]
    run("drop table etl.sales", "create table etl.sales as select 'x'::varchar(2) as name")
    answer = run("select * from v")
    assert (answer.rows, answer.columns[0].length) == ([("x",)], 2)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("select * from sales", "All the relation names inside should be qualified"),
        (
            "select 1 from etl.sales join sales using (id)",
            "All the relation names inside should be qualified",
        ),
        ("select * from nowhere.sales", 'schema "nowhere" does not exist'),
        ("select id from etl.sales group by id where id = 1", 'syntax error at or near "where"'),
    ],
)
def test_names_in_late_binding_views(sales, run, query, problem):
    """It should want a schema with every name, and one that is there."""
    with pytest.raises(RedshiftError, match=problem):
        run(f"create view v as {query} with no schema binding")


def test_common_names_need_no_schema(sales, run, rows):
    """It should know common table expressions from tables."""
    run("create view v as with s as (select id from etl.sales) select * from s with no schema binding")
    assert rows("select count(*) from v") == [(2,)]


def test_late_binding_view_is_replaced_within_a_block(sales, run, rows):
    """It should move a boundary in a view together with rows, or not at all."""
    text = "create or replace view v as select id from etl.sales where id >= {} with no schema binding"
    run(text.format(2), "begin", "insert into etl.sales values (3, 'three')", text.format(3), "rollback")
    assert rows("select id from v") == [(2,)]
    run("begin", "insert into etl.sales values (3, 'three')", text.format(3), "commit")
    assert rows("select id from v") == [(3,)]


def test_columns_of_late_binding_views(sales, run, rows):
    """It should tell the columns of views that can be run now."""
    run("create view v as select id, name as called from etl.sales with no schema binding")
    run("create view w as select * from etl.nowhere with no schema binding")
    assert rows(
        "select view_name, col_name, col_type, col_num from pg_get_late_binding_view_cols() "
        "cols(view_schema name, view_name name, col_name name, col_type varchar, col_num int) order by col_num"
    ) == [("v", "id", "integer", 1), ("v", "called", "character varying(9)", 2)]


def test_views_and_common_names_do_not_mix(sales, run, rows):
    """It should read a view's own tables, whatever the query around it calls by their names."""
    run("set search_path to etl", "create view public.v as select id from sales", "set search_path to public")
    assert rows("with sales as (select 9 as id) select v.id from public.v cross join sales order by 1") == [
        (1,),
        (2,),
    ]


def test_drop_view(sales, run):
    """It should drop views, and overlook what is not there only where that is asked."""
    run("create view v as select 1 as a", "drop view if exists v, w")
    with pytest.raises(RedshiftError, match='relation "v" does not exist'):
        run("drop view v")
    with pytest.raises(RedshiftError, match='"sales" is not a view'):
        run("drop view etl.sales")


def test_views_read_with_their_owners_privileges(federated, warehouse, run):
    """It should ask USAGE on an external schema of a view's owner, and of nobody else who reads the view."""
    run("create view v as select * from fed.sales with no schema binding")
    loader = warehouse.session("loader")
    with pytest.raises(RedshiftError, match="permission denied for schema fed"):
        loader.execute("select * from fed.sales")
    with pytest.raises(RedshiftError, match="not associated with the warehouse"):
        loader.execute("select * from v")
    loader.execute("create view w as select * from fed.sales with no schema binding")
    with pytest.raises(RedshiftError, match="permission denied for schema fed"):
        run("select * from w")
