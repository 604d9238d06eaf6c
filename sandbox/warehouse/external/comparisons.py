"""Conditions that Redshift hands to another database: a column, an operator and literals, and nothing else.

AWS documents only that predicates are pushed down; what stands here is what its published plans show, and no more.
Source: https://docs.aws.amazon.com/redshift/latest/dg/federated-overview.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlglot import exp

from sandbox.warehouse.kinds import Kind

OPERATORS: Mapping[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=",
}  # fmt: skip
FLIPPED: Mapping[str, str] = {"=": "=", "<>": "<>", ">": "<", ">=": "<=", "<": ">", "<=": ">="}
CASTS: Mapping[exp.DType, str] = {
    exp.DType.DATE: "date", exp.DType.TIMESTAMP: "timestamp", exp.DType.DATETIME: "timestamp",
    exp.DType.TIMESTAMPNTZ: "timestamp", exp.DType.TIMESTAMPTZ: "timestamptz", exp.DType.VARCHAR: "text",
    exp.DType.TEXT: "text", exp.DType.CHAR: "text", exp.DType.INT: "number", exp.DType.BIGINT: "number",
    exp.DType.SMALLINT: "number", exp.DType.DECIMAL: "number",
}  # fmt: skip
FITTING: Mapping[str, frozenset[str]] = {
    "number": frozenset({"number"}),
    "text": frozenset({"string", "text"}),
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"string", "date"}),
    "timestamp": frozenset({"string", "date", "timestamp"}),
    "timestamptz": frozenset({"string", "timestamptz"}),
}
"""By the family of a column, the literals that are compared with it without a cast of the column."""


@dataclass(frozen=True)
class Value:
    """A literal: its text, and "string", "number", "boolean" or the family that it is cast to."""

    text: str
    kind: str


@dataclass(frozen=True)
class Comparison:
    """A column compared with literals; `operator` is one of OPERATORS' or "IN"."""

    column: str
    operator: str
    values: tuple[Value, ...]

    @property
    def terms(self) -> int:
        """How many comparisons with one literal it is made of."""
        return len(self.values)


def conjuncts(condition: exp.Expr | None) -> Iterator[exp.Expr]:
    """Yield the conditions that must all hold."""
    if condition is None:
        return
    bare = condition.unnest()
    if isinstance(bare, exp.And):
        yield from conjuncts(bare.this)
        yield from conjuncts(bare.expression)
    else:
        yield bare


def compared(condition: exp.Expr) -> tuple[exp.Column, list[tuple[str, tuple[Value, ...]]]] | None:
    """Return the column of a condition and what it is compared with; None for any other form."""
    if isinstance(condition, exp.Between):
        low, high = _literal(condition.args["low"]), _literal(condition.args["high"])
        if isinstance(condition.this, exp.Column) and low and high and not condition.args.get("symmetric"):
            return condition.this, [(">=", (low,)), ("<=", (high,))]
        return None
    if isinstance(condition, exp.In):
        values = [_literal(one) for one in condition.expressions]
        if isinstance(condition.this, exp.Column) and values and all(values):
            return condition.this, [("IN", tuple(one for one in values if one))]
        return None
    operator = OPERATORS.get(type(condition))
    if operator is None:
        return None
    left, right = condition.this.unnest(), condition.args["expression"].unnest()
    if isinstance(right, exp.Column):
        left, right, operator = right, left, FLIPPED[operator]
    value = _literal(right)
    return (left, [(operator, (value,))]) if isinstance(left, exp.Column) and value else None


def fits(kind: Kind, value: Value) -> bool:
    """Tell whether a literal is compared with a column of the type as it stands, and can be read as that type."""
    if value.kind not in FITTING.get(kind.family, frozenset()):
        return False
    return kind.family not in {"date", "timestamp", "timestamptz"} or moment(kind, value) is not None


def moment(kind: Kind, value: Value) -> str | None:
    """Return a date or time as it is written in SQL; None for a text that is none.

    A zone counts for a column that has one only, as in PostgreSQL; a moment without one is in UTC there.
    """
    try:
        read = datetime.fromisoformat(value.text.strip())
    except ValueError:
        return None
    if kind.family == "date":
        return date(read.year, read.month, read.day).isoformat()
    if kind.family == "timestamp":
        read = read.replace(tzinfo=None)
    elif read.tzinfo is None:
        read = read.replace(tzinfo=UTC)
    return read.isoformat(sep=" ")


def _literal(node: exp.Expr) -> Value | None:
    """Return what a node says where it is constant in its writing; None for all else."""
    node = node.unnest()
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal) and not node.this.is_string:
        return Value(f"-{node.this.name}", "number")
    if isinstance(node, exp.Literal):
        return Value(node.name, "string" if node.is_string else "number")
    if isinstance(node, exp.Boolean):
        return Value("true" if node.this else "false", "boolean")
    if isinstance(node, exp.Cast):
        return _cast(node)
    return None


def _cast(node: exp.Cast) -> Value | None:
    inner = _literal(node.this)
    kind = CASTS.get(node.to.this, "")
    if inner is None or not kind or isinstance(node, exp.TryCast):
        return None
    if kind == "number":
        return inner if inner.kind == "number" else None
    return Value(inner.text, kind) if inner.kind in {"string", kind} else None
