"""Rows as their editors write them, and the columns they are read from."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from itertools import chain as concatenate
from itertools import islice, repeat
from operator import itemgetter
from typing import Any, Literal, NamedTuple

from switchyard.errors import BadInput
from switchyard.synonyms.text import shown

Kind = Literal["equivalent", "one_way", "replace"]
KINDS: tuple[Kind, ...] = ("equivalent", "one_way", "replace")


class SourceRow(NamedTuple):
    """A row of the table of synonyms; what is wrong in it is found later, and told with its id.

    Attributes:
        row_id: What its editor knows it by.
        kind: One of `KINDS`.
        left: All terms of an equivalent rule, else the terms people search for. None is an empty cell.
        right: The targets of the other kinds.
        locale: The locale it is for; None where it is for all.
        enabled: Whether it counts: true, false, or a text or number that says so.
    """

    row_id: str
    kind: str
    left: Sequence[object]
    right: Sequence[object] = ()
    locale: str | None = None
    enabled: object = True


@dataclass(frozen=True)
class Unreadable:
    """Stands among the terms of a row for what cannot be read as terms, with a code of the catalogue."""

    code: str
    reason: str


class Rule(NamedTuple):
    """A row that passed every check.

    Attributes:
        line: The rule as the Solr format has it.
        left: What the search engine knows the left terms by.
        right: Likewise for the right terms; empty for an equivalent rule.
    """

    line: str
    left: Sequence[str]
    right: Sequence[str] = ()


_AT_ONCE = 1_000
_ALIASES = {"id": "row_id", "synid": "row_id", "syn_id": "row_id", "base_term": "term_1"}
_SYNONYM = re.compile(r"synonym_(\d{1,4})")
_NUMBERED = re.compile(r"(term|target)_(\d{1,4})")
_ONCE = frozenset({"row_id", "kind", "locale", "enabled", "terms", "targets"})
COLUMNS_HELP = (
    "Columns are row_id, kind, locale, enabled, and term_1, term_2, ... or terms (a JSON array), "
    "target_1, target_2, ... or targets; or SynID, Base_Term, Synonym_1, Synonym_2"
)


def column_name(name: str) -> str | None:
    """Give the name by which a column is known here, None where it is not: `Base Term` is term_1."""
    plain = _plain(name)
    if synonym := _SYNONYM.fullmatch(plain):
        return f"term_{int(synonym[1]) + 1}"
    if numbered := _NUMBERED.fullmatch(plain):
        return f"{numbered[1]}_{int(numbered[2])}"
    known = _ALIASES.get(plain, plain)
    return known if known in _ONCE else known if known == "term_1" else None


def similar_column(name: str) -> str | None:
    """Give the known column that an unknown one is probably meant to be: `Synonim 3` is synonym_3."""
    plain = _plain(name)
    number = "".join(re.findall(r"\d", plain)) or "1"
    numbered = [f"{word}_{number}" for word in ("synonym", "term", "target")]
    return next(iter(get_close_matches(plain, [*_ALIASES, *_ONCE, *numbered], 1, cutoff=0.75)), None)


def _plain(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.replace("\ufeff", "").strip().lower())


def rows_from_records(records: Iterable[Mapping[str, Any]]) -> Iterator[SourceRow]:
    """Read the rows of a result whose rows are mappings, all with the columns of the first.

    Raises:
        BadInput: The columns are not those of synonyms.
    """
    source = iter(records)
    first = next(source, None)
    if first is None:
        return
    columns = tuple(first)
    values = (tuple(map(record.__getitem__, columns)) for record in concatenate([first], source))
    yield from rows_from_tuples(columns, values)


def rows_from_tuples(columns: Sequence[str], tuples: Iterable[Sequence[Any]]) -> Iterator[SourceRow]:
    """Read the rows of a result whose rows are sequences, which costs less than mappings.

    A row without an id is known by its place: `line 1` is the first.

    Raises:
        BadInput: The columns are not those of synonyms.
    """
    return concatenate.from_iterable(_blocks(Layout.of(columns), iter(tuples)))


def _blocks(layout: Layout, tuples: Iterator[Sequence[Any]]) -> Iterator[Iterator[SourceRow]]:
    first = 1
    while block := list(islice(tuples, _AT_ONCE)):
        yield layout.rows(block, first)
        first += len(block)


@dataclass(frozen=True)
class Layout:
    """Where in a row its parts are.

    Attributes:
        row_id, kind, locale, enabled: Places of these columns, None where there are none.
        left: Gives the terms of a row.
        right: Gives its targets.
    """

    row_id: int | None
    kind: int | None
    locale: int | None
    enabled: int | None
    left: Callable[[Sequence[Any]], Sequence[object]]
    right: Callable[[Sequence[Any]], Sequence[object]] | None

    @classmethod
    def of(cls, columns: Sequence[str], *, ignore_unknown: bool = False) -> Layout:
        """Find the parts by the names of the columns.

        Raises:
            BadInput: A column is unknown or double, or there are no terms.
        """
        places: dict[str, int] = {}
        for place, column in enumerate(columns):
            known = column_name(column)
            if known in places:
                raise BadInput(
                    "column", column, f"it is the same as {columns[places[known]]}", "Drop one of them"
                )
            if known is not None:
                places[known] = place
            elif not ignore_unknown:
                raise BadInput("column", column, "it is no column of synonyms", COLUMNS_HELP)
        left = _side("term", places)
        if left is None:
            raise BadInput("columns", ", ".join(columns), "there are no terms among them", COLUMNS_HELP)
        one = {name: places.get(name) for name in ("row_id", "kind", "locale", "enabled")}
        return cls(**one, left=left, right=_side("target", places))

    def rows(self, tuples: Sequence[Sequence[Any]], first: int) -> Iterator[SourceRow]:
        """Read some rows, column by column; `first` is the number of the first of them."""

        def column(place: int | None, default: object) -> Iterable[Any]:
            return repeat(default) if place is None else map(itemgetter(place), tuples)

        columns = [
            _row_ids(list(islice(column(self.row_id, None), len(tuples))), first),
            repeat("equivalent") if self.kind is None else map(_kind, column(self.kind, None)),
            map(self.left, tuples),
            repeat(()) if self.right is None else map(self.right, tuples),
            column(self.locale, None),
            column(self.enabled, True),
        ]
        return map(partial(tuple.__new__, SourceRow), zip(*columns))  # noqa: B905 - repeat has no end


def _row_ids(values: list[object], first: int) -> Iterable[str]:
    if None in values or "" in values:
        numbered = enumerate(values, first)
        return [f"line {number}" if value in (None, "") else str(value) for number, value in numbered]
    return map(str, values)


def _side(name: str, places: Mapping[str, int]) -> Callable[[Sequence[Any]], Sequence[object]] | None:
    whole = places.get(f"{name}s")
    numbered = sorted(
        (int(found[2]), place)
        for column, place in places.items()
        if (found := _NUMBERED.fullmatch(column)) and found[1] == name
    )
    if whole is not None and numbered:
        raise BadInput(
            "columns", f"{name}s, {name}_{numbered[0][0]}", "both are given", "Keep one of the two forms"
        )
    if whole is not None:
        return lambda values: _list(values[whole])
    if not numbered:
        return None
    at = [place for _, place in numbered]
    if at == list(range(at[0], at[-1] + 1)):
        return itemgetter(slice(at[0], at[-1] + 1))
    return itemgetter(*at)


def _list(value: object) -> Sequence[object]:
    if value is None or (isinstance(value, str) and not value.strip()):
        return ()
    read = value
    if isinstance(value, str):
        try:
            read = json.loads(value)
        except (ValueError, RecursionError):
            read = None
    return read if isinstance(read, (list, tuple)) else (Unreadable("BAD_LIST", f"it reads {shown(value)}"),)


def _kind(value: object) -> str:
    if value in KINDS:
        return str(value)
    return str(value).strip().lower().replace("-", "_").replace(" ", "_") if value else "equivalent"
