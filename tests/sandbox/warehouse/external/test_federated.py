"""Federated queries on real databases: what is fetched, what it becomes, and what is refused."""

import re
import threading
from datetime import date, datetime, time
from decimal import Decimal

import pytest

from sandbox.warehouse.errors import Cancelled, RedshiftError
from tests.support.warehouse import FEDERATED_ROLE, SECRET, external_schema

pytestmark = pytest.mark.usefixtures("orders")
BOTH = pytest.mark.parametrize("schema", ["fed", "pg"])
WINDOW = "updated_at >= '2026-01-01T12:00:00Z' AND updated_at < '2026-01-03'"


@BOTH
def test_only_rows_of_the_window_are_fetched(shop, schema):
    """It should fetch what the pushed bounds leave, and count just that."""
    assert shop.rows(f"SELECT name FROM {schema}.loaded_orders WHERE {WINDOW}") == [("john",)]
    ((rows, text),) = shop.fetched()
    assert rows == 1
    assert "2026-01-01 12:00:00" in text
    assert "2026-01-03 00:00:00" in text


@BOTH
@pytest.mark.parametrize(
    "condition",
    ["lower(name) = 'ann'", "id = 3 OR id = 4", "id IN (SELECT 3)", "name LIKE 'A%'", "id + 0 = 3"],
)
def test_condition_that_is_not_pushed_fetches_all(shop, schema, condition):
    """It should fetch the whole table where the plan shows no filter, and still give the right rows."""
    sql = f"SELECT id FROM {schema}.loaded_orders WHERE {condition}"
    remote = next(number for number, line in enumerate(shop.plan(sql)) if "Remote" in line)
    assert not any("Filter" in line for line in shop.plan(sql)[remote + 1 : remote + 2])
    assert shop.rows(sql) == [(3,)]
    assert [rows for rows, _ in shop.fetched()] == [3]


@BOTH
@pytest.mark.parametrize(
    "sql", ["SELECT TOP 1 id FROM {}", "SELECT count(*) FROM {}", "SELECT max(id) FROM {}"]
)
def test_limits_and_aggregates_fetch_all(shop, schema, sql):
    """It should do them in the warehouse."""
    assert len(shop.rows(sql.format(f"{schema}.loaded_orders"))) == 1
    assert [rows for rows, _ in shop.fetched()] == [3]


def test_pushed_text_is_compared_by_the_remote_collation(shop):
    """It should take MySQL's word for what is equal, and its own for what it holds itself."""
    assert shop.rows("SELECT count(*) FROM fed.loaded_orders WHERE name = 'JOHN'") == [(2,)]
    assert shop.rows("SELECT count(*) FROM pg.loaded_orders WHERE name = 'JOHN'") == [(0,)]
    shop.run("CREATE TABLE here AS SELECT name FROM fed.loaded_orders")
    assert shop.rows("SELECT count(*) FROM here WHERE name = 'john'") == [(1,)]


def test_federated_and_own_tables_join(shop):
    """It should join what it fetched with what it holds."""
    shop.run("CREATE TABLE here AS SELECT 2 AS id, 'two' AS word")
    sql = (
        "SELECT h.word, o.name, p.name FROM here h JOIN fed.loaded_orders o ON o.id = h.id "
        "LEFT JOIN pg.loaded_orders p ON p.id = o.id AND p.id < 2"
    )
    assert shop.rows(sql) == [("two", "john", None)]
    assert [rows for rows, _ in shop.fetched()] == [3, 3]


def test_condition_on_a_union_goes_to_each_source(shop):
    """It should fetch from each arm what the condition on top leaves."""
    arms = "SELECT id, 'm' AS s FROM fed.loaded_orders UNION ALL SELECT id, 'p' AS s FROM pg.loaded_orders"
    assert shop.rows(f"SELECT s FROM ({arms}) v WHERE id = 2 ORDER BY s") == [("m",), ("p",)]
    assert [rows for rows, _ in shop.fetched()] == [1, 1]


def test_explain_shows_the_filter_at_the_scan(shop):
    """It should name the remote scan and both bounds, without reading a row."""
    lines = shop.plan(f"SELECT id FROM fed.loaded_orders WHERE {WINDOW}")
    assert re.match(r"XN MySQL Query Scan loaded_orders  \(cost=0\.00\.\.", lines[0])
    assert re.match(r"  ->  Remote MySQL Seq Scan fed\.loaded_orders  \(cost=0\.00\.\.", lines[1])
    assert lines[2] == (
        "        Filter: ((updated_at >= '2026-01-01 12:00:00'::timestamp without time zone) AND "
        "(updated_at < '2026-01-03 00:00:00'::timestamp without time zone))"
    )
    assert shop.fetched() == []


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE staged AS SELECT id FROM pg.loaded_orders WHERE id = 1",
        "INSERT INTO here SELECT id FROM pg.loaded_orders WHERE id = 1",
        "DELETE FROM here USING pg.loaded_orders o WHERE here.id = o.id",
    ],
)
def test_explain_plans_changes_without_making_them(shop, sql):
    """It should show what a change reads, and change nothing."""
    shop.run("CREATE TABLE here AS SELECT 1 AS id")
    assert any("Remote PG Seq Scan pg.loaded_orders" in line for line in shop.plan(sql))
    assert shop.rows("SELECT * FROM here") == [(1,)]


# what is seen in transactions


def test_mysql_is_read_committed(shop, mysql):
    """It should see in one transaction what others commit in between."""
    shop.run("BEGIN")
    assert shop.rows("SELECT count(*) FROM fed.loaded_orders") == [(3,)]
    mysql("DELETE FROM loaded_orders WHERE id = 1")
    assert shop.rows("SELECT count(*) FROM fed.loaded_orders") == [(2,)]
    shop.run("COMMIT")


def test_postgres_is_one_snapshot_in_a_transaction(shop, postgres):
    """It should see one moment until its own transaction ends."""
    shop.run("BEGIN")
    assert shop.rows("SELECT count(*) FROM pg.loaded_orders") == [(3,)]
    postgres("DELETE FROM loaded_orders WHERE id = 1")
    assert shop.rows("SELECT count(*) FROM pg.loaded_orders") == [(3,)]
    shop.run("COMMIT")
    assert shop.rows("SELECT count(*) FROM pg.loaded_orders") == [(2,)]


def test_postgres_is_read_committed_where_that_is_set(shop, postgres):
    """It should read each time anew with pg_federation_repeatable_read off."""
    shop.run("SET pg_federation_repeatable_read TO false")
    shop.run("BEGIN")
    assert shop.rows("SELECT count(*) FROM pg.loaded_orders") == [(3,)]
    postgres("DELETE FROM loaded_orders WHERE id = 1")
    assert shop.rows("SELECT count(*) FROM pg.loaded_orders") == [(2,)]
    shop.run("ROLLBACK")


@BOTH
@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO {} (id) VALUES (9)",
        "DELETE FROM {}",
        "UPDATE {} SET id = 9",
        "DROP TABLE {}",
        "CREATE TABLE {}_new (id INT)",
        "CREATE TABLE {}_new AS SELECT 1 AS id",
        "ALTER TABLE {} ADD COLUMN x INT",
        "TRUNCATE {}",
    ],
)
def test_nothing_is_written(shop, schema, sql):
    """It should refuse to change what is in another database, or to make something there."""
    with pytest.raises(RedshiftError, match=r"(?i)external|federated"):
        shop.run(sql.format(f"{schema}.loaded_orders"))
    assert shop.rows(f"SELECT count(*) FROM {schema}.loaded_orders") == [(3,)]


# types


def test_mysql_types_become_redshifts(shop, mysql):
    """It should widen unsigned numbers, take tinyint(1) for a boolean, and make text of what Redshift has not."""
    mysql(
        "CREATE TABLE loaded_types (flag TINYINT(1), tiny TINYINT UNSIGNED, small SMALLINT UNSIGNED, medium MEDIUMINT,"
        " whole INT UNSIGNED, big BIGINT UNSIGNED, exact DECIMAL(12,2), single FLOAT, wide DOUBLE, code CHAR(5),"
        " word VARCHAR(20), odd VARCHAR(20) COLLATE utf8mb4_bin, prose TEXT, mood ENUM('a','b'), marks SET('x','y'),"
        " doc JSON, bits BIT(8), raw VARBINARY(9), day DATE, moment DATETIME(6), stamp TIMESTAMP NULL, clock TIME,"
        " made YEAR, spot POINT)",
        "SET time_zone = '+00:00'",
        "INSERT INTO loaded_types VALUES (2, 255, 65535, -8388608, 4294967295, 18446744073709551615, 1.25, 0.5, 0.25,"
        " 'ab', 'Ann', 'Straße', 'long', 'b', 'x,y', '{\"a\": 1}', b'101', 'abc', '2026-01-02',"
        " '2026-01-02 03:04:05.678901', '2026-01-02 03:04:05', '23:59:59', 2026, POINT(1, 2))",
    )
    answer = shop.run("SELECT * FROM fed.loaded_types")
    found = {
        one.name: (one.type_name, value) for one, value in zip(answer.columns, answer.rows[0], strict=True)
    }
    texts = {"prose", "mood", "marks", "doc", "bits", "raw", "spot", "odd", "word", "code"}
    assert {name: found.pop(name)[1] for name in texts} == {
        "code": "ab", "word": "Ann", "odd": "Straße", "prose": "long", "mood": "b", "marks": "x,y", "doc": '{"a": 1}',
        "bits": "5", "raw": "abc", "spot": "POINT(1 2)",
    }  # fmt: skip
    assert found == {
        "flag": ("bool", True),
        "tiny": ("int2", 255),
        "small": ("int4", 65535),
        "medium": ("int4", -8388608),
        "whole": ("int8", 4294967295),
        "big": ("numeric", Decimal("18446744073709551615")),
        "exact": ("numeric", Decimal("1.25")),
        "single": ("float4", 0.5),
        "wide": ("float8", 0.25),
        "day": ("date", date(2026, 1, 2)),
        "moment": ("timestamp", datetime.fromisoformat("2026-01-02T03:04:05.678901")),
        "stamp": ("timestamp", datetime.fromisoformat("2026-01-02T03:04:05")),
        "clock": ("time", time(23, 59, 59)),
        "made": ("int2", 2026),
    }


def test_postgres_types_become_redshifts(shop, postgres):
    """It should make text of documents, arrays, identifiers and whatever else Redshift has not."""
    postgres(
        "CREATE TABLE loaded_types (small SMALLINT, big BIGINT, exact NUMERIC(12,3), free NUMERIC, flag BOOLEAN,"
        " day DATE, moment TIMESTAMP, stamp TIMESTAMPTZ, word VARCHAR(20), id UUID, doc JSONB, list INT[],"
        " span INTERVAL, clock TIME, net INET, raw BYTEA)",
        "INSERT INTO loaded_types VALUES (1, 2, 4.5, 1.25, true, '2026-01-02', '2026-01-02 03:04:05.678901',"
        " '2026-01-02 03:04:05+00', 'Ann', '00000000-0000-0000-0000-000000000001', '{\"a\": 1}', '{1,2}', '1 day',"
        " '12:00', '10.0.0.1', 'abc')",
    )
    answer = shop.run("SELECT * FROM pg.loaded_types")
    kinds = [one.type_name for one in answer.columns]
    plain = ["int2", "int8", "numeric", "numeric", "bool", "date", "timestamp", "timestamptz"]
    assert kinds == plain + ["varchar"] * 8
    assert answer.rows[0][2:4] == (Decimal("4.500"), Decimal("1.25"))
    assert answer.rows[0][8:] == (
        "Ann", "00000000-0000-0000-0000-000000000001", '{"a": 1}', "{1,2}", "1 day", "12:00:00", "10.0.0.1/32",
        "\\x616263",
    )  # fmt: skip


def test_zero_dates_are_null(shop, mysql):
    """It should read MySQL's dates of zeros as nulls."""
    mysql(
        "CREATE TABLE loaded_zeros (day DATE, moment DATETIME)",
        "SET sql_mode = ''",
        "INSERT INTO loaded_zeros VALUES ('0000-00-00', '0000-00-00 00:00:00'), ('2026-00-10', '2026-01-01 00:00:00')",
    )
    assert shop.rows("SELECT * FROM fed.loaded_zeros ORDER BY 2") == [
        (None, datetime.fromisoformat("2026-01-01T00:00:00")),
        (None, None),
    ]


@pytest.mark.parametrize("clock", ["-01:00:00", "25:00:00", "838:59:59"])
def test_time_out_of_a_day_is_an_error(shop, mysql, clock):
    """It should fail on a TIME that is none of a day."""
    mysql("CREATE TABLE loaded_clocks (clock TIME)", f"INSERT INTO loaded_clocks VALUES ('{clock}')")
    with pytest.raises(RedshiftError, match="out of range"):
        shop.run("SELECT clock FROM fed.loaded_clocks")


# getting in


@pytest.mark.parametrize(
    ("schema", "problem"), [("fed", "Access denied for user"), ("pg", "password authentication failed")]
)
def test_wrong_password_is_refused_without_telling_it(shop, schema, problem):
    """It should say what the database says, and nothing of the password."""
    right = shop.cloud.secrets[SECRET]
    shop.cloud.secrets[SECRET] = right | {"password": "not-the-one"}
    with pytest.raises(RedshiftError, match=problem) as caught:
        shop.run(f"SELECT 1 FROM {schema}.loaded_orders")
    assert "not-the-one" not in str(caught.value)
    shop.cloud.secrets[SECRET] = right
    assert shop.rows(f"SELECT count(*) FROM {schema}.loaded_orders") == [(3,)]


@BOTH
def test_role_must_be_attached_and_may_read_the_secret(shop, schema):
    """It should look at the role each time it needs the secret."""
    shop.cloud.attached.discard(FEDERATED_ROLE)
    with pytest.raises(RedshiftError, match="not associated"):
        shop.run(f"SELECT 1 FROM {schema}.loaded_orders")
    shop.cloud.attached.add(FEDERATED_ROLE)
    shop.cloud.readers.clear()
    with pytest.raises(RedshiftError, match="not authorized to perform: secretsmanager:GetSecretValue"):
        shop.run(f"SELECT 1 FROM {schema}.loaded_orders")


def test_secret_must_name_a_user_and_a_password(shop):
    """It should say what the secret lacks."""
    shop.cloud.secrets[SECRET] = {"username": "x"}
    with pytest.raises(RedshiftError, match="keys username and password"):
        shop.run("SELECT 1 FROM fed.loaded_orders")


@pytest.mark.parametrize(
    ("engine", "host", "port", "problem"),
    [
        ("MYSQL", "nowhere.invalid", 3306, "Unknown MySQL server host 'nowhere.invalid'"),
        ("POSTGRES", "nowhere.invalid", 5432, 'could not translate host name "nowhere.invalid"'),
        ("MYSQL", "127.0.0.1", 1, "Can't connect to MySQL server on '127.0.0.1'"),
        ("POSTGRES", "127.0.0.1", 1, "could not connect to server"),
    ],
)
def test_database_that_is_not_there(shop, engine, host, port, problem):
    """It should keep the schema, and fail where a query needs the database."""
    shop.run(external_schema("away", engine, host, port))
    with pytest.raises(RedshiftError, match=re.escape(problem)):
        shop.run("SELECT 1 FROM away.loaded_orders")


@BOTH
def test_relation_that_is_not_there(shop, schema):
    """It should name the relation as the query does."""
    with pytest.raises(RedshiftError, match=f'relation "{schema}.loaded_nothing" does not exist'):
        shop.run(f"SELECT 1 FROM {schema}.loaded_nothing")


def test_table_that_may_not_be_read(shop, mysql, postgres):
    """It should say that the login lacks SELECT."""
    mysql("CREATE OR REPLACE USER clerk@'%' IDENTIFIED BY 'clerks-own'", "GRANT USAGE ON *.* TO clerk@'%'",
          "CREATE TABLE loaded_open (id INT)", "GRANT SELECT ON shop.loaded_open TO clerk@'%'")  # fmt: skip
    postgres("DROP ROLE IF EXISTS clerk", "CREATE ROLE clerk LOGIN PASSWORD 'clerks-own'")
    shop.cloud.secrets[SECRET] = {"username": "clerk", "password": "clerks-own"}
    with pytest.raises(RedshiftError, match="SELECT command denied to user 'clerk'"):
        shop.run("SELECT * FROM fed.loaded_orders")
    with pytest.raises(RedshiftError, match="permission denied for table loaded_orders"):
        shop.run("SELECT * FROM pg.loaded_orders")
    assert shop.rows("SELECT count(*) FROM fed.loaded_open") == [(0,)]


SLOW = {
    "fed": ("CREATE VIEW loaded_slow AS SELECT id, SLEEP(0.5) AS slept FROM loaded_orders",
            "SELECT CONCAT('KILL ', id) FROM information_schema.processlist WHERE info LIKE '%`loaded_slow`%' "
            "AND id <> CONNECTION_ID()"),
    "pg": ("CREATE VIEW loaded_slow AS SELECT id, pg_sleep(0.5)::text AS slept FROM loaded_orders",
           "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%\"loaded_slow\"%' "
           "AND pid <> pg_backend_pid()"),
}  # fmt: skip


@pytest.fixture
def slow(mysql_server, postgres_server, orders):
    """A view in each database that takes a while for each row."""
    servers = {"fed": mysql_server, "pg": postgres_server}
    for schema, server in servers.items():
        server.do("DROP VIEW IF EXISTS loaded_slow", SLOW[schema][0])
    yield servers
    for server in servers.values():
        server.do("DROP VIEW loaded_slow")


@BOTH
def test_database_that_goes_away_fails_the_query(shop, slow, schema):
    """It should say that the connection was lost, and leave what was to be made unmade."""
    timer = threading.Timer(0.4, _cut, [slow[schema], SLOW[schema][1]])
    timer.start()
    with pytest.raises(RedshiftError, match=r"Lost connection|server closed the connection"):
        shop.run(f"CREATE TABLE staged AS SELECT id, slept FROM {schema}.loaded_slow")
    timer.join()
    with pytest.raises(RedshiftError, match='"staged" does not exist'):
        shop.run("SELECT * FROM staged")


def _cut(server, find):
    connection = server.connect()
    with connection.cursor() as cursor:
        cursor.execute(find)
        for (order,) in cursor.fetchall():
            if isinstance(order, str):
                cursor.execute(order)
    connection.close()


@BOTH
def test_query_is_cancelled_while_it_reads(shop, slow, schema):
    """It should stop a query that waits for another database."""
    timer = threading.Timer(0.2, shop.session.interrupt)
    timer.start()
    with pytest.raises(Cancelled, match="cancel"):
        shop.run(f"SELECT id, slept FROM {schema}.loaded_slow")
    timer.join()
    assert shop.rows(f"SELECT count(*) FROM {schema}.loaded_orders") == [(3,)]


# schemas


def test_schema_that_is_there_is_left_as_it_is(shop):
    """It should change nothing with IF NOT EXISTS, so that a moved database is not noticed, and fail without."""
    again = external_schema("fed", "MYSQL", "moved.example", 3306)
    shop.run(again.replace("SCHEMA fed", "SCHEMA IF NOT EXISTS fed"))
    assert shop.rows("SELECT count(*) FROM fed.loaded_orders") == [(3,)]
    with pytest.raises(RedshiftError, match='Schema "fed" already exists'):
        shop.run(again)


def test_dropped_schema_leaves_the_database_alone(shop, orders):
    """It should forget the schema and nothing else."""
    shop.run("DROP SCHEMA fed")
    with pytest.raises(RedshiftError, match="does not exist"):
        shop.run(f"SELECT 1 FROM fed.{orders}")
    shop.run(external_schema("fed", "MYSQL", "mysql.example", 3306))
    assert shop.rows(f"SELECT count(*) FROM fed.{orders}") == [(3,)]


def test_schema_goes_back_with_its_transaction(shop):
    """It should undo the drop and the new definition where the transaction is undone."""
    shop.run("BEGIN")
    shop.run("DROP SCHEMA fed")
    shop.run(external_schema("fed", "MYSQL", "moved.example", 3306))
    shop.run("ROLLBACK")
    assert shop.rows("SELECT count(*) FROM fed.loaded_orders") == [(3,)]


def test_schema_cannot_be_altered(shop):
    """It should refuse all but another owner."""
    with pytest.raises(RedshiftError, match="ALTER SCHEMA is not supported"):
        shop.run("ALTER SCHEMA fed RENAME TO other")
    shop.run("CREATE USER loader PASSWORD DISABLE")
    shop.run("ALTER SCHEMA fed OWNER TO loader")
    assert shop.warehouse.session("loader").execute("SELECT count(*) FROM fed.loaded_orders").rows == [(3,)]


def test_usage_is_needed_and_goes_with_the_schema(shop):
    """It should let nobody else read without USAGE, which a new schema of the name does not have."""
    loader = shop.warehouse.session("loader")
    count = "SELECT count(*) FROM fed.loaded_orders"
    with pytest.raises(RedshiftError, match="permission denied for schema fed"):
        loader.execute(count)
    shop.run("GRANT USAGE ON SCHEMA fed TO loader")
    assert loader.execute(count).rows == [(3,)]
    shop.run("DROP SCHEMA fed")
    shop.run(external_schema("fed", "MYSQL", "mysql.example", 3306))
    with pytest.raises(RedshiftError, match="permission denied for schema fed"):
        loader.execute(count)


@pytest.mark.parametrize("statement", ["DROP SCHEMA fed", "ALTER SCHEMA fed OWNER TO loader"])
def test_only_its_owner_disposes_of_a_schema(shop, statement):
    """It should let nobody but owner and superusers drop a schema or give it away, whoever may use it."""
    shop.run("GRANT USAGE, CREATE ON SCHEMA fed TO loader")
    loader = shop.warehouse.session("loader")
    with pytest.raises(RedshiftError, match="must be owner of schema fed"):
        loader.execute(statement)
    assert shop.rows("SELECT count(*) FROM fed.loaded_orders") == [(3,)]
    shop.run("ALTER SCHEMA fed OWNER TO loader")
    loader.execute(statement)


# system views


def test_views_show_schemas_with_their_options(shop):
    """It should list kind, database and options of each schema."""
    rows = shop.rows(
        "SELECT schemaname, eskind, databasename, esoptions FROM svv_external_schemas ORDER BY 1"
    )
    assert [row[:3] for row in rows] == [("fed", 8, "shop"), ("pg", 3, "shop")]
    assert f'"SECRET_ARN": "{SECRET}"' in rows[0][3]
    assert '"URI": "mysql.example", "PORT": "3306"' in rows[0][3]


@BOTH
def test_views_show_tables_and_columns_as_they_are_now(shop, schema, mysql, postgres):
    """It should ask the database for tables and columns, and leave the others alone."""
    shop.run(external_schema("away", "MYSQL", "nowhere.invalid", 3306))
    tables = f"SELECT tablename FROM svv_external_tables WHERE schemaname = '{schema}' AND tablename LIKE 'loaded%'"
    assert shop.rows(tables) == [("loaded_orders",)]
    (mysql if schema == "fed" else postgres)("ALTER TABLE loaded_orders DROP COLUMN name")
    columns = (
        "SELECT columnname, columnnum, is_nullable FROM svv_external_columns "
        f"WHERE schemaname = '{schema}' AND tablename IN ('loaded_orders') ORDER BY columnnum"
    )
    assert shop.rows(columns) == [("id", 1, "false"), ("updated_at", 2, "false")]


def test_log_tells_what_was_sent_and_fetched(shop):
    """It should keep the remote text, the rows and the bytes of each scan by the query that needed it."""
    shop.run("SELECT name FROM pg.loaded_orders WHERE id < 3")
    query = shop.session.query_id
    ((kind, text, rows, size),) = shop.rows(
        f"SELECT trim(sourcetype), querytext, num_rows, num_bytes FROM svl_federated_query WHERE query = {query}"
    )
    assert (kind, rows) == ("PG", 2)
    assert size > 0
    assert text == 'SELECT "name" AS c0 FROM "public"."loaded_orders" WHERE "id" < 3'
    details = f"SELECT source_type, returned_rows FROM sys_external_query_detail WHERE query_id = {query}"
    assert shop.rows(details) == [("PG", 2)]
