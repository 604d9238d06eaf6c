"""Putting the clinic into a real database."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import psycopg2
import pymysql

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
        database.commit()
