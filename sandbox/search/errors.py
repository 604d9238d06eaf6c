"""What can go wrong with a search engine of the sandbox."""

from __future__ import annotations


class SearchError(Exception):
    """The search engine could not do what was asked."""


class ProcessEnded(SearchError):
    """The search engine's process is gone; the message carries the end of its log."""

    def __init__(self, log: str, most: int = 10) -> None:
        super().__init__("\n".join(["the search process ended. From its log:", *log.splitlines()[-most:]]))


class RulesRejected(SearchError):
    """Lucene does not take a text of rules.

    Attributes:
        line: where it stopped reading, counted from 1; 0 where it did not say.
        problem: what it says about that line.
    """

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.problem = problem
