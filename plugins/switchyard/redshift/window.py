"""Whether a SELECT from a source bounds what it reads so that the source itself can apply the bounds.

What Redshift sends along is documented for plain comparisons only. Anything else may read the whole table: functions
of the column, OR, LIKE, subqueries; LIMIT and TOP are applied after the rows have travelled.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from switchyard.errors import NotAllowed

_COMPARISONS = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_REMEDY = "Bound the rows by column >= literal AND column < literal, and by nothing else"


def require_window(statement: str, watermark: str, *, purpose: str) -> None:
    """Require that a SELECT is bounded by a half-open window of its watermark, in comparisons that are pushed down.

    Args:
        statement: reads one table; without EXPLAIN before it.
        watermark: the column, unquoted.
        purpose: what the error calls the statement.

    Raises:
        NotAllowed: it is not so bounded; the error does not repeat the statement.
    """
    for problem in _problems(statement, watermark):
        raise NotAllowed(f"statement {purpose}", problem, _REMEDY)


def _problems(statement: str, watermark: str) -> Iterator[str]:
    try:
        select = sqlglot.parse_one(statement, read="redshift")
    except SqlglotError:
        yield "it cannot be read"
        return
    if not isinstance(select, exp.Select):
        yield "it is no plain SELECT"
        return
    if select.args.get("joins") or len(list(select.find_all(exp.Table))) != 1:
        yield "it reads more than one table, and joins are not pushed down"
    where = select.args.get("where")
    conjuncts = list(where.this.flatten()) if where and isinstance(where.this, exp.And) else []
    if where and not conjuncts:
        conjuncts = [where.this]
    if any(not _is_plain(one) for one in conjuncts):
        yield "a condition is no plain comparison of a column with a value, so that it may not be pushed down"
    for comparison, name in ((exp.GTE, "lower"), (exp.LT, "upper")):
        if not any(type(one) is comparison and _is_of(one, watermark) for one in conjuncts):
            limit = " but a LIMIT, which is not pushed down" if select.args.get("limit") else ""
            yield f"it has no {name} bound of its watermark{limit}"


def _is_of(comparison: exp.Expr, watermark: str) -> bool:
    return (
        isinstance(comparison.this, exp.Column)
        and comparison.this.name == watermark
        and _is_plain(comparison)
    )


def _is_plain(condition: exp.Expr) -> bool:
    """Column, operator, value."""
    if not isinstance(condition, _COMPARISONS) or not isinstance(condition.this, exp.Column):
        return False
    value = condition.expression
    while isinstance(value, (exp.Cast, exp.Neg)):
        value = value.this
    return isinstance(value, (exp.Literal, exp.Placeholder))
