"""What of a statement goes to another database, read off its tree."""

import pytest
from sqlglot import parse_one

from sandbox.warehouse.external.scans import find_scans
from tests.support.warehouse import SOURCES


def scans(sql):
    """Return the scans of a query, and the query that is left."""
    tree = parse_one(sql, read="redshift")
    return find_scans(tree, SOURCES), tree.sql("redshift")


def pushed(sql):
    """Return the conditions that the only scan of a query pushes, in short."""
    (scan,), _ = scans(sql)
    return [
        f"{one.column} {one.operator} {','.join(value.text for value in one.values)}" for one in scan.pushed
    ]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("updated_at >= '2026-01-01' AND updated_at < '2026-02-01'",
         ["updated_at >= 2026-01-01", "updated_at < 2026-02-01"]),
        ("updated_at >= TIMESTAMP '2026-01-01 00:00:00'", ["updated_at >= 2026-01-01 00:00:00"]),
        ("updated_at >= '2026-01-01'::timestamp", ["updated_at >= 2026-01-01"]),
        ("updated_at BETWEEN '2026-01-01' AND '2026-01-02'", ["updated_at >= 2026-01-01", "updated_at <= 2026-01-02"]),
        ("5 < id", ["id > 5"]),
        ("id = -5", ["id = -5"]),
        ("id <> 5", ["id <> 5"]),
        ("id IN (1, 2, 3)", ["id IN 1,2,3"]),
        ("name = 'x'", ["name = x"]),
        ("(id = 1) AND (name = 'x')", ["id = 1", "name = x"]),
    ],
)  # fmt: skip
def test_column_compared_with_literals_is_pushed(condition, expected):
    """It should hand over conjuncts of a bare column, an operator and literals."""
    assert pushed(f"SELECT id FROM fed.orders WHERE {condition}") == expected


@pytest.mark.parametrize(
    "condition",
    [
        "id = 1 OR id = 3",
        "lower(name) = 'x'",
        "name LIKE 'x%'",
        "name IS NULL",
        "NOT id = 1",
        "id NOT IN (1, 2)",
        "trunc(updated_at) = '2026-01-01'",
        "updated_at >= dateadd(day, -1, getdate())",
        "updated_at > (SELECT max(updated_at) FROM here)",
        "id IN (SELECT id FROM here)",
        "id NOT IN (SELECT id FROM here)",
        "id + 1 = 5",
        "id = name",
        "name = 5",
        "updated_at::date = '2026-01-01'",
        "id = '5'::varchar",
        "day = '2026-01-01'::timestamp",
        "updated_at >= 'not a moment'",
        "code = 'x'",
    ],
)
def test_any_other_condition_stays(condition):
    """It should keep back what is not known to be pushed: functions, OR, patterns, subqueries, casts of the column."""
    assert pushed(f"SELECT id FROM fed.orders WHERE {condition}") == []


def test_what_is_pushed_is_not_looked_at_again():
    """It should leave pushed conditions to the other database, whose collation has decided already."""
    _, left = scans("SELECT id FROM fed.orders WHERE name = 'john' AND lower(name) = 'john'")
    assert left == "SELECT id FROM fed.orders WHERE LOWER(name) = 'john'"


def test_limits_and_aggregates_are_not_pushed():
    """It should read whole tables for TOP and for counts."""
    for sql in ("SELECT TOP 10 id FROM fed.orders", "SELECT count(*) FROM fed.orders GROUP BY name"):
        assert pushed(sql) == []


def test_joins_push_nothing_but_their_tables_conditions():
    """It should push a table's own conjuncts and no condition that joins."""
    sql = (
        "SELECT o.id FROM fed.orders o, here h WHERE o.id = h.id AND o.updated_at < '2026-01-01' AND h.id = 1"
    )
    assert pushed(sql) == ["updated_at < 2026-01-01"]


def test_condition_on_a_side_that_may_be_null_stays():
    """It should not push below an outer join what is to hold above it."""
    sql = "SELECT h.id FROM here h LEFT JOIN fed.orders o ON o.id = h.id WHERE o.id = 1"
    assert pushed(sql) == []


def test_condition_passes_a_view_of_unions():
    """It should move conditions on a view into each of the queries it is made of."""
    sql = (
        "SELECT * FROM (SELECT id, 'far' AS source FROM fed.orders UNION ALL SELECT id, 'near' FROM here) v "
        "WHERE v.id IN (1, 2) AND source <> 'x'"
    )
    assert pushed(sql) == ["id IN 1,2"]
    _, left = scans(sql)
    assert left.count("IN (1, 2)") == 1
    assert left.endswith("AS v WHERE source <> 'x'")


@pytest.mark.parametrize(
    "view",
    [
        "SELECT id FROM fed.orders LIMIT 5",
        "SELECT id FROM fed.orders GROUP BY id",
        "SELECT DISTINCT id FROM fed.orders",
        "SELECT max(id) AS id FROM fed.orders",
        "SELECT row_number() OVER (ORDER BY id) AS id FROM fed.orders",
        "SELECT id + 1 AS id FROM fed.orders",
        "SELECT id FROM fed.orders UNION ALL SELECT count(*) FROM here",
    ],
)
def test_condition_stops_where_it_would_change_the_result(view):
    """It should not pass what counts, sorts out or computes."""
    assert pushed(f"SELECT * FROM ({view}) v WHERE v.id = 1") == []


def test_condition_does_not_enter_a_common_table_expression():
    """It should leave WITH alone."""
    assert pushed("WITH w AS (SELECT * FROM fed.orders) SELECT id FROM w WHERE id = 1") == []


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT id FROM fed.orders", ("id",)),
        ("SELECT count(*) FROM fed.orders", ()),
        ("SELECT * FROM fed.orders", ("id", "updated_at", "name", "day", "code")),
        ("SELECT o.* FROM here h, fed.orders o", ("id", "updated_at", "name", "day", "code")),
        ("SELECT h.* FROM here h, fed.orders o WHERE h.id = o.id", ("id",)),
        ("SELECT lower(name) FROM fed.orders WHERE day = '2026-01-01'", ("name",)),
        ("SELECT 1 FROM fed.orders o WHERE EXISTS (SELECT 1 FROM here h WHERE h.id = o.id)", ("id",)),
        ("SELECT h.x FROM here h JOIN fed.orders USING (id)", ("id",)),
    ],
)
def test_only_named_columns_are_read(sql, columns):
    """It should ask for the columns that the statement needs, in the table's order."""
    (scan,), _ = scans(sql)
    assert scan.columns == columns


def test_zone_of_a_literal_counts_where_the_column_has_one():
    """It should send a moment as the column is compared: without its zone for a timestamp that has none."""
    assert pushed("SELECT id FROM fed.orders WHERE updated_at >= '2026-01-01T00:00:00Z'")
    (scan,), _ = scans("SELECT id FROM fed.orders WHERE updated_at >= '2026-01-01T00:00:00Z'")
    assert scan.pushed[0].values[0].kind == "string"
