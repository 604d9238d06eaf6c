"""What depends on types: Trino compares like with like only, and some results have other types in DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from duckdb.sqltypes import DuckDBPyType
from sqlglot import exp

from sandbox.sql.calls import call
from sandbox.sql.errors import SqlError
from sandbox.sql.generate import to_duckdb
from sandbox.sql.scope import Scope
from sandbox.sql.text import text_of
from sandbox.sql.types import kind_of, trino

WHOLE = {
    "tinyint",
    "smallint",
    "integer",
    "bigint",
    "hugeint",
    "utinyint",
    "usmallint",
    "uinteger",
    "ubigint",
}
NUMBERS = WHOLE | {"decimal", "float", "double"}
MOMENTS = {"date", "timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamp with time zone"}
COMPARISONS: Mapping[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
    exp.NullSafeEQ: "IS DISTINCT FROM", exp.NullSafeNEQ: "IS DISTINCT FROM",
}  # fmt: skip


BY_NUMBERS = {"trino_divide", "trino_modulus", "try_divide", "try_modulus"}
BY_MOMENT = {"trino_shift", "trino_date_trunc", "to_iso8601", "trino_sequence"}
SMALL = WHOLE - {"bigint", "hugeint", "uinteger", "ubigint"}


class Types:
    """Looks at the expressions of one SELECT, whose names are resolved already."""

    def __init__(self, scope: Scope, place: Callable[[exp.Expr], str]) -> None:
        self._scope = scope
        self._place = place

    def check(self, select: exp.Select) -> None:
        """Refuse what Trino would not compare, and give results Trino's types."""
        for node in reversed(list(_own_nodes(select))):
            self._compare(node)
            if isinstance(node, exp.Sum | exp.Avg):
                self._aggregate(node)
            elif isinstance(node, exp.Cast) and node.to.is_type("varchar", "text", "char"):
                self._to_text(node)
            elif isinstance(node, exp.Bracket) and not node.args.get("safe"):
                self._subscript(node)
            elif isinstance(node, exp.Anonymous):
                self._overload(node)

    def _compare(self, node: exp.Expr) -> None:
        if type(node) in COMPARISONS:
            self._comparable(node, COMPARISONS[type(node)], node.this, node.expression)
        elif isinstance(node, exp.Between):
            for end in ("low", "high"):
                self._comparable(node, "BETWEEN", node.this, node.args[end])
        elif isinstance(node, exp.In):
            for one in node.expressions:
                self._comparable(node, "IN", node.this, one)

    def _comparable(self, node: exp.Expr, operator: str, left: exp.Expr, right: exp.Expr) -> None:
        if isinstance(left, exp.Null) or isinstance(right, exp.Null):
            return
        one, other = self._scope.kind(left), self._scope.kind(right)
        if one is None or other is None or comparable(one, other):
            return
        names = [_name(kind, side) for kind, side in ((one, left), (other, right))]
        message = f"Cannot apply operator: {names[0]} {operator} {names[1]}"
        if operator == "IN":
            message = f"IN value and list items must be the same type: {names[0]}"
        raise SqlError("TYPE_MISMATCH", f"{self._place(node)}{message}")

    def _aggregate(self, node: exp.Sum | exp.Avg) -> None:
        """Let a sum of whole numbers be a bigint, and the mean of decimals such a decimal."""
        value = node.this.expressions[0] if isinstance(node.this, exp.Distinct) else node.this
        kind = self._scope.kind(value)
        if kind is None:
            return
        if isinstance(node, exp.Sum) and kind_of(kind) in WHOLE:
            _cast(node, "BIGINT")
        elif isinstance(node, exp.Avg) and kind_of(kind) == "decimal":
            _cast(node, str(kind))

    def _overload(self, node: exp.Anonymous) -> None:
        """Name the macro for the types of the arguments."""
        name = node.name.lower()
        if name == "len":
            kind = self._scope.kind(node.expressions[0])
            node.set("this", "cardinality" if kind is not None and kind_of(kind) == "map" else "len")
        if name in BY_NUMBERS | BY_MOMENT:
            looked_at = node.expressions if name in BY_NUMBERS else node.expressions[:1]
            kinds = [self._scope.kind(one) for one in looked_at]
            if None not in kinds:
                suffix = _suffix([kind_of(kind) for kind in kinds if kind is not None], name)
                node.set("this", f"{name}{suffix}")

    def _subscript(self, node: exp.Bracket) -> None:
        """Let a subscript that leads nowhere be an error."""
        kind = self._scope.kind(node.this)
        if kind is None or len(node.expressions) != 1:
            return
        if kind_of(kind) == "map":
            node.replace(call("trino_entry", node.this, node.expressions[0]))
        elif kind_of(kind) == "list":
            place = exp.Add(this=node.expressions[0], expression=exp.convert(1))
            node.replace(call("trino_subscript", node.this, exp.Paren(this=place)))

    def _to_text(self, node: exp.Cast) -> None:
        kind = self._scope.kind(node.this)
        if kind is None:
            return
        if kind_of(kind) in {"list", "map", "struct"}:
            raise SqlError("TYPE_MISMATCH", f"{self._place(node)}Cannot cast {trino(kind)} to varchar")
        value = to_duckdb(node.this)
        text = f"trino_json_scalar({value}, '$')" if kind_of(kind) == "json" else text_of(kind, value)
        length = next((int(size.name) for size in node.to.expressions), None)
        if length is not None:
            text = f"substr({text}, 1, {length})"
        node.replace(_verbatim(text))


def _suffix(kinds: Sequence[str], name: str) -> str:
    if set(kinds) <= SMALL and name in BY_NUMBERS:
        return "_int"
    if set(kinds) <= WHOLE:
        return "_whole"
    if set(kinds) <= NUMBERS:
        return "_real"
    if kinds[0] == "timestamp with time zone" and name == "to_iso8601":
        return "_instant"
    if kinds[0] in MOMENTS:
        return "_date" if kinds[0] == "date" else "_timestamp"
    return ""


def comparable(one: DuckDBPyType, other: DuckDBPyType) -> bool:
    """Tell whether Trino compares values of two types without a cast."""
    kinds = {kind_of(one), kind_of(other)}
    if kinds <= NUMBERS or kinds <= MOMENTS or kinds <= {"list", "array"}:
        return True
    return len(kinds) == 1


def _name(kind: DuckDBPyType, node: exp.Expr) -> str:
    if isinstance(node, exp.Literal) and node.is_string:
        return f"varchar({len(node.name)})"
    return trino(kind)


def _cast(node: exp.Expr, kind: str) -> None:
    """Cast an aggregate, with its FILTER and OVER."""
    whole = node
    while isinstance(whole.parent, exp.Filter | exp.Window) and whole.parent.this is whole:
        whole = whole.parent
    marker = exp.Placeholder()
    whole.replace(marker)
    marker.replace(exp.cast(whole, kind, dialect="duckdb"))


def _verbatim(text: str) -> exp.Expr:
    """Return text of DuckDB's SQL as an expression."""
    return exp.Paren(this=exp.Var(this=text))


def _own_nodes(select: exp.Select) -> Iterator[exp.Expr]:
    """Yield the nodes of a SELECT's expressions, without those of queries within it."""
    pending: list[exp.Expr] = [
        value
        for name, values in select.args.items()
        if name not in {"from_", "joins", "with_"}
        for value in (values if isinstance(values, list) else [values])
        if isinstance(value, exp.Expr)
    ]
    pending += [join.args["on"] for join in select.args.get("joins") or [] if join.args.get("on")]
    while pending:
        node = pending.pop()
        if isinstance(node, exp.Query):
            continue
        yield node
        pending += list(node.iter_expressions())
