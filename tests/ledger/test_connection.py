"""The ledger through an Airflow connection."""

from __future__ import annotations

import json

import pytest
from psycopg2.extensions import parse_dsn

from switchyard.errors import BadInput
from switchyard.ledger.connection import dsn_from_airflow, from_airflow


def test_connection_becomes_a_connection_string(monkeypatch):
    """It should carry host, port, database, login, password and the TLS settings over."""
    connection = {
        "conn_type": "postgres",
        "host": "db.example",
        "port": 6543,
        "schema": "ledger",
        "login": "writer",
        "password": "it's secret",
        "extra": {"sslmode": "verify-full", "sslrootcert": "/ca.pem", "cursor": "dictcursor"},
    }
    monkeypatch.setenv("AIRFLOW_CONN_SWITCHYARD_LEDGER", json.dumps(connection))

    assert parse_dsn(dsn_from_airflow()) == {
        "host": "db.example",
        "port": "6543",
        "dbname": "ledger",
        "user": "writer",
        "password": "it's secret",
        "application_name": "switchyard",
        "sslmode": "verify-full",
        "sslrootcert": "/ca.pem",
    }


def test_missing_connection_is_named(monkeypatch):
    """It should say which connection is missing and what type it has to have."""
    with pytest.raises(
        BadInput, match=r"ledger connection is 'no_such_ledger': no Airflow connection.*postgres"
    ):
        from_airflow("no_such_ledger")


def test_connection_of_another_type_is_refused(monkeypatch):
    """It should not try to keep the ledger in MySQL."""
    monkeypatch.setenv("AIRFLOW_CONN_OTHER", "mysql://somewhere/ledger")
    with pytest.raises(BadInput, match="the ledger is kept in PostgreSQL"):
        from_airflow("other")
