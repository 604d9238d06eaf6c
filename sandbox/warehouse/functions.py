"""Redshift's functions and casts as DuckDB computes them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlglot import exp

from sandbox.warehouse.errors import NOT_SUPPORTED, RedshiftError
from sandbox.warehouse.inference import Inference, aggregated
from sandbox.warehouse.kinds import INTEGERS, LONGEST, TEXTS, TIMES, Kind, of_cast

AGGREGATES = (exp.Sum, exp.Avg)
TYPED = (*AGGREGATES, exp.Trunc, exp.Div)
"""Expressions that are rewritten according to the types of their parts, before these are rewritten themselves."""
READERS = re.compile(
    r"read_|glob$|sniff_|parquet_|duckdb_|pragma_|mysql_|postgres_|query(_table)?$|getenv$", re.I
)
"""Functions of the engine that reach beyond the warehouse."""


class Functions:
    """Rewrites the functions of a statement; `known` are those without arguments and their values."""

    def __init__(self, inference: Inference, now: datetime, known: Mapping[str, exp.Expr]) -> None:
        self._inference = inference
        self._now = now.replace(tzinfo=None)
        self._known = known
        self._kinds: dict[int, tuple[Kind | None, Kind | None]] = {}
        self._rules: tuple[tuple[type[exp.Expr], Callable[..., exp.Expr | None]], ...] = (
            (exp.CurrentTimestamp, self._timestamp),
            (exp.CurrentDate, self._date),
            (exp.CurrentUser, lambda _: known["current_user"].copy()),
            (exp.SessionUser, lambda _: known["current_user"].copy()),
            (exp.CurrentVersion, lambda _: known["version"].copy()),
            (exp.CurrentDatabase, lambda _: known["current_database"].copy()),
            (exp.CurrentSchema, lambda _: known["current_schema"].copy()),
            (exp.Anonymous, self._anonymous),
            (exp.Window, self._window),
            (exp.Cast, self._cast),
            (exp.Concat, self._concat),
            (exp.Trunc, self._trunc),
            (exp.Sum, self._aggregate),
            (exp.Avg, self._aggregate),
            (exp.Div, self._division),
            (exp.SimilarTo, self._similar),
            (exp.GroupConcat, _distinct_list),
            (exp.FromBase, lambda node: exp.Anonymous(this="strtol", expressions=_both(node))),
        )

    def rewrite(self, tree: exp.Expr) -> None:
        """Change a statement in place, inner expressions first."""
        nodes = list(reversed(list(tree.walk())))
        self._kinds = {
            id(node): (self._inference.of(node.this), self._inference.of(node.args.get("expression")))
            for node in nodes
            if isinstance(node, TYPED)
        }
        for node in nodes:
            for kind, rule in self._rules:
                if isinstance(node, kind) and (changed := rule(node)) is not None:
                    node.replace(changed)
                    break

    def _timestamp(self, _node: exp.Expr) -> exp.Expr:
        return exp.cast(exp.Literal.string(self._now.isoformat(" ")), "timestamp")

    def _date(self, _node: exp.Expr) -> exp.Expr:
        return exp.cast(exp.Literal.string(self._now.date().isoformat()), "date")

    def _anonymous(self, node: exp.Anonymous) -> exp.Expr | None:
        name = node.name.lower()
        if name in self._known and not node.expressions:
            return self._known[name].copy()
        if READERS.match(name):
            raise RedshiftError(f"function {name}() does not exist", "42883")
        return None

    def _window(self, node: exp.Window) -> exp.Expr | None:
        inner = node.this
        if isinstance(inner, exp.Anonymous) and inner.name.lower() == "ratio_to_report":
            value = inner.expressions[0]
            total = node.copy()
            total.set("this", exp.Sum(this=value.copy()))
            return exp.Paren(this=exp.Div(this=exp.cast(value.copy(), "double"), expression=total))
        return self._sized(node, inner) if isinstance(inner, AGGREGATES) else None

    def _aggregate(self, node: exp.Expr) -> exp.Expr | None:
        if isinstance(node.parent, exp.Window | exp.Filter | exp.WithinGroup):
            return None
        return self._sized(node, node)

    def _sized(self, node: exp.Expr, aggregate: exp.Expr) -> exp.Expr | None:
        """Give sums and averages Redshift's type, where the argument's is known."""
        kind = aggregated(aggregate, self._kinds[id(aggregate)][0])
        if kind is None or kind.name not in {*INTEGERS, "numeric"}:
            return None
        value = node.copy()
        if isinstance(aggregate, exp.Avg) and kind.name in INTEGERS:
            value = exp.Anonymous(this="trunc", expressions=[value])
        return exp.cast(value, exp.DataType.build(kind.engine, dialect="duckdb"))

    def _cast(self, node: exp.Cast) -> exp.Expr | None:
        if isinstance(node.parent, exp.Cast) and node.parent.meta.get("sized") is not None:
            return None
        kind = of_cast(node.to)
        if kind is None:
            return None
        target = exp.DataType.build(kind.engine, dialect="duckdb")
        plain = exp.Cast(this=node.this.copy(), to=target)
        if kind.name not in TEXTS or kind.length >= LONGEST:
            return plain
        return exp.Anonymous(this="redshift_cut", expressions=[plain, exp.Literal.number(kind.length)])

    def _concat(self, node: exp.Concat) -> exp.Expr:
        """Join texts so that one NULL makes the whole NULL.

        Source: https://docs.aws.amazon.com/redshift/latest/dg/r_CONCAT.html
        """
        joined: exp.Expr = node.expressions[0].copy()
        for part in node.expressions[1:]:
            joined = exp.DPipe(this=joined, expression=part.copy())
        return exp.Paren(this=joined)

    def _trunc(self, node: exp.Trunc) -> exp.Expr | None:
        kind, _ = self._kinds[id(node)]
        if node.args.get("decimals") is None and kind is not None and kind.name in TIMES:
            return exp.cast(node.this.copy(), "date")
        return None

    def _division(self, node: exp.Div) -> exp.Expr | None:
        """Give the quotient of exact numbers Redshift's digits.

        Source: https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html
        """
        one, other = self._kinds[id(node)]
        digits = [_digits(kind) for kind in (one, other)]
        if None in digits or "numeric" not in {kind.name for kind in (one, other) if kind}:
            return None
        (precision, scale), (other_precision, other_scale) = (part for part in digits if part)
        kept = max(4, scale + other_precision - other_scale + 1)
        whole = precision - scale + other_scale
        kept = min(kept, max(4, 38 - whole))
        kind = Kind("numeric", precision=min(38, whole + kept), scale=kept)
        return exp.cast(exp.Paren(this=node.copy()), exp.DataType.build(kind.engine, dialect="duckdb"))

    def _similar(self, node: exp.SimilarTo) -> exp.Expr | None:
        if not isinstance(node.expression, exp.Literal):
            raise RedshiftError("the sandbox takes only a literal pattern after SIMILAR TO", NOT_SUPPORTED)
        pattern = node.expression.name.replace("%", ".*").replace("_", ".")
        return exp.Anonymous(
            this="regexp_full_match", expressions=[node.this.copy(), exp.Literal.string(pattern)]
        )


def _distinct_list(node: exp.GroupConcat) -> exp.Expr | None:
    """Take the separator of LISTAGG out of the values that are to be distinct."""
    if not isinstance(node.this, exp.Distinct) or len(node.this.expressions) < 2:
        return None
    value, separator = node.this.expressions
    return exp.GroupConcat(this=exp.Distinct(expressions=[value.copy()]), separator=separator.copy())


def _both(node: exp.Expr) -> list[exp.Expr]:
    return [node.this.copy(), node.expression.copy()]


def _digits(kind: Kind | None) -> tuple[int, int] | None:
    if kind is None:
        return None
    sizes = {"int2": (5, 0), "int4": (10, 0), "int8": (19, 0), "numeric": (kind.precision, kind.scale)}
    return sizes.get(kind.name)


def spell_out(tree: exp.Expr, known: Mapping[str, exp.Expr]) -> None:
    """Put queries of system tables in the place of functions that stand for them, in a statement just parsed."""
    for node in list(tree.find_all(exp.Anonymous)):
        if node.name.lower() == "has_schema_privilege" and len(node.expressions) in {2, 3}:
            whose = [known["current_user"]] * (3 - len(node.expressions))
            node.replace(_has_privilege([*whose, *node.expressions]))


def _has_privilege(arguments: list[exp.Expr]) -> exp.Expr:
    """Ask the table of privileges, once per user, schema and privilege."""
    user, schema, privilege = (one.copy() for one in arguments)
    held = exp.select("1").from_("svv_effective_schema_privileges AS held")
    for column, value in (
        ("user_name", user),
        ("schema_name", schema),
        ("privilege", exp.Lower(this=privilege)),
    ):
        held = held.where(exp.EQ(this=exp.column(column, table="held"), expression=value))
    return exp.Exists(this=held)
