"""Putting the generated rows into a real database, and keeping it moving."""

import json
import struct
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Any, Literal

import psycopg2
import psycopg2.extras
import pymysql

from sandbox.seed.sakila.catalogue import COPIES, catalogue
from sandbox.seed.sakila.people import CUSTOMERS, STORES, people
from sandbox.seed.sakila.table import Point, Table
from sandbox.seed.sakila.trade import trade

EngineName = Literal["mysql", "postgres"]
_PAGE = 1000


def tables(*, seed: int = 1, until: date | None = None) -> Iterator[Table]:
    """Generate all 16 tables, referenced ones first; the same seed gives the same rows."""
    yield from people(seed)
    made = {}
    for table in catalogue(seed):
        made[table.name] = table
        yield table
    yield from trade(seed, made["film"], made["inventory"], until)


def statements(engine: EngineName, *, seed: int = 1, until: date | None = None) -> Iterator[str | Table]:
    """Give what makes the database, in order: a statement to run, or a table whose rows go in.

    Values are already those that the engine's driver binds.
    """
    schema = Path(__file__).with_name(f"{engine}.sql").read_text()
    yield from (part.strip() for part in schema.split(";\n") if part.strip())
    if engine == "mysql":
        yield "SET SESSION foreign_key_checks = 0, unique_checks = 0"  # store and staff refer to each other
    numbered = []
    for table in tables(seed=seed, until=until):
        rows = [tuple(_bindable(value, engine) for value in row) for row in table.rows]
        yield Table(table.name, table.columns, rows)
        if table.columns[0] == f"{table.name}_id":
            numbered.append(table)
    if engine == "mysql":
        yield "SET SESSION foreign_key_checks = 1, unique_checks = 1"
    else:
        yield from (_advance_sequence(table) for table in numbered)


def load(
    connection: Mapping[str, Any], engine: EngineName, *, seed: int = 1, until: date | None = None
) -> None:
    """Create and fill the tables in an empty database.

    Args:
        connection: what the driver's `connect` takes: host, port, user, password, database, and TLS settings.
        engine: which driver, PyMySQL or psycopg2.
        seed: makes the same rows again.
        until: leave out rentals and payments of this day or moment (UTC) and later.
    """
    fill = _fill_mysql if engine == "mysql" else _fill_postgres
    fill(connection, statements(engine, seed=seed, until=until))


def activity(connection: Any, count: int, rng: Random, *, at: datetime | None = None) -> None:
    """Rent and pay as live clients do, each rental and its payment in a transaction of its own.

    Args:
        connection: an open PyMySQL or psycopg2 connection that does not commit by itself.
        count: how many transactions.
        rng: chooses copy, customer, clerk and amount.
        at: when it happens, UTC without a zone; now if it is None.
    """
    for _ in range(count):
        rental = {
            "at": at or datetime.now(UTC).replace(tzinfo=None, microsecond=0),
            "copy": rng.randint(1, COPIES),
            "customer": rng.randint(1, CUSTOMERS),
            "staff": rng.randint(1, STORES),
            "amount": rng.choice(("0.99", "2.99", "4.99")),
        }
        with connection.cursor() as cursor:
            cursor.execute(_RENT, rental)
            cursor.execute(_PAY, rental)
        connection.commit()


_RENT = """
INSERT INTO rental (rental_date, inventory_id, customer_id, staff_id)
VALUES (%(at)s, %(copy)s, %(customer)s, %(staff)s)
"""
_PAY = """
INSERT INTO payment (customer_id, staff_id, rental_id, amount, payment_date)
SELECT customer_id, staff_id, rental_id, %(amount)s, rental_date
FROM rental
WHERE rental_date = %(at)s AND inventory_id = %(copy)s AND customer_id = %(customer)s
"""


def _fill_mysql(connection: Mapping[str, Any], parts: Iterator[str | Table]) -> None:
    with pymysql.connect(**connection, charset="utf8mb4") as database, database.cursor() as cursor:
        for part in parts:
            if isinstance(part, str):
                cursor.execute(part)
            else:
                values = ", ".join(["%s"] * len(part.columns))
                cursor.executemany(f"{_insert(part)} VALUES ({values})", part.rows)
        database.commit()


def _fill_postgres(connection: Mapping[str, Any], parts: Iterator[str | Table]) -> None:
    database = psycopg2.connect(**connection)
    try:
        with database, database.cursor() as cursor:
            for part in parts:
                if isinstance(part, str):
                    cursor.execute(part)
                else:
                    psycopg2.extras.execute_values(
                        cursor, f"{_insert(part)} VALUES %s", part.rows, page_size=_PAGE
                    )
    finally:
        database.close()


def _insert(table: Table) -> str:
    return f"INSERT INTO {table.name} ({', '.join(table.columns)})"


def _advance_sequence(table: Table) -> str:
    key = table.columns[0]
    return f"SELECT setval(pg_get_serial_sequence('{table.name}', '{key}'), MAX({key})) FROM {table.name}"  # noqa: S608


def _bindable(value: Any, engine: EngineName) -> Any:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, frozenset):
        return ",".join(sorted(value)) if engine == "mysql" else sorted(value)
    if isinstance(value, Point):
        return _place(value, engine)
    return value


def _place(point: Point, engine: EngineName) -> bytes | str:
    if engine == "mysql":  # a spatial reference of 0, then well-known binary: byte order, type, x, y
        return struct.pack("<IBIdd", 0, 1, 1, point.longitude, point.latitude)
    return f"({point.longitude},{point.latitude})"
