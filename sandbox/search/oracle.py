"""Real Lucene as the judge of synonym rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from sandbox.search.child import Child
from sandbox.search.errors import RulesRejected

Chain = Mapping[str, Any]
"""{"tokenizer": "standard", "filters": ["lowercase", {"stop": ["the", "a"]}, "asciifolding"]}"""

STANDARD: Chain = {"tokenizer": "standard", "filters": ["lowercase"]}


class Expansion(NamedTuple):
    """What Lucene puts in for a term: the outputs in Lucene's order, and whether the term itself stays."""

    outputs: list[str]
    keeps_original: bool


class Oracle:
    """Lucene 8 in a process of its own, which ends with this one; a context manager, thread-safe."""

    def __init__(self) -> None:
        """Start it.

        Raises:
            MissingProgram: Lucene or Java is not installed.
            SearchError: it could not start.
        """
        self._child = Child(["oracle"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process."""
        return self._child.pid

    def accepts(self, lines: Sequence[str], chain: Chain = STANDARD) -> list[str | None]:
        """Read each text as a rule file of its own: None where Lucene takes it, else its message."""
        found: list[str | None] = self._child.call("accepts", lines=list(lines), chain=chain)
        return found

    def rules(self, text: str, chain: Chain = STANDARD) -> dict[str, Expansion]:
        """Read a rule file and give what each input term becomes; words of a term are joined by one space.

        Raises:
            RulesRejected: Lucene does not take the file.
        """
        found: dict[str, Any] = self._child.call("rules", text=text, chain=chain)
        if rejected := found.get(""):
            raise RulesRejected(*rejected)
        return {term: Expansion(*expansion) for term, expansion in found.items()}

    def analyse(self, terms: Sequence[str], chain: Chain = STANDARD) -> list[list[tuple[str, int]]]:
        """Give the tokens of each term with their position increments."""
        found = self._child.call("analyse", terms=list(terms), chain=chain)
        return [[(token, step) for token, step in tokens] for tokens in found]

    def close(self) -> None:
        """End the process."""
        self._child.close()
