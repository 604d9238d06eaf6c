"""Putting the clinic into a real database."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import psycopg2
import pymysql

from sandbox.seed.clinic.samples import SAMPLES, TABLE

EngineName = Literal["mysql", "postgres"]
DRIVERS: Mapping[EngineName, tuple[Any, Mapping[str, str]]] = {
    "mysql": (pymysql, {"charset": "utf8mb4"}),
    "postgres": (psycopg2, {}),
}


def load(connection: Mapping[str, Any], engine: EngineName) -> None:
    """Create and fill the tables in an empty database.

    Args:
        connection: what the driver's `connect` takes: host, port, user, password, database, and TLS settings.
        engine: which driver, PyMySQL or psycopg2.
    """
    driver, options = DRIVERS[engine]
    statements = Path(__file__).with_name(f"{engine}.sql").read_text("utf-8").split(";\n")
    with closing(driver.connect(**connection, **options)) as database, database.cursor() as cursor:
        for statement in filter(str.strip, statements):
            cursor.execute(statement)
        _add_samples(cursor, '"' if engine == "postgres" else "`")
        database.commit()


def _add_samples(cursor: Any, sign: str) -> None:
    """Make the table with a column for each of Macie's identifiers, and a row beside it in which nothing stands."""
    columns = [f"{sign}{one.column}{sign}" for one in SAMPLES.values()]
    table = f"{sign}{TABLE}{sign}"
    cursor.execute(f"CREATE TABLE {table} ({', '.join(f'{column} varchar(100)' for column in columns)})")
    places = ", ".join(["%s"] * len(columns))
    insert = f"INSERT INTO {table} VALUES ({places})"  # noqa: S608 - the names are the ones above
    cursor.executemany(insert, [[one.value for one in SAMPLES.values()], ["nothing"] * len(columns)])
