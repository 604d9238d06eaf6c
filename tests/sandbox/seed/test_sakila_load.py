import random
from contextlib import closing
from datetime import date, datetime, timedelta

import psycopg2
import pymysql
import pytest

from sandbox.seed import sakila

CONNECT = {"mysql": pymysql.connect, "postgres": psycopg2.connect}


@pytest.fixture(scope="session")
def rows() -> dict[str, sakila.Table]:
    return {table.name: table for table in sakila.tables()}


def test_every_generated_row_is_in_the_database(shop, query, rows):
    """It should load as many rows as were generated, table by table."""
    counts = {name: query(shop, f"SELECT COUNT(*) FROM {name}") for name in rows}
    assert counts == {name: [(len(table.rows),)] for name, table in rows.items()}


@pytest.mark.parametrize("table", ["rental", "payment", "inventory", "film", "city", "actor"])
def test_rows_come_back_as_they_went_in(shop, query, rows, engine, table):
    """It should read the same values that were generated, but for sets, which have no type of their own."""
    wanted = rows[table]
    columns = [name for name in wanted.columns if name != "special_features"]
    places = [wanted.columns.index(name) for name in columns]
    loaded = query(shop, f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1")
    assert loaded == [tuple(row[place] for place in places) for row in wanted.rows]


REFERENCES = [
    ("city", "country_id", "country"),
    ("address", "city_id", "city"),
    ("store", "address_id", "address"),
    ("staff", "address_id", "address"),
    ("staff", "store_id", "store"),
    ("customer", "address_id", "address"),
    ("customer", "store_id", "store"),
    ("film", "language_id", "language"),
    ("film_actor", "actor_id", "actor"),
    ("film_actor", "film_id", "film"),
    ("film_category", "film_id", "film"),
    ("film_category", "category_id", "category"),
    ("film_text", "film_id", "film"),
    ("inventory", "film_id", "film"),
    ("inventory", "store_id", "store"),
    ("rental", "inventory_id", "inventory"),
    ("rental", "customer_id", "customer"),
    ("rental", "staff_id", "staff"),
    ("payment", "customer_id", "customer"),
    ("payment", "staff_id", "staff"),
    ("payment", "rental_id", "rental"),
]


def test_references_hold(shop, query):
    """It should have a referenced row for every reference, though MySQL did not check while loading."""
    for table, column, other in REFERENCES:
        orphans = f"SELECT COUNT(*) FROM {table} a LEFT JOIN {other} b USING ({column})"
        assert query(shop, f"{orphans} WHERE a.{column} IS NOT NULL AND b.{column} IS NULL") == [(0,)]
    managers = "SELECT COUNT(*) FROM store JOIN staff ON staff_id = manager_staff_id"
    assert query(shop, managers) == [(2,)]
    assert query(shop, "SELECT COUNT(*) FROM payment WHERE rental_id IS NULL") == [(5,)]


@pytest.mark.parametrize("engine", ["mysql"], indirect=True)
def test_mysql_types_are_those_that_get_lost(shop, query):
    """It should have a column of every type that extracts and copies mishandle."""
    listed = query(
        shop,
        "SELECT table_name, column_name, column_type FROM information_schema.columns "
        "WHERE table_schema = 'sakila'",
    )
    types = {(table, column): kind for table, column, kind in listed}
    assert types["address", "location"] == "geometry"
    assert types["staff", "picture"] == "mediumblob"
    assert types["film", "special_features"].startswith("set('Trailers'")
    assert types["film", "rating"] == "enum('G','PG','PG-13','R','NC-17')"
    assert types["film", "release_year"] == "year(4)"
    assert types["customer", "newsletter"] == "bit(1)"
    assert types["customer", "active"] == "tinyint(1)"
    assert types["payment", "amount"] == "decimal(5,2)"
    # MariaDB's JSON is text with a check.
    assert types["customer", "profile"] in ("json", "longtext")


@pytest.mark.parametrize("engine", ["mysql"], indirect=True)
def test_mysql_values_of_odd_types(shop, query, rows):
    """It should store points, bits, sets and JSON so that the server understands them."""
    point = rows["address"].rows[0][7]
    assert query(shop, "SELECT ST_X(location), ST_Y(location) FROM address WHERE address_id = 1") == [
        (point.longitude, point.latitude)
    ]
    assert query(shop, "SELECT COUNT(*) FROM customer WHERE newsletter = b'1'") == [(199,)]
    assert query(
        shop, "SELECT COUNT(*) FROM customer WHERE JSON_VALUE(profile, '$.card.number') LIKE '4%'"
    ) == [(51,)]
    commented = sum("Commentaries" in (row[11] or ()) for row in rows["film"].rows)
    assert query(shop, "SELECT COUNT(*) FROM film WHERE FIND_IN_SET('Commentaries', special_features)") == [
        (commented,)
    ]
    assert query(shop, "SELECT LENGTH(picture) FROM staff WHERE staff_id = 1") == [(70_008,)]


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_postgres_values_of_odd_types(shop, query, rows):
    """It should store points, arrays and JSON so that the server understands them."""
    point = rows["address"].rows[0][7]
    assert query(shop, "SELECT location[0], location[1] FROM address WHERE address_id = 1") == [
        (point.longitude, point.latitude)
    ]
    assert query(shop, "SELECT COUNT(*) FROM customer WHERE newsletter") == [(199,)]
    assert query(shop, "SELECT COUNT(*) FROM customer WHERE profile->'card'->>'number' LIKE '4%'") == [(51,)]
    commented = sum("Commentaries" in (row[11] or ()) for row in rows["film"].rows)
    assert query(shop, "SELECT COUNT(*) FROM film WHERE 'Commentaries' = ANY(special_features)") == [
        (commented,)
    ]


def test_views_join_what_they_list(shop, query):
    """It should list every customer with a full name and every payment in a store."""
    assert query(shop, "SELECT COUNT(*), COUNT(name), COUNT(country) FROM customer_list") == [(599, 599, 599)]
    assert query(shop, "SELECT SUM(payments) FROM sales_by_store") == [(16049,)]
    phones = query(shop, "SELECT COUNT(*) FROM customer_list WHERE phone <> ''")
    assert phones == [(593,)]


def test_older_state_loads(empty_database, engine, query):
    """It should load the shop as it stood on a day."""
    target = empty_database("older")
    sakila.load(target, engine, until=date(2025, 7, 1))
    [(count, last)] = query(target, "SELECT COUNT(*), MAX(rental_date) FROM rental")
    assert 0 < count < 16044
    assert last < datetime.fromisoformat("2025-07-01")


def test_activity_adds_a_rental_and_its_payment(empty_database, engine, query):
    """It should add each rental with its payment, numbered on from the loaded ones, at the time it is given."""
    target, rng = empty_database("moving"), random.Random(5)  # noqa: S311, no secrecy is needed
    sakila.load(target, engine, until=date(2025, 5, 26))
    [(rentals, payments, last)] = query(
        target,
        "SELECT (SELECT COUNT(*) FROM rental), (SELECT COUNT(*) FROM payment), MAX(rental_id) FROM rental",
    )
    at = datetime.fromisoformat("2026-03-01 12:00:00")
    with closing(CONNECT[engine](**target)) as connection:
        sakila.activity(connection, 3, rng, at=at)
        sakila.activity(connection, 2, rng, at=at + timedelta(seconds=1))
    [(more_rentals, more_payments)] = query(
        target, "SELECT (SELECT COUNT(*) FROM rental), (SELECT COUNT(*) FROM payment)"
    )
    assert (more_rentals - rentals, more_payments - payments) == (5, 5)
    added = query(
        target,
        "SELECT r.rental_id, p.payment_date, r.customer_id = p.customer_id FROM rental r "
        "JOIN payment p USING (rental_id) WHERE r.rental_date >= '2026-03-01' ORDER BY 1",
    )
    assert [(number, moment, bool(same)) for number, moment, same in added] == [
        (last + offset, at + timedelta(seconds=offset > 3), True) for offset in range(1, 6)
    ]
