"""The short way for rows that need no care: most tables hold little but words of letters and digits.

Many rows are judged at once, in a few passes over one long text. What passes is made into the very rule that
`row_checks` would make of it; all else is left to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from itertools import chain as concatenate
from itertools import compress
from typing import NamedTuple

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
        self._plain = re.compile(rf"^(?:({word}(?:{between}{word})*+)|[^\n]*)$", re.MULTILINE)

    def split(self, rows: Sequence[SourceRow]) -> tuple[PlainRules, list[SourceRow]]:
        """Make the rules of plain rows, and give back the others in their order."""
        if _all_candidates(rows):
            return self._split(rows)
        candidates = list(map(_is_candidate, rows))
        rules, rest = self._split(list(compress(rows, candidates)))
        back = set(map(id, rest))
        return rules, [
            row for row, candidate in zip(rows, candidates, strict=True) if not candidate or id(row) in back
        ]

    def _split(self, rows: Sequence[SourceRow]) -> tuple[PlainRules, list[SourceRow]]:
        lefts = [row.left for row in rows]
        cells = list(concatenate.from_iterable(lefts))
        blanks = cells.count(None) + cells.count("")
        # The cells hold text or nothing, so that nothing else is lost here.
        filled = map(partial(filter, None), lefts) if blanks else lefts
        text = "\n".join(map("\x1f".join, filled))
        if text.count("\n") != len(rows) - 1 or text.count("\x1f") != len(cells) - blanks - len(rows):
            return PlainRules(), list(rows)  # a term holds one of the separators, or there are no rows
        known = self._known_as(text).split("\n")
        widths = [line.count("\x1f") + 1 for line in known]
        terms = "\x1f".join(known).split("\x1f")
        all_differ = len(set(terms)) == len(terms)
        distinct = widths if all_differ else [len(set(line.split("\x1f"))) for line in known]
        sound = [
            0 < len(plain) <= MAX_TERM and 1 < different == width <= self._most_terms
            for plain, different, width in zip(self._plain.findall(text), distinct, widths, strict=True)
        ]
        if all(sound):
            return PlainRules(
                [row.row_id for row in rows], text.replace("\x1f", ", ").split("\n"), widths, terms
            ), []
        rules = PlainRules(
            [row.row_id for row in compress(rows, sound)],
            list(compress(text.replace("\x1f", ", ").split("\n"), sound)),
            list(compress(widths, sound)),
            "\x1f".join(compress(known, sound)).split("\x1f") if any(sound) else (),
        )
        return rules, [row for row, taken in zip(rows, sound, strict=True) if not taken]

    def terms(self, line: str) -> list[str]:
        """Give again the terms of a rule made here."""
        return self._known_as(line).split(", ")

    def _known_as(self, text: str) -> str:
        known = text.lower()
        if self._cuts_signs:
            for sign in _SIGNS:
                known = known.replace(sign, " ")
        return known


def _all_candidates(rows: Sequence[SourceRow]) -> bool:
    """Whether all rows are candidates: the same question as below, asked of whole columns."""
    row_ids, kinds, lefts, rights, _, _ = zip(*rows, strict=True)
    cells = concatenate.from_iterable
    return (
        kinds.count("equivalent") == len(rows)
        and all(lefts)
        and all([left[0] for left in lefts])
        and set(map(type, cells(lefts))) <= _TEXT_OR_NOTHING
        and not any(cells(rights))
        and all(map(str.isprintable, row_ids))
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
