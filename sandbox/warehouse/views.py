"""Views, bound to what they read or not.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_VIEW.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from sandbox.warehouse import catalogue
from sandbox.warehouse.answers import DONE, Answer
from sandbox.warehouse.catalogue import Name, note
from sandbox.warehouse.errors import DUPLICATE_TABLE, SYNTAX_ERROR, RedshiftError
from sandbox.warehouse.grammar import parse_query
from sandbox.warehouse.locks import EXCLUSIVE
from sandbox.warehouse.queries import columns_of
from sandbox.warehouse.reading import Reader, read_drop
from sandbox.warehouse.statements import Form
from sandbox.warehouse.text import Statement
from sandbox.warehouse.translate import is_common

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

UNBOUND = ("WITH", "NO", "SCHEMA", "BINDING")
EXTERNAL = "External tables are not supported in views without WITH NO SCHEMA BINDING"
UNQUALIFIED = "All the relation names inside should be qualified when creating VIEW WITH NO SCHEMA BINDING."


def create(session: Session, statement: Statement) -> Answer:
    """Keep a view's definition; one that is bound must be able to run now."""
    reader = Reader(statement, 1)
    replacing = reader.take("OR", "REPLACE")
    reader.expect("VIEW")
    name = catalogue.new_name(session, *reader.name(session.warehouse.database))
    names = reader.names() if reader.sees("(") else []
    reader.expect("AS")
    text, bound = _body(statement, reader.place)
    notes: dict[str, Any] = {"definition": text, "bound": bound, "owner": session.user, "names": names}
    if bound:
        notes |= _bind(session, text, names)
    else:
        _check_unbound(session, text)
    _keep(session, name, notes, replacing=replacing)
    return DONE


def _body(statement: Statement, place: int) -> tuple[str, bool]:
    """Return the query of a view, and whether it is bound."""
    tokens = statement.tokens
    unbound = tuple(token.upper for token in tokens[-len(UNBOUND) :]) == UNBOUND
    last = len(tokens) - (len(UNBOUND) if unbound else 0)
    if place >= last:
        raise RedshiftError("syntax error at end of input", SYNTAX_ERROR)
    return statement.text[tokens[place].start : tokens[last - 1].end], not unbound


def _bind(session: Session, text: str, names: Sequence[str]) -> dict[str, Any]:
    """Return a bound view's columns, what it reads, and where its names were looked for."""
    reads = set()
    for table in parse_query(text).find_all(exp.Table):
        if catalogue.outside(session, table.db):
            raise RedshiftError(EXTERNAL, "0A000")
        known = None if is_common(table) else catalogue.find(session, table.db.lower(), table.name.lower())
        if known is not None and known.name.temporary:
            raise RedshiftError("views on temporary tables are not supported", "0A000")
        if known is not None:
            reads.add(f"{known.name.schema}.{known.name.table}")
    found = columns_of(session, text)
    called = [*names, *(name for name, _ in found[len(names) :])]
    columns = [[name, kind.shown] for name, (_, kind) in zip(called, found, strict=True)]
    return {"columns": columns, "reads": sorted(reads), "path": session.search_path}


def _check_unbound(session: Session, text: str) -> None:
    """Refuse names without a schema; the tables need not be there, their schemas must."""
    for table in parse_query(text).find_all(exp.Table):
        if is_common(table) or isinstance(table.this, exp.Func):
            continue
        if not table.db:
            raise RedshiftError(UNQUALIFIED, SYNTAX_ERROR)
        if not catalogue.any_schema(session, table.db.lower()):
            raise RedshiftError(f'schema "{table.db.lower()}" does not exist', "3F000")


def _keep(session: Session, name: Name, notes: dict[str, Any], *, replacing: bool) -> None:
    known = catalogue.find(session, name.schema, name.table)
    if known is not None:
        if not replacing:
            raise RedshiftError(f'relation "{name.table}" already exists', DUPLICATE_TABLE)
        if not known.view:
            raise RedshiftError(f'"{name.table}" is not a view', "42809")
        _check_columns(known.notes.get("columns"), notes.get("columns"))
    session.touch(writes=[name], mode=EXCLUSIVE)
    session.run(f"CREATE OR REPLACE VIEW {name.sql()} AS SELECT NULL AS definition_is_in_comment")
    note(session, "VIEW", name.sql(), notes)


def _check_columns(old: Sequence[Sequence[str]] | None, new: Sequence[Sequence[str]] | None) -> None:
    """Refuse to replace a bound view by one whose first columns are others."""
    if old is None or new is None:
        return
    if len(new) < len(old):
        raise RedshiftError("cannot drop columns from view", "42P16")
    for (old_name, old_kind), (new_name, new_kind) in zip(old, new, strict=False):
        if old_name != new_name:
            raise RedshiftError(f'cannot change name of view column "{old_name}" to "{new_name}"', "42P16")
        if old_kind.partition("(")[0] != new_kind.partition("(")[0]:
            raise RedshiftError(f'cannot change data type of view column "{old_name}"', "42P16")


def drop(session: Session, statement: Statement) -> Answer:
    """Drop views."""
    asked = read_drop(statement, session.warehouse.database)
    for schema, table in asked.names:
        known = (
            catalogue.find(session, schema, table)
            if not schema or catalogue.has_schema(session, schema)
            else None
        )
        if known is None and asked.lenient:
            continue
        known = known or catalogue.existing(session, schema, table)
        if not known.view:
            raise RedshiftError(f'"{table}" is not a view', "42809")
        remove(session, known.name, cascade=asked.cascade)
    return DONE


def remove(session: Session, name: Name, *, cascade: bool) -> None:
    """Drop a table or view, and with `cascade` the bound views that read it.

    Raises:
        RedshiftError: bound views read it, and are not to go as well.
    """
    for dependent in dependents(session, name):
        if not cascade:
            raise RedshiftError(
                f"cannot drop {'table' if not is_view(session, name) else 'view'} {name.table} because other objects "
                "depend on it",
                "2BP01",
            )
        remove(session, dependent, cascade=True)
    session.touch(writes=[name], mode=EXCLUSIVE)
    session.run(f"DROP {'VIEW' if is_view(session, name) else 'TABLE'} {name.sql()}")


def is_view(session: Session, name: Name) -> bool:
    """Tell whether a name is a view's."""
    found = catalogue.find(session, "" if name.temporary else name.schema, name.table)
    return found is not None and found.view


def dependents(session: Session, name: Name) -> list[Name]:
    """List the bound views that read a table or view."""
    if name.temporary:
        return []
    read = f"{name.schema}.{name.table}"
    return [
        one.name for one in catalogue.relations(session) if one.view and read in one.notes.get("reads", ())
    ]


FORMS = (
    Form(r"CREATE (OR REPLACE )?VIEW\b", create),
    Form(r"DROP VIEW\b", drop),
)
