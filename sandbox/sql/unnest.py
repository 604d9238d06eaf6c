"""UNNEST in a FROM as nested sub-selects.

Trino joins a row with what is unnested of it, a row type giving a column for each of its fields. DuckDB plans
the same join as a correlated one that carries whole rows, dozens of times slower than an `unnest` in a list of
columns, into which the chain is turned here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from duckdb.sqltypes import DuckDBPyType
from sqlglot import exp

from sandbox.sql.calls import call
from sandbox.sql.errors import NotSupported, SqlError
from sandbox.sql.scope import Scope, Source, column
from sandbox.sql.types import kind_of, parts

Array = tuple[exp.Expr, DuckDBPyType | None]
"""What is unnested, and the type of its elements: None where that is not known."""

LIST = "list {}"
ITEM = "unnested {}"
ORDINALITY = "unnested ordinality"


@dataclass
class _Level:
    """One UNNEST: `lists` yields the rows before it with the list, `flat` the rows after it."""

    lists: exp.Select
    flat: exp.Select
    below: str
    name: str


class Chain:
    """The sub-selects of a scope, innermost first.

    A column's name in them is that of its source, a dot, and its own. A field of a structure that is asked for
    later is taken where the structure comes from, under a longer name of the same kind, so that no row carries
    the structure itself.
    """

    def __init__(self) -> None:
        self._levels: list[_Level] = []
        self._origins: dict[str, tuple[int, exp.Select, exp.Expr]] = {}

    @property
    def name(self) -> str:
        """The name of the outermost sub-select."""
        return self._levels[-1].name

    def add(self, level: _Level, before: Mapping[str, exp.Expr], after: Mapping[str, exp.Expr]) -> None:
        """Add a level, with the columns that it reads from before it and those that it makes."""
        number = len(self._levels)
        self._levels.append(level)
        self._origins |= {
            name: (number, level.lists, value) for name, value in before.items() if name not in self._origins
        }
        self._origins |= {name: (number, level.flat, value) for name, value in after.items()}

    def carried(self) -> dict[str, exp.Expr]:
        """Return all columns as they are outside."""
        return {name: column(name, self.name) for name in self._origins}

    def field(self, name: str, fields: Sequence[str]) -> exp.Expr:
        """Return a field of a column, as it is outside."""
        longer = ".".join([name, *(field.lower() for field in fields)])
        if longer not in self._origins:
            number, select, value = self._origins[name]
            taken = value.copy()
            for field in fields:
                taken = call("struct_extract", taken, field)
            self._origins[longer] = (number, select, taken)
            self._expose(longer)
        return column(longer, self.name)

    def _expose(self, name: str) -> None:
        number, select, value = self._origins[name]
        select.select(exp.alias_(value.copy(), name, quoted=True), copy=False)
        for later, level in enumerate(self._levels[number:]):
            if later:
                before = self._levels[number + later - 1].name
                level.lists.select(exp.alias_(column(name, before), name, quoted=True), copy=False)
            if later or select is level.lists:
                level.flat.select(exp.alias_(column(name, level.below), name, quoted=True), copy=False)


def flatten(scope: Scope, unnest: exp.Unnest, join: exp.Join | None, number: int) -> None:
    """Join the scope's relation with what is unnested of it; the arrays are already resolved.

    `number` makes the names of the sub-selects unique.
    """
    keep = _keeps_rows(join)
    arrays = [_as_list(one, scope.kind(one)) for one in unnest.expressions]
    if scope.chain is None:
        scope.chain = Chain()
        before = {
            _unique(source.alias, plain): one
            for source in scope.sources
            for plain, one in source.columns.items()
        }
    else:
        before = scope.chain.carried() | _joined_since(scope)
    lists = _lists(arrays, before)
    if scope.relation is not None:
        lists.set("from_", exp.From(this=scope.relation))
        lists.set("joins", scope.joins)
    below, name = f"open {number}", f"flat {number}"
    source = _source(unnest, [element for _, element in arrays], number)
    values = _values(arrays, unnest, below)
    after = dict(zip((_unique(source.alias, plain) for plain in source.columns), values, strict=True))
    flat = exp.select(*(exp.alias_(column(one, below), one, quoted=True) for one in before))
    for one, value in after.items():
        flat.select(exp.alias_(value.copy(), one, quoted=True), copy=False)
    opened = _opened(unnest, [element for _, element in arrays], f"rows {number}", keep=keep)
    opened.set("from_", exp.From(this=_subquery(lists, f"rows {number}")))
    flat.set("from_", exp.From(this=_subquery(opened, below)))
    scope.chain.add(_Level(lists, flat, below, name), before, after)
    scope.relation, scope.joins = _subquery(flat, name), []
    scope.sources.append(source)
    for one_source in scope.sources:
        one_source.columns = {
            plain: column(_unique(one_source.alias, plain), name) for plain in one_source.columns
        }


def _joined_since(scope: Scope) -> dict[str, exp.Expr]:
    """Return the columns of the sources that were joined to the chain since its last level."""
    name = scope.chain.name if scope.chain else ""
    return {
        _unique(source.alias, plain): one
        for source in scope.sources
        for plain, one in source.columns.items()
        if not (isinstance(one, exp.Column) and one.table == name)
    }


def _lists(arrays: Sequence[Array], before: Mapping[str, exp.Expr]) -> exp.Select:
    """Return the rows before an UNNEST, with what is to be unnested, so that it is computed once."""
    listed: list[exp.Expr] = [exp.alias_(one.copy(), name, quoted=True) for name, one in before.items()]
    listed += [exp.alias_(one, LIST.format(at), quoted=True) for at, (one, _) in enumerate(arrays)]
    return exp.select(*listed)


def _opened(
    unnest: exp.Unnest, elements: Sequence[DuckDBPyType | None], rows: str, *, keep: bool
) -> exp.Select:
    """Return those rows once for each element."""
    arrays: list[Array] = [(column(LIST.format(at), rows), kind) for at, kind in enumerate(elements)]
    lists = [_padded(array, arrays) if keep else array for array, _ in arrays]
    if unnest.args.get("offset"):
        ordinals = call("range", 1, exp.Add(this=_longest(arrays), expression=exp.convert(1)))
        lists.append(_padded(ordinals, arrays) if keep else ordinals)
    names = [ITEM.format(at) for at in range(len(arrays))] + [ORDINALITY]
    each = zip(lists, names, strict=False)
    return exp.select(exp.Star(), *(exp.alias_(call("unnest", one), name, quoted=True) for one, name in each))


def _keeps_rows(join: exp.Join | None) -> bool:
    """Tell whether rows with nothing to unnest are kept; NotSupported for joins that Trino has not."""
    if join is None or join.side == "":
        return False
    on = join.args.get("on")
    if join.side != "LEFT" or not (isinstance(on, exp.Boolean) and on.this):
        raise NotSupported("UNNEST on other than the right side of CROSS JOIN is not supported")
    return True


def _unique(alias: str, name: str) -> str:
    return f"{alias.lower()}.{name}"


def _subquery(query: exp.Query, alias: str) -> exp.Subquery:
    return exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))


def _as_list(value: exp.Expr, kind: DuckDBPyType | None) -> Array:
    """Return what is to be unnested as a list, and the type of its elements."""
    if kind is None:
        return value, None
    if kind_of(kind) == "map":
        entries = call("map_entries", value)
        return entries, kind
    if kind_of(kind) not in {"list", "array"}:
        raise SqlError("TYPE_MISMATCH", "Cannot unnest type: " + str(kind).lower())
    return value, parts(kind)[0][1]


def _longest(arrays: Sequence[Array]) -> exp.Expr:
    lengths = [call("coalesce", call("len", array.copy()), 0) for array, _ in arrays]
    return lengths[0] if len(lengths) == 1 else call("greatest", *lengths)


def _padded(one: exp.Expr, arrays: Sequence[Array]) -> exp.Expr:
    """Return a list that yields one null where there is nothing to unnest."""
    some = exp.GT(this=_longest(arrays), expression=exp.convert(0))
    return exp.Case(ifs=[exp.If(this=some, true=one.copy())], default=exp.Array(expressions=[exp.null()]))


def _members(element: DuckDBPyType | None) -> list[str] | None:
    """Return the names of the columns that an element becomes; None where it is one column."""
    if element is not None and kind_of(element) in {"struct", "map"}:
        return [name for name, _ in parts(element)]
    return None


def _values(arrays: Sequence[Array], unnest: exp.Unnest, below: str) -> list[exp.Expr]:
    values: list[exp.Expr] = []
    for at, (_, element) in enumerate(arrays):
        item = column(ITEM.format(at), below)
        members = _members(element)
        if members is None:
            values.append(item)
            continue
        for position, member in enumerate(members, 1):
            values.append(call("struct_extract", item.copy(), member or position))
    if unnest.args.get("offset"):
        values.append(column(ORDINALITY, below))
    return values


def _source(unnest: exp.Unnest, elements: Sequence[DuckDBPyType | None], number: int) -> Source:
    """Return what the unnested columns are called."""
    own = [name for element in elements for name in _members(element) or [""]]
    if unnest.args.get("offset"):
        own.append("ordinality")
    alias = unnest.args.get("alias")
    given = [one.name for one in alias.columns] if alias else []
    offset = unnest.args.get("offset")
    if given and isinstance(offset, exp.Identifier) and len(given) < len(own):
        given.append(offset.name)
    if given and len(given) != len(own):
        message = f"Column alias list has {len(given)} entries but '{unnest.alias}' has {len(own)} columns available"
        raise SqlError("MISMATCHED_COLUMN_ALIASES", message)
    names = [(name or f"_col{at}").lower() for at, name in enumerate(given or own)]
    return Source(unnest.alias or f"unnest {number}", {name: exp.null() for name in names})
