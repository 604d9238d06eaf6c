"""The test's ledger as Airflow's connection."""

from __future__ import annotations

import json

import pytest
from psycopg2.extensions import parse_dsn

from switchyard.ledger.writer import Ledger


def ledger_connection(dsn: str) -> str:
    """A ledger as a connection of Airflow."""
    place = parse_dsn(dsn)
    return json.dumps(
        {
            "conn_type": "postgres",
            "host": place["host"],
            "port": int(place["port"]),
            "schema": place["dbname"],
            "login": place["user"],
            "password": place["password"],
        }
    )


@pytest.fixture
def recorded(ledger_dsn: str, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A ledger that the operators find under its usual name."""
    monkeypatch.setenv("AIRFLOW_CONN_SWITCHYARD_LEDGER", ledger_connection(ledger_dsn))
    return Ledger(ledger_dsn)
