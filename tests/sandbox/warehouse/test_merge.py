"""MERGE with Redshift's rules."""

import pytest

from sandbox.warehouse.errors import RedshiftError

MATCHED = "when matched then update set b = s.b"
MISSING = "when not matched then insert (a, b) values (s.a, s.b)"


@pytest.fixture
def tables(run):
    """A target t and a source s."""
    run("create table t (a integer, b varchar(3))", "create table s (a integer, b varchar(9))")
    return run("insert into t values (1, 'one'), (2, 'two')", "insert into s values (2, 'new'), (3, 'add')")


@pytest.mark.parametrize("missing", [MISSING, "when not matched then insert values (s.a, s.b)"])
def test_two_arms(tables, run, rows, missing):
    """It should change rows that match and add those that do not."""
    assert run(f"merge into t using s on t.a = s.a {MATCHED} {missing}").affected == 2
    assert rows("select a, b from t order by a") == [(1, "one"), (2, "new"), (3, "add")]


def test_delete_arm(tables, run, rows):
    """It should delete rows that match."""
    run(f"merge into t using s as s on t.a = s.a when matched then delete {MISSING}")
    assert rows("select a from t order by a") == [(1,), (3,)]


def test_remove_duplicates(tables, run, rows):
    """It should put the source's rows in the place of those that match, each once."""
    run("insert into s values (3, 'add')", "insert into t values (2, 'two')")
    run("merge into t using s on t.a = s.a remove duplicates")
    assert rows("select a, b from t order by a") == [(1, "one"), (2, "new"), (3, "add")]


def test_multiple_matches(tables, run, rows):
    """It should refuse to choose between two rows of the source."""
    run("insert into s values (2, 'two')")
    with pytest.raises(RedshiftError, match="Found multiple matches to update the same tuple"):
        run(f"merge into t using s on t.a = s.a {MATCHED} {MISSING}")
    assert rows("select b from t where a = 2") == [("two",)]


def test_null_keys_never_match(tables, run, rows):
    """It should add rows whose keys are NULL again and again."""
    run("insert into s values (null, 'nil')")
    for _ in range(2):
        run(f"merge into t using s on t.a = s.a {MATCHED} {MISSING}")
    assert rows("select count(*) from t where a is null") == [(2,)]


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        (f"merge into t using s on t.a = s.a {MATCHED}", "must have a WHEN MATCHED and a WHEN NOT MATCHED"),
        (f"merge into t using s on t.a = s.a {MISSING}", "must have a WHEN MATCHED and a WHEN NOT MATCHED"),
        (f"merge into t using (select * from s) s on t.a = s.a {MATCHED} {MISSING}", "must be a table"),
        (f"merge into t using v s on t.a = s.a {MATCHED} {MISSING}", "cannot be a view"),
        (f"merge into t x using s on x.a = s.a {MATCHED} {MISSING}", 'syntax error at or near "x"'),
        (
            f"merge into t using nowhere s on t.a = s.a {MATCHED} {MISSING}",
            'relation "nowhere" does not exist',
        ),
        (f"merge into v using s on v.a = s.a {MATCHED} {MISSING}", "cannot change the view"),
        (
            f"merge into t using s on t.a = s.a {MATCHED} when not matched then insert (a, c) values (1, 2)",
            '"c"',
        ),
    ],
)
def test_what_other_databases_merge(tables, run, statement, problem):
    """It should refuse MERGE as Redshift does not have it."""
    run("create view v as select * from s")
    with pytest.raises(RedshiftError, match=problem):
        run(statement)


def test_federated_source(tables, federated, run):
    """It should merge no rows straight out of another database."""
    with pytest.raises(RedshiftError, match="MERGE source cannot be a federated table"):
        run(f"merge into t using fed.s s on t.a = s.a {MATCHED} {MISSING}")


def test_texts_that_are_too_long(tables, run):
    """It should refuse a text that the target cannot hold, in either arm."""
    run("update s set b = 'longer' where a = 2")
    with pytest.raises(RedshiftError, match=r"value too long for type character varying\(3\)"):
        run(f"merge into t using s on t.a = s.a {MATCHED} {MISSING}")
    run("update s set b = 'x' where a = 2", "update s set b = 'longer' where a = 3")
    with pytest.raises(RedshiftError, match=r"value too long for type character varying\(3\)"):
        run(f"merge into t using s on t.a = s.a {MATCHED} {MISSING}")
