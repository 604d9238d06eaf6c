"""What the columns of a result are called that the query gives no name."""

from __future__ import annotations

from sqlglot import exp

from sandbox.warehouse.kinds import of_cast

UNNAMED = "?column?"
NAMES: dict[type[exp.Expr], str] = {
    exp.GroupConcat: "listagg",
    exp.CurrentTimestamp: "timestamp",
    exp.CurrentDate: "date",
    exp.TsOrDsAdd: "date_add",
    exp.TsOrDsDiff: "date_diff",
    exp.DateDiff: "date_diff",
    exp.TimestampTrunc: "date_trunc",
    exp.Extract: "date_part",
    exp.Length: "len",
    exp.If: "case",
    exp.ApproxDistinct: "count",
    exp.TimeToStr: "to_char",
    exp.StrPosition: "strpos",
    exp.SHA: "sha1",
}


def name_outputs(query: exp.Expr) -> None:
    """Name the columns of a query and of the queries in it."""
    for select in query.find_all(exp.Select):
        if isinstance(select.parent, exp.In | exp.Exists):
            continue
        for one in list(select.expressions):
            if not isinstance(one, exp.Alias | exp.Column | exp.Star | exp.Aliases | exp.PropertyEQ):
                name = _name(one)
                one.replace(exp.Alias(this=one.copy(), alias=exp.to_identifier(name, quoted=True)))


def _name(node: exp.Expr) -> str:
    if isinstance(node, exp.Paren | exp.Window | exp.WithinGroup | exp.Filter | exp.IgnoreNulls):
        return _name(node.this)
    if isinstance(node, exp.Cast):
        inner = _name(node.this)
        kind = of_cast(node.to)
        return inner if inner != UNNAMED else kind.name if kind else str(node.to.this.value).lower()
    if isinstance(node, exp.Subquery):
        first = next(iter(node.this.expressions), None)
        return (first.alias_or_name or _name(first)) if first is not None else UNNAMED
    return _plain_name(node)


def _plain_name(node: exp.Expr) -> str:
    if isinstance(node, exp.Column | exp.Anonymous):
        return str(node.name).lower()
    known = next((name for kind, name in NAMES.items() if isinstance(node, kind)), None)
    if known is not None:
        return known
    if isinstance(node, exp.Func) and not isinstance(node, exp.Connector | exp.Binary):
        return str(type(node).sql_name()).lower()
    return UNNAMED
