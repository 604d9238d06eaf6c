"""External tables: made, read, moved and dropped from the warehouse, and read by Athena as well."""

from decimal import Decimal

import pytest

from sandbox.warehouse.errors import RedshiftError
from tests.support.athena import Lake
from tests.support.warehouse import BUCKET, GLUE_DATABASE, LAKE_ROLE

COLUMNS = "(id INT, shop VARCHAR(9), amount DECIMAL(9,2), paid BOOLEAN, at TIMESTAMP)"
TABLE = f"CREATE EXTERNAL TABLE lake.sales {COLUMNS} PARTITIONED BY (day DATE) STORED AS PARQUET LOCATION "


@pytest.fixture
def published(shop, unload):
    """The sales in the lake, two of three days of which are partitions of lake.sales."""
    unload("SELECT * FROM sales", "one/", "PARQUET PARTITION BY (day) MANIFEST VERBOSE")
    shop.run(f"{TABLE} 's3://{BUCKET}/one/'")
    shop.run(
        f"ALTER TABLE lake.sales ADD PARTITION (day = '2026-01-01') LOCATION 's3://{BUCKET}/one/day=2026-01-01/' "
        f"PARTITION (day = '2026-01-02') LOCATION 's3://{BUCKET}/one/day=2026-01-02/'"
    )
    return shop


def test_registered_partitions_are_read(published):
    """It should read what is registered, with the partition's value as a column, and nothing else."""
    rows = published.rows("SELECT id, day::VARCHAR, amount FROM lake.sales ORDER BY id")
    assert rows == [
        (1, "2026-01-01", Decimal("1.50")), (2, "2026-01-01", Decimal("2.50")), (3, "2026-01-02", Decimal("3.50")),
        (4, "2026-01-02", Decimal("4.50")),
    ]  # fmt: skip
    assert [one.name for one in published.run("SELECT * FROM lake.sales").columns] == [
        "id", "shop", "amount", "paid", "at", "day",
    ]  # fmt: skip


def test_path_is_hidden_but_there(published):
    """It should tell the object of a row to those who ask."""
    path = published.rows("""SELECT "$path" FROM lake.sales WHERE id = 1""")
    assert path == [(f"s3://{BUCKET}/one/day=2026-01-01/0000_part_00.parquet",)]


def test_conditions_are_shown_and_kept(published):
    """It should show in the plan what is left out at the lake."""
    sql = "SELECT count(*) FROM lake.sales WHERE day = '2026-01-02' AND id < 4"
    assert published.rows(sql) == [(1,)]
    lines = published.plan(sql)
    assert "S3 Seq Scan lake.sales location:" in lines[2]
    assert lines[3].strip() == "Filter: ((day = '2026-01-02'::date) AND (id < 4))"


def test_partition_is_added_once(published):
    """It should refuse a partition that is there, unless it may be."""
    add = "ALTER TABLE lake.sales ADD {} PARTITION (day = '2026-01-01') LOCATION 's3://lake/else/'"
    with pytest.raises(RedshiftError, match="Partition already exists"):
        published.run(add.format(""))
    published.run(add.format("IF NOT EXISTS"))
    assert published.rows("SELECT count(*) FROM lake.sales") == [(4,)]


def test_partition_moves_and_goes(published, unload):
    """It should read a partition where it was moved to, and not any more once it is dropped."""
    unload(
        "SELECT 9 AS id, 'z' AS shop, 1.00::DECIMAL(9,2) AS amount, true AS paid, NULL::TIMESTAMP AS at",
        "two/",
        "PARQUET",
    )
    published.run(f"ALTER TABLE lake.sales PARTITION (day = '2026-01-01') SET LOCATION 's3://{BUCKET}/two/'")
    assert published.rows("SELECT id FROM lake.sales ORDER BY 1") == [(3,), (4,), (9,)]
    published.run("ALTER TABLE lake.sales DROP PARTITION (day = '2026-01-01')")
    assert published.rows("SELECT id FROM lake.sales ORDER BY 1") == [(3,), (4,)]
    with pytest.raises(RedshiftError, match=r"Partition of .* does not exist"):
        published.run("ALTER TABLE lake.sales DROP PARTITION (day = '2026-01-01')")


def test_location_flips_for_all_readers(shop, unload, sandbox):
    """It should show another run's rows to the warehouse and to Athena from one statement on."""
    unload("SELECT id, amount FROM sales WHERE id < 3", "run=1/", "PARQUET")
    unload("SELECT id, amount FROM sales", "run=2/", "PARQUET")
    shop.run(
        f"CREATE EXTERNAL TABLE lake.flat (id INT, amount DECIMAL(9,2)) STORED AS PARQUET LOCATION 's3://{BUCKET}/run=1/'"
    )
    athena = _athena(sandbox)
    assert shop.rows("SELECT count(*) FROM lake.flat") == [(2,)]
    assert athena.rows("SELECT count(*), sum(amount) FROM flat", **IN_DATABASE) == [("2", "4.00")]
    shop.run(f"ALTER TABLE lake.flat SET LOCATION 's3://{BUCKET}/run=2/'")
    assert shop.rows("SELECT count(*) FROM lake.flat") == [(6,)]
    assert athena.rows("SELECT count(*), sum(amount) FROM flat", **IN_DATABASE) == [("6", "24.00")]


IN_DATABASE = {"QueryExecutionContext": {"Database": GLUE_DATABASE}}


def _athena(sandbox):
    return Lake(sandbox)


def test_athena_reads_partitions_and_types(published, sandbox):
    """It should give Athena the same rows, types and partitions."""
    athena = _athena(sandbox)
    rows = athena.rows(
        "SELECT id, shop, amount, paid, at, day FROM sales WHERE day = date '2026-01-01' ORDER BY id",
        **IN_DATABASE,
    )
    assert rows == [
        ("1", "a", "1.50", "true", "2026-01-01 10:00:00.000", "2026-01-01"),
        ("2", "b", "2.50", "false", "2026-01-01 11:00:00.000", "2026-01-01"),
    ]


def test_table_from_a_query(shop, sandbox):
    """It should write a query's rows, and register columns, partitions and the number of rows."""
    made = (
        f"CREATE EXTERNAL TABLE lake.totals PARTITIONED BY (day) STORED AS PARQUET LOCATION 's3://{BUCKET}/totals/' "
        "AS SELECT day, count(*) AS sold, sum(amount) AS amount FROM sales GROUP BY day"
    )
    assert shop.run(made).affected == 3
    assert shop.rows("SELECT sold, amount, day::VARCHAR FROM lake.totals ORDER BY day") == [
        (2, Decimal("4.00"), "2026-01-01"), (2, Decimal("8.00"), "2026-01-02"), (2, Decimal("12.00"), "2026-01-03"),
    ]  # fmt: skip
    assert _athena(sandbox).rows("SELECT sum(sold) FROM totals", **IN_DATABASE) == [("6",)]
    parameters = shop.catalogue.described(GLUE_DATABASE, "totals")["Parameters"]
    assert parameters["numRows"] == "3"
    again = made.replace("lake.totals", "lake.again")
    with pytest.raises(RedshiftError, match="is not empty"):
        shop.run(again)


def test_text_table_from_a_query(shop):
    """It should write lines of fields that it reads back."""
    shop.run(
        f"CREATE EXTERNAL TABLE lake.lines ROW FORMAT DELIMITED FIELDS TERMINATED BY '|' STORED AS TEXTFILE "
        f"LOCATION 's3://{BUCKET}/lines/' AS SELECT id, shop FROM sales WHERE id IN (1, 4)"
    )
    assert shop.read("lines/0000_part_00") == b"1|a\n4|\\N\n"
    assert shop.rows("SELECT * FROM lake.lines ORDER BY id") == [(1, "a"), (4, None)]


def test_dropped_table_leaves_its_objects(published):
    """It should take the table out of the catalogue, once."""
    before = published.keys()
    published.run("DROP TABLE lake.sales")
    assert published.keys() == before
    with pytest.raises(RedshiftError, match="does not exist"):
        published.run("DROP TABLE lake.sales")
    published.run("DROP TABLE IF EXISTS lake.sales")


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        (f"{TABLE} 's3://{BUCKET}/one/'", 'Table "sales" already exists in schema "lake"'),
        ("CREATE EXTERNAL TABLE lake.x (a INT) STORED AS PARQUET LOCATION 'one/'", "Invalid S3 location"),
        ("CREATE EXTERNAL TABLE lake.x (a INT) PARTITIONED BY (a INT) STORED AS PARQUET LOCATION 's3://lake/'",
         "is a column of the table, too"),
        ("CREATE EXTERNAL TABLE lake.x (a TIME) STORED AS PARQUET LOCATION 's3://lake/'", "not supported in external"),
        ("CREATE EXTERNAL TABLE lake.x (a INT) STORED AS XLS LOCATION 's3://lake/'", "stored as XLS"),
        ("CREATE EXTERNAL TABLE public.x (a INT) STORED AS PARQUET LOCATION 's3://lake/'", "no external schema"),
        (f"CREATE EXTERNAL TABLE lake.x STORED AS ORC LOCATION 's3://{BUCKET}/x/' AS SELECT 1 AS a", "only PARQUET"),
        (f"CREATE EXTERNAL TABLE lake.x STORED AS PARQUET LOCATION 's3://{BUCKET}/x/' AS SELECT 1 AS a LIMIT 1",
         "Limit clause"),
        ("ALTER TABLE lake.nothing SET LOCATION 's3://lake/'", "does not exist"),
        ("ALTER TABLE lake.sales ADD PARTITION (month = 1) LOCATION 's3://lake/'", "is partitioned by"),
        ("ALTER TABLE lake.sales RENAME TO other", "not supported for the external table"),
        ("INSERT INTO lake.sales SELECT 1", "external schema"),
        ("DELETE FROM lake.sales", "external schema"),
    ],
)  # fmt: skip
def test_what_is_refused(published, sql, problem):
    """It should say what cannot be done with an external table."""
    with pytest.raises(RedshiftError, match=problem):
        published.run(sql)


@pytest.mark.parametrize(
    "sql",
    [
        f"{TABLE} 's3://{BUCKET}/one/'",
        "DROP TABLE lake.sales",
        "ALTER TABLE lake.sales SET LOCATION 's3://lake/two/'",
    ],
)
def test_not_in_a_transaction(published, sql):
    """It should refuse changes of external tables in a transaction block."""
    published.run("BEGIN")
    with pytest.raises(RedshiftError, match="cannot run inside a transaction block"):
        published.run(sql)
    published.run("ROLLBACK")


def test_views_tell_what_is_in_the_catalogue(published):
    """It should list tables, columns and partitions with their places."""
    where = "WHERE schemaname = 'lake' AND tablename = 'sales'"
    assert published.rows(f"SELECT location FROM svv_external_tables {where}") == [(f"s3://{BUCKET}/one/",)]
    columns = published.rows(
        f"SELECT columnname, external_type, part_key FROM svv_external_columns {where} ORDER BY columnnum"
    )
    assert columns == [
        ("id", "int", 0), ("shop", "varchar(9)", 0), ("amount", "decimal(9,2)", 0), ("paid", "boolean", 0),
        ("at", "timestamp", 0), ("day", "date", 1),
    ]  # fmt: skip
    partitions = published.rows(f'SELECT "values", location FROM svv_external_partitions {where} ORDER BY 1')
    assert partitions == [
        ('["2026-01-01"]', f"s3://{BUCKET}/one/day=2026-01-01/"),
        ('["2026-01-02"]', f"s3://{BUCKET}/one/day=2026-01-02/"),
    ]


def test_drop_external_database_takes_it_from_all(shop):
    """It should drop the catalogue's database only where that is said."""
    shop.run("DROP SCHEMA lake")
    assert shop.catalogue.has_database(GLUE_DATABASE)
    shop.run(
        f"CREATE EXTERNAL SCHEMA lake FROM DATA CATALOG DATABASE '{GLUE_DATABASE}' IAM_ROLE '{LAKE_ROLE}'"
    )
    shop.run("DROP SCHEMA lake DROP EXTERNAL DATABASE")
    assert not shop.catalogue.has_database(GLUE_DATABASE)
