"""INSERT, UPDATE and DELETE.

Sources: https://docs.aws.amazon.com/redshift/latest/dg/r_INSERT_30.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_UPDATE.html
    https://docs.aws.amazon.com/redshift/latest/dg/r_DELETE.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlglot import exp

from sandbox.warehouse import catalogue
from sandbox.warehouse.answers import Answer, changed
from sandbox.warehouse.catalogue import Column, Name, quoted
from sandbox.warehouse.errors import SYNTAX_ERROR, UNDEFINED_COLUMN, RedshiftError, syntax_error
from sandbox.warehouse.grammar import parse
from sandbox.warehouse.kinds import LONGEST, TEXTS, Kind, of_engine
from sandbox.warehouse.statements import Form
from sandbox.warehouse.text import Statement
from sandbox.warehouse.translate import Translation, changeable, prepare, translate

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

CHANGES = ("INSERT", "UPDATE", "DELETE")


def insert(session: Session, statement: Statement) -> Answer:
    """Add rows."""
    tree = parse(statement.text)
    if not isinstance(tree, exp.Insert):
        raise syntax_error(statement.tokens[0].text)
    listed = [one.name.lower() for one in tree.this.expressions] if isinstance(tree.this, exp.Schema) else []
    table = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    name = changeable(session, exp.table_(table.name.lower(), db=table.db.lower()))
    source = tree.expression
    if source is None:
        return _defaults(session, name)
    if isinstance(source, exp.Values) and (written := _with_defaults(source)) is not None:
        return _as_written(session, name, listed, written)
    query = exp.select("*").from_(exp.Subquery(this=source)) if isinstance(source, exp.Values) else source
    query = query.unnest() if isinstance(query, exp.Subquery) else query
    literals = _literals(source)
    prepare(session, query)
    return insert_from(session, name, listed, translate(session, query), literals=literals)


def insert_from(
    session: Session,
    name: Name,
    listed: Sequence[str],
    query: Translation,
    *,
    literals: Sequence[int] | None = (),
) -> Answer:
    """Add the rows of a query to a table, as Redshift assigns values to columns.

    `listed` are the columns that get them, all where it is empty. Columns of the query in `literals` are constants,
    which fit any type that they can be read as; None says so of all.

    Raises:
        RedshiftError: a value is too long, is NULL or has a type that does not fit.
    """
    session.touch(query.reads, [name])
    found = session.describe(query.sql)
    columns = _targets(catalogue.columns(session, name), listed, len(found))
    for place, (column, (_, engine)) in enumerate(zip(columns, found, strict=True)):
        if literals is not None and place not in literals:
            _check_type(column, of_engine(engine))
    kinds = list(query.columns.values()) if len(query.columns) == len(found) else [None] * len(found)
    values = [
        fitting(f"c{n}", column, kind) for n, (column, kind) in enumerate(zip(columns, kinds, strict=True))
    ]
    given = ", ".join(f"c{number}" for number in range(len(found)))
    targets = ", ".join(quoted(column.name) for column in columns)
    rows = session.run(
        f"INSERT INTO {name.sql()} ({targets}) SELECT {', '.join(values)} FROM ({query.sql}) AS given({given})"  # noqa: S608
    )[0][0]
    session.count(name, inserted=rows)
    return changed(rows)


def fitting(value: str, column: Column, kind: Kind | None = None) -> str:
    """Return a value of DuckDB's SQL as a column takes it; `kind` is its type, where that is known."""
    target = column.kind
    if target.name not in TEXTS:
        return f"CAST({value} AS {target.engine})"
    if target.length >= LONGEST or (kind is not None and kind.name in TEXTS and kind.length <= target.length):
        return f"CAST({value} AS VARCHAR)"
    shown = target.shown.partition("(")[0]
    return f"redshift_fit(CAST({value} AS VARCHAR), {target.length}, '{shown}')"


def _targets(columns: Sequence[Column], listed: Sequence[str], given: int) -> list[Column]:
    by_name = {column.name: column for column in columns}
    for name in listed:
        if name not in by_name:
            raise RedshiftError(f'column "{name}" does not exist', UNDEFINED_COLUMN)
        if "identity" in by_name[name].notes:
            raise RedshiftError(f'cannot set an identity column "{name}" to a value', "42601")
    wanted = [by_name[name] for name in listed] or [one for one in columns if "identity" not in one.notes]
    if given > len(wanted):
        raise RedshiftError("INSERT has more expressions than target columns", SYNTAX_ERROR)
    if listed and given < len(wanted):
        raise RedshiftError("INSERT has more target columns than expressions", SYNTAX_ERROR)
    return wanted[:given]


def _check_type(column: Column, kind: Kind) -> None:
    """Refuse texts where something else is stored: Redshift does not convert them by itself."""
    if kind.name == "varchar" and column.kind.name not in {*TEXTS, "super", "varbyte"}:
        raise RedshiftError(
            f'column "{column.name}" is of type {column.kind.shown.partition("(")[0]} '
            "but expression is of type character varying",
            "42804",
        )


def _literals(source: exp.Expr) -> list[int] | None:
    """Return the positions of constants in a query; None where all may be."""
    if not isinstance(source, exp.Select):
        return None
    return [
        place
        for place, one in enumerate(source.expressions)
        if isinstance(one.unalias(), exp.Literal | exp.Null | exp.Star)
        or (isinstance(one, exp.Column) and isinstance(one.this, exp.Star))
    ]


def _with_defaults(values: exp.Values) -> exp.Values | None:
    """Return the values where DEFAULT is one of them."""
    found = any(word.name.upper() == "DEFAULT" for word in values.find_all(exp.Var))
    return values if found else None


def _as_written(session: Session, name: Name, listed: Sequence[str], values: exp.Values) -> Answer:
    columns = catalogue.columns(session, name)
    width = len(values.expressions[0].expressions)
    targets = [one for one in columns if one.name in listed] if listed else columns[:width]
    if listed:
        targets = sorted(targets, key=lambda one: listed.index(one.name))
    session.touch(writes=[name])
    rows = ", ".join(
        f"({', '.join(_written(v, c) for v, c in _pairs(row, targets))})" for row in values.expressions
    )
    names = ", ".join(quoted(one.name) for one in targets)
    count = session.run(f"INSERT INTO {name.sql()} ({names}) VALUES {rows}")[0][0]  # noqa: S608 -- translated
    session.count(name, inserted=count)
    return changed(count)


def _pairs(row: exp.Expr, targets: Sequence[Column]) -> list[tuple[exp.Expr, Column]]:
    if len(row.expressions) != len(targets):
        raise RedshiftError("INSERT has more expressions than target columns", SYNTAX_ERROR)
    return list(zip(row.expressions, targets, strict=True))


def _written(value: exp.Expr, column: Column) -> str:
    if isinstance(value, exp.Var):
        return "DEFAULT"
    return fitting(value.sql("duckdb"), column)


def _defaults(session: Session, name: Name) -> Answer:
    session.touch(writes=[name])
    rows = session.run(f"INSERT INTO {name.sql()} DEFAULT VALUES")[0][0]
    session.count(name, inserted=rows)
    return changed(rows)


def update(session: Session, statement: Statement) -> Answer:
    """Change rows in place."""
    tree = parse(statement.text)
    if not isinstance(tree, exp.Update):
        raise syntax_error(statement.tokens[0].text)
    name = _prepared(session, tree)
    translation = translate(session, tree)
    session.touch({*translation.reads, name}, [name])
    fit_assignments(session, name, tree.expressions)
    rows = session.run(tree.sql("duckdb", identify=True))[0][0]
    session.count(name, inserted=rows, deleted=rows)
    return changed(rows)


def delete(session: Session, statement: Statement) -> Answer:
    """Remove rows."""
    tree = parse(statement.text)
    if not isinstance(tree, exp.Delete):
        raise syntax_error(statement.tokens[0].text)
    name = _prepared(session, tree)
    translation = translate(session, tree)
    session.touch({*translation.reads, name}, [name])
    rows = session.run(translation.sql)[0][0]
    session.count(name, deleted=rows)
    return changed(rows)


def _prepared(session: Session, tree: exp.Update | exp.Delete) -> Name:
    target = tree.this
    name = changeable(session, exp.table_(target.name.lower(), db=target.db.lower()))
    prepare(session, tree, target)
    return name


def fit_assignments(session: Session, name: Name, assignments: Sequence[exp.Expr]) -> None:
    """Make the values of SET what the columns can hold, in a statement that is translated."""
    columns = {column.name: column for column in catalogue.columns(session, name)}
    for one in assignments:
        column = columns.get(one.this.name.lower())
        if column is None:
            raise RedshiftError(f'column "{one.this.name}" does not exist', UNDEFINED_COLUMN)
        one.set("this", exp.column(column.name, quoted=True))
        one.set("expression", fitted(one.expression, column))


def fitted(value: exp.Expr, column: Column) -> exp.Expr:
    """Return a value of a translated statement as a column takes it."""
    if column.kind.name not in TEXTS or column.kind.length >= LONGEST:
        return value.copy()
    arguments = [
        exp.cast(value.copy(), "text"),
        exp.Literal.number(column.kind.length),
        exp.Literal.string(column.kind.shown.partition("(")[0]),
    ]
    return exp.Anonymous(this="redshift_fit", expressions=arguments)


def _changes_with(_session: Session, statement: Statement) -> bool:
    depth = 0
    for token in statement.tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if depth == 0 and token.kind == "word" and token.upper in {*CHANGES, "SELECT"}:
            return token.upper in CHANGES
    return False


def _with(session: Session, statement: Statement) -> Answer:
    """Run a change that begins with common table expressions."""
    tree = parse(statement.text)
    return (update if isinstance(tree, exp.Update) else delete)(session, statement)


FORMS = (
    Form(r"INSERT\b", insert),
    Form(r"UPDATE\b", update),
    Form(r"DELETE\b", delete),
    Form(r"WITH\b", _with, applies=_changes_with),
)
