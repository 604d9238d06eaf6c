"""MERGE.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_MERGE.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from sandbox.warehouse import catalogue
from sandbox.warehouse.answers import Answer, changed
from sandbox.warehouse.catalogue import Name, quoted
from sandbox.warehouse.changes import fit_assignments, fitted, fitting
from sandbox.warehouse.errors import NOT_SUPPORTED, RedshiftError, syntax_error
from sandbox.warehouse.external import registry
from sandbox.warehouse.grammar import parse
from sandbox.warehouse.statements import Form
from sandbox.warehouse.text import Statement
from sandbox.warehouse.translate import changeable, prepare, to_duckdb, translate

if TYPE_CHECKING:
    from sandbox.warehouse.session import Session

SIMPLE = re.compile(r"\bREMOVE\s+DUPLICATES\s*$", re.IGNORECASE)
ARMS = " WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (NULL)"
"""What stands for REMOVE DUPLICATES while the statement is parsed."""
MULTIPLE = "Found multiple matches to update the same tuple."


def merge(session: Session, statement: Statement) -> Answer:
    """Change rows that match and add those that do not."""
    simple = SIMPLE.search(statement.text) is not None
    tree = parse(SIMPLE.sub(ARMS, statement.text))
    if not isinstance(tree, exp.Merge):
        raise syntax_error(statement.tokens[0].text)
    source = tree.args["using"]
    _check(session, tree, source)
    target = tree.this
    name = changeable(session, exp.table_(target.name.lower(), db=target.db.lower()))
    prepare(session, tree, target)
    target = tree.this
    translation = translate(session, tree)
    session.touch({*translation.reads, name}, [name])
    source, condition = tree.args["using"], tree.args["on"]
    if simple:
        return _remove_duplicates(session, name, source, condition)
    _refuse_multiple(session, name, source, condition)
    arms = " ".join(_arm(session, name, one) for one in tree.args["whens"].expressions)
    text = f"MERGE INTO {name.sql()} USING {to_duckdb(source)} ON {to_duckdb(condition)} {arms}"
    rows = int(session.run(text)[0][0])
    session.count(name, inserted=rows, deleted=0)
    return changed(rows)


def _check(session: Session, tree: exp.Merge, source: exp.Expr) -> None:
    """Refuse what other databases merge and Redshift does not."""
    if tree.this.alias:
        raise syntax_error(tree.this.alias)
    if not isinstance(source, exp.Table) or isinstance(source.this, exp.Func):
        raise RedshiftError("MERGE source must be a table", NOT_SUPPORTED)
    schema, table = source.db.lower(), source.name.lower()
    outside = registry.schemas(session).get(schema)
    if outside is not None and outside.engine != "catalogue":
        raise RedshiftError("MERGE source cannot be a federated table", NOT_SUPPORTED)
    if outside is None and catalogue.existing(session, schema, table).view:
        raise RedshiftError("MERGE source cannot be a view", NOT_SUPPORTED)
    arms = tree.args["whens"].expressions
    if [bool(one.args["matched"]) for one in arms] != [True, False]:
        raise RedshiftError("MERGE must have a WHEN MATCHED and a WHEN NOT MATCHED clause", "42601")
    if any(one.args.get("condition") for one in arms):
        raise syntax_error("AND")


def _refuse_multiple(session: Session, name: Name, source: exp.Expr, condition: exp.Expr) -> None:
    found = session.run(
        f"SELECT 1 FROM {name.sql()} JOIN {to_duckdb(source)} ON {to_duckdb(condition)} "  # noqa: S608 -- translated
        f"GROUP BY {quoted(name.table)}.rowid HAVING count(*) > 1 LIMIT 1"
    )
    if found:
        raise RedshiftError(MULTIPLE, "21000")


def _arm(session: Session, name: Name, arm: exp.When) -> str:
    """Return a clause of a translated MERGE as DuckDB runs it."""
    then = arm.args["then"]
    if not arm.args["matched"]:
        return f"WHEN NOT MATCHED THEN INSERT {_inserted(session, name, then)}"
    if not isinstance(then, exp.Update):
        return "WHEN MATCHED THEN DELETE"
    fit_assignments(session, name, then.expressions)
    return f"WHEN MATCHED THEN UPDATE SET {', '.join(to_duckdb(one) for one in then.expressions)}"


def _inserted(session: Session, name: Name, insert: exp.Insert) -> str:
    columns = catalogue.columns(session, name)
    by_name = {column.name: column for column in columns}
    first = insert.this.expressions[0]
    bare = isinstance(first, exp.Anonymous)  # INSERT VALUES (...) is parsed as a column that is a function
    listed = [] if bare else insert.this.expressions
    unknown = next((one.name for one in listed if one.name.lower() not in by_name), None)
    if unknown is not None:
        raise RedshiftError(f'column "{unknown}" does not exist', "42703")
    targets = [by_name[one.name.lower()] for one in listed] or columns
    values = first.expressions if bare else insert.expression.expressions
    if len(values) > len(targets):
        raise RedshiftError("INSERT has more expressions than target columns", "42601")
    given = [to_duckdb(fitted(value, target)) for value, target in zip(values, targets, strict=False)]
    names = ", ".join(quoted(target.name) for target in targets[: len(given)])
    return f"({names}) VALUES ({', '.join(given)})"


def _remove_duplicates(session: Session, name: Name, source: exp.Expr, condition: exp.Expr) -> Answer:
    """Put the rows of the source in the place of those that match, each once."""
    columns = catalogue.columns(session, name)
    found = session.describe(f"SELECT * FROM {to_duckdb(source)}")  # noqa: S608 -- translated
    if len(found) != len(columns):
        raise RedshiftError(
            "MERGE with REMOVE DUPLICATES needs the same columns in source and target", "42601"
        )
    values = ", ".join(
        fitting(quoted(given), column) for (given, _), column in zip(found, columns, strict=True)
    )
    deleted = session.run(
        f"DELETE FROM {name.sql()} USING {to_duckdb(source)} WHERE {to_duckdb(condition)}"  # noqa: S608 -- translated
    )[0][0]
    inserted = session.run(
        f"INSERT INTO {name.sql()} SELECT DISTINCT {values} FROM {to_duckdb(source)}"  # noqa: S608 -- translated
    )[0][0]
    session.count(name, inserted=inserted, deleted=deleted)
    return changed(inserted)


FORMS = (Form(r"MERGE INTO\b", merge),)
