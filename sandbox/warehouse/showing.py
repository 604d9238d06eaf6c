"""SHOW TABLE and SHOW VIEW: the statement that makes a table or view anew.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_SHOW_TABLE.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sandbox.warehouse import catalogue
from sandbox.warehouse.answers import Answer, listing
from sandbox.warehouse.catalogue import Column, Known
from sandbox.warehouse.errors import RedshiftError
from sandbox.warehouse.reading import Reader
from sandbox.warehouse.statements import Form
from sandbox.warehouse.text import Statement

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session


def show_table(session: Session, statement: Statement) -> Answer:
    """Return CREATE TABLE for a table that is there."""
    known = _known(session, statement, view=False)
    columns = catalogue.columns(session, known.name)
    lines = ",\n".join(f"    {_column(one)}" for one in columns)
    attributes = "\n".join(_attributes(known, columns))
    text = f"CREATE TABLE {known.name.schema}.{known.name.table} (\n{lines}\n)\n{attributes};"
    return listing("Show Table DDL statement", [text])


def show_view(session: Session, statement: Statement) -> Answer:
    """Return a view's definition."""
    known = _known(session, statement, view=True)
    ending = "" if known.notes.get("bound") else "\nWITH NO SCHEMA BINDING"
    text = f"CREATE VIEW {known.name.schema}.{known.name.table} AS\n{known.notes['definition']}{ending};"
    return listing("Show View DDL statement", [text])


def _known(session: Session, statement: Statement, *, view: bool) -> Known:
    reader = Reader(statement, 2)
    schema, name = reader.name(session.warehouse.database)
    reader.end()
    known = catalogue.existing(session, schema, name)
    if known.view is not view:
        raise RedshiftError(f'"{name}" is not a {"view" if view else "table"}', "42809")
    return known


def _column(column: Column) -> str:
    """Return a column as CREATE TABLE has it."""
    parts = [column.name, column.kind.shown]
    if "identity" in column.notes:
        seed, step = column.notes["identity"]
        parts.append(f"IDENTITY({seed},{step})")
    elif column.default is not None:
        parts.append(f"DEFAULT {column.default}")
    if not column.nullable:
        parts.append("NOT NULL")
    parts.append(f"ENCODE {column.notes.get('encoding', 'raw')}")
    if column.notes.get("distkey"):
        parts.append("DISTKEY")
    return " ".join(parts)


def _attributes(known: Known, columns: Sequence[Column]) -> Iterator[str]:
    yield f"DISTSTYLE {known.notes.get('diststyle', 'AUTO')}"
    keys = sorted(
        (one for one in columns if "sortkey" in one.notes), key=lambda one: int(one.notes["sortkey"])
    )
    if keys:
        yield f"SORTKEY ({', '.join(one.name for one in keys)})"


FORMS = (Form(r"SHOW TABLE\b", show_table), Form(r"SHOW VIEW\b", show_view))
