"""What schemas, tables, views and columns a session sees."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.warehouse.errors import UNDEFINED_SCHEMA, UNDEFINED_TABLE, RedshiftError
from sandbox.warehouse.external import registry
from sandbox.warehouse.kinds import Kind, of_engine, parsed

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

TEMPORARY = ("temp", "main")
"""Where DuckDB keeps temporary tables: a database and a schema."""
HIDDEN = ("main", "information_schema", "pg_catalog", "warehouse_catalog")

TABLES = "SELECT database_name, schema_name, table_name, comment, NULL FROM duckdb_tables()"
VIEWS = "SELECT database_name, schema_name, view_name, comment, sql FROM duckdb_views() WHERE NOT internal"
LIST = """\
SELECT schema_name, table_name, comment, NULL FROM duckdb_tables() WHERE database_name = $1
UNION ALL
SELECT schema_name, view_name, comment, sql FROM duckdb_views() WHERE database_name = $1 AND NOT internal
ORDER BY 1, 2
"""
COLUMNS = """\
SELECT schema_name, table_name, column_name, data_type, is_nullable, column_default, comment FROM duckdb_columns()
WHERE database_name = $1 AND coalesce(schema_name = $2, true) AND coalesce(table_name = $3, true) ORDER BY column_index
"""


@dataclass(frozen=True, order=True)
class Name:
    """A table or view: database and schema as DuckDB has them."""

    database: str
    schema: str
    table: str

    @property
    def temporary(self) -> bool:
        """Whether it ends with its session."""
        return self.database == TEMPORARY[0]

    def sql(self) -> str:
        """Return the name for DuckDB."""
        return ".".join(quoted(part) for part in (self.database, self.schema, self.table))


@dataclass(frozen=True)
class Known:
    """A table or view that exists; `notes` are what Redshift knows of it and DuckDB does not."""

    name: Name
    view: bool
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Column:
    """A column of a table; `notes` are its encoding, its place in the keys and the like."""

    name: str
    kind: Kind
    nullable: bool
    default: str | None
    notes: Mapping[str, Any]


def quoted(name: str) -> str:
    """Return a name as an identifier of DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Return a text as a literal of DuckDB."""
    return "'" + text.replace("'", "''") + "'"


def find(session: Session, schema: str, table: str) -> Known | None:
    """Return what a name means to a session; without a `schema` its temporary tables and search path are gone through.

    Raises:
        RedshiftError: there is no such schema.
    """
    database = session.warehouse.database
    places = (
        [(database, schema)] if schema else [TEMPORARY, *((database, one) for one in session.search_path)]
    )
    found = {row[:2]: row for row in session.look(TABLES) if row[2] == table}
    if places[0] not in found:  # looking through the views takes DuckDB longer
        found |= {row[:2]: row for row in session.look(VIEWS) if row[2] == table}
    for place in places:
        if row := found.get(place):
            notes = json.loads(row[3]) if row[3] else {}
            return Known(Name(*row[:3]), row[4] is not None, notes)
    if schema and not has_schema(session, schema):
        raise RedshiftError(f'schema "{schema}" does not exist', UNDEFINED_SCHEMA)
    return None


def existing(session: Session, schema: str, table: str) -> Known:
    """Return what a name means; RedshiftError where it means nothing."""
    found = find(session, schema, table)
    if found is None:
        shown = f"{schema}.{table}" if schema else table
        raise RedshiftError(f'relation "{shown}" does not exist', UNDEFINED_TABLE)
    return found


def new_name(session: Session, schema: str, table: str, *, temporary: bool = False) -> Name:
    """Return the name that a table to be made will have; RedshiftError where there is no such schema."""
    if temporary:
        return Name(*TEMPORARY, table)
    known = schemas(session)
    wanted = schema or next((one for one in session.search_path if one in known), "public")
    if wanted not in known:
        raise RedshiftError(f'schema "{wanted}" does not exist', UNDEFINED_SCHEMA)
    return Name(session.warehouse.database, wanted, table)


def has_schema(session: Session, schema: str) -> bool:
    """Tell whether the warehouse has a schema of its own of this name."""
    return schema in schemas(session)


def schemas(session: Session) -> list[str]:
    """List the warehouse's own schemas."""
    rows = session.look(
        "SELECT schema_name FROM duckdb_schemas() WHERE database_name = $1 ORDER BY 1",
        [session.warehouse.database],
    )
    return [row[0] for row in rows if row[0] not in HIDDEN]


def relations(session: Session) -> list[Known]:
    """List all tables and views but temporary ones, by schema and name."""
    database = session.warehouse.database
    return [
        Known(Name(database, schema, table), view is not None, json.loads(comment) if comment else {})
        for schema, table, comment, view in session.look(LIST, [database])
        if schema not in HIDDEN
    ]


def columns(session: Session, name: Name) -> list[Column]:
    """List a table's columns in order."""
    found = session.look(COLUMNS, [name.database, name.schema, name.table])
    return [_column(*row) for _, _, *row in found]


def all_columns(session: Session) -> dict[Name, list[Column]]:
    """Return the columns of all tables but temporary ones, in order."""
    database = session.warehouse.database
    found: dict[Name, list[Column]] = {}
    for schema, table, *row in session.look(COLUMNS, [database, None, None]):
        found.setdefault(Name(database, schema, table), []).append(_column(*row))
    return found


def _column(name: str, kind: str, nullable: bool, default: str | None, comment: str | None) -> Column:
    notes = json.loads(comment) if comment else {}
    declared = parsed(notes["type"]) if "type" in notes else of_engine(kind)
    return Column(name, declared, nullable, default, notes)


def note(session: Session, what: str, target: str, notes: Mapping[str, Any]) -> None:
    """Keep what Redshift knows of a table, view or column; `target` is its name for DuckDB."""
    session.run(noting(what, target, notes))


def noting(what: str, target: str, notes: Mapping[str, Any]) -> str:
    """Return the engine's statement that keeps notes."""
    return f"COMMENT ON {what} {target} IS {literal(json.dumps(notes))}"


def outside(session: Session, schema: str) -> bool:
    """Tell whether a schema stands for another database."""
    return bool(schema) and schema.lower() in registry.schemas(session)


def any_schema(session: Session, schema: str) -> bool:
    """Tell whether there is a schema of the warehouse or outside of it."""
    return has_schema(session, schema) or outside(session, schema) or schema in HIDDEN
