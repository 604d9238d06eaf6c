"""CREATE, ALTER and DROP of tables and schemas."""

from datetime import datetime

import pytest

from sandbox.warehouse.errors import RedshiftError


def columns(rows, table):
    """Return a table's columns as the catalogue has them: name, type, nullable, encoding, distkey, sortkey."""
    return rows(
        "select column_name, data_type, is_nullable, encoding, distkey, sortkey from svv_redshift_columns "
        f"where table_name = '{table}' order by ordinal_position"
    )


def test_attributes_of_columns_and_tables(run, rows):
    """It should take keys, encodings and sizes, and show them."""
    run(
        "create table t (id bigint not null encode az64 distkey, name varchar(20) encode lzo, day date, "
        "amount numeric(10,2), note text, unique (name)) diststyle key compound sortkey (day, id)"
    )
    assert columns(rows, "t") == [
        ("id", "bigint", "NO", "az64", True, 2),
        ("name", "character varying(20)", "YES", "lzo", False, 0),
        ("day", "date", "YES", "none", False, 1),
        ("amount", "numeric(10,2)", "YES", "none", False, 0),
        ("note", "character varying(256)", "YES", "none", False, 0),
    ]


def test_keys_are_not_enforced(run, rows):
    """It should store duplicates of a primary key."""
    run(
        "create table t (a integer, b integer unique, primary key (a))", "insert into t values (1, 1), (1, 1)"
    )
    assert rows("select count(*) from t") == [(2,)]


def test_identity_and_defaults(run, rows):
    """It should number rows and fill in defaults, and refuse numbers of one's own."""
    run(
        "create table t (id bigint identity(10, 5), a integer, b varchar(5) default 'x', c timestamp default getdate())"
    )
    run("insert into t (a) values (1), (2)", "insert into t (a, b) values (3, default)")
    assert rows("select id, a, b from t order by 1") == [(10, 1, "x"), (15, 2, "x"), (20, 3, "x")]
    assert isinstance(rows("select c from t")[0][0], datetime)
    with pytest.raises(RedshiftError, match='cannot set an identity column "id" to a value'):
        run("insert into t (id, a) values (1, 1)")


def test_create_table_as_keeps_types(run):
    """It should give a table the types of a query's columns."""
    run("create table s (a integer, b varchar(7), c numeric(8,2), d date)")
    run(
        "create table t distkey(a) sortkey(d) as select a, b, b || '!' as e, cast(c as numeric(12,4)) as c, d, "
        "cast(null as varchar(30)) as f, count(*) as n, sum(a) as total from s group by a, b, c, d"
    )
    found = run("select * from t").columns
    assert [(one.name, one.type_name, one.precision, one.scale) for one in found] == [
        ("a", "int4", 10, 0),
        ("b", "varchar", 7, 0),
        ("e", "varchar", 8, 0),
        ("c", "numeric", 12, 4),
        ("d", "date", 13, 0),
        ("f", "varchar", 30, 0),
        ("n", "int8", 19, 0),
        ("total", "int8", 19, 0),
    ]


def test_create_table_as_refuses_two_columns_of_a_name(run):
    """It should want each column's name once."""
    with pytest.raises(RedshiftError, match='column "a" duplicated'):
        run("create table t as select 1 as a, 2 as a")


def test_select_into(run, rows):
    """It should make a table of SELECT INTO."""
    assert run("select 1 as a, 'x' as b into t").affected == 1
    assert rows("select * from t") == [(1, "x")]


def test_like_takes_columns_and_defaults(run, rows):
    """It should make a table like another one, with its defaults where they are asked for."""
    run("create table s (a integer not null, b varchar(3) default 'x') sortkey (a)")
    run("create table t (like s including defaults)", "create table u (like s)")
    run("insert into t (a) values (1)", "insert into u (a) values (1)")
    assert rows("select b from t union all select b from u") == [("x",), (None,)]
    assert columns(rows, "u") == columns(rows, "s")


def test_existing_names_are_refused(run):
    """It should make a table once, and again only where that is not asked."""
    run("create table t (a integer)")
    with pytest.raises(RedshiftError, match='relation "t" already exists'):
        run("create table t (a integer)")
    run("create table if not exists t (b integer)")


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("create table t", "syntax error"),
        ("create table t (a nothing)", 'type "nothing" does not exist'),
        ("create table t (a integer, a date)", 'column "a" specified more than once'),
        ("create table t (a varchar(65536))", "length for type varchar cannot exceed 65535"),
        ("create table nowhere.t (a integer)", 'schema "nowhere" does not exist'),
        ("create table other.public.t (a integer)", 'database "other" does not exist'),
        ("drop table t", 'relation "t" does not exist'),
        ("drop table nowhere.t", 'schema "nowhere" does not exist'),
        ("alter table t rename to u", 'relation "t" does not exist'),
    ],
)
def test_wrong_definitions_are_refused(run, statement, problem):
    """It should say what is wrong with a definition."""
    with pytest.raises(RedshiftError, match=problem):
        run(statement)


def test_drop_if_exists_is_content_with_nothing(run):
    """It should drop what is there and overlook what is not."""
    run("create table t (a integer)", "drop table if exists t, u, nowhere.v")
    with pytest.raises(RedshiftError, match="does not exist"):
        run("select * from t")


def test_alter_table(run, rows):
    """It should rename tables and columns, add columns and drop them, and lengthen texts."""
    run(
        "create table t (a integer, b varchar(2))",
        "insert into t values (1, 'x')",
        "alter table t rename to u",
    )
    run("alter table u add column c varchar(4) default 'new' not null", "alter table u rename column a to id")
    run("alter table u alter column b type varchar(9)", "alter table u alter sortkey (id)")
    run("alter table u alter distkey id", "alter table u add primary key (id)", "alter table u owner to bi")
    assert rows("select * from u") == [(1, "x", "new")]
    assert columns(rows, "u") == [
        ("id", "integer", "YES", "none", True, 1),
        ("b", "character varying(9)", "YES", "none", False, 0),
        ("c", "character varying(4)", "NO", "none", False, 0),
    ]
    run("alter table u drop column c")
    assert rows("select * from u") == [(1, "x")]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("alter column a type bigint", "target data type must be varchar"),
        ("alter column b type varchar(1)", "target column size should be different"),
        ("alter column z type varchar(9)", 'column "z" of relation "t" does not exist'),
        ("add column c integer not null", "must have a non-null default"),
    ],
)
def test_alterations_that_redshift_has_not(run, change, problem):
    """It should change no type but a text's length, and that only where values fit."""
    run("create table t (a integer, b varchar(4))", "insert into t values (1, 'four')")
    with pytest.raises(RedshiftError, match=problem):
        run(f"alter table t {change}")


def test_append_moves_rows(run, rows):
    """It should move all rows into a table of the same columns, in any order."""
    run("create table s (b integer, a integer)", "create table t (a integer, b integer)")
    run("insert into s values (1, 2)", "alter table t append from s")
    assert rows("select a, b from t") == [(2, 1)]
    assert rows("select count(*) from s") == [(0,)]
    run("alter table s add column c integer", "insert into s values (3, 4, 5)")
    with pytest.raises(RedshiftError, match="do not match"):
        run("alter table t append from s")
    run("alter table t append from s ignoreextra")
    assert rows("select count(*) from t") == [(2,)]


def test_truncate_commits(warehouse, session):
    """It should keep all that a block did until TRUNCATE."""
    session.execute("create table t (a integer)")
    session.execute("create table u as select 1 as a")
    session.execute("begin")
    session.execute("insert into t values (1)")
    session.execute("truncate u")
    session.execute("insert into t values (2)")
    session.execute("rollback")
    assert session.execute("select a from t").rows == [(1,)]
    assert session.execute("select a from u").rows == []


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        ("vacuum t", "VACUUM"),
        ("alter table t append from u", "ALTER TABLE APPEND"),
        ("alter table t alter column b type varchar(9)", "ALTER TABLE ALTER COLUMN"),
    ],
)
def test_statements_that_need_no_block_around_them(run, statement, name):
    """It should refuse in a transaction block what Redshift runs alone."""
    run("create table t (a integer, b varchar(4))", "create table u (a integer, b varchar(4))", "begin")
    with pytest.raises(RedshiftError, match=f"{name} cannot run inside a transaction block"):
        run(statement)


def test_schemas(run, rows):
    """It should make schemas, and drop those with tables only with CASCADE."""
    run("create schema etl", "create schema if not exists etl", "create table etl.t (a integer)")
    with pytest.raises(RedshiftError, match='schema "etl" already exists'):
        run("create schema etl")
    with pytest.raises(RedshiftError, match="other objects depend on it"):
        run("drop schema etl")
    run("drop schema etl cascade", "drop schema if exists etl")
    assert rows("select schema_name from svv_redshift_schemas") == [("public",)]
    with pytest.raises(RedshiftError, match='schema "etl" does not exist'):
        run("select * from etl.t")


def test_show_table_makes_it_anew(run, rows):
    """It should return a statement that makes the same table."""
    run("create table t (a integer not null encode az64 distkey, b varchar(9) default 'x') sortkey (b)")
    before = columns(rows, "t")
    ((text,),) = rows("show table public.t")
    run("drop table t", text)
    after = columns(rows, "t")
    assert [one[:3] + one[4:] for one in after] == [one[:3] + one[4:] for one in before]


def test_comments_are_kept(run, rows):
    """It should keep comments on tables and columns."""
    run("create table t (a integer)", "comment on table t is 'sales'", "comment on column t.a is 'id'")
    assert rows("select remarks from svv_redshift_tables") == [("sales",)]
    assert rows("select remarks from svv_redshift_columns") == [("id",)]


def test_case_of_names(run, rows):
    """It should fold names to small letters, in quotes too, and say so of results."""
    run('create table "Sales" ("Id" integer)', "insert into SALES values (1)")
    assert rows('select "ID" from sales') == [(1,)]
    assert [one.name for one in run('select "Id" from sales').columns] == ["id"]
