"""Queries: translated, run, described."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from sandbox.warehouse.answers import Answer, AnswerColumn
from sandbox.warehouse.grammar import parse_query
from sandbox.warehouse.inference import Columns
from sandbox.warehouse.kinds import TEXTS, Kind, of_engine
from sandbox.warehouse.statements import Form
from sandbox.warehouse.tables import create_from
from sandbox.warehouse.text import Statement
from sandbox.warehouse.translate import Translation, prepare, translate

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session


def translated(session: Session, text: str) -> Translation:
    """Return a query as DuckDB runs it, with what it reads locked.

    Raises:
        RedshiftError: it is no query, or a name in it means nothing.
    """
    return _translated(session, parse_query(text))


def _translated(session: Session, tree: exp.Query) -> Translation:
    prepare(session, tree)
    translation = translate(session, tree)
    session.touch(translation.reads)
    return translation


def columns_of(session: Session, text: str) -> list[tuple[str, Kind]]:
    """Return names and types of a query's columns; it is not run."""
    translation = translated(session, text)
    found = session.describe(translation.sql)
    hints = hinted(found, translation.columns)
    return [(name, _kind(kind, hint)) for (name, kind), hint in zip(found, hints, strict=True)]


def hinted(found: Sequence[tuple[str, object]], columns: Columns) -> list[Kind | None]:
    """Return what is known of the types of a result's columns beside what the engine says."""
    if len(columns) == len(found):
        return list(columns.values())
    return [columns.get(name) for name, _ in found]


def query(session: Session, statement: Statement) -> Answer:
    """Return the rows of a query."""
    tree = parse_query(statement.text)
    if isinstance(tree, exp.Select) and tree.args.get("into"):
        return create_from(session, tree)
    translation = _translated(session, tree)
    rows = session.run(translation.sql)
    return Answer(described(session.engine.description, translation.columns), rows, len(rows), has_rows=True)


def described(found: Sequence[tuple[str, object]], columns: Columns) -> tuple[AnswerColumn, ...]:
    """Describe a result by what the engine says of it, and by the lengths of texts that only Redshift knows."""
    hints = hinted(found, columns)
    return tuple(_kind(kind, hint).column(name) for (name, kind), hint in zip(found, hints, strict=True))


def _kind(engine: object, hint: Kind | None) -> Kind:
    kind = of_engine(engine)
    return hint if kind.name == "varchar" and hint is not None and hint.name in TEXTS else kind


FORMS = (Form(r"(SELECT|WITH|\(|VALUES)", query),)
