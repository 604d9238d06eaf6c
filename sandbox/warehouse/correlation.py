"""Subqueries that refer to queries around them, where Redshift cannot follow.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_correlated_subqueries.html
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from sandbox.warehouse.errors import NOT_SUPPORTED, RedshiftError

UNSUPPORTED = "This type of correlated subquery pattern is not supported due to internal error"


def check(tree: exp.Expr) -> None:
    """Refuse a subquery that refers to a query further out than the one around it.

    Raises:
        RedshiftError: it does.
    """
    for column in tree.find_all(exp.Column):
        if column.table and _skips(column):
            raise RedshiftError(UNSUPPORTED, NOT_SUPPORTED)


def _skips(column: exp.Column) -> bool:
    for level, query in enumerate(_around(column)):
        if column.table.lower() in _names(query):
            return level > 1
    return False


def _around(node: exp.Expr) -> Iterator[exp.Expr]:
    """Go through the queries around a node, from the inside out."""
    query = node.find_ancestor(exp.Select, exp.Update, exp.Delete)
    while query is not None:
        yield query
        query = query.find_ancestor(exp.Select, exp.Update, exp.Delete)


def _names(query: exp.Expr) -> set[str]:
    """Return the names of a query's own sources."""
    parts = [query.args.get("from_"), query.args.get("using"), query.args.get("joins")]
    if isinstance(query, exp.Update | exp.Delete):
        parts.append(query)
    found = (part if isinstance(part, list) else [part] for part in parts)
    sources = [one.this if isinstance(one, exp.From | exp.Join | exp.Update | exp.Delete) else one
               for part in found for one in part]  # fmt: skip
    return {one.alias_or_name.lower() for one in sources if isinstance(one, exp.Expr)}
