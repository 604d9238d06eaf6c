"""Trino's functions of dates and times as DuckDB's."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlglot import exp

from sandbox.sql.calls import Rule, call
from sandbox.sql.errors import NotSupported

JODA = (
    ("yyyy", "%Y"), ("MMMM", "%B"), ("MMM", "%b"), ("MM", "%m"), ("dd", "%d"), ("EEEE", "%A"), ("EEE", "%a"),
    ("HH", "%H"), ("hh", "%I"), ("mm", "%M"), ("ss", "%S"), ("SSS", "%g"), ("yy", "%y"), ("a", "%p"),
)  # fmt: skip
UTC = {"utc", "z", "gmt", "+00:00", "etc/utc"}


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


def _extract(node: exp.Expr) -> exp.Expr:
    unit = node.this.name.upper()
    iso = {"DOW": exp.DayOfWeekIso, "DAY_OF_WEEK": exp.DayOfWeekIso}.get(unit)
    return iso(this=node.expression) if iso else node


def _date_diff(node: exp.Expr) -> exp.Expr:
    """Count whole units, as Trino does, where DuckDB's function of the same name counts how often one begins."""
    return call("datesub", node.text("unit").lower(), node.expression, node.this)


RULES: Mapping[type[exp.Expr], Rule] = {
    exp.DateAdd: _date_add,
    exp.Add: _add,
    exp.Sub: _add,
    exp.TimestampTrunc: _date_trunc,
    exp.DateTrunc: _date_trunc,
    exp.ParseDatetime: _parse_datetime,
    exp.AtTimeZone: _at_time_zone,
    exp.DateDiff: _date_diff,
    exp.Extract: _extract,
}
ANONYMOUS: Mapping[str, Rule] = {
    "format_datetime": _format_datetime,
    "at_timezone": _at_time_zone,
}
