"""Trino's functions of arrays, maps and rows as DuckDB's."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from sandbox.sql.calls import Rule, call


def _array_join(node: exp.Expr) -> exp.Expr:
    """Leave nulls out, so that an array of nothing else is an empty text."""
    joined = exp.Coalesce(this=node.copy(), expressions=[exp.Literal.string("")])
    return exp.Case(
        ifs=[exp.If(this=exp.Not(this=exp.Is(this=node.this, expression=exp.null())), true=joined)]
    )


def _slice(node: exp.Expr) -> exp.Expr:
    start, length = node.args["start"], node.args["end"]
    last = exp.Sub(this=exp.Add(this=start.copy(), expression=length), expression=exp.convert(1))
    return call("list_slice", node.this, start, exp.Paren(this=last))


def _row(node: exp.Expr) -> exp.Expr:
    """Name the fields of a row as results do, but where a cast is about to name them by their order."""
    if node.find_ancestor(exp.Cast):
        return call("row", *node.expressions)
    named = [
        exp.PropertyEQ(this=exp.to_identifier(f"field{number}", quoted=True), expression=one)
        for number, one in enumerate(node.expressions)
    ]
    return exp.Struct(expressions=named)


def _repeat(node: exp.Expr) -> exp.Expr:
    return call("list_transform", call("range", node.args["times"]), _lambda("number", node.this))


def _sequence(node: exp.Expr) -> exp.Expr:
    given = [node.args[name] for name in ("start", "end", "step") if node.args.get(name)]
    return call("trino_sequence", *given)


def _every(test: Callable[[exp.Expr], exp.Expr]) -> Rule:
    def rule(node: exp.Expr) -> exp.Expr:
        items, condition = node.expressions
        condition.set("this", exp.Paren(this=condition.this))
        return test(call("len", call("list_filter", items, condition)))

    return rule


def _all_match(node: exp.Expr) -> exp.Expr:
    items, condition = node.expressions
    condition.set("this", exp.Not(this=exp.Paren(this=condition.this)))
    return exp.EQ(this=call("len", call("list_filter", items, condition)), expression=exp.convert(0))


def _with_names(body: exp.Expr, names: Mapping[str, exp.Expr]) -> exp.Expr:
    """Return the body of a lambda with other expressions in the place of its parameters."""

    def put(node: exp.Expr) -> exp.Expr:
        plain = isinstance(node, exp.Column) and not node.table
        if (plain or isinstance(node, exp.Identifier)) and node.name in names:
            return names[node.name].copy()
        return node

    return body.copy().transform(put)


def _member(name: str, member: str | int) -> exp.Expr:
    return call("struct_extract", exp.to_identifier(name), member)


def _lambda(name: str, body: exp.Expr) -> exp.Lambda:
    return exp.Lambda(this=body, expressions=[exp.to_identifier(name)])


def _over_entries(node: exp.Expr) -> tuple[exp.Expr, exp.Expr]:
    mapping, function = node.expressions
    key, value = (one.name for one in function.expressions)
    body = _with_names(function.this, {key: _member("entry", "key"), value: _member("entry", "value")})
    return call("map_entries", mapping), body


def _map_filter(node: exp.Expr) -> exp.Expr:
    entries, body = _over_entries(node)
    return call("map_from_entries", call("list_filter", entries, _lambda("entry", body)))


def _map_transform(changed: str) -> Rule:
    def rule(node: exp.Expr) -> exp.Expr:
        entries, body = _over_entries(node)
        parts = {"key": _member("entry", "key"), "value": _member("entry", "value")} | {changed: body}
        pair = call("row", parts["key"], parts["value"])
        return call("map_from_entries", call("list_transform", entries, _lambda("entry", pair)))

    return rule


def _zip(node: exp.Expr) -> exp.Expr:
    fields = [_member("tuple", position) for position, _ in enumerate(node.expressions, 1)]
    named = [
        exp.PropertyEQ(this=exp.to_identifier(f"field{number}", quoted=True), expression=one)
        for number, one in enumerate(fields)
    ]
    return call(
        "list_transform", call("list_zip", *node.expressions), _lambda("tuple", exp.Struct(expressions=named))
    )


def _zip_with(node: exp.Expr) -> exp.Expr:
    left, right, function = node.expressions
    names = [one.name for one in function.expressions]
    body = _with_names(function.this, {names[0]: _member("pair", 1), names[1]: _member("pair", 2)})
    return call("list_transform", call("list_zip", left, right), _lambda("pair", body))


def _reduce(node: exp.Expr) -> exp.Expr:
    finish = node.args.get("finish")
    reduced = call("list_reduce", node.this, node.args["merge"], node.args["initial"])
    plain = finish is not None and isinstance(finish.this, exp.Column | exp.Identifier)
    if finish is None or (plain and finish.this.name == finish.expressions[0].name):
        return reduced
    return exp.Bracket(
        this=call("list_transform", exp.Array(expressions=[reduced]), finish),
        expressions=[exp.convert(0)],
    )


RULES: Mapping[type[exp.Expr], Rule] = {
    exp.Struct: _row,
    exp.Repeat: _repeat,
    exp.GenerateSeries: _sequence,
    exp.ArrayPosition: lambda node: call("trino_array_position", node.this, node.expression),
    exp.ArrayDistinct: lambda node: call("trino_array_distinct", node.this),
    exp.ArraySlice: _slice,
    exp.ArrayToString: _array_join,
    exp.ArraySize: lambda node: call("len", node.this),
    exp.Reduce: _reduce,
}
ANONYMOUS: Mapping[str, Rule] = {
    "any_match": _every(lambda count: exp.GT(this=count, expression=exp.convert(0))),
    "none_match": _every(lambda count: exp.EQ(this=count, expression=exp.convert(0))),
    "all_match": _all_match,
    "map_filter": _map_filter,
    "transform_values": _map_transform("value"),
    "transform_keys": _map_transform("key"),
    "zip": _zip,
    "zip_with": _zip_with,
}
