"""Alembic's entry: one connection, one transaction, one migrator at a time."""

from __future__ import annotations

from alembic import context
from sqlalchemy import text

from switchyard.ledger.schema import SCHEMA, engine

with engine(context.config.attributes["dsn"]).begin() as connection:
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('switchyard ledger migration'))"))
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
    context.configure(connection=connection, version_table_schema=SCHEMA, transactional_ddl=True)
    context.run_migrations()
