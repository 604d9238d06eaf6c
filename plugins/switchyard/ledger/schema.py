"""Brings the ledger's schema to a revision with Alembic."""

from __future__ import annotations

from pathlib import Path

import psycopg2
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import NullPool

SCHEMA = "switchyard"


def engine(dsn: str) -> Engine:
    """An engine that opens one connection at a time with the given libpq connection string."""
    return create_engine("postgresql+psycopg2://", creator=lambda: psycopg2.connect(dsn), poolclass=NullPool)


def _config(dsn: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["dsn"] = dsn
    return config


def upgrade(dsn: str, revision: str = "head") -> None:
    """Create or upgrade the schema; safe to repeat, and to call from several places at once."""
    command.upgrade(_config(dsn), revision)


def downgrade(dsn: str, revision: str) -> None:
    """Take the schema back to a revision, or to ``base``: drops tables with their rows."""
    command.downgrade(_config(dsn), revision)


def current_revision(dsn: str) -> str | None:
    """The revision that the schema is at; None before the first upgrade."""
    with engine(dsn).connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA})
        return context.get_current_revision()
