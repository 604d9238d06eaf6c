"""Plans as Redshift writes them; the numbers are those of a plan that AWS published."""

import pytest
from sqlglot import parse_one

from sandbox.warehouse.explain.nodes import written
from sandbox.warehouse.explain.planner import Planner
from sandbox.warehouse.explain.relations import LocalTables
from sandbox.warehouse.external.relations import ExternalColumn, ExternalTable
from sandbox.warehouse.external.scans import find_scans
from sandbox.warehouse.external.sources import Tables
from sandbox.warehouse.kinds import Kind

KEY = Kind("int4")
MOMENT = Kind("timestamp")


def _table(schema, kind, rows, shown=""):
    columns = (ExternalColumn("c_customer_sk", KEY, "int"), ExternalColumn("updated_at", MOMENT, "datetime"))
    return ExternalTable(schema, "customer", kind, columns, rows, shown)


OUTSIDE = {
    "mysqlfq": _table("mysqlfq", "MySQL", 367_931),
    "pgfq": _table("pgfq", "PG", 1000),
    "mysqlspectrum": _table("mysqlspectrum", "S3", 100_000, 'location:"s3://lake/customer" format:PARQUET'),
}
TABLES = Tables(lambda node: OUTSIDE.get(node.db), lambda _: ("c_customer_sk",))


class TwoMillions(LocalTables):
    """The warehouse's own tables, all of which have two million rows of one column."""

    def __init__(self):
        pass

    def _size(self, _node):
        return 2_000_000, 1


def plan(sql):
    tree = parse_one(sql, read="redshift")
    scans = {id(one.node): one for one in find_scans(tree, TABLES)}
    return written(Planner(TABLES, TwoMillions(), scans).plan(tree))


def test_published_plan_of_a_limit():
    """It should scan all rows below a limit, at AWS's costs."""
    assert plan("SELECT TOP 10 c_customer_sk FROM mysqlfq.customer") == [
        "XN Limit  (cost=0.00..0.20 rows=10 width=4)",
        "  ->  XN MySQL Query Scan customer  (cost=0.00..7358.62 rows=367931 width=4)",
        "        ->  Remote MySQL Seq Scan mysqlfq.customer  (cost=0.00..3679.31 rows=367931 width=4)",
    ]


def test_published_plan_of_a_view_over_three_sources():
    """It should push a view's condition to each arm, with AWS's layout, costs and rows."""
    lines = plan(
        "SELECT * FROM (SELECT c_customer_sk, 'redshift' AS source FROM customer WHERE c_customer_sk > 100000 "
        "UNION ALL SELECT c_customer_sk, 'mysql' AS source FROM mysqlfq.customer "
        "UNION ALL SELECT c_customer_sk, 's3' AS source FROM mysqlspectrum.customer) vwcustomer "
        "WHERE c_customer_sk IN (1, 149712, 29033279)"
    )
    assert lines[0].startswith("XN Subquery Scan vwcustomer  (cost=0.00..")
    assert lines[1].startswith("  ->  XN Append  (cost=0.00..")
    assert lines[2].startswith('        ->  XN Subquery Scan "*SELECT* 1"  (cost=0.00..')
    assert lines[3].startswith("              ->  XN Seq Scan on customer  (cost=0.00..40000.00")
    condition = "((c_customer_sk = 1) OR (c_customer_sk = 149712) OR (c_customer_sk = 29033279))"
    assert lines[5:] == [
        '        ->  XN Subquery Scan "*SELECT* 2"  (cost=0.00..6548.63 rows=5492 width=4)',
        "              ->  XN MySQL Query Scan customer  (cost=0.00..6493.71 rows=5492 width=4)",
        "                    ->  Remote MySQL Seq Scan mysqlfq.customer  (cost=0.00..6438.79 rows=5492 width=4)",
        f"                          Filter: {condition}",
        '        ->  XN Subquery Scan "*SELECT* 3"  (cost=0.00..1779.86 rows=1493 width=4)',
        "              ->  XN S3 Query Scan customer  (cost=0.00..1764.93 rows=1493 width=4)",
        '                    ->  S3 Seq Scan mysqlspectrum.customer location:"s3://lake/customer" format:PARQUET'
        "  (cost=0.00..1750.00 rows=1493 width=4)",
        f"                          Filter: {condition}",
    ]


def test_window_is_a_filter_below_the_remote_scan():
    """It should show both bounds where they are sent, and what is left above."""
    lines = plan(
        "SELECT c_customer_sk FROM pgfq.customer WHERE updated_at >= '2026-01-01T00:00:00.5Z' "
        "AND updated_at < '2026-02-01' AND mod(c_customer_sk, 2) = 0"
    )
    assert lines == [
        "XN PG Query Scan customer  (cost=0.00..15.05 rows=2 width=4)",
        "  Filter: (c_customer_sk % 2 = 0)",
        "  ->  Remote PG Seq Scan pgfq.customer  (cost=0.00..15.00 rows=5 width=4)",
        "        Filter: ((updated_at >= '2026-01-01 00:00:00.500000'::timestamp without time zone) AND "
        "(updated_at < '2026-02-01 00:00:00'::timestamp without time zone))",
    ]


@pytest.mark.parametrize(
    ("sql", "step"),
    [
        ("SELECT count(*) FROM mysqlfq.customer", "XN Aggregate"),
        ("SELECT c_customer_sk, count(*) FROM mysqlfq.customer GROUP BY 1", "XN HashAggregate"),
        ("SELECT DISTINCT c_customer_sk FROM mysqlfq.customer", "XN Unique"),
        ("SELECT c_customer_sk FROM mysqlfq.customer ORDER BY 1", "XN Merge"),
        ("SELECT a.c_customer_sk FROM here a JOIN mysqlfq.customer b ON a.c_customer_sk = b.c_customer_sk",
         "XN Hash Join DS_BCAST_INNER"),
        ("SELECT a.c_customer_sk FROM here a LEFT JOIN mysqlfq.customer b USING (c_customer_sk)",
         "XN Hash Left Join DS_BCAST_INNER"),
        ("SELECT c_customer_sk FROM mysqlfq.customer WHERE c_customer_sk IN (SELECT c_customer_sk FROM here)",
         "XN Hash IN Join DS_BCAST_INNER"),
        ("SELECT sum(1) OVER () FROM mysqlfq.customer", "XN Window"),
    ],
)  # fmt: skip
def test_what_stands_on_top_has_its_step(sql, step):
    """It should name the step, above a remote scan of all rows."""
    lines = plan(sql)
    assert lines[0].startswith(f"{step}  (cost=")
    assert any("Remote MySQL Seq Scan mysqlfq.customer" in line for line in lines)
    assert not any("Filter:" in line for line in lines)


def test_key_set_reads_the_whole_remote_table():
    """It should show NOT IN as a subplan, with nothing pushed."""
    lines = plan(
        "SELECT c_customer_sk FROM mysqlfq.customer WHERE c_customer_sk NOT IN (SELECT c_customer_sk FROM here)"
    )
    assert "  Filter: (NOT (hashed subplan))" in lines
    assert sum("Filter:" in line for line in lines) == 1


def test_product_of_tables_is_warned_of():
    """It should say where tables are joined without a condition."""
    lines = plan("SELECT count(*) FROM mysqlfq.customer, here")
    assert any("XN Nested Loop Join DS_BCAST_INNER" in line for line in lines)
    assert lines[-1].startswith("----- Nested Loop Join in the query plan")
