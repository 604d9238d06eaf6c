"""The test's ledger as Airflow's connection."""

from __future__ import annotations

import json

import pytest
from psycopg2.extensions import parse_dsn

from switchyard.ledger.writer import Ledger


@pytest.fixture
def recorded(ledger_dsn: str, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """A ledger that the operators find under its usual name."""
    place = parse_dsn(ledger_dsn)
    connection = {
        "conn_type": "postgres",
        "host": place["host"],
        "port": int(place["port"]),
        "schema": place["dbname"],
        "login": place["user"],
        "password": place["password"],
    }
    monkeypatch.setenv("AIRFLOW_CONN_SWITCHYARD_LEDGER", json.dumps(connection))
    return Ledger(ledger_dsn)
