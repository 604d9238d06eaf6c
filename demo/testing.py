"""pytest fixtures for tests that need a real PostgreSQL server or a ledger."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from demo.postgres import PostgresServer
from demo.processes import free_ports


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """One PostgreSQL server for the whole test session."""
    server = PostgresServer(tmp_path_factory.mktemp("postgres"), *free_ports(1))
    session = server.start()
    try:
        yield server
    finally:
        server.stop(session)


@pytest.fixture
def database(postgres: PostgresServer) -> str:
    """Connection string of an empty database that no other test uses."""
    name = f"test_{secrets.token_hex(4)}"
    postgres.create_database(name)
    return postgres.dsn(name)


@pytest.fixture(scope="session")
def ledger_template(postgres: PostgresServer) -> str:
    """Name of a database that holds a fresh ledger, to be copied."""
    from switchyard.ledger.schema import upgrade

    postgres.create_database("ledger_template")
    upgrade(postgres.dsn("ledger_template"))
    return "ledger_template"


@pytest.fixture
def ledger_dsn(postgres: PostgresServer, ledger_template: str) -> str:
    """Connection string of a fresh, migrated ledger that no other test uses."""
    name = f"ledger_{secrets.token_hex(4)}"
    postgres.create_database(name, template=ledger_template)
    return postgres.dsn(name)
