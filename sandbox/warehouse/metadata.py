"""What a driver asks of a database: its schemas, tables and columns, those outside of it among them.

Names are looked for as LIKE does: a percent sign stands for any characters, an underscore for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.warehouse import catalogue
from sandbox.warehouse.answers import AnswerColumn
from sandbox.warehouse.catalogue import Known
from sandbox.warehouse.errors import RedshiftError
from sandbox.warehouse.external import registry
from sandbox.warehouse.external.statement import Outside
from sandbox.warehouse.kinds import Kind, parsed
from sandbox.warehouse.queries import columns_of

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

ANY = "%"


@dataclass(frozen=True, order=True)
class Relation:
    """A table or view; `kind` is TABLE, VIEW or EXTERNAL TABLE."""

    schema: str
    name: str
    kind: str


@dataclass(frozen=True)
class RelationColumn:
    """A column of a table or view; `nullable` is None where that is not known."""

    relation: Relation
    column: AnswerColumn
    nullable: bool | None
    default: str | None = None


def schemas(session: Session, pattern: str = ANY) -> list[str]:
    """List the schemas in and outside of the database by name."""
    names = {*catalogue.schemas(session), *registry.schemas(session)}
    return sorted(name for name in names if like(pattern, name))


def relations(session: Session, schema: str = ANY, name: str = ANY) -> list[Relation]:
    """List tables and views by schema and name; only sources of schemas that fit are asked.

    Raises:
        RedshiftError: a source cannot be reached.
    """
    with Outside(session) as outside:
        return _relations(session, outside, schema, name)


def columns(session: Session, schema: str | None, table: str | None) -> list[RelationColumn]:
    """List the columns of a table, or of all tables in a schema or the database, in the order of `relations`.

    Raises:
        RedshiftError: a source cannot be reached.
    """
    exactly = [ANY if one is None else _escaped(one) for one in (schema, table)]
    with Outside(session) as outside:
        return [
            column
            for relation in _relations(session, outside, *exactly)
            for column in _columns(session, outside, relation)
        ]


def view_columns(session: Session, view: Known) -> list[tuple[str, Kind]]:
    """Return the columns of a view: a late-binding one's as they are now, none where it cannot be run."""
    if view.notes.get("bound"):
        return [(name, parsed(kind)) for name, kind in view.notes.get("columns", ())]
    try:
        place = f"{catalogue.quoted(view.name.schema)}.{catalogue.quoted(view.name.table)}"
        return columns_of(session, f"SELECT * FROM {place}")  # noqa: S608 -- a name of the catalogue
    except RedshiftError:
        return []


def like(pattern: str, text: str) -> bool:
    """Tell whether a name is like a pattern, in which a backslash takes a sign's meaning away; case does not count."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    meant = "".join({"%": ".*", "_": "."}.get(part, re.escape(part[-1])) for part in parts)
    return re.fullmatch(meant, text, re.DOTALL | re.IGNORECASE) is not None


def _escaped(name: str) -> str:
    return re.sub(r"([%_\\])", r"\\\1", name)


def _relations(session: Session, outside: Outside, schema: str, name: str) -> list[Relation]:
    found = [*_own(session), *_outside(outside, schema)]
    return sorted(one for one in found if like(schema, one.schema) and like(name, one.name))


def _own(session: Session) -> Iterator[Relation]:
    for known in catalogue.relations(session):
        yield Relation(known.name.schema, known.name.table, "VIEW" if known.view else "TABLE")


def _outside(outside: Outside, pattern: str) -> Iterator[Relation]:
    for schema in outside.schemas.values():
        if like(pattern, schema.name):
            for name in outside.names(schema):
                yield Relation(schema.name, name, "EXTERNAL TABLE")


def _columns(session: Session, outside: Outside, relation: Relation) -> Iterator[RelationColumn]:
    if relation.kind == "EXTERNAL TABLE":
        for one in outside.table(outside.schemas[relation.schema], relation.name).columns:
            if not one.hidden:
                yield RelationColumn(relation, one.type.column(one.name), one.nullable)
        return
    known = catalogue.existing(session, relation.schema, relation.name)
    if known.view:
        for name, kind in view_columns(session, known):
            yield RelationColumn(relation, kind.column(name), nullable=None)
        return
    for own in catalogue.columns(session, known.name):
        yield RelationColumn(relation, own.kind.column(own.name), own.nullable, own.default)
