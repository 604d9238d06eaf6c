"""The short way for rows that need no care: most tables hold little but words of letters and digits.

Many rows are judged at once, in a few passes over one long text. What passes is made into the very rule that
`row_checks` would make of it; all else is left to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from itertools import chain as concatenate
from itertools import compress, repeat
from typing import Any, NamedTuple

from switchyard.synonyms.analysis import Chain
from switchyard.synonyms.limits import Limits
from switchyard.synonyms.rules import SourceRow
from switchyard.synonyms.text import MAX_TERM

_ASCII = "0-9A-Za-z"
# Letters that tokenizers keep, that filters change one by one, and that have one spelling and one lower case: most
# of Latin, Greek in small letters, Cyrillic.
LETTERS = _ASCII + "À-ÖØ-Þà-öø-įı-ňŊ-žƀ-ǯǱ-ɏά-ία-ρσ-ώА-яЁё"  # noqa: RUF001
# Signs that the standard tokenizer takes for the end of a word, and other tokenizers for a part of it.
_SIGNS = "-/&"

_TEXT_OR_NOTHING = {str, type(None)}


class PlainRules(NamedTuple):
    """Equivalent rules.

    Attributes:
        row_ids: Their rows.
        lines: The rules as the Solr format has them.
        widths: How many terms each has.
        terms: What the search engine knows these terms by, those of all rules one after the other.
    """

    row_ids: Sequence[str] = ()
    lines: Sequence[str] = ()
    widths: Sequence[int] = ()
    terms: Sequence[str] = ()


class PlainRows:
    """Makes rules of rows without specialities."""

    def __init__(self, chain: Chain, limits: Limits) -> None:
        """Prepare for many rows.

        Args:
            chain: The declared analysis.
            limits: How wide a rule may be.
        """
        self._most_terms = limits.warn_expansions + 1
        self._cuts_signs = chain.tokenizer == "standard"
        lowers = "lowercase" in chain.filters
        letters = LETTERS if lowers and "asciifolding" not in chain.filters else _ASCII
        letters = letters if lowers else letters.replace("A-Z", "")
        between = f"[ \x1f{_SIGNS}]"
        stop_words = "|".join(map(re.escape, sorted(chain.stop_words)))
        word = f"[{letters}]+"
        if stop_words:
            word = f"(?!(?i:{stop_words})(?:{between}|$)){word}"
        line = f"{word}(?:{between}{word})*+"
        self._plain = re.compile(rf"^(?:({line})|[^\n]*)$", re.MULTILINE)
        self._all_plain = re.compile(rf"(?:{line}\n)*+{line}", re.MULTILINE)

    def split(self, rows: Sequence[SourceRow]) -> tuple[PlainRules, list[SourceRow]]:
        """Make the rules of plain rows, and give back the others in their order."""
        columns = _Columns.of(rows)
        if columns.are_candidates():
            return self._split(rows, columns)
        candidates = list(map(_is_candidate, rows))
        if not any(candidates):
            return PlainRules(), list(rows)
        chosen = list(compress(rows, candidates))
        rules, rest = self._split(chosen, _Columns.of(chosen))
        back = set(map(id, rest))
        return rules, [
            row for row, candidate in zip(rows, candidates, strict=True) if not candidate or id(row) in back
        ]

    def _split(self, rows: Sequence[SourceRow], columns: _Columns) -> tuple[PlainRules, list[SourceRow]]:
        cells = columns.cells
        blanks = cells.count(None) + cells.count("")
        # The cells hold text or nothing, so that nothing else is lost here.
        filled = map(partial(filter, None), columns.lefts) if blanks else columns.lefts
        text = "\n".join(map("\x1f".join, filled))
        if text.count("\n") != len(rows) - 1 or text.count("\x1f") != len(cells) - blanks - len(rows):
            return PlainRules(), list(rows)  # a term holds one of the separators
        known = self._known_as(text).split("\n")
        widths = list(map((1).__add__, map(str.count, known, repeat("\x1f"))))
        terms = "\x1f".join(known).split("\x1f")
        lines = text.replace("\x1f", ", ").split("\n")
        all_differ = len(set(terms)) == len(terms)
        if all_differ and self._are_sound(text, known, widths):
            return PlainRules(columns.row_ids, lines, widths, terms), []
        distinct = widths if all_differ else [len(set(line.split("\x1f"))) for line in known]
        sound = [
            0 < len(plain) <= MAX_TERM and 1 < different == width <= self._most_terms
            for plain, different, width in zip(self._plain.findall(text), distinct, widths, strict=True)
        ]
        rules = PlainRules(
            list(compress(columns.row_ids, sound)),
            list(compress(lines, sound)),
            list(compress(widths, sound)),
            "\x1f".join(compress(known, sound)).split("\x1f") if any(sound) else (),
        )
        return rules, [row for row, taken in zip(rows, sound, strict=True) if not taken]

    def _are_sound(self, text: str, known: Sequence[str], widths: Sequence[int]) -> bool:
        """Whether all rows are plain, given that no two terms are the same: cheaper than row by row."""
        return (
            min(widths) > 1
            and max(widths) <= self._most_terms
            and max(map(len, known)) <= MAX_TERM
            and self._all_plain.fullmatch(text) is not None
        )

    def terms(self, line: str) -> list[str]:
        """Give again the terms of a rule made here."""
        return self._known_as(line).split(", ")

    def _known_as(self, text: str) -> str:
        known = text.lower()
        if self._cuts_signs:
            for sign in _SIGNS:
                known = known.replace(sign, " ")
        return known


class _Columns(NamedTuple):
    """Rows column by column, and their left cells one after the other."""

    row_ids: Sequence[str]
    kinds: Sequence[str]
    lefts: Sequence[Sequence[object]]
    rights: Sequence[Sequence[object]]
    cells: list[Any]

    @classmethod
    def of(cls, rows: Sequence[SourceRow]) -> _Columns:
        """Turn rows, of which there is one at least, into columns."""
        row_ids, kinds, lefts, rights, _, _ = zip(*rows, strict=True)
        return cls(row_ids, kinds, lefts, rights, list(concatenate.from_iterable(lefts)))

    def are_candidates(self) -> bool:
        """Whether all rows are candidates: the same question as below, asked of whole columns."""
        return (
            self.kinds.count("equivalent") == len(self.kinds)
            and all(self.lefts)
            and all([left[0] for left in self.lefts])
            and set(map(type, self.cells)) <= _TEXT_OR_NOTHING
            and not any(concatenate.from_iterable(self.rights))
            and "".join(self.row_ids).isprintable()
        )


def _is_candidate(row: SourceRow) -> bool:
    """Whether a row is equivalent, has a first term, and holds nothing but text."""
    return (
        row.kind == "equivalent"
        and bool(row.left and row.left[0])
        and set(map(type, row.left)) <= _TEXT_OR_NOTHING
        and not any(row.right)
        and row.row_id.isprintable()
    )
