"""Rules kept on disk, to be looked up again by the numbers of their terms."""

from __future__ import annotations

import mmap
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from switchyard.synonyms.plain_rows import PlainRules
from switchyard.synonyms.rules import Rule


class Use(NamedTuple):
    """A rule in which a term occurs.

    Attributes:
        row_id: Its row.
        line: The rule as the Solr format has it.
        left: What it starts from, as the search engine knows it.
        right: What it leads to; empty for an equivalent rule.
    """

    row_id: str
    line: str
    left: frozenset[str]
    right: frozenset[str]


class RuleRecords:
    """Keeps rules in the order in which they come; each has as many numbers as it has terms."""

    def __init__(self, path: Path, plain_terms: Callable[[str], Sequence[str]]) -> None:
        """Start without rules.

        Args:
            path: File to keep them in.
            plain_terms: Gives the terms of a plain rule, which are not written down.
        """
        self._plain_terms = plain_terms
        self._path = path
        self._file = path.open("wb")
        self._starts = array("Q", [0])
        self._first_numbers = array("Q", [0])

    def add_plain(self, rules: PlainRules) -> None:
        """Take rules whose terms can be told from their lines."""
        records = [f"{row_id}\x1d{line}\n" for row_id, line in zip(rules.row_ids, rules.lines, strict=True)]
        self._write(records, rules.widths)

    def add(self, rules: Sequence[Rule], row_ids: Sequence[str], widths: Sequence[int]) -> None:
        """Take rules with their rows and their numbers of terms."""
        records = [
            "\x1d".join((row_id, rule.line, "\x1f".join(rule.left), "\x1f".join(rule.right))) + "\n"
            for rule, row_id in zip(rules, row_ids, strict=True)
        ]
        self._write(records, widths)

    def close(self) -> None:
        """End taking rules."""
        self._file.close()

    @contextmanager
    def lookup(self) -> Iterator[Callable[[int], Use]]:
        """End taking rules, and give what finds the rule that has a term of a number."""
        self._file.close()
        with self._path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as kept:
            yield partial(self._use, kept)

    def _use(self, kept: mmap.mmap, number: int) -> Use:
        place = bisect_right(self._first_numbers, number) - 1
        record = kept[self._starts[place] : self._starts[place + 1] - 1].decode()
        row_id, line, *sides = record.split("\x1d")
        if not sides:
            return Use(row_id, line, frozenset(self._plain_terms(line)), frozenset())
        left, right = (frozenset(filter(None, side.split("\x1f"))) for side in sides)
        return Use(row_id, line, left, right)

    def _write(self, records: Sequence[str], terms: Sequence[int]) -> None:
        whole = "".join(records)
        self._file.write(whole.encode())
        lengths = map(len, records) if whole.isascii() else [len(record.encode()) for record in records]
        self._starts.extend(accumulate(lengths, initial=self._starts.pop()))
        self._first_numbers.extend(accumulate(terms, initial=self._first_numbers.pop()))
