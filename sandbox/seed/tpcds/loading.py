"""Putting the generated rows into a real database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pymysql

from sandbox.seed.tpcds.rows import DELIMITER, NULL, QUOTE, Rows, generated
from sandbox.seed.tpcds.tables import TABLES, EngineName


def load(
    connection: Mapping[str, Any],
    engine: EngineName,
    *,
    scale: float = 0.01,
    tables: Collection[str] = TABLES,
) -> None:
    """Create and fill tables in an empty database.

    Args:
        connection: what the driver's `connect` takes: host, port, user, password, database, and TLS settings.
        engine: which driver, PyMySQL or psycopg2.
        scale: TPC-DS's factor; 1 makes 100,000 customers and 719,384 sales in the web, 0.01 a thousand and 7,212.
        tables: which of them.
    """
    fill = _fill_mysql if engine == "mysql" else _fill_postgres
    rows = generated(scale) if set(tables) == set(TABLES) else Rows(scale, tables)
    fill(connection, list(statements(engine, tables)), {name: rows.file(name) for name in tables})


def statements(engine: EngineName, tables: Collection[str] = TABLES) -> Iterator[str]:
    """Give the statements that make the tables, without rows."""
    here = Path(__file__).parent
    for statement in _split(here.joinpath("tables.sql").read_text()):
        if _name(statement) in tables:
            yield statement
    moves = here.joinpath(f"{engine}.sql").read_text()
    for name in tables:
        if TABLES[name].moves:
            yield from _split(moves.replace("{table}", name))


def _split(text: str) -> Iterator[str]:
    """Statements of a file; each ends a line."""
    return filter(None, (part.strip().removesuffix(";") for part in text.split(";\n\n")))


def _name(statement: str) -> str:
    return statement.partition("CREATE TABLE ")[2].partition(" ")[0]


def _fill_mysql(connection: Mapping[str, Any], makes: list[str], files: Mapping[str, Path]) -> None:
    options: dict[str, Any] = {"charset": "utf8mb4", "local_infile": True}
    with pymysql.connect(**connection, **options) as database, database.cursor() as cursor:
        for statement in makes:
            cursor.execute(statement)
        for table, file in files.items():
            cursor.execute(
                f"LOAD DATA LOCAL INFILE %s INTO TABLE {table} CHARACTER SET utf8mb4 "
                "FIELDS TERMINATED BY %s OPTIONALLY ENCLOSED BY %s",
                [str(file), DELIMITER, QUOTE],
            )
        database.commit()


def _fill_postgres(connection: Mapping[str, Any], makes: list[str], files: Mapping[str, Path]) -> None:
    with closing(psycopg2.connect(**connection)) as database, database.cursor() as cursor:
        cursor.execute("SET TimeZone = 'UTC'")
        for statement in makes:
            cursor.execute(statement)
        for table, file in files.items():
            form = f"FORMAT csv, DELIMITER '{DELIMITER}', NULL '{NULL}', QUOTE '{QUOTE}'"
            with file.open("rb") as content:
                cursor.copy_expert(f"COPY {table} FROM STDIN WITH ({form})", content)
        database.commit()
        database.autocommit = True
        cursor.execute("ANALYZE")
