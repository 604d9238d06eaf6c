"""Trino's functions as DuckDB's, where the grammar alone does not do it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlglot import exp

from sandbox.sql import dates, nested
from sandbox.sql.calls import Rule, call


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


def _binary(macro: str) -> Rule:
    return lambda node: call(macro, node.this, node.expression)


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


def _count_if(node: exp.Expr) -> exp.Expr:
    counted = exp.Case(ifs=[exp.If(this=node.this, true=exp.convert(1))])
    return exp.Count(this=counted, big_int=True)


def _random(node: exp.Expr) -> exp.Expr:
    if not node.this:
        return node
    low, high = (node.this, node.args["lower"]) if node.args.get("lower") else (exp.convert(0), node.this)
    return call("trino_random", low, high)


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


RULES: Mapping[type[exp.Expr], Rule] = {
    **dates.RULES,
    **nested.RULES,
    exp.Div: _binary("trino_divide"),
    exp.Mod: _binary("trino_modulus"),
    exp.Rand: _random,
    exp.Try: _try,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.SHA: lambda node: call("unhex", call("sha1", node.this)),
    exp.SHA1Digest: lambda node: call("unhex", call("sha1", node.this)),
    exp.RegexpReplace: _regexp_replace,
    exp.RegexpExtract: _regexp_extract,
    exp.JSONExtractScalar: _json_scalar,
    exp.CountIf: _count_if,
    exp.Typeof: lambda node: exp.Lower(this=call("typeof", node.this)),
}
ANONYMOUS: Mapping[str, Rule] = {
    **dates.ANONYMOUS,
    **nested.ANONYMOUS,
    "url_encode": lambda node: call("replace", call("url_encode", *node.expressions), "%20", "+"),
    "url_decode": lambda node: call("url_decode", call("replace", *node.expressions, "+", " ")),
    "every": lambda node: exp.LogicalAnd(this=node.expressions[0]),
}
