from contextlib import closing
from datetime import UTC, timedelta

import psycopg2
import pymysql
import pytest

from sandbox.seed import tpcds
from sandbox.seed.tpcds import CLOSING, OPENING, TABLES

DRIVERS = {"mysql": pymysql, "postgres": psycopg2}
ROWS = {
    "customer": 1_000,
    "customer_address": 500,
    "item": 180,
    "store": 1,
    "date_dim": 2_191,
    "store_sales": 28_810,
    "web_sales": 7_212,
}


@pytest.fixture(scope="module")
def retail(engine: str, empty_database) -> dict[str, object]:
    """Load all tables once; give what a driver connects to them with."""
    target = empty_database("retail")
    tpcds.load(target, engine)
    return target


def test_all_tables_are_filled(retail, query):
    """It should hold as many rows as TPC-DS has at the smallest scale, and the days on which something is sold."""
    assert {name: query(retail, f"SELECT count(*) FROM {name}")[0][0] for name in TABLES} == ROWS


def test_values_arrive_whole(retail, query):
    """It should keep numbers, texts, days and NULL as they were generated, whichever engine holds them."""
    [sale] = query(retail, "SELECT sum(ws_net_paid), sum(ws_item_sk), count(ws_sold_date_sk) FROM web_sales")
    assert [str(value) for value in sale] == ["16402036.82", "648875", "7208"]
    [item] = query(retail, "SELECT i_brand, i_rec_end_date, i_rec_start_date FROM item WHERE i_item_sk = 1")
    assert [str(value) for value in item] == ["exportischolar #2", "None", "1997-10-27"]
    [customer] = query(retail, "SELECT c_login, c_salutation FROM customer WHERE c_customer_sk = 1")
    assert customer == ("", "Mr.")


@pytest.mark.parametrize("table", [name for name, table in TABLES.items() if table.moves])
def test_watermark_of_generated_rows(retail, query, table):
    """It should spread the moments of the last write over the month, alike in each run, none missing."""
    [(first, last, moments, marked)] = query(
        retail,
        f"SELECT min(updated_at), max(updated_at), count(DISTINCT updated_at), count(updated_at) FROM {table}",
    )
    assert OPENING <= first.replace(tzinfo=UTC) < OPENING + timedelta(days=1)
    assert CLOSING - timedelta(days=1) < last.replace(tzinfo=UTC) < CLOSING
    assert marked == ROWS[table]
    assert moments > 100


def test_updates_move_the_watermark(retail, engine):
    """It should note when a row was last written, but where the writer says it itself or changes nothing."""
    read = "SELECT updated_at FROM customer WHERE c_customer_sk = 7"
    writes = (
        "c_login = c_login",
        "c_login = 'new'",
        "c_login = 'old', updated_at = '2026-01-05 00:00:00.000001'",
    )
    seen = []
    with closing(DRIVERS[engine].connect(**retail)) as connection, connection.cursor() as cursor:
        cursor.execute(read)
        seen.append(cursor.fetchone()[0])
        for write in writes:
            cursor.execute(f"UPDATE customer SET {write} WHERE c_customer_sk = 7")
            cursor.execute(read)
            seen.append(cursor.fetchone()[0])
        connection.rollback()
    assert seen[0] == seen[1]
    assert seen[2].replace(tzinfo=UTC) > CLOSING
    assert str(seen[3].replace(tzinfo=None)) == "2026-01-05 00:00:00.000001"


def test_watermark_can_be_searched(retail, engine, query):
    """It should be NOT NULL, and the first column of an index."""
    [(nullable,)] = query(
        retail,
        "SELECT is_nullable FROM information_schema.columns "
        "WHERE table_name = 'web_sales' AND column_name = 'updated_at'",
    )
    assert nullable == "NO"
    indexes = {
        "mysql": "SELECT count(*) FROM information_schema.statistics WHERE table_name = 'web_sales' "
        "AND column_name = 'updated_at' AND seq_in_index = 1",
        "postgres": "SELECT count(*) FROM pg_indexes WHERE tablename = 'web_sales' "
        "AND indexdef LIKE '%(updated_at)'",
    }
    assert query(retail, indexes[engine]) == [(1,)]


def test_some_of_the_tables_at_another_scale(engine, empty_database, query):
    """It should make only the tables that are asked for, with more rows."""
    target = empty_database("bigger")
    tpcds.load(target, engine, scale=0.02, tables=["customer"])
    assert query(target, "SELECT count(*) FROM customer") == [(2_000,)]
    schema = {"mysql": "bigger", "postgres": "public"}[engine]
    tables = f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{schema}'"
    assert query(target, tables) == [("customer",)]
