"""What a search engine makes of a term before it looks for synonyms: the tokenizer and filters of an index.

The results equal those of Lucene 8 for the tokenizers and filters named here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from switchyard.errors import BadInput
from switchyard.synonyms.ascii_folding import ASCII_FOLDING
from switchyard.synonyms.words import MAX_WORD, cut_long, standard_words

Tokenizer = Literal["standard", "whitespace", "keyword"]
Filter = str | Mapping[str, Sequence[str]]
"""`lowercase`, `asciifolding`, or {"stop": words}."""

# White space of Java, which knows nothing of no-break spaces.
_SPACE = re.compile(r"[\t-\r\x1c-\x20\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000]+")


class Token(NamedTuple):
    """A word that the search engine looks for, and its distance from the one before; 1 is right behind it."""

    text: str
    step: int


@dataclass(frozen=True)
class Chain:
    """The declared analysis of the fields that use the synonyms.

    Attributes:
        tokenizer: What cuts a text into words.
        filters: What changes or drops words before synonyms are looked for, in order.
    """

    tokenizer: Tokenizer = "standard"
    filters: tuple[Filter, ...] = ("lowercase",)

    def __post_init__(self) -> None:
        """Refuse what is not modelled here.

        Raises:
            BadInput: The tokenizer or a filter is unknown.
        """
        if self.tokenizer not in _TOKENIZERS:
            raise BadInput(
                "tokenizer", self.tokenizer, "it is not known here", f"Name one of {', '.join(_TOKENIZERS)}"
            )
        for each in self.filters:
            if each not in ("lowercase", "asciifolding") and not _stop_words(each):
                raise BadInput(
                    "filter",
                    each,
                    "it is not known here",
                    "Name lowercase, asciifolding, or stop with its words",
                )

    def analyse(self, term: str) -> tuple[Token, ...]:
        """Give the words that the search engine sees, each with its distance from the one before."""
        tokens = []
        step = 1
        for word, dropped in self._passed(term):
            if dropped:
                step += 1
            else:
                tokens.append(Token(word, step))
                step = 1
        return tuple(tokens)

    def key(self, term: str) -> str | None:
        """Give the words joined by spaces, by which the search engine knows a term; None where it refuses it."""
        if not self.stop_words:
            return self._joined(term) or None
        words = []
        gap = False
        for word, dropped in self._passed(term):
            if dropped:
                gap = True
            elif gap or not word:
                return None
            else:
                words.append(word)
        return " ".join(words) or None

    def dropped(self, term: str) -> list[str]:
        """Give the words of a term that a stop filter drops."""
        return [word for word, dropped in self._passed(term) if dropped]

    @cached_property
    def stop_words(self) -> frozenset[str]:
        """Every word that some stop filter drops."""
        return frozenset().union(*map(_stop_words, self.filters))

    @cached_property
    def _steps(self) -> tuple[Callable[[str], str] | frozenset[str], ...]:
        return tuple(
            _WORD_FILTERS[each] if isinstance(each, str) else _stop_words(each) for each in self.filters
        )

    def _joined(self, term: str) -> str:
        """Join the words of a term where none are dropped: the filters change letters, so all words at once."""
        joined = " ".join(_TOKENIZERS[self.tokenizer](term))
        for each in self.filters:
            joined = _WORD_FILTERS[str(each)](joined)
        return joined

    def _passed(self, term: str) -> list[tuple[str, bool]]:
        """Give each word as it leaves the last filter, or as it was dropped."""
        return [self._filtered(word) for word in _TOKENIZERS[self.tokenizer](term)]

    def _filtered(self, word: str) -> tuple[str, bool]:
        for step in self._steps:
            if not isinstance(step, frozenset):
                word = step(word)
            elif word in step:
                return word, True
        return word, False


def _stop_words(declared: Filter) -> frozenset[str]:
    if isinstance(declared, str) or list(declared) != ["stop"]:
        return frozenset()
    return frozenset(declared["stop"])


def _whitespace_words(text: str) -> list[str]:
    words = [word for word in _SPACE.split(text) if word]
    return words if len(text) <= MAX_WORD // 2 else cut_long(words, MAX_WORD)


def _lowercase(word: str) -> str:
    """Lower each character by itself, as Java does: no final sigma, and one letter stays one letter."""
    if word.isascii():
        return word.lower()
    return "".join([lower if len(lower := character.lower()) == 1 else lower[0] for character in word])


def _fold(word: str) -> str:
    return word if word.isascii() else word.translate(ASCII_FOLDING)


_TOKENIZERS: dict[str, Callable[[str], list[str]]] = {
    "standard": standard_words,
    "whitespace": _whitespace_words,
    "keyword": lambda text: [text],
}
_WORD_FILTERS = {"lowercase": _lowercase, "asciifolding": _fold}
