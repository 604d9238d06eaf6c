"""Which terms occur more than once, among more terms than should be held in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path

from switchyard.synonyms.sorted_lines import Runs

MOST_TERMS = 600_000
MOST_CHARACTERS = 24_000_000
"""How much is held before it is written out; as objects of Python it is two to four times as large."""


class TermIndex:
    """Numbers terms in the order in which they come, and finds those that came more than once."""

    def __init__(
        self, folder: Path, *, most_terms: int | None = None, most_characters: int | None = None
    ) -> None:
        """Start without terms.

        Args:
            folder: Where sorted terms go that do not fit into memory; it need not exist.
            most_terms: Terms to hold in memory.
            most_characters: Characters to hold in memory.
        """
        self._most_terms = most_terms or MOST_TERMS
        self._most_characters = most_characters or MOST_CHARACTERS
        self._held: list[str] = []
        self._characters = 0
        self._first = 0
        self._runs = Runs(folder)

    def add(self, terms: Sequence[str]) -> None:
        """Take terms, none of which may hold a control character."""
        self._held += terms
        self._characters += sum(map(len, terms))
        if len(self._held) >= self._most_terms or self._characters >= self._most_characters:
            self._spill()

    def repeated(self) -> Iterator[tuple[str, list[int]]]:
        """Give each term that came more than once with its numbers, in the order of the terms."""
        if not self._runs:
            return _repeated_in(self._held)
        self._spill()
        return _repeated_among(self._runs.merge())

    def _spill(self) -> None:
        self._runs.write([f"{term}\x1f{number}" for term, number in zip(self._held, count(self._first))])
        self._first += len(self._held)
        self._held = []
        self._characters = 0


def _repeated_in(terms: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
    if len(set(terms)) == len(terms):
        return
    numbers: dict[str, list[int]] = {term: [] for term, times in Counter(terms).items() if times > 1}
    for number, term in enumerate(terms):
        if term in numbers:
            numbers[term].append(number)
    yield from sorted(numbers.items())


def _repeated_among(records: Iterable[str]) -> Iterator[tuple[str, list[int]]]:
    previous = ""
    numbers: list[int] = []
    for record in records:
        term, _, number = record.partition("\x1f")
        if term != previous:
            if len(numbers) > 1:
                yield previous, sorted(numbers)
            previous = term
            numbers = []
        numbers.append(int(number))
    if len(numbers) > 1:
        yield previous, sorted(numbers)
