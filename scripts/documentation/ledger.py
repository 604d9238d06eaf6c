"""The reference of the ledger's tables, from its migrations."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations, ops
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql

from scripts.documentation.places import PLUGIN
from scripts.markdown import code, page, table

PAGE = "reference/ledger.md"
_KEEPS_COLUMNS = (ops.CreateIndexOp, ops.ExecuteSQLOp, ops.CreateCheckConstraintOp, ops.DropConstraintOp)
_KNOWN_VALUES = re.compile(r"^(\w+) IN \((.*)\)$")

Tables = dict[str, sa.Table]


def pages() -> dict[str, str]:
    """The page by its place below the folder of the documentation."""
    sections = [part for name, made in sorted(tables().items()) for part in _section(name, made)]
    return {
        PAGE: page(
            "# Tables of the ledger",
            "The ledger is the schema `switchyard` of a PostgreSQL database, made by "
            "`python -m switchyard.ledger upgrade`. "
            "[Read the ledger](../how-to/read-the-ledger.md) shows how to ask it; "
            "[its reports](../../include/sql/reports) are files.",
            *sections,
        )
    }


def tables() -> Tables:
    """The tables as the migrations leave them, by name.

    Raises:
        TypeError: a migration does what this module has not learnt to follow.
    """
    found: Tables = {}
    revisions = ScriptDirectory(str(PLUGIN / "ledger" / "migrations")).walk_revisions()
    context = MigrationContext.configure(dialect_name="postgresql", opts={"as_sql": True})
    with Operations.context(context) as operations:
        operations.invoke = lambda operation: _follow(found, operation)  # instead of sending it to a database
        for revision in reversed(list(revisions)):
            revision.module.upgrade()
    return found


def _follow(found: Tables, operation: Any) -> None:
    if isinstance(operation, ops.CreateTableOp):
        found[operation.table_name] = operation.to_table()
    elif isinstance(operation, ops.DropTableOp):
        del found[operation.table_name]
    elif isinstance(operation, ops.AddColumnOp):
        found[operation.table_name].append_column(operation.column)
    elif isinstance(operation, ops.DropColumnOp):
        columns = found[operation.table_name]._columns
        columns.remove(columns[operation.column_name])
    elif isinstance(operation, ops.AlterColumnOp):
        _alter(found[operation.table_name].columns[operation.column_name], operation)
    elif not isinstance(operation, _KEEPS_COLUMNS):
        raise TypeError(
            f"{type(operation).__name__} in a migration: let scripts/documentation/ledger.py follow it"
        )


def _alter(column: sa.Column[Any], operation: ops.AlterColumnOp) -> None:
    if operation.modify_comment is not False:
        column.comment = operation.modify_comment  # type: ignore[assignment]
    if operation.modify_type is not None:
        column.type = operation.modify_type
    if operation.modify_nullable is not None:
        column.nullable = operation.modify_nullable


def _section(name: str, made: sa.Table) -> tuple[str, ...]:
    values = _known_values(made)
    rows = []
    for column in made.columns:
        kind = column.type.compile(dialect=postgresql.dialect()).lower()
        empty = "key" if column.primary_key else "may be empty" if column.nullable else "always there"
        told = f"{column.comment or ''}{': ' + values[column.name] if column.name in values else ''}"
        rows.append((code(column.name), code(kind), empty, told))
    return (
        f"## {code(f'switchyard.{name}')} {{ #{name.replace('_', '-')} }}",
        f"{made.comment or ''}.",
        table(("column", "type", "", "meaning"), rows),
    )


def _known_values(made: sa.Table) -> dict[str, str]:
    """What a column is held to by a constraint."""
    checks = (str(one.sqltext) for one in made.constraints if isinstance(one, sa.CheckConstraint))
    found = (match for check in checks if (match := _KNOWN_VALUES.match(check)))
    return {
        match[1]: ", ".join(code(value) for value in re.findall(r"'([^']*)'", match[2])) for match in found
    }
