"""UNLOAD: a query's rows as objects, with a list of them.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from sandbox.warehouse.answers import Answer, changed
from sandbox.warehouse.errors import NOT_SUPPORTED, UNDEFINED_COLUMN, RedshiftError
from sandbox.warehouse.external.lake_tables import in_redshifts_words
from sandbox.warehouse.grammar import parse
from sandbox.warehouse.kinds import LONGEST
from sandbox.warehouse.lake import authorization
from sandbox.warehouse.lake.files import Column, columns_of, write
from sandbox.warehouse.lake.unload_options import Unload, read_unload
from sandbox.warehouse.lake.writing import Stored, put, scratch, store
from sandbox.warehouse.queries import translated
from sandbox.warehouse.statements import Form
from sandbox.warehouse.text import Statement

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

BASES = {
    "BOOLEAN": "boolean", "SMALLINT": "smallint", "TINYINT": "smallint", "INTEGER": "integer", "BIGINT": "bigint",
    "FLOAT": "real", "DOUBLE": "double precision", "DATE": "date", "TIME": "time without time zone",
    "TIMESTAMP": "timestamp without time zone", "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "JSON": "super",
}  # fmt: skip


def unload(session: Session, statement: Statement) -> Answer:
    """Write a query's rows, and return how many."""
    asked = read_unload(statement.text)
    target = authorization.place(asked.target)
    if asked.keys and not target.key.endswith("/") and target.key:
        target = replace(target, key=f"{target.key}/")
    _check_query(asked.query)
    query = translated(session, asked.query).sql
    columns = columns_of(session, query)
    check_columns(columns, asked)
    objects = authorization.objects(session, asked.roles)
    with tempfile.TemporaryDirectory() as folder:
        with in_redshifts_words():
            authorization.check_region(session, objects, target.bucket, asked.region)
        parts = write(session, query, columns, asked, scratch(folder))
        stored = store(objects, target, parts, asked)
    if asked.manifest:
        content = json.dumps(manifest(stored, columns, asked), indent=2).encode()
        with in_redshifts_words():
            put(objects, target.bucket, f"{target.key}manifest", content, asked)
    return changed(sum(one.rows for one in parts))


def _check_query(query: str) -> None:
    tree = parse(query)
    if not isinstance(tree, exp.Query):
        raise RedshiftError("UNLOAD needs a SELECT", "42601")
    if tree.args.get("limit"):
        raise RedshiftError("Limit clause is not supported", NOT_SUPPORTED)


def check_columns(columns: Sequence[Column], asked: Unload) -> None:
    """Refuse columns that cannot be written so, and partitions that are not among them."""
    names = [one.name for one in columns]
    for key in asked.keys:
        if key not in names:
            raise RedshiftError(f'column "{key}" of PARTITION BY is not in the query', UNDEFINED_COLUMN)
    if asked.keys and not asked.include and set(names) <= set(asked.keys):
        raise RedshiftError("PARTITION BY needs at least one column that is no key", "42601")
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled is not None and (asked.format in {"parquet", "json"} or asked.keys):
        raise RedshiftError(f'column "{doubled}" specified more than once', "42701")


def manifest(stored: Sequence[Stored], columns: Sequence[Column], asked: Unload) -> dict[str, Any]:
    """Return the list of what was written; VERBOSE says what is in it, too.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD_command_examples.html
    """
    if not asked.verbose:
        return {"entries": [{"url": one.url, "meta": {"content_length": one.size}} for one in stored]}
    total = {
        "content_length": sum(one.size for one in stored),
        "record_count": sum(one.records for one in stored),
    }
    kept = [one for one in columns if asked.include or one.name not in asked.keys]
    return {
        "entries": [
            {"url": one.url, "meta": {"content_length": one.size, "record_count": one.records}}
            for one in stored
        ],
        "schema": {"elements": [{"name": one.name, "type": _type(one.kind)} for one in kept]},
        "meta": total,
        "author": {"name": "Amazon Redshift", "version": "1.0.0"},
    }


def _type(kind: str) -> Mapping[str, Any]:
    if sizes := re.fullmatch(r"DECIMAL\((\d+),(\d+)\)", kind):
        return {"base": "numeric", "precision": int(sizes[1]), "scale": int(sizes[2])}
    if kind in {"HUGEINT", "UHUGEINT"}:
        return {"base": "numeric", "precision": 38, "scale": 0}
    if kind in BASES:
        return {"base": BASES[kind]}
    return {"base": "character varying", "max_length": LONGEST}


FORMS = (Form(r"UNLOAD\b", unload),)
