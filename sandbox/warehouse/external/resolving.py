"""External tables in a statement's tree: read as far as it needs them, and put in their place as rows."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from sqlglot import exp

from sandbox.warehouse.external.listings import listing
from sandbox.warehouse.external.registry import schemas
from sandbox.warehouse.external.scans import Scan, find_scans
from sandbox.warehouse.external.statement import Outside
from sandbox.warehouse.translate import replace, tables

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

NUMBERS = itertools.count(1)


def resolve(session: Session, tree: exp.Expr) -> None:
    """Read the external tables of a statement and let it go on with their rows, in place."""
    if not names_outside(session, tree):
        return
    with Outside(session) as outside:
        forget_schemas(tree, outside)
        for scan in find_scans(tree, outside.tables):
            name = f"external_rows_{next(NUMBERS)}"
            session.engine.lend(name, outside.read(scan))
            _put(scan, name)


def names_outside(session: Session, tree: exp.Expr) -> bool:
    """Tell whether a statement names anything outside the warehouse."""
    named = {(one.db, one.name) for one in tables(tree)}
    if any(listing(*one) for one in named):
        return True
    written = {schema for schema, _ in named} - {""}
    return bool(written) and not written.isdisjoint(schemas(session))


def forget_schemas(tree: exp.Expr, outside: Outside) -> None:
    """Take the schema out of names such as schema.table.column."""
    for column in tree.find_all(exp.Column):
        if column.args.get("db") is not None and column.db in outside.schemas:
            column.set("db", None)


def _put(scan: Scan, name: str) -> None:
    columns = {one.name: one.type for one in scan.table.columns if one.name in scan.columns}
    replace(scan.node, exp.Table(this=exp.to_identifier(name)), columns)
