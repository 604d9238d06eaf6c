"""Trino's language: from text to a tree."""

from __future__ import annotations

import re

from sqlglot import exp
from sqlglot.dialects.trino import Trino
from sqlglot.errors import ParseError, TokenError

from sandbox.sql.errors import Unparsable
from sandbox.sql.function_names import check_names
from sandbox.sql.functions import rewrite

STATEMENTS = (
    "'ALTER', 'ANALYZE', 'CALL', 'COMMIT', 'CREATE', 'DEALLOCATE', 'DELETE', 'DESC', 'DESCRIBE', 'DROP', "
    "'EXECUTE', 'EXPLAIN', 'GRANT', 'INSERT', 'MERGE', 'PREPARE', 'RESET', 'REVOKE', 'ROLLBACK', 'SET', 'SHOW', "
    "'START', 'UNLOAD', 'UPDATE', 'USE', <query>"
)
ESCAPES = re.compile(r"\x1b\[\d+m")


def parse(text: str) -> exp.Expr:
    """Return the tree of one statement, with the functions of Trino still in it; Unparsable for any other text."""
    dialect = Trino()
    try:
        parsed = dialect.parse(text)
    except ParseError as error:
        raise _unparsable(error) from error
    except TokenError as error:
        raise Unparsable(f"line 1:1: {ESCAPES.sub('', str(error))}") from error
    statements = [one for one in parsed if one is not None]
    if len(statements) != 1:
        raise Unparsable("Only one sql statement is allowed. Got: " + text)
    return statements[0]


def _unparsable(error: ParseError) -> Unparsable:
    first = error.errors[0] if error.errors else {}
    found = ESCAPES.sub("", first.get("highlight") or "") or "<EOF>"
    column = int(first.get("col") or 1) - len(found) + 1
    return Unparsable(f"line {first.get('line') or 1}:{max(1, column)}: mismatched input '{found}'")


def parse_query(text: str) -> exp.Query:
    """Return the tree of a query with DuckDB's functions in the place of Trino's.

    Raises Unparsable for what is no query, and SqlError for functions that are not there.
    """
    tree = parse(text)
    if not is_query(tree):
        raise Unparsable(f"line 1:1: mismatched input '{text.split(maxsplit=1)[0]}'. Expecting: {STATEMENTS}")
    return translated(tree, text)


def is_query(tree: exp.Expr) -> bool:
    """Tell whether a statement is one that returns rows of tables."""
    return isinstance(tree, exp.Query | exp.Values)


def translated(tree: exp.Expr, text: str) -> exp.Query:
    """Return a query's tree with DuckDB's functions; `text` is what it was parsed from."""
    check_names(Trino().tokenize(text), Trino.Parser.FUNCTIONS)
    rewritten = rewrite(tree)
    return rewritten if isinstance(rewritten, exp.Query) else exp.Subquery(this=rewritten)
