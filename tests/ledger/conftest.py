"""Fixtures: the PostgreSQL server and the fresh ledgers of `demo.testing`, and a reader of rows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

import psycopg2
import psycopg2.extras
import pytest

from demo.testing import database, ledger_dsn, ledger_template, postgres

__all__ = ["database", "ledger_dsn", "ledger_template", "postgres"]

Query = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def query(ledger_dsn: str) -> Query:
    """Run a statement in the test's ledger; rows as dictionaries."""

    def run(statement: str, *values: object) -> list[dict[str, Any]]:
        with closing(psycopg2.connect(ledger_dsn)) as connection:
            connection.autocommit = True
            with connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
                cursor.execute(statement, values or None)
                return [dict(row) for row in cursor.fetchall()] if cursor.description else []

    return run
