"""EXPLAIN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from sandbox.warehouse.answers import Answer, listing
from sandbox.warehouse.errors import NOT_SUPPORTED, RedshiftError
from sandbox.warehouse.explain.nodes import written
from sandbox.warehouse.explain.planner import Planner
from sandbox.warehouse.explain.relations import LocalTables
from sandbox.warehouse.external.resolving import forget_schemas
from sandbox.warehouse.external.scans import find_scans
from sandbox.warehouse.external.statement import Outside
from sandbox.warehouse.grammar import parse
from sandbox.warehouse.statements import Form
from sandbox.warehouse.text import Statement
from sandbox.warehouse.translate import prepare

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session


def explain(session: Session, statement: Statement) -> Answer:
    """Return the plan of a statement, which is not run; remote tables are asked for their columns alone.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_EXPLAIN.html
    """
    skipped = 2 if statement.leading.startswith("EXPLAIN VERBOSE") else 1
    tree = parse(statement.after(skipped))
    with Outside(session) as outside:
        query = _query(tree)
        prepare(session, query)
        forget_schemas(query, outside)
        scans = {id(one.node): one for one in find_scans(query, outside.tables)}
        plan = Planner(outside.tables, LocalTables(session), scans).plan(query)
    return listing("QUERY PLAN", written(plan))


def _query(tree: exp.Expr) -> exp.Expr:
    """Return the query that a statement runs."""
    if isinstance(tree, exp.Query):
        return tree
    if isinstance(tree, exp.Create | exp.Insert) and isinstance(tree.expression, exp.Query):
        found: exp.Expr = tree.expression
        found.pop()
        return found
    if isinstance(tree, exp.Delete | exp.Update):
        return _changed(tree)
    raise RedshiftError("EXPLAIN is for queries and changes of rows", NOT_SUPPORTED)


def _changed(tree: exp.Delete | exp.Update) -> exp.Select:
    """Return the query that finds the rows to change."""
    query = exp.Select(expressions=[exp.column("ctid")])
    query.set("from_", exp.From(this=tree.this))
    others = list(tree.args.get("using") or [])
    if tree.args.get("from_"):
        others.append(tree.args["from_"].this)
    query.set("joins", [exp.Join(this=one) for one in others])
    query.set("where", tree.args.get("where"))
    return query


FORMS = (Form(r"EXPLAIN\b", explain),)
