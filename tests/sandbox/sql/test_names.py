import pytest

from sandbox.sql.errors import SqlError, Unparsable
from sandbox.sql.trino import parse_query


@pytest.fixture
def orders(lake):
    lake.put("orders/1", '{"Id": 1, "total": 9.5, "Customer": {"Name": "Ann"}}\n')
    lake.add("orders", "id bigint; total double; customer struct<name:string>", format="json")
    return lake


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("select id from orders", [("1",)]),
        ("select ID from Orders", [("1",)]),
        ("select o.id, shop.orders.total from orders o, orders", [("1", "9.5")]),
        ("select id from awsdatacatalog.shop.orders", [("1",)]),
        ("select customer.name, o.customer.name as other from orders o", [("Ann", "Ann")]),
        ("select * from orders", [("1", "9.5", "{name=Ann}")]),
        ("select o.* from orders o", [("1", "9.5", "{name=Ann}")]),
        ("select count(*) from orders where customer.name = 'Ann'", [("1",)]),
        ("select id as total from orders order by total", [("1",)]),
        ("select a.id from orders a join orders b using (id)", [("1",)]),
        ("select id from orders a join orders b using (id)", [("1",)]),
        ("select * from (values (1, 'x')) a(k, v) join (values (1, 'y')) b(k, w) using (k)", [("1", "x", "y")]),
        ("with o as (select id from orders) select * from o", [("1",)]),
        ("with orders as (select 5 as id) select id from orders", [("5",)]),
        ("with a as (select 1 x), b as (select x + 1 as y from a) select * from a, b", [("1", "2")]),
        ("with recursive t(n) as (select 1 union all select n + 1 from t where n < 3) select n from t order by n",
         [("1",), ("2",), ("3",)]),
        ("select (select max(o.id) from orders o where o.id = orders.id) from orders", [("1",)]),
        ("select id from orders where exists (select 1 from (values 1) v(x) where x = id)", [("1",)]),
        ("select id from orders where id in (select x from (values 1, 2) v(x))", [("1",)]),
        ("select a.id, l.next from orders a, lateral (select a.id + 1 as next) l", [("1", "2")]),
        ("select x from (values 1, 2) t(x) union all select 3 order by x desc limit 2", [("3",), ("2",)]),
        ("select sum(x) / count(*) from (values 1, 2, 4) t(x)", [("2",)]),
        ("select 1 as offset, 2 as lambda, 3 as \"Mixed Case\"", [("1", "2", "3")]),
        ("select filter(array[1, 2], z -> z > t.x) from (values 1) t(x)", [("[2]",)]),
        ("select transform(array[customer], c -> c.name) from orders", [("[Ann]",)]),
        ("values (1, 'a'), (2, 'b')", [("1", "a"), ("2", "b")]),
        ("table orders", [("1", "9.5", "{name=Ann}")]),
        ("select distinct x from (values 2, 1, 1) t(x) order by x", [("1",), ("2",)]),
    ],
)  # fmt: skip
def test_names_mean_what_they_mean_to_trino(orders, query, rows):
    """It should find tables, columns, fields, aliases and what is outside a sub-select."""
    assert orders.rows(query) == rows


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("select nope from orders", "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"),
        ("select id,\n  o.nope from orders o", "COLUMN_NOT_FOUND: line 2:3: Column 'o.nope' cannot be resolved"),
        ("select customer.nope from orders", "COLUMN_NOT_FOUND: Column 'nope' cannot be resolved"),
        ("select id as x from orders where x > 0", "COLUMN_NOT_FOUND: line 1:34: Column 'x' cannot be resolved"),
        ("select id as x, count(*) from orders group by x", "COLUMN_NOT_FOUND"),
        ("select id from orders a, orders b", "AMBIGUOUS_NAME: line 1:8: Column 'id' is ambiguous"),
        ("select total, count(*) from orders group by id", "EXPRESSION_NOT_AGGREGATE"),
        ("select * from nope", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.shop.nope' does not exist"),
        ("select * from shop.nope n", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.shop.nope' does not exist"),
        ("select * from nope.orders", "SCHEMA_NOT_FOUND: line 1:15: Schema 'nope' does not exist"),
        ("select * from nope.shop.orders", "CATALOG_NOT_FOUND: line 1:15: Catalog 'nope' does not exist"),
        ("select x.* from orders", "TABLE_NOT_FOUND"),
        ("select *", "COLUMN_NOT_FOUND"),
        ("select a from (select 1) t(a, b)", "MISMATCHED_COLUMN_ALIASES: .*list has 2 entries but 't' has 1"),
        ("select id from orders where id = '1'", r"line 1:29: Cannot apply operator: bigint = varchar\(1\)"),
        ("select a.id from orders a join orders b on a.id = b.customer.name", "TYPE_MISMATCH"),
    ],
)  # fmt: skip
def test_names_that_mean_nothing(orders, query, message):
    """It should refuse them with Trino's error and the place, though DuckDB would take some of them."""
    with pytest.raises(SqlError, match=message):
        orders.rows(query)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("this is not sql", "line 1:1: mismatched input 'this'. Expecting: 'ALTER', 'ANALYZE'"),
        ("selct 1", "line 1:7: mismatched input '1'"),
        ("select 1 from t where", "line 1:17: mismatched input 'where'"),
        ("select 1; select 2", "Only one sql statement is allowed"),
        ("", "Only one sql statement is allowed"),
        ("select 'a", "line 1:1: "),
    ],
)
def test_text_that_is_no_query(text, message):
    """It should say where a text stops being a query."""
    with pytest.raises(Unparsable, match=message):
        parse_query(text)


def test_columns_without_a_name_are_numbered(lake):
    """It should call them _col and their place, from 0."""
    assert lake.types("select 1, 2 as two, count(*) from (values 1) t(x)") == [
        ("_col0", "integer"),
        ("two", "integer"),
        ("_col2", "bigint"),
    ]
    assert lake.types("values (1, 'a')") == [("_col0", "integer"), ("_col1", "varchar")]
    assert lake.types("select 1 as a, 2 as a") == [("a", "integer"), ("a", "integer")]


def test_view_is_read_in_its_own_database(orders):
    """It should resolve the view's query where the view is, and use its columns' names."""
    orders.add("ids", "number bigint", view="select id from orders where total > 9")
    assert orders.rows("select i.number from ids i where number = 1") == [("1",)]
    assert orders.types("select * from ids") == [("number", "bigint")]
