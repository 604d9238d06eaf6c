"""The articles' queries as they were printed, which are wrong, and as they are shipped, on the same rows.

Originals: "Accelerating Amazon Redshift federated query to Amazon Aurora MySQL with AWS CloudFormation", "Announcing
Amazon Redshift federated querying to Amazon Aurora MySQL and Amazon RDS for MySQL", "New for Amazon Redshift: Data Lake
Export and Federated Query" (AWS blogs). External schemas are plain ones here: no defect comes from the other database.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from sandbox.warehouse.errors import RedshiftError
from switchyard.errors import NotAllowed
from switchyard.redshift.linter import lint
from switchyard.sql import include_folder
from tests.sandbox.warehouse.conftest import open_warehouse, session, warehouse
from tests.support.warehouse import BUCKET, LAKE_ROLE, REGION, Cloud, Shop

__all__ = ["open_warehouse", "session", "warehouse"]

FOLDER = include_folder() / "sql" / "redshift" / "examples"
NAMES = sorted(path.stem for path in FOLDER.glob("*.sql"))

TOTALS = """
select sum(ws_net_paid) as total_sum, i_category, i_class, 0 as g_category, 0 as g_class
from web_sales, date_dim d1, mysqlfq.item
where d1.d_month_seq between 1205 and 1205+11 and d1.d_date_sk = ws_sold_date_sk and i_item_sk = ws_item_sk
group by i_category, i_class
"""
LIVE = """
SELECT eventid, sum(pricepaid) total_price, sum(online_pricepaid) online_total_price
FROM sales, online_system.current_sales
GROUP BY eventid
WHERE eventid = online_eventid
"""
STAGING = """
create table staging_customer as
select c_customer_id from mysqlfq.customer where c_customer_id not in (select c_customer_id from customer)
"""
VIEW = """
create view public.vwcustomer as
select c_customer_sk, 'redshift' as source from public.customer where c_customer_sk > 100000
union all
select c_customer_sk, 'mysql' as source from mysqlfq.customer
union all
select c_customer_sk, 's3' as source from mysqlspectrum.customer
with no schema binding
"""
EXPORT = """
SELECT sales.*, date.*, total_price, percentile
FROM sales, date,
     (SELECT eventid, total_price, ntile(1000) over(order by total_price desc) / 10.0 as percentile
      FROM (SELECT eventid, sum(pricepaid) total_price FROM sales GROUP BY eventid)) as percentile_events
WHERE sales.dateid = date.dateid AND percentile_events.eventid = sales.eventid
"""
SALES = (
    "CREATE TABLE sales (salesid int, listid int, sellerid int, buyerid int, eventid int, dateid int,"
    " qtysold int, pricepaid decimal(8,2), commission decimal(8,2), saletime timestamp)",
    'CREATE TABLE "date" (dateid int, caldate date, year int)',
    "INSERT INTO sales VALUES (1, 1, 1, 1, 7, 1, 1, 10, 1, '2008-01-01'),"
    " (2, 1, 1, 1, 7, 1, 1, 5, 1, '2008-01-01')",
    "INSERT INTO \"date\" VALUES (1, '2008-01-01', 2008)",
)
LAKE_KEY, WAREHOUSE_KEY, LIVE_KEY = 1, 149712, 29033279
"""One customer of each source, as the article names them."""


@pytest.fixture
def shop(session):
    """A login to a warehouse with the schemas that the articles have; a function that runs statements."""

    def run(*statements):
        rows = []
        for statement in statements:
            answer = session.execute(statement)
            rows = answer.rows
        return rows

    run(*(f"CREATE SCHEMA {name}" for name in ("mysqlfq", "mysqlspectrum", "online_system", "etl_stage")))
    return run


def example(name):
    return (FOLDER / f"{name}.sql").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_examples_are_what_redshift_takes(name):
    """It should be one statement in SQL's order, without credentials; views bound late qualify their names."""
    lint([example(name).strip()], labels=[name], purpose="example", in_batch=False, external=["mysqlfq"])


def test_totals_keep_sales_of_unknown_items(shop):
    """It should not lose the money of sales whose item the live database does not have."""
    shop(
        "CREATE TABLE web_sales (ws_item_sk int, ws_sold_date_sk int, ws_net_paid decimal(7,2))",
        "CREATE TABLE date_dim (d_date_sk int, d_month_seq int)",
        "CREATE TABLE mysqlfq.item (i_item_sk int, i_category varchar(20), i_class varchar(20))",
        "INSERT INTO date_dim VALUES (1, 1205), (2, 1217)",
        "INSERT INTO mysqlfq.item VALUES (10, 'Books', 'arts'), (11, 'Books', 'arts')",
        "INSERT INTO web_sales VALUES (10, 1, 5), (11, 1, 6), (99, 1, 7), (NULL, 1, 8), (10, 2, 100)",
    )
    assert sum(row[0] for row in shop(TOTALS)) == 11
    assert shop(example("category_totals")) == [
        ("(unknown)", "(unknown)", Decimal("15.00")),
        ("Books", "arts", Decimal("11.00")),
    ]


def test_live_sales_count_each_sale_once(shop):
    """It should sum both sides before they meet, keep events of one side alone, and be in SQL's order."""
    shop(
        "CREATE TABLE sales (eventid int, pricepaid decimal(8,2))",
        "CREATE TABLE online_system.current_sales (online_eventid int, online_pricepaid decimal(8,2))",
        "INSERT INTO sales VALUES (1, 20), (1, 40), (2, 5)",
        "INSERT INTO online_system.current_sales VALUES (1, 10), (1, 20), (3, 7)",
    )
    with pytest.raises(RedshiftError, match="syntax error"):
        shop(LIVE)
    with pytest.raises(NotAllowed, match="WHERE stands behind GROUP BY"):
        lint([LIVE.strip()], labels=["live query"], purpose="article", in_batch=False)
    in_order = "SELECT eventid, sum(pricepaid), sum(online_pricepaid) FROM sales, online_system.current_sales"
    assert shop(f"{in_order} WHERE eventid = online_eventid GROUP BY eventid") == [(1, 120, 60)]
    assert shop(example("live_sales")) == [(1, 60, 30), (2, 5, 0), (3, 0, 7)]


def test_staging_takes_changed_rows_and_survives_null_keys(shop):
    """It should stage what was added and changed in the window, whatever keys the warehouse has."""
    shop(
        "CREATE TABLE customer (c_customer_sk bigint, c_customer_id varchar(16), updated_at timestamp)",
        "CREATE TABLE mysqlfq.customer (c_customer_sk bigint, c_customer_id varchar(16), updated_at timestamp)",
        "INSERT INTO customer VALUES (1, 'A', '2026-02-01 10:00:00'), (2, 'B', '2026-02-01 10:00:00')",
        "INSERT INTO mysqlfq.customer VALUES (1, 'A', '2026-02-01 10:00:00'), (2, 'B', '2026-02-01 12:30:00'),"
        " (3, 'C', '2026-02-01 12:40:00')",
    )
    shop(STAGING)
    assert shop("SELECT c_customer_id FROM staging_customer") == [("C",)], "the changed customer is missed"
    shop("DROP TABLE staging_customer", "INSERT INTO customer VALUES (4, NULL, NULL)", STAGING)
    assert shop("SELECT c_customer_id FROM staging_customer") == [], "NOT IN finds nothing beside a NULL"
    shop(example("stage_customers"))
    assert shop("SELECT c_customer_sk FROM etl_stage.customer ORDER BY 1") == [(2,), (3,)]


@pytest.fixture
def customers(shop):
    """Customers of the article: the lake has old ones, the warehouse what is loaded, the database newer ones too."""
    columns = "(c_customer_sk bigint, updated_at timestamp)"
    old, loaded, new = "2026-01-01 00:00:00", "2026-02-01 10:00:00", "2026-02-01 13:30:00"
    for name in ("public.customer", "mysqlfq.customer", "mysqlspectrum.customer"):
        shop(f"CREATE TABLE {name} {columns}")
    shop(f"INSERT INTO mysqlspectrum.customer VALUES ({LAKE_KEY}, '{old}'), (2, '{old}')")
    shop(f"INSERT INTO public.customer VALUES (2, '{loaded}'), ({WAREHOUSE_KEY}, '{loaded}')")
    shop(
        f"INSERT INTO mysqlfq.customer VALUES (2, '{loaded}'), ({WAREHOUSE_KEY}, '{loaded}'), ({LIVE_KEY}, '{new}')"
    )
    return shop


def test_view_shows_each_customer_once(customers):
    """It should answer the article's keys, one from each source, and have no key twice, which the original has."""
    doubled = "SELECT COUNT(*) - COUNT(DISTINCT c_customer_sk) FROM public.vwcustomer"
    customers(VIEW)
    assert customers(doubled) == [(2,)]
    customers("DROP VIEW public.vwcustomer", example("three_source_view"))
    assert customers(doubled) == [(0,)]
    rows = customers("SELECT source, c_customer_sk FROM public.vwcustomer ORDER BY 1, 2")
    assert rows == [("mysql", LIVE_KEY), ("redshift", 2), ("redshift", WAREHOUSE_KEY), ("s3", LAKE_KEY)]


def test_view_can_be_made_again(customers):
    """It should not need a view to be dropped that may not be there, on which the original stumbles at first."""
    with pytest.raises(RedshiftError, match="does not exist"):
        customers("drop view vwCustomer")
    customers(example("three_source_view"), example("three_source_view"))


def test_export_names_each_column_once(shop):
    """It should be a query that Parquet can hold: the original has dateid twice."""
    shop(*SALES)
    query = example("sales_export").partition("('")[2].partition("')")[0]
    with pytest.raises(RedshiftError, match=r"(?i)dateid|duplicate|specified more than once"):
        shop(f"CREATE TABLE exported AS {EXPORT}")
    shop(f"CREATE TABLE exported AS {query}")
    rows = shop("SELECT salesid, total_price, percentile FROM exported ORDER BY 1")
    assert [(key, total, float(percentile)) for key, total, percentile in rows] == [
        (1, 15, 0.1),
        (2, 15, 0.1),
    ]


def test_export_is_written_by_year_and_day(sandbox):
    """It should write Parquet into a folder for each partition, with a manifest that counts the rows."""
    cloud = Shop(Cloud())
    cloud.s3.create_bucket(BUCKET, REGION)
    for statement in SALES:
        cloud.run(statement)
    role = "arn:aws:iam::123412341234:role/myRedshiftRole"
    cloud.run(example("sales_export").replace("MY-BUCKET", BUCKET).replace(role, LAKE_ROLE))
    folder = "DataLake/SalesPartitioned/load_id=2602011300/"
    manifest, *files = sorted(cloud.keys(folder), key=len)
    assert cloud.document(manifest)["meta"]["record_count"] == 2
    assert all(one.startswith(f"{folder}year=2008/caldate=2008-01-01/") for one in files)
    cloud.warehouse.close()


def test_export_needs_no_credentials():
    """It should name a role: credentials in a statement stay in the warehouse's history."""
    original = f"UNLOAD ('{EXPORT.strip()}') TO 's3://b/p/' FORMAT AS PARQUET CREDENTIALS 'aws_iam_role=r'"
    with pytest.raises(NotAllowed, match="credentials"):
        lint([original], labels=["export"], purpose="article", in_batch=False)
    assert "IAM_ROLE" in example("sales_export")
