"""The external schemas of a warehouse, kept in its database, so that a transaction that fails takes them back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sandbox.warehouse.external.definitions import ExternalSchema

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

TABLE = "warehouse_catalog.external_schemas"
SETUP = (
    "CREATE SCHEMA IF NOT EXISTS warehouse_catalog",
    "CREATE SEQUENCE IF NOT EXISTS warehouse_catalog.external_schema_ids START 100201",
    f"CREATE TABLE IF NOT EXISTS {TABLE} (oid INTEGER, name VARCHAR, owner VARCHAR, definition VARCHAR)",
)
"""What makes the place in a new database."""


def schemas(session: Session) -> dict[str, ExternalSchema]:
    """Return the external schemas that a session sees, by name."""
    rows = session.look(f"SELECT definition FROM {TABLE}")  # noqa: S608 -- a constant
    found = (_read(json.loads(text)) for (text,) in rows)
    return {one.name: one for one in found}


def described(session: Session) -> list[tuple[int, str, ExternalSchema]]:
    """Return the external schemas with their ids and owners, in the order in which they were made."""
    rows = session.look(f"SELECT oid, owner, definition FROM {TABLE} ORDER BY oid")  # noqa: S608 -- a constant
    return [(oid, owner, _read(json.loads(text))) for oid, owner, text in rows]


def add(session: Session, schema: ExternalSchema) -> None:
    """Keep a schema."""
    session.run(
        f"INSERT INTO {TABLE} VALUES (nextval('warehouse_catalog.external_schema_ids'), ?, ?, ?)",  # noqa: S608
        (schema.name, session.user, json.dumps(vars(schema))),
    )


def remove(session: Session, name: str) -> None:
    """Forget a schema."""
    session.run(f"DELETE FROM {TABLE} WHERE name = ?", (name,))  # noqa: S608 -- a constant


def give(session: Session, name: str, owner: str) -> None:
    """Say anew whose a schema is."""
    session.run(f"UPDATE {TABLE} SET owner = ? WHERE name = ?", (owner, name))  # noqa: S608 -- a constant


def is_taken(session: Session, name: str) -> bool:
    """Tell whether a schema of the warehouse or outside of it has a name."""
    here = "SELECT 1 FROM duckdb_schemas() WHERE schema_name = ? AND database_name = current_database()"
    return name in schemas(session) or bool(session.run(here, (name,)))


def _read(stored: Mapping[str, Any]) -> ExternalSchema:
    return ExternalSchema(**{**stored, "roles": tuple(stored["roles"])})
