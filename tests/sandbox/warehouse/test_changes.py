"""INSERT, UPDATE and DELETE as Redshift takes them."""

import pytest

from sandbox.warehouse.errors import RedshiftError


@pytest.fixture
def sales(run):
    """Two tables: sales, and changes to them."""
    run("create table sales (id integer not null, name varchar(5), amount numeric(6,2), day date)")
    run("create table changes (id integer, name varchar(20), amount numeric(6,2), day date)")
    run("insert into sales values (1, 'one', 1.5, '2026-01-01'), (2, 'two', 2.5, '2026-01-02')")
    return run("insert into changes values (2, 'deux', 3, '2026-02-02'), (3, 'trois', 4, '2026-02-03')")


@pytest.mark.parametrize(
    "statement",
    [
        "insert into sales (id, name) values (9, 'longer')",
        "insert into sales (id, name) select 9, 'longer'",
        "insert into sales select id, name || '!' , amount, day from changes where id = 3",
        "update sales set name = 'longer'",
        "update sales set name = c.name || '!!' from changes c where c.id = sales.id",
        "insert into sales (id, name) values (9, 'äöüß')",
    ],
)
def test_texts_that_are_too_long_are_refused(sales, run, rows, statement):
    """It should count bytes, and change nothing where one value does not fit."""
    with pytest.raises(RedshiftError, match=r"value too long for type character varying\(5\)"):
        run(statement)
    assert rows("select name from sales order by id") == [("one",), ("two",)]


def test_spaces_at_the_end_are_cut(sales, run, rows):
    """It should store a text that is too long only by spaces."""
    run("insert into sales (id, name) values (9, 'nine     ')")
    assert rows("select name || '.' from sales where id = 9") == [("nine .",)]


def test_explicit_casts_cut(rows):
    """It should cut texts to the length of a cast, whole characters only."""
    assert rows("select 'abcdef'::varchar(3), cast('äöü' as varchar(3)), 'x'::varchar(3)") == [
        ("abc", "ä", "x")
    ]


def test_null_in_a_column_that_has_none(sales, run):
    """It should refuse NULL where the column takes none."""
    with pytest.raises(RedshiftError, match="Cannot insert a NULL value into column id"):
        run("insert into sales (name) values ('x')")


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("insert into sales values (1, 'a', 1, '2026-01-01', 5)", "more expressions than target columns"),
        ("insert into sales (id, name) values (1)", "more target columns than expressions"),
        ("insert into sales (id, colour) values (1, 'red')", 'column "colour" does not exist'),
        (
            "insert into sales (id) select name from changes",
            "is of type integer but expression is of type character",
        ),
        ("insert into nowhere values (1)", 'relation "nowhere" does not exist'),
        ("insert into sales as s values (1)", 'syntax error at or near "s"'),
        ("update sales set colour = 1", 'column "colour" does not exist'),
        ("update sales set amount = 1 where colour = 1", 'column "colour" does not exist'),
        ("insert into sales (id, amount) values (1, 123456.0)", "out of range|overflow"),
        ("delete from nowhere", 'relation "nowhere" does not exist'),
    ],
)
def test_wrong_changes_are_refused(sales, run, statement, problem):
    """It should say what is wrong with a change."""
    with pytest.raises(RedshiftError, match=f"(?i){problem}"):
        run(statement)


def test_insert_of_fewer_values_leaves_the_rest_empty(sales, run, rows):
    """It should fill the first columns where none are named."""
    run("insert into sales values (9)")
    assert rows("select * from sales where id = 9") == [(9, None, None, None)]


@pytest.mark.parametrize(
    ("statement", "near"),
    [
        ("delete from sales s where s.id = 1", "s"),
        ("delete from sales as s using changes where s.id = changes.id", "s"),
        ("with c as (select 1 as id) delete from sales s using c where s.id = c.id", "s"),
    ],
)
def test_delete_takes_no_alias_of_its_target(sales, run, statement, near):
    """It should refuse an alias after DELETE FROM, which other databases take."""
    with pytest.raises(RedshiftError, match=f'syntax error at or near "{near}"'):
        run(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "delete from sales using changes where sales.id = changes.id",
        "delete from public.sales using changes as c where sales.id = c.id",
        "delete sales using changes where sales.id = changes.id",
        "delete from sales where id in (select id from changes)",
        "with c as (select id from changes) delete from sales using c where sales.id = c.id",
    ],
)
def test_delete_using(sales, run, rows, statement):
    """It should remove the rows that another table names, and count them."""
    assert run(statement).affected == 1
    assert rows("select id from sales") == [(1,)]


def test_update_from(sales, run, rows):
    """It should change rows by those of another table, and count them."""
    assert run("update sales set amount = c.amount from changes c where sales.id = c.id").affected == 1
    assert [str(amount) for (amount,) in rows("select amount from sales order by id")] == ["1.50", "3.00"]


def test_delete_then_insert_applies_changes(sales, run, rows):
    """It should bring a table up to date in one block."""
    run("begin", "delete from sales using changes where sales.id = changes.id")
    run("insert into sales (id, name, amount, day) select id, name, amount, day from changes", "commit")
    assert rows("select id, name from sales order by id") == [(1, "one"), (2, "deux"), (3, "trois")]


def test_not_in_with_a_null_finds_nothing(sales, run, rows):
    """It should find no row outside of a list with NULL in it, and all of them by NOT EXISTS."""
    run("insert into changes (id) values (null)")
    assert rows("select count(*) from sales where id not in (select id from changes)") == [(0,)]
    assert rows(
        "select count(*) from sales where not exists (select 1 from changes c where c.id = sales.id)"
    ) == [(1,)]


def test_views_are_not_changed(sales, run):
    """It should change no view."""
    run("create view v as select id from sales")
    for statement in ("insert into v values (1)", "delete from v", "update v set id = 1"):
        with pytest.raises(RedshiftError, match="cannot change the view"):
            run(statement)
