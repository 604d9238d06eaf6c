"""Statements as lists of words, with what is quoted kept apart: enough to judge their form, for any of Redshift's.

A grammar would be no help here: sqlglot mends clauses that stand in the wrong order, and takes UNLOAD and its like for
one opaque text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_PIECES = re.compile(
    r"""
    (?P<space>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<text>'(?:[^'\\]|''|\\.)*')
    |(?P<name>"(?:[^"]|"")+")
    |(?P<word>[A-Za-z_\#][A-Za-z0-9_$\#]*)
    |(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
    |(?P<dollar>\$\$)
    |(?P<open>['"]|/\*)
    |(?P<mark>.)
    """,
    re.VERBOSE | re.DOTALL,
)

Sort = Literal["text", "name", "word", "number", "dollar", "open", "mark"]


@dataclass(frozen=True)
class Word:
    """A piece of a statement.

    Attributes:
        sort: text is a quoted literal, name a quoted identifier, open a quote or comment that never ends.
        text: as written, words in capitals.
    """

    sort: Sort
    text: str

    def is_name(self) -> bool:
        """Whether it may name a relation, quoted or not."""
        return self.sort in ("name", "word")

    def plain(self) -> str:
        """A name or literal without its quotes, unquoted names in small letters as Redshift folds them."""
        if self.sort == "name":
            return self.text[1:-1].replace('""', '"')
        if self.sort == "text":
            return self.text[1:-1].replace("''", "'")
        return self.text.lower()


def words(statement: str) -> list[Word]:
    """The pieces of a statement, without comments and spaces."""
    return [
        Word(sort, match.group().upper() if sort == "word" else match.group())  # type: ignore[arg-type]
        for match in _PIECES.finditer(statement)
        if (sort := str(match.lastgroup)) != "space"
    ]


def outside_quotes(statement: str) -> str:
    """The statement with literals, quoted names and comments blanked out."""
    return _PIECES.sub(
        lambda match: " " if match.lastgroup in ("space", "text", "name") else match.group(), statement
    )
