import pytest

from sandbox.sql.errors import SqlError

ITEMS = """(values
    (1, array[cast(row('a', array[10, 20]) as row(name varchar, sizes array(integer))),
              cast(row('b', array[]) as row(name varchar, sizes array(integer)))]),
    (2, array[]),
    (3, null)) as o(id, items)"""


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (f"select id, name, sizes from {ITEMS} cross join unnest(items) as i(name, sizes) order by name",
         [("1", "a", "[10, 20]"), ("1", "b", "[]")]),
        (f"select o.id, i.label from {ITEMS} cross join unnest(o.items) as i(label, s) order by 2",
         [("1", "a"), ("1", "b")]),
        (f"select id, name from {ITEMS} cross join unnest(items) order by 2", [("1", "a"), ("1", "b")]),
        (f"select id, name, size from {ITEMS}, unnest(items) as i(name, sizes), unnest(sizes) as s(size) order by 3",
         [("1", "a", "10"), ("1", "a", "20")]),
        (f"select id, name, size from {ITEMS} left join unnest(items) as i(name, sizes) on true "
         "left join unnest(sizes) as s(size) on true order by 1, 2, 3",
         [("1", "a", "10"), ("1", "a", "20"), ("1", "b", None), ("2", None, None), ("3", None, None)]),
        (f"select id, name, n from {ITEMS} cross join unnest(items) with ordinality as i(name, sizes, n) order by n",
         [("1", "a", "1"), ("1", "b", "2")]),
        (f"select id, n from {ITEMS} left join unnest(items) with ordinality as i(name, s, n) on true order by 1, 2",
         [("1", "1"), ("1", "2"), ("2", None), ("3", None)]),
        ("select x, y from unnest(array[1, 2], array['a']) as u(x, y)", [("1", "a"), ("2", None)]),
        ("select k, v from unnest(map(array['a'], array[1])) as u(k, v)", [("a", "1")]),
        (f"select * from {ITEMS} cross join unnest(array['z']) as z(z) where id = 2", [("2", "[]", "z")]),
        (f"select i.* from {ITEMS} cross join unnest(items) as i(name, sizes) order by 1 limit 1", [("a", "[10, 20]")]),
        (f"select id from {ITEMS} where exists (select 1 from unnest(o.items) as i(n, s) where n = 'b')", [("1",)]),
        (f"select id, (select max(size) from unnest(items) i(n, s) cross join unnest(s) as x(size)) from {ITEMS} "
         "where id = 1", [("1", "20")]),
        (f"select id, q from {ITEMS} cross join unnest(items) as i(name, s) join (values ('b', 'x')) as z(n, q) "
         "on z.n = i.name", [("1", "x")]),
        (f"select id, q, w from {ITEMS} cross join unnest(items) as i(name, s) join (values ('a', array[7])) z(n, q) "
         "on z.n = i.name cross join unnest(q) as y(w)", [("1", "[7]", "7")]),
        (f"select id, count(size) c from {ITEMS} left join unnest(items) as i(name, sizes) on true "
         "left join unnest(sizes) as s(size) on true group by id order by c desc, id",
         [("1", "2"), ("2", "0"), ("3", "0")]),
    ],
)  # fmt: skip
def test_rows_are_joined_with_what_they_hold(lake, query, rows):
    """It should give a row per element, a column per field of a row type, and keep rows where a join is outer."""
    assert lake.rows(query) == rows


def test_structures_give_only_what_is_asked_of_them(lake):
    """It should take fields of a structure before the rows are multiplied, not carry it along."""
    lake.put("t/1", '{"s": {"big": {"x": 1, "y": "long"}, "items": [{"v": 1}, {"v": 2}]}}\n')
    lake.add("t", "s struct<big:struct<x:int,y:string>,items:array<struct<v:int>>>", format="json")
    query = "select t.s.big.x, t.s.big.y, i.v from t cross join unnest(t.s.items) as i(v) order by v"
    prepared = lake.prepare(query)
    assert '"t.s.big.x"' in prepared.sql.partition("UNNEST")[0] + prepared.sql.partition("FROM (SELECT")[2]
    assert lake.rows(query) == [("1", "long", "1"), ("1", "long", "2")]


def test_alias_must_name_all_columns(lake):
    """It should refuse more or fewer names than there are columns."""
    with pytest.raises(
        SqlError, match="MISMATCHED_COLUMN_ALIASES: Column alias list has 1 entries but 'i' has 2"
    ):
        lake.rows(f"select 1 from {ITEMS} cross join unnest(items) as i(name)")


def test_only_collections_can_be_unnested(lake):
    """It should refuse to unnest a number."""
    with pytest.raises(SqlError, match="TYPE_MISMATCH: Cannot unnest type: integer"):
        lake.rows("select x from unnest(1) as t(x)")


def test_other_joins_are_refused(lake):
    """It should take CROSS JOIN and LEFT JOIN ON TRUE only, as Trino does."""
    with pytest.raises(SqlError, match="NOT_SUPPORTED"):
        lake.rows(f"select 1 from {ITEMS} right join unnest(items) as i(a, b) on true")
    with pytest.raises(SqlError, match="NOT_SUPPORTED"):
        lake.rows(f"select 1 from {ITEMS} left join unnest(items) as i(a, b) on id = 1")
