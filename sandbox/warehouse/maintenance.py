"""ANALYZE and VACUUM.

Sources: https://docs.aws.amazon.com/redshift/latest/dg/r_ANALYZE.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_VACUUM_command.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from sandbox.warehouse import catalogue
from sandbox.warehouse.answers import DONE, Answer
from sandbox.warehouse.catalogue import Name
from sandbox.warehouse.errors import NOT_SUPPORTED, RedshiftError
from sandbox.warehouse.history import Maintenance
from sandbox.warehouse.locks import SHARED, WRITE
from sandbox.warehouse.reading import Reader
from sandbox.warehouse.statements import Form
from sandbox.warehouse.text import Statement

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

SORTED_ENOUGH = 95.0
"""Percent of sorted rows from which on VACUUM does not sort."""


def analyze(session: Session, statement: Statement) -> Answer:
    """Describe a table, or all; one that has hardly changed is skipped."""
    reader = Reader(statement, 1)
    reader.take("COMPRESSION")
    reader.take("VERBOSE")
    names = _tables(session, reader)
    threshold = float(session.settings["analyze_threshold_percent"])
    for name in names:
        condition = session.warehouse.statistics.of(name)
        skipped = bool(condition.described and threshold and condition.stats_off < threshold)
        rows = _rows(session, name)
        _log(session, "ANALYZE", name, rows, skipped=skipped)
        if not skipped:
            when = session.warehouse.surroundings.now()
            _later(session, partial(session.warehouse.statistics.analyzed, name, rows, when))
    return DONE


def _tables(session: Session, reader: Reader) -> list[Name]:
    if reader.ended or reader.sees("PREDICATE") or reader.sees("ALL"):
        return [one.name for one in catalogue.relations(session) if not one.view]
    schema, table = reader.name(session.warehouse.database)
    if catalogue.outside(session, schema):
        raise RedshiftError(f'cannot analyze external table "{schema}.{table}"', NOT_SUPPORTED)
    known = catalogue.existing(session, schema, table)
    columns = reader.names() if reader.sees("(") else []
    existing = {one.name for one in catalogue.columns(session, known.name)}
    for column in columns:
        if column not in existing:
            raise RedshiftError(f'column "{column}" of relation "{table}" does not exist', "42703")
    if not (reader.take("PREDICATE", "COLUMNS") or reader.take("ALL", "COLUMNS")):
        reader.end()
    return [known.name]


def vacuum(session: Session, statement: Statement) -> Answer:
    """Sort rows and give back the place of deleted ones."""
    reader = Reader(statement, 1)
    kind = "FULL"
    if reader.take("DELETE"):
        reader.expect("ONLY")
        kind = "DELETE"
    elif reader.take("SORT"):
        reader.expect("ONLY")
        kind = "SORT"
    else:
        kind = reader.one_of("FULL", "REINDEX", "RECLUSTER") or "FULL"
    names = _vacuumed(session, reader)
    for name in names:
        session.lock(name, WRITE)
        rows = _rows(session, name)
        condition = session.warehouse.statistics.of(name)
        sort = kind != "DELETE" and 100.0 - condition.unsorted_percent < SORTED_ENOUGH
        delete = kind in {"FULL", "DELETE", "REINDEX"}
        _log(session, "VACUUM", name, rows, ordered=max(0, rows - condition.unsorted))
        _later(session, partial(session.warehouse.statistics.vacuumed, name, rows, sort=sort, delete=delete))
    return DONE


def _vacuumed(session: Session, reader: Reader) -> list[Name]:
    if reader.ended:
        return [one.name for one in catalogue.relations(session) if not one.view and _may(session, one.notes)]
    known = catalogue.existing(session, *reader.name(session.warehouse.database))
    if reader.take("TO"):
        reader.value()
        reader.expect("PERCENT")
    reader.take("BOOST")
    reader.end()
    return [known.name] if _may(session, known.notes) else []


def _may(session: Session, notes: object) -> bool:
    """Tell whether VACUUM has an effect: without the privilege it does nothing and says nothing."""
    return session.superuser or (isinstance(notes, dict) and notes.get("owner") == session.user)


def _rows(session: Session, name: Name) -> int:
    session.lock(name, SHARED)
    return int(session.run(f"SELECT count(*) FROM {name.sql()}")[0][0])  # noqa: S608 -- a name of the catalogue


def _later(session: Session, done: Callable[[], None]) -> None:
    if session.transaction is not None:
        session.transaction.kept.append(done)


def _log(
    session: Session, kind: str, name: Name, rows: int, *, ordered: int = 0, skipped: bool = False
) -> None:
    xid = session.transaction.xid if session.transaction else 0
    table, when = f"{name.schema}.{name.table}", session.warehouse.surroundings.now()
    done = Maintenance(kind, table, session.user, xid, rows, when, ordered, skipped)
    session.warehouse.history.maintenance.append(done)


FORMS = (
    Form(r"ANALYZE\b", analyze),
    Form(r"VACUUM\b", vacuum, alone="VACUUM"),
)
