"""Trino's functions as DuckDB's, where the grammar alone does not do it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from sqlglot import exp

from sandbox.sql.errors import NotSupported

JODA = (
    ("yyyy", "%Y"), ("MMMM", "%B"), ("MMM", "%b"), ("MM", "%m"), ("dd", "%d"), ("EEEE", "%A"), ("EEE", "%a"),
    ("HH", "%H"), ("hh", "%I"), ("mm", "%M"), ("ss", "%S"), ("SSS", "%g"), ("yy", "%y"), ("a", "%p"),
)  # fmt: skip
UTC = {"utc", "z", "gmt", "+00:00", "etc/utc"}

Rule = Callable[[exp.Expr], exp.Expr]


def rewrite(tree: exp.Expr) -> exp.Expr:
    """Return the tree with Trino's functions as DuckDB's, from the innermost outwards."""
    for node in reversed(list(tree.walk())):
        rule = RULES.get(type(node))
        if isinstance(node, exp.Anonymous):
            rule = ANONYMOUS.get(node.name.lower())
        if rule is None:
            continue
        new = rule(node)
        if new is not node:
            if node is tree:
                tree = new
            else:
                node.replace(new)
    return tree


def call(name: str, *arguments: exp.Expr | str | int) -> exp.Anonymous:
    """Return the call of a DuckDB function or macro."""
    given = [exp.convert(one) if isinstance(one, str | int) else one for one in arguments]
    return exp.Anonymous(this=name, expressions=given)


def _binary(macro: str) -> Rule:
    return lambda node: call(macro, node.this, node.expression)


def _interval(unit: str, count: exp.Expr) -> exp.Expr:
    unit = unit.upper()
    if unit == "QUARTER":
        unit, count = "MONTH", exp.Mul(this=exp.Paren(this=count), expression=exp.convert(3))
    return exp.Interval(this=exp.Paren(this=count), unit=exp.var(unit))


def _date_add(node: exp.Expr) -> exp.Expr:
    return call("trino_shift", node.this, _interval(node.text("unit"), node.expression))


def _add(node: exp.Expr) -> exp.Expr:
    sides = (node.this, node.expression)
    spans = [side for side in sides if isinstance(side, exp.Interval)]
    if len(spans) != 1:
        return node
    moment = sides[0] if spans[0] is sides[1] else sides[1]
    if isinstance(node, exp.Add):
        return call("trino_shift", moment, spans[0])
    return call("trino_shift", moment, exp.Mul(this=exp.convert(-1), expression=spans[0].copy()))


def _date_trunc(node: exp.Expr) -> exp.Expr:
    return call("trino_date_trunc", node.this, node.text("unit").lower())


def _joda(node: exp.Expr) -> str:
    """Return a Joda pattern, which must be a literal, in the codes of strftime."""
    if not (isinstance(node, exp.Literal) and node.is_string):
        raise NotSupported("the sandbox formats dates by literal patterns only")
    pieces = []
    for number, part in enumerate(re.split(r"'([^']*)'", node.name)):
        if number % 2:
            pieces.append(part or "'")
            continue
        text = part.replace("%", "%%")
        for letters, code in JODA:
            text = re.sub(rf"(?<![A-Za-z%]){letters}(?![A-Za-z])", code, text)
        if letter := re.search(r"(?<!%)[A-Za-z]", text):
            raise NotSupported(f"the sandbox does not know {letter[0]} in the date pattern {node.name}")
        pieces.append(text)
    return "".join(pieces)


def _format_datetime(node: exp.Expr) -> exp.Expr:
    moment, pattern = node.expressions
    return call("strftime", moment, _joda(pattern))


def _parse_datetime(node: exp.Expr) -> exp.Expr:
    parsed = call("strptime", node.this, _joda(node.args["format"]))
    return exp.cast(parsed, "TIMESTAMPTZ", dialect="duckdb")


def _at_time_zone(node: exp.Expr) -> exp.Expr:
    moment, zone = node.expressions if isinstance(node, exp.Anonymous) else (node.this, node.args["zone"])
    if zone.name.lower() not in UTC:
        raise NotSupported(f"the sandbox knows the time zone UTC only, not {zone.name}")
    return exp.cast(moment, "TIMESTAMPTZ", dialect="duckdb")


def _regexp_replace(node: exp.Expr) -> exp.Expr:
    replacement = node.args.get("replacement")
    if isinstance(replacement, exp.Literal):
        replacement.set("this", re.sub(r"\$(\d)", r"\\\1", replacement.name))
    return node


def _regexp_extract(node: exp.Expr) -> exp.Expr:
    return call("trino_regexp_extract", node.this, node.expression, node.args["group"])


def _json_scalar(node: exp.Expr) -> exp.Expr:
    path = node.expression.sql("duckdb")
    return call("trino_json_scalar", node.this, exp.Literal.string(path.strip("'").replace("''", "'")))


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


def _extract(node: exp.Expr) -> exp.Expr:
    unit = node.this.name.upper()
    iso = {"DOW": exp.DayOfWeekIso, "DAY_OF_WEEK": exp.DayOfWeekIso}.get(unit)
    return iso(this=node.expression) if iso else node


def _count_if(node: exp.Expr) -> exp.Expr:
    counted = exp.Case(ifs=[exp.If(this=node.this, true=exp.convert(1))])
    return exp.Count(this=counted, big_int=True)


def _date_diff(node: exp.Expr) -> exp.Expr:
    """Count whole units, as Trino does, where DuckDB's function of the same name counts how often one begins."""
    return call("datesub", node.text("unit").lower(), node.expression, node.this)


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


def _random(node: exp.Expr) -> exp.Expr:
    if not node.this:
        return node
    low, high = (node.this, node.args["lower"]) if node.args.get("lower") else (exp.convert(0), node.this)
    return call("trino_random", low, high)


def _sequence(node: exp.Expr) -> exp.Expr:
    given = [node.args[name] for name in ("start", "end", "step") if node.args.get(name)]
    return call("trino_sequence", *given)


def _try(node: exp.Expr) -> exp.Expr:
    """Let what is tried yield null by itself: DuckDB's TRY does not take functions that raise errors."""
    for one in node.find_all(exp.Anonymous):
        if one.name in {"trino_divide", "trino_modulus"}:
            one.set("this", one.name.replace("trino", "try"))
    return node


def _cast(node: exp.Expr) -> exp.Expr:
    """Make JSON of values rather than reading it, and give decimals the size that Trino gives them."""
    if node.args["to"].is_type("json"):
        return call("to_json", node.this)
    if node.args["to"].is_type("decimal") and not node.args["to"].expressions:
        size = "38, 0"
        if isinstance(node.this, exp.Literal) and node.this.is_string:
            whole, _, fraction = node.this.name.lstrip("+-").partition(".")
            size = f"{max(1, len(whole) + len(fraction))}, {len(fraction)}"
        node.set("to", exp.DataType.build(f"DECIMAL({size})", dialect="duckdb"))
    return node


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
    exp.Div: _binary("trino_divide"),
    exp.Mod: _binary("trino_modulus"),
    exp.DateAdd: _date_add,
    exp.Add: _add,
    exp.Sub: _add,
    exp.TimestampTrunc: _date_trunc,
    exp.DateTrunc: _date_trunc,
    exp.ParseDatetime: _parse_datetime,
    exp.AtTimeZone: _at_time_zone,
    exp.DateDiff: _date_diff,
    exp.Struct: _row,
    exp.Repeat: _repeat,
    exp.Rand: _random,
    exp.GenerateSeries: _sequence,
    exp.Try: _try,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.SHA: lambda node: call("unhex", call("sha1", node.this)),
    exp.SHA1Digest: lambda node: call("unhex", call("sha1", node.this)),
    exp.ArrayPosition: lambda node: call("trino_array_position", node.this, node.expression),
    exp.ArrayDistinct: lambda node: call("trino_array_distinct", node.this),
    exp.RegexpReplace: _regexp_replace,
    exp.RegexpExtract: _regexp_extract,
    exp.JSONExtractScalar: _json_scalar,
    exp.ArraySlice: _slice,
    exp.ArrayToString: _array_join,
    exp.ArraySize: lambda node: call("len", node.this),
    exp.Extract: _extract,
    exp.CountIf: _count_if,
    exp.Reduce: _reduce,
    exp.Typeof: lambda node: exp.Lower(this=call("typeof", node.this)),
}
ANONYMOUS: Mapping[str, Rule] = {
    "format_datetime": _format_datetime,
    "at_timezone": _at_time_zone,
    "any_match": _every(lambda count: exp.GT(this=count, expression=exp.convert(0))),
    "none_match": _every(lambda count: exp.EQ(this=count, expression=exp.convert(0))),
    "all_match": _all_match,
    "map_filter": _map_filter,
    "transform_values": _map_transform("value"),
    "transform_keys": _map_transform("key"),
    "zip": _zip,
    "zip_with": _zip_with,
    "url_encode": lambda node: call("replace", call("url_encode", *node.expressions), "%20", "+"),
    "url_decode": lambda node: call("url_decode", call("replace", *node.expressions, "+", " ")),
    "every": lambda node: exp.LogicalAnd(this=node.expressions[0]),
}
