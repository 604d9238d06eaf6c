"""Functions, operators and types of results as Redshift has them."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from sandbox.warehouse.errors import RedshiftError

moment = datetime.fromisoformat
NOW = moment("2026-06-15 12:30:01")


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("5 / 2", 2),
        ("7::numeric(10,2) / 3", Decimal("2.3333333333333")),
        ("5 / 2.0", Decimal("2.5000000000000")),
        ("'a' || null", None),
        ("concat('a', null)", None),
        ("concat('a', 'b')", "ab"),
        ("getdate()", NOW),
        ("sysdate", NOW),
        ("current_date", date(2026, 6, 15)),
        ("trunc(getdate())", date(2026, 6, 15)),
        ("trunc(cast('2026-02-03 04:05:06' as timestamp))", date(2026, 2, 3)),
        ("trunc(2.71, 1)", Decimal("2.7")),
        ("dateadd(day, -1, '2026-01-02'::date)", moment("2026-01-01")),
        ("dateadd('hour', 3, '2026-01-01'::timestamp)", moment("2026-01-01 03:00:00")),
        ("datediff(day, '2026-01-01', '2026-02-01')", 31),
        ("datediff('microsecond', '1970-01-01'::timestamp, '1970-01-01 00:00:01.5'::timestamp)", 1_500_000),
        ("date_trunc('month', '2026-02-03'::timestamp)", moment("2026-02-01")),
        ("date_part(dow, '2026-01-04'::date)", 0),
        ("last_day('2028-02-03'::date)", date(2028, 2, 29)),
        ("convert_timezone('UTC', 'US/Pacific', '2026-01-01'::timestamp)", moment("2025-12-31 16:00:00")),
        ("to_char('2026-01-05'::date, 'YYYY-MM-DD')", "2026-01-05"),
        ("to_date('20260105', 'YYYYMMDD')", date(2026, 1, 5)),
        ("nvl(null, 1)", 1),
        ("nvl2(null, 1, 2)", 2),
        ("decode(2, 1, 'a', 2, 'b', 'c')", "b"),
        ("decode(null, null, 0, 1)", 0),
        ("len('äb')", 2),
        ("octet_length('äb')", 3),
        ("charindex('b', 'abc')", 2),
        ("split_part('a,b', ',', 2)", "b"),
        ("replicate('ab', 2)", "abab"),
        ("regexp_substr('abc', 'b.')", "bc"),
        ("md5('a')", "0cc175b9c0f1b6a831c399e269772661"),
        ("strtol('ff', 16)", 255),
        ("json_extract_path_text('{\"a\": {\"b\": 1}}', 'a', 'b')", "1"),
        ("is_valid_json('{\"a\": 1}')", True),
        ("is_valid_json('a')", False),
        ("'abc' similar to '%(b|d)%'", True),
        ("'A' ilike 'a'", True),
        ("cast('t' as bool)", True),
        ("cast('abc' as char(2))", "ab"),
        ("cast(1.5 as numeric)", Decimal(2)),
        ("mod(-7, 3)", -1),
        ("greatest(1, 3, 2)", 3),
        ("'2026-01-01'::timestamp + interval '2 hours'", moment("2026-01-01 02:00:00")),
    ],
)  # fmt: skip
def test_expressions(calculator, expression, value):
    """It should compute what Redshift computes."""
    assert calculator.execute(f"select {expression}").rows == [(value,)]


@pytest.fixture
def numbers(run):
    """A table of each sort of number."""
    run("create table t (k smallint, i integer, b bigint, n numeric(8,2), f float, s varchar(9))")
    return run(
        "insert into t values (1, 1, 1, 1.5, 1.5, 'x'), (2, 2, 2, 2.5, 2.5, 'y'), (2, 4, 4, 3, 3, null)"
    )


@pytest.mark.parametrize(
    ("expression", "value", "kind"),
    [
        ("sum(i)", 7, "int8"),
        ("sum(b)", Decimal(7), "numeric"),
        ("sum(n)", Decimal("7.00"), "numeric"),
        ("avg(i)", 2, "int8"),
        ("avg(n)", Decimal("2.33"), "numeric"),
        ("avg(f)", pytest.approx(7 / 3), "float8"),
        ("count(*)", 3, "int8"),
        ("max(s)", "y", "varchar"),
        ("listagg(s, '+') within group (order by s)", "x+y", "varchar"),
        ("listagg(distinct k, ',') within group (order by k)", "1,2", "varchar"),
        ("listagg(distinct 'x', '+')", "x", "varchar"),
        ("median(i)", 2, "float8"),
        ("approximate count(distinct k)", 2, "int8"),
        ("sum(case when i > 1 then i else 0 end)", 6, "int8"),
    ],
)
def test_aggregates(numbers, run, expression, value, kind):
    """It should compute aggregates in Redshift's types."""
    answer = run(f"select {expression} from t")
    assert (answer.rows, answer.columns[0].type_name) == ([(value,)], kind)


def test_windows(numbers, rows):
    """It should compute over windows, and want a frame where an aggregate's window is ordered."""
    assert rows(
        "select i from t qualify row_number() over (partition by k order by i desc) = 1 order by i"
    ) == [
        (1,),
        (4,),
    ]
    assert rows("select ratio_to_report(i) over () from t order by 1 desc limit 1") == [
        (pytest.approx(4 / 7),)
    ]
    assert rows("select sum(i) over (order by i rows unbounded preceding) from t order by 1") == [
        (1,),
        (3,),
        (7,),
    ]
    with pytest.raises(RedshiftError, match="with an ORDER BY clause require a frame clause"):
        rows("select sum(i) over (order by i) from t")


def test_nulls_are_the_largest(numbers, rows):
    """It should sort NULL last, and first where the order is descending."""
    assert rows("select s from t order by s") == [("x",), ("y",), (None,)]
    assert rows("select s from t order by s desc") == [(None,), ("y",), ("x",)]


def test_top_minus_and_subqueries(numbers, rows):
    """It should take TOP, MINUS and columns that only the query names."""
    assert rows("select top 2 i from t order by i") == [(1,), (2,)]
    assert rows("select i from t minus select 2") in ([(1,), (4,)], [(4,), (1,)])
    assert rows("select k, count from (select k, count(*) from t group by k) order by count desc") == [
        (2, 2),
        (1, 1),
    ]


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("count(*)", "count"),
        ("max(i)", "max"),
        ("i + 1", "?column?"),
        ("i::bigint", "i"),
        ("'x'::varchar(3)", "varchar"),
        ("coalesce(s, 'x')", "coalesce"),
        ("case when i = 1 then 2 end", "case"),
        ("Upper(s)", "upper"),
        ("s as Called", "called"),
    ],
)
def test_names_of_columns(numbers, run, expression, name):
    """It should name columns as Redshift does where the query does not."""
    query = f"select {expression} from t" + (" group by i, s" if "(" not in expression else "")
    assert [one.name for one in run(query).columns] == [name]


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("smallint", ("int2", 5, 0)),
        ("integer", ("int4", 10, 0)),
        ("int8", ("int8", 19, 0)),
        ("numeric(12,3)", ("numeric", 12, 3)),
        ("numeric", ("numeric", 18, 0)),
        ("real", ("float4", 8, 0)),
        ("double precision", ("float8", 17, 0)),
        ("boolean", ("bool", 1, 0)),
        ("character varying(12)", ("varchar", 12, 0)),
        ("varchar(max)", ("varchar", 65535, 0)),
        ("varchar", ("varchar", 256, 0)),
        ("char(4)", ("bpchar", 4, 0)),
        ("date", ("date", 13, 0)),
        ("timestamp", ("timestamp", 29, 6)),
        ("timestamp with time zone", ("timestamptz", 35, 6)),
        ("super", ("super", 0, 0)),
    ],
)
def test_types_of_columns(run, kind, shown):
    """It should call types by Redshift's inner names, with their sizes."""
    run(f"create table t (a {kind})")
    (column,) = run("select a from t").columns
    assert (column.type_name, column.precision, column.scale) == shown


@pytest.mark.parametrize(
    ("query", "length"),
    [
        ("select s from t", 9),
        ("select upper(q.s) from (select * from t) q", 9),
        ("with c as (select s || '!' as x from t) select x from c", 10),
        ("select coalesce(s, 'a longer text') from t", 13),
        ("select s from t union all select cast('x' as varchar(20))", 20),
        ("select max(s) from t", 9),
        ("select c.* from t c", 9),
    ],
)
def test_lengths_of_texts(run, query, length):
    """It should know how long the texts of a result may be."""
    run("create table t (s varchar(9))")
    assert [one.length for one in run(query).columns] == [length]


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("select * from read_csv('/etc/hostname')", r"function read_csv\(\) does not exist"),
        ("select * from '/etc/hostname'", 'relation "/etc/hostname" does not exist'),
        ("select getenv('HOME')", r"function getenv\(\) does not exist"),
        ("select nonsense(1)", r"function nonsense\(\) does not exist"),
        ("select a from t", 'relation "t" does not exist'),
        ("select nothing from (select 1 as a)", 'column "nothing" does not exist'),
        ("select 'x'::integer", "Could not convert"),
        ("select 1 +", "syntax error"),
        ("selec 1", 'syntax error at or near "selec"'),
        ("select \N{LEFT SINGLE QUOTATION MARK}x\N{RIGHT SINGLE QUOTATION MARK}", "syntax error at or near"),
        ("select 'x", "unterminated quoted string"),
    ],
)
def test_wrong_queries(calculator, query, problem):
    """It should say what is wrong with a query, and read nothing outside of the warehouse."""
    with pytest.raises(RedshiftError, match=problem):
        calculator.execute(query)


@pytest.mark.parametrize(
    "query",
    [
        "select a from t group by a where a = 1",
        "select a from t limit 1 order by a",
        "select a from t having count(*) > 1 group by a",
        "select b from (select a as b from t order by a where a = 1)",
        "with c as (select a from t group by a where a = 1) select * from c",
        "create table u as select a from t group by a where a = 1",
        "insert into t select a from t order by a where a = 1",
    ],
)
def test_clauses_out_of_order(run, query):
    """It should refuse clauses in another order than Redshift's."""
    run("create table t (a integer)")
    with pytest.raises(RedshiftError, match="syntax error at or near"):
        run(query)


def test_correlation_that_skips_a_level(run, rows):
    """It should follow a subquery to the query around it, and refuse one that refers further out."""
    run("create table a (k integer)", "create table b (k integer)", "insert into a values (1), (2)")
    run("insert into b values (1)")
    one_level = "select a.k from a where not exists (select 1 from b where b.k = a.k)"
    assert rows(one_level) == [(2,)]
    skipping = "select a.k from a where exists (select 1 from b where not exists (select 1 from b c where c.k = a.k))"
    with pytest.raises(RedshiftError, match="correlated subquery pattern is not supported"):
        run(skipping)


@pytest.mark.parametrize(
    "query",
    [
        "select extract(year from d) from t where d is distinct from d group by d order by d limit 1 offset 0",
        "select listagg(a) within group (order by a) from t where a > 0",
        "select a, row_number() over (partition by a order by d) from t union select 1, 2 from t where a = 1",
        "select (select max(a) from t x where x.a = t.a) from t where a in (select a from t order by a)",
    ],
)
def test_clauses_in_order(run, query):
    """It should not take other uses of the same words for clauses."""
    run("create table t (a integer, d date)")
    assert run(query).has_rows
