"""The statements of a register of findings, from the raw documents to the auditor's questions."""

import pytest

RECORDS = "struct<records:array<struct<jsonpath:string,recordindex:bigint>>>"
FINDINGS = f"""
CREATE EXTERNAL TABLE IF NOT EXISTS shop.findings (
  `id` string COMMENT 'as Macie gives it',
  createdat string,
  severity struct<score:int, description:string>,
  resourcesaffected struct<s3object:struct<key:string>>,
  classificationdetails struct<
    jobid:string,
    result:struct<sensitivedata:array<struct<
      category:string, detections:array<struct<type:string, count:bigint, occurrences:{RECORDS}>>
    >>>
  >
)
COMMENT 'findings as they come'
PARTITIONED BY (run_date date)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
WITH SERDEPROPERTIES ('ignore.malformed.json' = 'true')
LOCATION 's3://data/findings/'
TBLPROPERTIES ('has_encrypted_data' = 'true')
"""
REGISTER = """
CREATE EXTERNAL TABLE register (
  finding_id string, table_name string, column_name string, kind string, occurrences bigint, located bigint
)
PARTITIONED BY (run_date date, job_id string)
STORED AS PARQUET
LOCATION 's3://data/register/'
TBLPROPERTIES ('parquet.compression' = 'SNAPPY')
"""
INSERT = """
INSERT INTO register
SELECT
  f.id, split_part(f.resourcesaffected.s3object.key, '/', 2), regexp_extract(r.jsonpath, '[^.]+$'), d.type,
  max(d.count), count(r.jsonpath), f.run_date, f.classificationdetails.jobid
FROM findings AS f
CROSS JOIN UNNEST(f.classificationdetails.result.sensitivedata) AS s(category, detections)
CROSS JOIN UNNEST(s.detections) AS d(type, count, occurrences)
LEFT JOIN UNNEST(d.occurrences.records) AS r(jsonpath, recordindex) ON TRUE
GROUP BY 1, 2, 3, 4, 7, 8
"""


def finding(number, *detections):
    """Return a finding as Macie spells it: each detection is a kind, a count and the columns it was seen in."""
    found = [
        {
            "type": kind,
            "count": count,
            "occurrences": {
                "records": [
                    {"jsonPath": f"$.{column}", "recordIndex": at} for at, column in enumerate(columns)
                ]
                or None
            },
        }
        for kind, count, *columns in detections
    ]
    return {
        "id": f"f{number}",
        "createdAt": "2026-01-02T03:04:05.678Z",
        "severity": {"score": 3, "description": "High"},
        "resourcesAffected": {"s3Object": {"key": "shop/customer/LOAD00000001.parquet"}},
        "classificationDetails": {
            "jobId": "job-1",
            "result": {"sensitiveData": [{"category": "PERSONAL_INFORMATION", "detections": found}]},
        },
    }


@pytest.fixture
def register(lake):
    """A lake with two findings, one without a place, and the register made of them."""
    lake.put(
        "findings/run_date=2026-01-02/part-0.json",
        [finding(1, ("NAME", 3, "first_name", "last_name", "last_name")), finding(2, ("ADDRESS", 7))],
    )
    for statement in (FINDINGS, "MSCK REPAIR TABLE findings", REGISTER, INSERT):
        lake.run(statement)
    return lake


def test_findings_become_a_register(register):
    """It should read JSON whatever the case of its keys, unnest it, and write Parquet in registered partitions."""
    assert register.rows("SELECT * FROM register ORDER BY finding_id, column_name") == [
        ("f1", "customer", "first_name", "NAME", "3", "1", "2026-01-02", "job-1"),
        ("f1", "customer", "last_name", "NAME", "3", "2", "2026-01-02", "job-1"),
        ("f2", "customer", None, "ADDRESS", "7", "0", "2026-01-02", "job-1"),
    ]
    assert register.printed("SHOW PARTITIONS register") == [("run_date=2026-01-02/job_id=job-1",)]
    [key] = register.keys("register/")
    assert key.startswith("register/run_date=2026-01-02/job_id=job-1/")
    assert set(register.parquet(key)[0]) == {
        "finding_id",
        "table_name",
        "column_name",
        "kind",
        "occurrences",
        "located",
    }


def test_path_is_a_column_that_a_star_leaves_out(register):
    """It should tell the object of a row when asked by name."""
    [(path,)] = register.rows('SELECT DISTINCT "$path" FROM register')
    assert path == f"s3://data/{register.keys('register/')[0]}"


def test_questions_of_an_auditor(register):
    """It should run the functions, windows and aggregates that reports are made of."""
    assert register.rows(
        """
        SELECT
          kind, count_if(located < occurrences), array_join(array_sort(array_agg(DISTINCT column_name)), ','),
          max_by(column_name, located), sum(occurrences) FILTER (WHERE located > 0),
          row_number() OVER (ORDER BY kind DESC), element_at(histogram(column_name), 'last_name'),
          bool_or(column_name IS NULL), date_diff('day', max(run_date), date '2026-02-01')
        FROM register WHERE run_date = date '2026-01-02' GROUP BY kind ORDER BY kind
        """
    ) == [
        ("ADDRESS", "1", "", None, None, "2", None, "true", "30"),
        ("NAME", "2", "first_name,last_name", "last_name", "6", "1", "1", "false", "30"),
    ]
    assert register.rows(
        "SELECT format_datetime(from_iso8601_timestamp(createdat) AT TIME ZONE 'UTC', 'yyyy-MM-dd HH:mm'), "
        "json_extract_scalar('{\"a\": [1, 2]}', '$.a[1]'), TRY_CAST('x' AS integer), "
        "reduce(ARRAY[1, 2, 3], 0, (s, x) -> s + x, s -> s * 10), any_match(ARRAY[1, 2], x -> x > 1), "
        "CAST(ROW(1, 'b') AS ROW(a integer, b varchar)).b, length(to_hex(md5(to_utf8('a')))) "
        "FROM findings WHERE id = 'f1'"
    ) == [("2026-01-02 03:04", "2", None, "60", "true", "b", "32")]


def test_insert_writes_at_most_a_hundred_partitions(lake):
    """It should write 100 partitions and refuse 101, leaving nothing."""
    lake.run(
        "CREATE EXTERNAL TABLE days (n bigint) PARTITIONED BY (day bigint) STORED AS PARQUET LOCATION 's3://data/days/'"
    )
    insert = "INSERT INTO days SELECT x, x FROM UNNEST(sequence(1, {})) AS t(x)"
    reason = lake.failed(insert.format(101))
    assert (
        reason == "HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers for partitions/buckets"
    )
    assert lake.keys("days/") == []
    lake.run(insert.format(100))
    assert len(lake.keys("days/")) == 100
    assert lake.rows("SELECT count(*), sum(n) FROM days") == [("100", "5050")]


def test_insert_must_fit_the_table(orders):
    """It should compare the number and the types of columns, and take columns by name."""
    assert orders.failed("INSERT INTO orders SELECT 1").startswith(
        "TYPE_MISMATCH: Insert query has mismatched column types: Table: [integer, varchar, decimal(9,2), date]"
    )
    orders.run("INSERT INTO orders (id, day) VALUES (9, date '2026-01-09')")
    assert orders.rows("SELECT * FROM orders WHERE id = 9") == [("9", None, None, "2026-01-09")]
    assert orders.failed("INSERT INTO nope VALUES 1").startswith("TABLE_NOT_FOUND: ")


def test_table_is_made_of_a_query(orders):
    """It should write Parquet below the location, in partitions, and refuse a location that is in use."""
    made = (
        "CREATE TABLE {} WITH (format = 'PARQUET', write_compression = 'SNAPPY', "
        "external_location = 's3://data/totals/', partitioned_by = ARRAY['day']) "
        "AS SELECT customer, total, day FROM orders"
    )
    found = orders.run(made.format("totals"))
    assert (found["StatementType"], found["SubstatementType"]) == ("DDL", "CREATE_TABLE_AS_SELECT")
    assert orders.rows("SELECT customer FROM totals WHERE day = date '2026-01-02'") == [("Cay",)]
    assert orders.printed("SHOW PARTITIONS totals") == [("day=2026-01-01",), ("day=2026-01-02",)]
    assert orders.failed(made.format("again")).startswith("HIVE_PATH_ALREADY_EXISTS: ")
    assert orders.failed(made.format("totals")).startswith("TABLE_ALREADY_EXISTS: ")
    assert orders.failed("CREATE TABLE t AS SELECT 1").startswith("MISSING_COLUMN_NAME: ")
    late = "CREATE TABLE t WITH (partitioned_by = ARRAY['day']) AS SELECT day, id FROM orders"
    assert orders.failed(late).startswith("HIVE_COLUMN_ORDER_MISMATCH: ")


def test_views_are_read_in_their_database(orders):
    """It should keep a view's query, replace it only when told to, and print it."""
    orders.run("CREATE VIEW ann AS SELECT id, total FROM orders WHERE customer = 'Ann'")
    orders.run("CREATE DATABASE other")
    elsewhere = {"QueryExecutionContext": {"Database": "other"}}
    assert orders.rows("SELECT * FROM shop.ann", **elsewhere) == [("1", "9.50")]
    again = "CREATE VIEW ann AS SELECT 1 AS id"
    assert orders.failed(again).startswith("TABLE_ALREADY_EXISTS: ")
    orders.run(again.replace("CREATE", "CREATE OR REPLACE"))
    assert orders.rows("SELECT * FROM ann") == [("1",)]
    assert orders.printed("SHOW CREATE VIEW ann")[1:] == [("SELECT 1 AS id",)]
    assert orders.printed("SHOW VIEWS") == [("ann",)]
    orders.run("DROP VIEW ann")
    assert orders.failed("SELECT * FROM ann").startswith("TABLE_NOT_FOUND: ")


def test_unload_writes_rows_without_a_table(orders):
    """It should write below an empty location in the format asked for, and list the objects in its manifest."""
    text = "UNLOAD (SELECT id, customer FROM orders) TO 's3://data/out/' WITH (format = 'PARQUET')"
    found = orders.run(text)
    [key] = orders.keys("out/")
    assert sorted(row["id"] for row in orders.parquet(key)) == [1, 2, 3]
    bucket, _, manifest = found["Statistics"]["DataManifestLocation"].removeprefix("s3://").partition("/")
    assert orders.s3.get_object(Bucket=bucket, Key=manifest)["Body"].read() == f"s3://data/{key}\n".encode()
    assert orders.failed(text).startswith("HIVE_PATH_ALREADY_EXISTS: ")


def test_partitions_are_added_found_and_dropped(orders):
    """It should register partitions and forget them, while their objects stay as they are."""
    orders.run("ALTER TABLE orders DROP PARTITION (day = '2026-01-01'), PARTITION (day = '2026-01-02')")
    assert orders.printed("SHOW PARTITIONS orders") == []
    assert len(orders.keys("orders/")) == 2
    assert orders.printed("MSCK REPAIR TABLE orders")[1:] == [
        ("Repair: Added partition to metastore shop.orders:day=2026-01-01",),
        ("Repair: Added partition to metastore shop.orders:day=2026-01-02",),
    ]
    assert orders.printed("MSCK REPAIR TABLE orders") == []
    add = "ALTER TABLE orders ADD PARTITION (day = '2026-01-03') LOCATION 's3://data/orders/day=2026-01-02/'"
    orders.run(add)
    assert orders.rows("SELECT customer FROM orders WHERE day = date '2026-01-03'") == [("Cay",)]
    assert "AlreadyExistsException" in orders.failed(add)
    orders.run(add.replace("ADD", "ADD IF NOT EXISTS"))
    assert "Partition not found" in orders.failed("ALTER TABLE orders DROP PARTITION (day = '2026-09-09')")
    orders.run("ALTER TABLE orders DROP IF EXISTS PARTITION (day = '2026-09-09')")


def test_tables_and_databases_come_and_go(lake):
    """It should make and drop them as told, under names with and without quotes, and leave objects alone."""
    lake.run("CREATE DATABASE IF NOT EXISTS audit COMMENT 'for auditors' LOCATION 's3://data/audit/'")
    lake.run("CREATE DATABASE IF NOT EXISTS audit")
    assert "already exists" in lake.failed("CREATE DATABASE audit")
    table = "CREATE EXTERNAL TABLE {} (a int) STORED AS PARQUET LOCATION 's3://data/t/'"
    lake.run(table.format("audit.t"))
    assert "already exists" in lake.failed(table.format("audit.t"))
    lake.run(table.format("IF NOT EXISTS audit.t"))
    assert lake.printed("SHOW TABLES IN audit") == [("t",)]
    assert "not empty" in lake.failed("DROP DATABASE audit")
    lake.run("DROP TABLE `audit.t`")
    lake.run("DROP TABLE IF EXISTS audit.t")
    assert "Table not found audit.t" in lake.failed("DROP TABLE audit.t")
    lake.run(table.format("audit.t"))
    lake.run("DROP DATABASE audit CASCADE")
    assert lake.printed("SHOW DATABASES") == [("default",), ("shop",)]
    assert "Only external table creation" in lake.failed("CREATE TABLE t (a int) LOCATION 's3://data/t/'")


def test_tables_are_changed(orders):
    """It should add columns, which old objects do not have, and set properties and locations."""
    orders.run("ALTER TABLE orders ADD COLUMNS (note string)")
    assert orders.rows("SELECT id, note FROM orders WHERE id = 1") == [("1", None)]
    orders.run("ALTER TABLE orders SET TBLPROPERTIES ('owner' = 'sales')")
    assert ("owner\tsales",) in orders.printed("SHOW TBLPROPERTIES orders")
    orders.run("ALTER TABLE orders PARTITION (day = '2026-01-01') SET LOCATION 's3://data/nothing/'")
    assert orders.rows("SELECT count(*) FROM orders") == [("1",)]


def test_tables_are_described(register):
    """It should print columns and the statement that makes a table, which makes the same one again."""
    names = [line.partition("\t")[0].strip() for (line,) in register.printed("DESCRIBE findings")]
    assert names[:6] == [
        "id",
        "createdat",
        "severity",
        "resourcesaffected",
        "classificationdetails",
        "run_date",
    ]
    assert [line.strip() for (line,) in register.printed("SHOW COLUMNS IN register")][-2:] == [
        "run_date",
        "job_id",
    ]
    statement = "\n".join(line for (line,) in register.printed("SHOW CREATE TABLE findings"))
    rows = register.rows("SELECT id, severity.score, run_date FROM findings ORDER BY id")
    register.run("DROP TABLE findings")
    register.run(statement)
    register.run("MSCK REPAIR TABLE findings")
    assert register.rows("SELECT id, severity.score, run_date FROM findings ORDER BY id") == rows


def test_explain(orders):
    """It should tell whether a query would run, and how, without running it."""
    assert orders.printed("EXPLAIN (TYPE VALIDATE) SELECT id FROM orders") == [("true",)]
    assert orders.printed("EXPLAIN SELECT id FROM orders")
    assert "".join(
        line for (line,) in orders.printed("EXPLAIN (FORMAT JSON) SELECT id FROM orders")
    ).startswith("[")
    assert orders.failed("EXPLAIN (TYPE VALIDATE) SELECT nope FROM orders").startswith("COLUMN_NOT_FOUND: ")


@pytest.mark.parametrize(
    "text",
    [
        "DELETE FROM orders WHERE id = 1",
        "UPDATE orders SET id = 2",
        "MERGE INTO orders t USING orders s ON t.id = s.id WHEN MATCHED THEN DELETE",
    ],
)
def test_rows_of_external_tables_cannot_be_changed(orders, text):
    """It should fail, since only transactional tables allow that."""
    reason = "NOT_SUPPORTED: Modifying Hive table rows is only supported for transactional tables"
    assert orders.failed(text) == reason


def test_tables_of_text_and_csv(lake):
    """It should read delimited text and quoted CSV, without the header, and values that do not fit as nulls."""
    lake.put("text/a", "1\tAnn\nx\t\\N\n")
    lake.put("csv/a", 'id,name\n"1","Ann, B."\n')
    lake.run(
        "CREATE EXTERNAL TABLE text (id int, name string) ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' "
        "LOCATION 's3://data/text/'"
    )
    lake.run(
        "CREATE EXTERNAL TABLE csv (id string, name string) "
        "ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' LOCATION 's3://data/csv/' "
        "TBLPROPERTIES ('skip.header.line.count' = '1')"
    )
    assert lake.rows("SELECT * FROM text") == [("1", "Ann"), (None, None)]
    assert lake.rows("SELECT * FROM csv") == [("1", "Ann, B.")]


def test_zipped_lines_and_hidden_objects(lake):
    """It should read gzipped JSON, and no object whose name begins with a dot or an underscore."""
    import gzip

    lake.put("lines/a.json.gz", gzip.compress(b'{"N": 1}\n{"N": 2}\n'))
    for name in ("_SUCCESS", ".part"):
        lake.put(f"lines/{name}", '{"n": 3}\n')
    lake.run(
        "CREATE EXTERNAL TABLE lines (n int) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' "
        "LOCATION 's3://data/lines/'"
    )
    assert lake.rows("SELECT sum(n) FROM lines") == [("3",)]


def test_malformed_lines(lake):
    """It should fail on a line that is no JSON, or make nulls of it where the table says so."""
    lake.put("lines/a.json", '{"n": 1}\nnonsense\n')
    table = "CREATE EXTERNAL TABLE {} (n int) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' {} LOCATION 's3://data/lines/'"
    lake.run(table.format("strict", ""))
    lake.run(table.format("lax", "WITH SERDEPROPERTIES ('ignore.malformed.json' = 'true')"))
    assert lake.failed("SELECT * FROM strict").startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")
    assert lake.rows("SELECT * FROM lax") == [("1",), (None,)]


def test_projected_partitions_need_no_registration(lake):
    """It should read the objects whose place the table's properties describe."""
    lake.put("events/2026/01/02/a.json", [{"n": 1}])
    lake.put("events/2025/12/31/a.json", [{"n": 2}])
    lake.run(
        "CREATE EXTERNAL TABLE events (n int) PARTITIONED BY (day string) "
        "ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://data/events/' "
        "TBLPROPERTIES ('projection.enabled' = 'true', 'projection.day.type' = 'date', "
        "'projection.day.format' = 'yyyy/MM/dd', 'projection.day.range' = '2026/01/01,NOW', "
        "'storage.location.template' = 's3://data/events/${day}')"
    )
    assert lake.rows("SELECT n, day FROM events") == [("1", "2026/01/02")]


def test_partitions_take_any_value(lake):
    """It should write and find again values that a path cannot hold as they are, and nulls."""
    lake.run(
        "CREATE EXTERNAL TABLE t (n int) PARTITIONED BY (p string) STORED AS PARQUET LOCATION 's3://data/t/'"
    )
    lake.run("INSERT INTO t VALUES (1, 'a/b c'), (2, 'x=y'), (3, 'ü %'), (4, NULL)")
    expected = [("1", "a/b c"), ("2", "x=y"), ("3", "ü %"), ("4", None)]
    assert lake.rows("SELECT n, p FROM t ORDER BY n") == expected
    assert "t/p=a%2Fb c" in {key.rpartition("/")[0] for key in lake.keys("t/")}
    lake.run("DROP TABLE t")
    lake.run(
        "CREATE EXTERNAL TABLE t (n int) PARTITIONED BY (p string) STORED AS PARQUET LOCATION 's3://data/t/'"
    )
    lake.run("MSCK REPAIR TABLE t")
    assert lake.rows("SELECT n, p FROM t ORDER BY n") == expected
