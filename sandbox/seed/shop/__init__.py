"""The shop's database: the table in which people keep the synonyms of its product search.

The table and its row are those of the article that the synonym pipeline automates, and their twin in PostgreSQL:
https://aws.amazon.com/blogs/big-data/automate-amazon-es-synonym-file-updates/
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import psycopg2
import pymysql

EngineName = Literal["mysql", "postgres"]
DRIVERS: Mapping[EngineName, Any] = {"mysql": pymysql, "postgres": psycopg2}
TABLES: Mapping[EngineName, str] = {"mysql": "SynonymsTable", "postgres": "synonyms_table"}


def load(connection: Mapping[str, Any], engine: EngineName) -> bool:
    """Make the table with its row where it is missing, and tell whether that was so.

    Args:
        connection: what the driver's `connect` takes: host, port, user, password, database, and TLS settings.
        engine: which driver, PyMySQL or psycopg2.
    """
    with closing(DRIVERS[engine].connect(**connection)) as database, database.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = %s", (TABLES[engine],)
        )
        if cursor.fetchone()[0]:
            return False
        for statement in Path(__file__).with_name(f"{engine}.sql").read_text().split(";\n"):
            if statement.strip():
                cursor.execute(statement)
        database.commit()
    return True
