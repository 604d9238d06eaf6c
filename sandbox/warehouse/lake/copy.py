"""COPY: rows of objects into a table.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from sandbox.objects import NoSuchKey, Objects
from sandbox.sql.types import quoted
from sandbox.warehouse.answers import Answer, changed
from sandbox.warehouse.changes import insert_from
from sandbox.warehouse.errors import RedshiftError
from sandbox.warehouse.external.lake_tables import in_redshifts_words
from sandbox.warehouse.lake import authorization
from sandbox.warehouse.lake.authorization import Place
from sandbox.warehouse.lake.options import Options, read_options, separator, text
from sandbox.warehouse.reading import Reader
from sandbox.warehouse.statements import Form
from sandbox.warehouse.text import Statement, read
from sandbox.warehouse.translate import Translation, changeable, table_named

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session


@dataclass(frozen=True)
class Copy:
    """The statement; `table` as it is written, without `columns` all of the table's."""

    table: str
    columns: tuple[str, ...]
    source: str
    roles: tuple[str, ...]
    format: str = "text"
    manifest: bool = False
    delimiter: str = ""
    header: int = 0
    compression: str = "none"
    null: str | None = None
    quotes: bool = False
    region: str | None = None


def read_copy(statement: str) -> Copy:
    """Read the statement."""
    reader = Reader(read(statement))
    reader.expect("COPY")
    schema, name = reader.name()
    table = ".".join(quoted(one) for one in (schema, name) if one)
    columns = tuple(reader.names()) if reader.sees("(") else ()
    reader.expect("FROM")
    source = reader.text()
    roles, found = read_options(reader, "COPY", OPTIONS)
    return Copy(table, columns, source, roles, **found)


def _json(reader: Reader) -> Mapping[str, Any]:
    reader.take("AS")
    reader.text()
    return {"format": "json"}


def _ignored_text(reader: Reader) -> Mapping[str, Any]:
    reader.take("AS")
    reader.text()
    return {}


def _header(reader: Reader) -> Mapping[str, Any]:
    reader.take("AS")
    return {"header": reader.integer()}


OPTIONS: Options = {
    "PARQUET": lambda _: {"format": "parquet"},
    "CSV": lambda _: {"format": "csv"},
    "JSON": _json,
    "MANIFEST": lambda _: {"manifest": True},
    "DELIMITER": separator("delimiter"),
    "NULL": separator("null"),
    "REGION": text("region"),
    "IGNOREHEADER": _header,
    "REMOVEQUOTES": lambda _: {"quotes": True},
    "GZIP": lambda _: {"compression": "gzip"},
    "ZSTD": lambda _: {"compression": "zstd"},
    "TIMEFORMAT": _ignored_text,
    "DATEFORMAT": _ignored_text,
}


COPIED = Translation(exp.Select(), "SELECT * FROM copied_rows", {}, frozenset())


def copy(session: Session, statement: Statement) -> Answer:
    """Add the rows of objects to a table, and return how many."""
    asked = read_copy(statement.text)
    objects = authorization.objects(session, asked.roles)
    source = authorization.place(asked.source)
    with in_redshifts_words():
        authorization.check_region(session, objects, source.bucket, asked.region)
        places = _listed(objects, source) if asked.manifest else _found(objects, source)
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, place in enumerate(places):
            with in_redshifts_words():
                paths.append(objects.save(place.bucket, place.key, Path(folder) / str(number)))
        return _insert(session, asked, paths)


def _found(objects: Objects, source: Place) -> list[Place]:
    found = [Place(one.bucket, one.key) for one in objects.list(source.bucket, source.key) if one.size]
    if not found:
        raise RedshiftError(f"The specified S3 prefix '{source.key}' does not exist")
    return found


def _listed(objects: Objects, source: Place) -> list[Place]:
    """Return the objects that a manifest names; one that is not there is an error only where it is mandatory."""
    try:
        entries = json.loads(objects.read(source.bucket, source.key))["entries"]
    except NoSuchKey as error:
        raise RedshiftError(f"The specified S3 prefix '{source.key}' does not exist") from error
    except (ValueError, KeyError, TypeError) as error:
        raise RedshiftError(
            f"Problem reading manifest file - {source.url(source.key)} is no manifest"
        ) from error
    found = []
    for entry in entries:
        place = authorization.place(entry["url"])
        try:
            objects.head(place.bucket, place.key)
        except NoSuchKey as error:
            if entry.get("mandatory"):
                problem = f"Problem reading manifest file - mandatory file {entry['url']} not found"
                raise RedshiftError(problem) from error
            continue
        found.append(place)
    return found


def _insert(session: Session, asked: Copy, paths: Sequence[Path]) -> Answer:
    if not paths:
        return changed(0)
    name = changeable(session, table_named(asked.table))
    reader = _reader(asked, paths, session)
    session.run(f"CREATE OR REPLACE TEMP VIEW copied_rows AS SELECT * FROM {reader}")  # noqa: S608 -- paths of ours
    try:
        if session.running is not None:
            session.running.files = len(paths)
            session.running.size = sum(path.stat().st_size for path in paths)
        answer = insert_from(session, name, asked.columns, COPIED, literals=None)
    except RedshiftError as error:
        raise RedshiftError(
            f"Load into table {asked.table} failed. Check 'stl_load_errors' system table for details: "
            f"{error.message.removeprefix('ERROR: ')}",
            error.sqlstate,
        ) from error
    session.run("DROP VIEW copied_rows")
    return answer


def _reader(asked: Copy, paths: Sequence[Path], session: Session) -> str:
    listed = "[" + ", ".join(f"'{path}'" for path in paths) + "]"
    if asked.format == "parquet":
        return f"read_parquet({listed})"
    if asked.format == "json":
        return f"read_json({listed}, format = 'newline_delimited', compression = '{asked.compression}')"
    delimiter = (asked.delimiter or ("," if asked.format == "csv" else "|")).replace("'", "''")
    quote = '"' if asked.format == "csv" or asked.quotes else ""
    null = (asked.null or "").replace("'", "''")
    return (
        f"read_csv({listed}, delim = '{delimiter}', quote = '{quote}', escape = '{quote}', header = false, "
        f"skip = {asked.header}, nullstr = '{null}', all_varchar = true, auto_detect = false, "
        f"compression = '{asked.compression}', columns = {_columns(asked, session)})"
    )


def _columns(asked: Copy, session: Session) -> str:
    names = asked.columns
    if not names:
        described = session.run(f"DESCRIBE SELECT * FROM {asked.table}")  # noqa: S608 -- a quoted name
        names = tuple(str(row[0]) for row in described)
    return "{" + ", ".join(f"'{name.replace(chr(39), chr(39) * 2)}': 'VARCHAR'" for name in names) + "}"


FORMS = (Form(r"COPY\b", copy),)
