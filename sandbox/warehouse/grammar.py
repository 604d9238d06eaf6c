"""Redshift's grammar where the parser in use is more lenient than Redshift."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp
from sqlglot.dialects.redshift import Redshift
from sqlglot.errors import ParseError, TokenError

from sandbox.warehouse import correlation
from sandbox.warehouse.errors import RedshiftError, syntax_error
from sandbox.warehouse.text import Token, tokens

ESCAPES = re.compile(r"\x1b\[\d+m")
CLAUSES = ("SELECT", "FROM", "WHERE", "GROUP", "HAVING", "QUALIFY", "ORDER", "LIMIT", "OFFSET")
"""The order of a query's clauses.
Source: https://docs.aws.amazon.com/redshift/latest/dg/r_SELECT_synopsis.html
"""
SETS = ("UNION", "EXCEPT", "INTERSECT", "MINUS")
FRAMED = (
    exp.Sum,
    exp.Count,
    exp.Avg,
    exp.Min,
    exp.Max,
    exp.Stddev,
    exp.StddevPop,
    exp.Variance,
    exp.VariancePop,
)
FRAMELESS = "Aggregate window functions with an ORDER BY clause require a frame clause"


def parse(text: str) -> exp.Expr:
    """Return the tree of a statement.

    Raises:
        RedshiftError: it has no grammar, or one that only others than Redshift take.
    """
    found_tokens = list(tokens(text))
    clauses_in_order(found_tokens)
    words = [token.upper for token in found_tokens[:2]]
    if words[:1] == ["DELETE"] and words[1:] != ["FROM"]:
        text = f"DELETE FROM {text[found_tokens[0].end :]}"  # noqa: S608 -- parsed only
    try:
        found = [one for one in Redshift().parse(text) if one is not None]
    except ParseError as error:
        first = error.errors[0] if error.errors else {}
        raise syntax_error(ESCAPES.sub("", first.get("highlight") or "")) from error
    except TokenError as error:
        raise syntax_error(ESCAPES.sub("", str(error))) from error
    if len(found) != 1 or isinstance(found[0], exp.Command):
        raise syntax_error(text.split(maxsplit=1)[0])
    check(found[0])
    correlation.check(found[0])
    return found[0]


def parse_query(text: str) -> exp.Query:
    """Return the tree of a query; RedshiftError for any other statement."""
    tree = parse(text)
    if not isinstance(tree, exp.Query):
        raise syntax_error(text.split(maxsplit=1)[0])
    return tree


def parse_expression(text: str) -> exp.Expr:
    """Return the tree of a value."""
    query = parse_query(f"SELECT {text}")
    value: exp.Expr = query.selects[0].unalias()
    return value


def clauses_in_order(found: Sequence[Token]) -> None:
    """Raise RedshiftError where a clause stands before one that it must follow."""
    reached = [-1]
    for token, before in zip(found, [None, *found], strict=False):
        word = token.upper if token.kind == "word" else token.text
        if word == "(":
            reached.append(-1)
        elif word == ")":
            if len(reached) > 1:
                reached.pop()
        elif word in SETS:
            reached[-1] = -1
        elif word == "SELECT":
            reached[-1] = 0
        elif word in CLAUSES and reached[-1] >= 0 and not _is_name(before, word):
            place = CLAUSES.index(word)
            if place < reached[-1]:
                raise syntax_error(token.text)
            reached[-1] = place


def _is_name(before: Token | None, word: str) -> bool:
    """Tell a word from a clause: a column after a point or AS, IS DISTINCT FROM, or WITHIN GROUP."""
    if before is None:
        return False
    return before.text == "." or before.upper == "AS" or (before.upper, word) in {
        ("DISTINCT", "FROM"), ("WITHIN", "GROUP")
    }  # fmt: skip


def check(tree: exp.Expr) -> None:
    """Raise RedshiftError for what the parser takes and Redshift does not.

    Sources: https://docs.aws.amazon.com/redshift/latest/dg/r_DELETE.html
        https://docs.aws.amazon.com/redshift/latest/dg/c_Window_functions.html
    """
    for one in tree.find_all(exp.Delete, exp.Insert, exp.Window, exp.Table):
        if isinstance(one, exp.Delete | exp.Insert) and isinstance(one.this, exp.Table) and one.this.alias:
            raise syntax_error(one.this.alias)
        if isinstance(one, exp.Window) and _lacks_frame(one):
            raise RedshiftError(FRAMELESS, "0A000")
        if isinstance(one.this, exp.ReadCSV | exp.ReadParquet):
            raise RedshiftError(f"function {one.this.sql_name().lower()}() does not exist", "42883")


def _lacks_frame(window: exp.Window) -> bool:
    ordered = isinstance(window.this, FRAMED) and window.args.get("order")
    return bool(ordered and not window.args.get("spec"))
