"""What the search engine accepts but an editor hardly meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from switchyard.synonyms import text
from switchyard.synonyms.analysis import Chain
from switchyard.synonyms.limits import Limits
from switchyard.synonyms.rules import Rule
from switchyard.synonyms.text import shown

Fault = tuple[str, str, str | None]
"""Code, reason and term."""


class Term(NamedTuple):
    """A term.

    Attributes:
        spelling: As it is published.
        key: As the search engine knows it.
    """

    spelling: str
    key: str

    @property
    def identity(self) -> tuple[str, str]:
        """Equal for spellings that differ in capitals alone, where the search engine does not tell them apart either.

        It does for `Strasse` and `straße`, which are two terms though their capitals are the same.
        """
        return self.spelling.casefold(), self.key


def doubts(left: Sequence[Term], right: Sequence[Term], chain: Chain) -> Iterator[Fault]:
    """Find what is doubtful in a rule, given its sides; the right one is empty where there is no arrow."""
    for term in {term.spelling: term for term in (*left, *right)}.values():
        if len(term.key) == 1 and len(term.spelling) > 1:
            yield "ANALYZES_TO_SHORT", f"searches see only {shown(term.key)} of it", term.spelling
        if not term.spelling.isprintable() and (hidden := text.invisible_character(term.spelling)):
            yield "INVISIBLE_CHAR", f"it has {text.name(hidden)} in it", term.spelling
        if chain.stop_words and chain.dropped(term.spelling):
            yield "LOSES_WORDS", f"searches see only {shown(term.key)} of it", term.spelling
    # Repeated on the left of an arrow it does nothing; anywhere else it counts twice in the search.
    yield from _same_words(right or left)
    if len(left) == 1 and right and {term.key for term in right} == {left[0].key}:
        yield "SAME_TOKENS", f"searches see {shown(left[0].key)} on both sides", left[0].spelling


def width_faults(rule: Rule, first: Term, limits: Limits) -> Iterator[Fault]:
    """Find whether a term of a rule expands to more terms than are good; `first` is the term to name."""
    outputs = rule.right or rule.left
    width = len(outputs) - set(rule.left).issubset(outputs)
    if width > limits.max_expansions:
        reason = f"it expands to {width:,} terms, {limits.max_expansions:,} are allowed"
        yield "TOO_WIDE", reason, first.spelling
    elif width > limits.warn_expansions:
        yield "WIDE", f"it expands to {width:,} terms", first.spelling


def _same_words(side: Sequence[Term]) -> Iterator[Fault]:
    seen: dict[str, Term] = {}
    for term in side:
        other = seen.setdefault(term.key, term)
        if other is not term:
            yield (
                "SAME_TOKENS",
                f"searches see {shown(term.key)}, as they do for {shown(other.spelling)}",
                term.spelling,
            )
