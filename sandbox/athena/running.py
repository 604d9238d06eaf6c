"""Running a statement of any kind, in a thread that holds no lock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sandbox.athena import ddl, showing, writing
from sandbox.athena import statements as said
from sandbox.athena.context import Context, Outcome, ResultColumn
from sandbox.athena.failures import HiveError
from sandbox.glue.catalogue import view_input
from sandbox.objects import AccessDenied, ObjectError
from sandbox.sql.engine import Engine
from sandbox.sql.errors import SqlError
from sandbox.sql.scans import split_location
from sandbox.sql.session import Session
from sandbox.sql.trino import parse_query
from sandbox.sql.types import hive, precision_and_scale, trino

KINDS_OF_CONTENT = {".csv": "application/octet-stream", ".txt": "text/plain"}


def run(statement: said.Statement, text: str, session: Session, context: Context) -> Outcome:
    """Do what a statement asks for; its result stands in the scratch folder and is not stored yet.

    Raises SqlError, HiveError and Cancelled.
    """
    engine = Engine(session, context.catalogue, parse_query, context.now)
    runner = RUNNERS.get(type(statement))
    if runner is None:
        return _printed(ddl.run(statement, context), Outcome(), context)
    return runner(statement, text, engine, context)


def _select(statement: said.Query, text: str, engine: Engine, context: Context) -> Outcome:
    prepared = engine.prepare(statement.tree, context.database, text)
    path = context.scratch / "result.csv"
    rows = engine.to_csv(prepared, path)
    names = ",".join('"' + one.name.replace('"', '""') + '"' for one in prepared.columns)
    columns = tuple(
        ResultColumn(one.name, trino(one.kind).partition("(")[0], *precision_and_scale(one.kind))
        for one in prepared.columns
    )
    context.check()
    return Outcome(path, columns, rows, heading=f"{names}\n".encode())


def _printed(lines: list[str], outcome: Outcome, context: Context) -> Outcome:
    outcome.path = context.scratch / "result.txt"
    outcome.path.write_text("".join(f"{line}\n" for line in lines))
    return outcome


def _show(statement: said.Show | said.Describe, _text: str, _engine: Engine, context: Context) -> Outcome:
    return _printed(*showing.run(statement, context), context)


def _refuse(statement: said.Refusal, _text: str, _engine: Engine, _context: Context) -> Outcome:
    raise SqlError(statement.name, statement.message)


def _unload(statement: said.Unload, _text: str, engine: Engine, context: Context) -> Outcome:
    return writing.unload(statement, engine, context)


def _create_view(statement: said.CreateView, _text: str, engine: Engine, context: Context) -> Outcome:
    database, name = context.place(statement.table)
    if not context.catalogue.has_database(database):
        raise SqlError("SCHEMA_NOT_FOUND", f"line 1:1: Schema {database} does not exist")
    existing = context.catalogue.table(database, name)
    if existing is not None and (existing.view is None or not statement.replace):
        kind = "Table" if existing.view is None else "View"
        message = f"line 1:1: {kind} already exists: 'awsdatacatalog.{database}.{name}'"
        raise SqlError("TABLE_ALREADY_EXISTS", message)
    outputs = engine.validated(statement.tree, context.database, statement.text).columns
    for number, one in enumerate(outputs, 1):
        if not one.named:
            raise SqlError("MISSING_COLUMN_NAME", f"line 1:1: Column name not specified at position {number}")
    columns = [(one.name.lower(), trino(one.kind), hive(one.kind)) for one in outputs]
    described = view_input(name, context.database, statement.text, columns)
    if existing is None:
        context.catalogue.create_table(database, described)
    else:
        context.catalogue.update_table(database, described)
    return _printed([], Outcome(), context)


def _explain(statement: said.Explain, _text: str, engine: Engine, context: Context) -> Outcome:
    if statement.form == "validate":
        engine.validated(parse_query(statement.query), context.database, statement.query)
        return _printed(["true"], Outcome(columns=(ResultColumn("Valid", "boolean"),)), context)
    prepared = engine.prepare(parse_query(statement.query), context.database, statement.query)
    plan = engine.plan(prepared, statement.form).splitlines()
    return _printed(plan, Outcome(columns=(ResultColumn("Query Plan", "varchar"),)), context)


def store(outcome: Outcome, place: str, manifest: str | None, context: Context) -> None:
    """Put a result, and the list of objects that a statement wrote, below the location of results."""
    if outcome.path is not None:
        _put(place, outcome.heading + outcome.path.read_bytes(), context)
    if manifest is not None:
        _put(manifest, "".join(f"{one}\n" for one in outcome.written).encode(), context)


def _put(place: str, content: bytes, context: Context) -> None:
    bucket, key = split_location(place)
    kind = KINDS_OF_CONTENT.get(Path(key).suffix, "text/csv")
    try:
        context.objects.write(
            bucket, key, content, content_type=kind, sse=context.sse, kms_key=context.kms_key
        )
    except AccessDenied as error:
        raise HiveError(f"Access denied when writing output to url: {place}. {error.message}") from error
    except ObjectError as error:
        raise HiveError(f"Failed to write query results to {place}: {error.code} {error.message}") from error


RUNNERS: Mapping[type[said.Statement], Callable[[Any, str, Engine, Context], Outcome]] = {
    said.Query: _select,
    said.Insert: writing.insert,
    said.CreateTableAs: writing.create_table_as,
    said.Unload: _unload,
    said.CreateView: _create_view,
    said.Explain: _explain,
    said.Refusal: _refuse,
    said.Show: _show,
    said.Describe: _show,
}
