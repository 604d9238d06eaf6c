"""Redshift's SQL in DuckDB's: views opened, names resolved, functions replaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import ErrorLevel, exp
from sqlglot.errors import UnsupportedError

from sandbox.warehouse import catalogue
from sandbox.warehouse.catalogue import Known, Name
from sandbox.warehouse.errors import NOT_ALLOWED, NOT_SUPPORTED, RedshiftError
from sandbox.warehouse.functions import Functions, spell_out
from sandbox.warehouse.grammar import parse_query
from sandbox.warehouse.inference import Columns, Inference
from sandbox.warehouse.kinds import of_engine
from sandbox.warehouse.locks import SHARED
from sandbox.warehouse.outputs import name_outputs

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

DEEPEST = 64
"""Views within views beyond this are taken for a circle."""
ENGINE_SCHEMAS = {"information_schema", "pg_catalog"}
RESOLVED = "columns"
"""The mark of a table that DuckDB knows under its name; its value are its columns."""


@dataclass(frozen=True)
class Translation:
    """A statement as DuckDB runs it; `columns` are those of a query, with their types where they are known."""

    tree: exp.Expr
    sql: str
    columns: Columns
    reads: frozenset[Name]


def prepare(
    session: Session, tree: exp.Expr, target: exp.Table | None = None, *, depth: int = 0, user: str = ""
) -> None:
    """Fold the names of a statement, name its columns and open its views, but for its `target`.

    What a view reads is read by its owner, the `user`; all else by that of the session.

    Raises:
        RedshiftError: the user may not read what is named, or it is not there.
    """
    if not session.settings.case_sensitive:
        for one in tree.find_all(exp.Identifier):
            one.set("this", one.name.lower())
    name_outputs(tree)
    spell_out(tree, session.constants())
    if target is not None:
        _settle(session, target, changeable(session, target))
    _check_usage(session, tree, user or session.user)
    _open_views(session, tree, depth)


def table_named(text: str) -> exp.Table:
    """Return the table that a text names."""
    return exp.to_table(text.lower(), dialect="redshift")


def changeable(session: Session, target: exp.Table) -> Name:
    """Return the table that a statement changes; RedshiftError where it is a view or nothing."""
    known = catalogue.existing(session, target.db, target.name)
    if known.view:
        raise RedshiftError(f'cannot change the view "{target.name}"', "42809")
    return known.name


def translate(session: Session, tree: exp.Expr) -> Translation:
    """Return a prepared statement as DuckDB runs it, having changed its tree.

    Raises:
        RedshiftError: a name in it means nothing, or DuckDB cannot say it.
    """
    for rewrite in session.warehouse.parts.rewriters:
        rewrite(session, tree)
    reads = _resolve(session, tree)
    inference = Inference(lambda table: table.meta.get(RESOLVED, {}))
    columns = inference.look(tree)
    Functions(inference, session.warehouse.surroundings.now(), session.constants()).rewrite(tree)
    for column in tree.find_all(exp.Column):
        column.set("db", None)
        column.set("catalog", None)
    return Translation(tree, to_duckdb(tree), columns, frozenset(reads))


def to_duckdb(tree: exp.Expr) -> str:
    """Return DuckDB's SQL of a tree; RedshiftError where DuckDB cannot say that."""
    try:
        return tree.sql("duckdb", identify=True, comments=False, unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise RedshiftError(f"the sandbox cannot run this: {error}", NOT_SUPPORTED) from error


def replace(table: exp.Table, relation: exp.Query | exp.Table, columns: Columns | None = None) -> None:
    """Put what DuckDB reads in a table's place, under the name that the statement has for it.

    With `columns`, a table that is put in needs no resolving any more; without, it is looked at in turn.
    """
    alias = table.args.get("alias")
    alias = (
        alias.copy() if alias is not None else exp.TableAlias(this=exp.to_identifier(table.name, quoted=True))
    )
    new: exp.Expr = (
        relation if isinstance(relation, exp.Table | exp.Subquery) else exp.Subquery(this=relation)
    )
    new.set("alias", alias)
    if columns is not None:
        new.meta[RESOLVED] = columns
    if table.args.get("joins"):
        new.set("joins", [join.copy() for join in table.args["joins"]])
    table.replace(new)


def tables(tree: exp.Expr) -> list[exp.Table]:
    """List the tables that a statement names and that nobody has resolved yet, inner ones first."""
    return [
        one
        for one in reversed(list(tree.find_all(exp.Table)))
        if RESOLVED not in one.meta and not is_common(one)
    ]


def _open_views(session: Session, tree: exp.Expr, depth: int) -> None:
    """Put the definitions of views in their places."""
    if depth > DEEPEST:
        raise RedshiftError("infinite recursion detected in rules", "42P17")
    for table in tables(tree):
        known = _own(session, table)
        if known is None:
            continue
        if not known.view:
            _settle(session, table, known.name)
            continue
        query = parse_query(str(known.notes["definition"]))
        with session.looking_in(known.notes.get("path")):
            prepare(session, query, depth=depth + 1, user=str(known.notes.get("owner", "")))
        session.lock(known.name, SHARED)
        _name_columns(table, known.notes.get("names", ()))
        replace(table, query)


def _check_usage(session: Session, tree: exp.Expr, user: str) -> None:
    """Refuse external schemas to those to whom USAGE was not granted: there are no finer privileges on them.

    Source: https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html
    """
    named = {table.db for table in tables(tree) if table.db and catalogue.outside(session, table.db)}
    for schema in sorted(named):
        if not session.warehouse.users.may(user, schema, "usage"):
            raise RedshiftError(f"permission denied for schema {schema}", NOT_ALLOWED)


def _name_columns(table: exp.Table, names: Sequence[str]) -> None:
    """Call the columns of a view as its definition does."""
    alias = table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name, quoted=True))
    if names and not alias.columns:
        alias.set("columns", [exp.to_identifier(name, quoted=True) for name in names])
    table.set("alias", alias)


def _own(session: Session, table: exp.Table) -> Known | None:
    """Return what a name means where it means a table or view of the warehouse itself."""
    system = session.warehouse.parts.system_tables
    if isinstance(table.this, exp.Func) or (table.db in {"", "pg_catalog"} and table.name in system):
        return None
    if table.catalog and table.catalog != session.warehouse.database:
        raise RedshiftError(f'database "{table.catalog}" does not exist', "3D000")
    if table.db and not catalogue.has_schema(session, table.db):
        return None
    return catalogue.find(session, table.db, table.name)


def _settle(session: Session, table: exp.Table, name: Name) -> None:
    """Give a table its full name and columns."""
    columns = {one.name: one.kind for one in catalogue.columns(session, name)}
    full = exp.table_(name.table, db=name.schema, catalog=name.database, quoted=True)
    full.meta["name"] = name
    replace(table, full, columns)


def _resolve(session: Session, tree: exp.Expr) -> set[Name]:
    """Resolve what is left: system tables, the engine's own, and names that mean nothing."""
    for table in tables(tree):
        _resolve_one(session, table)
    return {one.meta["name"] for one in tree.find_all(exp.Table) if "name" in one.meta}


def _resolve_one(session: Session, table: exp.Table) -> None:
    system = session.warehouse.parts.system_tables
    name = table.this.name.lower() if isinstance(table.this, exp.Func) else table.name
    if name in system and table.db in {"", "pg_catalog"}:
        shown = exp.Table(this=exp.to_identifier(session.show(name), quoted=True))
        alias = table.args.get("alias")
        if alias is not None:  # columns of a function are given with their types
            alias.set("columns", [exp.to_identifier(one.name) for one in alias.columns])
        replace(table, shown, {column: of_engine(kind) for column, kind in system[name].columns.items()})
    elif isinstance(table.this, exp.Func) or table.db in ENGINE_SCHEMAS:
        table.meta[RESOLVED] = {}
    elif not table.db and name.startswith("pg_"):
        replace(table, exp.to_table(f"pg_catalog.{name}"), {})
    else:
        _settle(session, table, catalogue.existing(session, table.db, name).name)


def is_common(table: exp.Table) -> bool:
    """Tell whether a name means a common table expression of a query around it."""
    if table.db:
        return False
    around = table.parent
    while around is not None:
        found = around.args.get("with_")
        if found is not None and any(cte.alias.lower() == table.name.lower() for cte in found.expressions):
            return True
        around = around.parent
    return False
