"""What is refused before it is sent."""

from __future__ import annotations

import pytest

from switchyard.errors import NotAllowed
from switchyard.redshift.linter import LONGEST, lint, stands_alone
from switchyard.redshift.window import require_window

FEDERATED = {"shop"}


def check(*statements, in_batch=True):
    lint(
        statements,
        labels=[f"statement {number}" for number in range(1, len(statements) + 1)],
        purpose="apply",
        in_batch=in_batch,
        external=FEDERATED,
    )


ALONE = [
    "VACUUM sales.orders",
    "vacuum",
    "TRUNCATE sales.orders",
    "TRUNCATE TABLE sales.orders",
    "ALTER TABLE sales.orders APPEND FROM sales.more",
    "ALTER TABLE lake.orders ADD IF NOT EXISTS PARTITION (d = '1') LOCATION 's3://lake/x/'",
    "ALTER TABLE lake.orders ADD PARTITION (d = '1') LOCATION 's3://lake/x/'",
    "ALTER TABLE lake.orders SET LOCATION 's3://lake/x/'",
    'ALTER TABLE "sales"."orders" ALTER COLUMN a TYPE varchar(20)',
    "CREATE EXTERNAL TABLE lake.orders (a int) STORED AS PARQUET LOCATION 's3://lake/x/'",
    "CREATE EXTERNAL SCHEMA shop FROM MYSQL DATABASE 'shop' URI 'h' PORT 3306 IAM_ROLE default SECRET_ARN 'x'",
    "DROP TABLE IF EXISTS shop.orders",
    'DROP SCHEMA IF EXISTS "shop"',
    "GRANT USAGE ON SCHEMA shop TO reports",
    "REVOKE USAGE ON SCHEMA shop FROM reports",
    "CREATE DATABASE more",
    "DROP DATABASE more",
    "CREATE OR REPLACE LIBRARY f LANGUAGE plpythonu FROM 's3://x/y.zip' IAM_ROLE default",
    "-- weekly\nVACUUM sales.orders",
    "/* weekly */ VACUUM sales.orders",
]


@pytest.mark.parametrize("statement", ALONE)
def test_what_no_transaction_takes_is_sent_alone(statement):
    """It should keep out of batches what would fail there, or commit half a load."""
    assert stands_alone(statement, FEDERATED)
    check(statement, in_batch=False)
    with pytest.raises(
        NotAllowed, match=r"statement 2: .* cannot be part of a transaction\. Send it by itself"
    ):
        check("SELECT 1", statement)


@pytest.mark.parametrize(
    "statement",
    [
        "LOCK sales.orders",
        "DROP TABLE IF EXISTS stage.orders",
        "CREATE TABLE stage.vacuum AS SELECT 'TRUNCATE' AS a FROM shop.orders",
        "ALTER TABLE sales.orders RENAME TO orders_old",
        "ALTER TABLE sales.orders ADD COLUMN a int",
        "ALTER TABLE sales.orders DROP COLUMN partition_by",
        "CREATE OR REPLACE VIEW sales.all_orders AS SELECT a FROM sales.orders",
        "GRANT SELECT ON sales.orders TO reports",
        "ANALYZE sales.orders PREDICATE COLUMNS",
    ],
)
def test_the_rest_goes_into_transactions(statement):
    """It should not be misled by names and texts that resemble commands."""
    assert not stands_alone(statement, FEDERATED)
    check(statement, statement)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM sales.orders o USING stage.orders s WHERE o.id = s.id", "gives its target another name"),
        ("DELETE FROM sales.orders AS o WHERE o.id = 1", "gives its target another name"),
        ('DELETE "sales"."orders" "o" WHERE "o"."id" = 1', "gives its target another name"),
        ("SELECT a, count(*) FROM sales.orders GROUP BY a WHERE b = 1", "WHERE stands behind GROUP BY"),
        ("SELECT a FROM t ORDER BY a GROUP BY a", "GROUP BY stands behind ORDER BY"),
        ("SELECT a FROM t LIMIT 1 WHERE b", "WHERE stands behind LIMIT"),
        ("SELECT a FROM t WHERE b IN (SELECT c FROM d HAVING e WHERE f)", "WHERE stands behind HAVING"),
        ("WITH x AS (SELECT a FROM t ORDER BY 1 WHERE b) SELECT a FROM x", "WHERE stands behind ORDER BY"),
        ("INSERT INTO s SELECT a FROM t UNION ALL SELECT a FROM u LIMIT 1 WHERE b", "WHERE stands behind LIMIT"),
        ("UNLOAD ('SELECT a FROM t ORDER BY a WHERE b = ''x''') TO 's3://x/' IAM_ROLE default", "WHERE stands behind"),
        ("SELECT 1; DROP TABLE sales.orders", "several statements"),
        ("DELETE FROM t WHERE a = 1; INSERT INTO t SELECT 1", "several statements"),
        ("SELECT $$ 1; SELECT 2 $$", "quotes with"),
        ("SELECT 'a", "never ends"),
        ("SELECT 1 /* a", "never ends"),
        ("  -- nothing", "it is empty"),
        ("BEGIN", "BEGIN would end or nest"),
        ("COMMIT", "COMMIT would end or nest"),
        ("DROP SCHEMA lake DROP EXTERNAL DATABASE", "drops the database of the catalogue"),
        ("COPY t FROM 's3://x/' CREDENTIALS 'aws_access_key_id=A;aws_secret_access_key=B'", "carries credentials"),
        ("UNLOAD ('SELECT 1') TO 's3://x/' ACCESS_KEY_ID 'A' SECRET_ACCESS_KEY 'B'", "carries credentials"),
        ("MERGE INTO t USING shop.s ON t.a = s.a REMOVE DUPLICATES", "reads from an external schema"),
        ("MERGE INTO t USING (SELECT 1 AS a) s ON t.a = s.a REMOVE DUPLICATES", "reads from a query"),
        ("MERGE INTO t x USING s ON x.a = s.a REMOVE DUPLICATES", "gives its target another name"),
        ("MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE", "lacks WHEN MATCHED or WHEN NOT MATCHED"),
        ("CREATE VIEW v.x AS SELECT a FROM orders WITH NO SCHEMA BINDING", "1 of the relations it reads"),
        ("CREATE OR REPLACE VIEW v.x AS WITH h AS (SELECT a FROM hot) SELECT a FROM h JOIN cold USING (a) "
         "WITH NO SCHEMA BINDING", "2 of the relations it reads"),
        ("CREATE VIEW v.x AS SELECT FROM WHERE WITH NO SCHEMA BINDING", "its query cannot be read"),
        ("SELECT '" + "x" * LONGEST + "'", "longer than 100,000 bytes"),
    ],
)  # fmt: skip
def test_bad_forms_are_refused(statement, found):
    """It should refuse, in words that hold nothing of the statement, what Redshift would refuse or misread."""
    with pytest.raises(NotAllowed, match=found) as refused:
        check(statement)
    assert "orders" not in str(refused.value)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM sales.orders USING stage.orders_1 s WHERE orders.id = s.id",
        'DELETE FROM "sales"."orders" WHERE "id" = 1',
        "DELETE FROM sales.orders",
        "SELECT extract(year FROM d) FROM t WHERE a IS NOT DISTINCT FROM b GROUP BY 1 HAVING count(*) > 1 LIMIT 3",
        "SELECT DISTINCT a FROM t WHERE b IS DISTINCT FROM c",
        "SELECT row_number() OVER (PARTITION BY a ORDER BY b) AS n FROM t WHERE trim(BOTH FROM c) = 'ORDER BY'",
        "SELECT listagg(a) WITHIN GROUP (ORDER BY a) FROM t WHERE b = ';' GROUP BY c",
        'SELECT a AS "where", t.limit FROM t GROUP BY 1',
        "(SELECT a FROM t ORDER BY a LIMIT 1) UNION ALL (SELECT a FROM u ORDER BY a LIMIT 1) ORDER BY 1",
        "SELECT a FROM t UNION SELECT a FROM u WHERE b ORDER BY 1",
        "INSERT INTO t (a) SELECT a FROM s WHERE a = 'it''s; DELETE FROM t x' -- ; not; here\n;",
        "CREATE VIEW v.x AS WITH h AS (SELECT a FROM shop.t) SELECT a FROM h JOIN v.t USING (a) WITH NO SCHEMA BINDING",
        "CREATE VIEW v.x AS SELECT a FROM orders",
        "MERGE INTO a.t USING b.s AS s ON t.k = s.k WHEN MATCHED THEN UPDATE SET v = s.v "
        "WHEN NOT MATCHED THEN INSERT (k, v) VALUES (s.k, s.v)",
        "MERGE INTO a.t USING b.s ON t.k = s.k REMOVE DUPLICATES",
        "EXPLAIN SELECT a FROM t WHERE b",
        "UNLOAD ('SELECT a FROM t WHERE b = ''x''') TO 's3://x/' IAM_ROLE 'arn' FORMAT PARQUET",
        "SELECT '$$'",
    ],
)
def test_good_forms_pass(statement):
    """It should let through what Redshift takes, however much it looks like something else."""
    check(statement)


@pytest.mark.parametrize("count", [0, 41])
def test_a_request_holds_forty_statements(count):
    """It should count settings too."""
    with pytest.raises(NotAllowed, match=f"request apply: it has {count} statements"):
        check(*["SELECT 1"] * count)
    check(*["SELECT 1"] * 40)


def window(condition, rest=""):
    require_window(f"SELECT a, b::varchar(10) AS b FROM shop.t WHERE {condition}{rest}", "u", purpose="stage")


@pytest.mark.parametrize(
    "condition",
    [
        "u >= '2026-01-01' AND u < '2026-02-01'",
        '"u" >= :lo AND "u" < :hi',
        "t.u >= '2026-01-01'::timestamp AND t.u < TIMESTAMP '2026-02-01'",
        "u >= '1' AND u < '2' AND k > 7",
    ],
)
def test_plain_windows_pass(condition):
    """It should take both bounds as comparisons of the column with values."""
    window(condition)


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("u >= '1'", "no upper bound of its watermark"),
        ("u < '1'", "no lower bound of its watermark"),
        ("u > '1' AND u < '2'", "no lower bound"),
        ("u >= '1' AND u <= '2'", "no upper bound"),
        ("v >= '1' AND v < '2'", "no lower bound"),
        ("u BETWEEN '1' AND '2'", "no plain comparison"),
        ("trunc(u) >= '1' AND u < '2'", "no plain comparison"),
        ("u >= '1' AND u < '2' OR k = 1", "no plain comparison"),
        ("u >= '1' AND u < '2' AND (k = 1 OR k = 2)", "no plain comparison"),
        ("u >= '1' AND u < '2' AND c LIKE 'x%'", "no plain comparison"),
        ("u >= '1' AND u < '2' AND lower(c) = 'x'", "no plain comparison"),
        ("u >= '1' AND u < '2' AND c IS NULL", "no plain comparison"),
        ("u >= '1' AND u < '2' AND k NOT IN (SELECT k FROM sales.t)", "more than one table"),
        ("u >= (SELECT max(u) FROM sales.t) AND u < '2'", "more than one table"),
        ("u >= getdate() AND u < '2'", "no plain comparison"),
    ],
)
def test_other_conditions_are_refused(condition, found):
    """It should refuse conditions that a source may not be asked to apply."""
    with pytest.raises(NotAllowed, match=found):
        window(condition)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("SELECT TOP 10 a FROM shop.t", "no lower bound of its watermark but a LIMIT"),
        ("SELECT a FROM shop.t LIMIT 10", "no lower bound of its watermark but a LIMIT"),
        ("SELECT a FROM shop.t JOIN sales.d ON 1 = 1 WHERE u >= '1' AND u < '2'", "more than one table"),
        ("SELECT a FROM shop.t", "no lower bound"),
        ("DELETE FROM shop.t", "no plain SELECT"),
        ("SELECT (", "cannot be read"),
    ],
)
def test_other_statements_are_no_windows(statement, found):
    """It should not take a limit, a join or another command for a bound."""
    with pytest.raises(NotAllowed, match=found):
        require_window(statement, "u", purpose="stage")
