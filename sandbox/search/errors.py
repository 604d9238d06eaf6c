"""What can go wrong with a search engine of the sandbox, and how OpenSearch says no."""

from __future__ import annotations

from typing import Any

_OF_JAVA = frozenset({"illegal_argument_exception", "too_many_clauses"})
"""Errors that are not OpenSearch's own classes, which it never gives as the root of another."""


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


class Refused(SearchError):
    """What OpenSearch answers with an error.

    Attributes:
        status: HTTP status.
        kind: OpenSearch's name of the error.
        details: further fields of the error.
    """

    def __init__(
        self, status: int, kind: str, reason: str, cause: Refused | None = None, **details: Any
    ) -> None:
        super().__init__(reason)
        self.status = status
        self.kind = kind
        self.reason = reason
        self.cause = cause
        self.details = details

    def as_reason(self) -> dict[str, Any]:
        """Give the error as it stands inside of other answers."""
        found = {"type": self.kind, "reason": self.reason, **self.details}
        return {**found, "caused_by": self.cause.as_reason()} if self.cause else found

    def body(self) -> dict[str, Any]:
        """Give the answer's JSON."""
        root = self
        while root.cause and root.cause.kind not in _OF_JAVA:
            root = root.cause
        own = {"type": root.kind, "reason": root.reason, **root.details}
        return {"error": {"root_cause": [own], **self.as_reason()}, "status": self.status}


class IllegalArgument(Refused):
    """A setting or parameter that OpenSearch does not take."""

    def __init__(self, reason: str) -> None:
        super().__init__(400, "illegal_argument_exception", reason)


class MappingRefused(Refused):
    """A mapping that OpenSearch does not take."""

    def __init__(self, reason: str, kind: str = "mapper_parsing_exception") -> None:
        super().__init__(400, kind, reason)


class QueryRefused(Refused):
    """A query that is malformed or that the sandbox does not know."""

    def __init__(self, reason: str) -> None:
        super().__init__(400, "parsing_exception", reason)


class TooManyClauses(Refused):
    """A query whose synonyms are more than Lucene takes."""

    def __init__(self, reason: str) -> None:
        super().__init__(400, "too_many_clauses", reason)


class IndexNotFound(Refused):
    """No index or alias has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(404, "index_not_found_exception", f"no such index [{name}]")
        self.details = {
            "resource.type": "index_or_alias",
            "resource.id": name,
            "index_uuid": "_na_",
            "index": name,
        }


class IndexClosed(Refused):
    """The index is closed."""

    def __init__(self, name: str, uuid: str) -> None:
        super().__init__(400, "index_closed_exception", "closed", index=name, index_uuid=uuid)
