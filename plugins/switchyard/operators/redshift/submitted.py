"""What a task remembers of the statements it has sent, so that a later try goes on with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

_KEY = "redshift_statements"


class Part(NamedTuple):
    """What came of a part of the work: whether it has a result, rows it gave or changed, its id in Redshift's views."""

    has_rows: bool
    rows: int
    query_id: int


@dataclass(frozen=True)
class Submitted:
    """A statement or batch.

    Attributes:
        token: what it was or is about to be sent with; None before that.
        statement_id: the Data API's; None while it may not have been sent.
        attempt: counted from 1.
        try_number: the task's try that last saw it under way.
        sent_at: when it was about to be sent, in seconds since the epoch.
        settings: how many SETs go before the work; None where it is no batch.
        ended: what came of each part, once all have ended well.
    """

    token: str | None = None
    statement_id: str | None = None
    attempt: int = 1
    try_number: int = 1
    sent_at: float = 0.0
    settings: int | None = None
    ended: list[Part] | None = None

    def part_id(self, part: int) -> str:
        """The id under which the Data API keeps the result of a part, counted from 0."""
        if self.settings is None:
            return str(self.statement_id)
        return f"{self.statement_id}:{self.settings + part + 1}"

    def with_results(self, description: Mapping[str, Any]) -> Submitted:
        """The same, ended as DescribeStatement says."""
        parts = [description] if self.settings is None else description["SubStatements"][self.settings :]
        ended = [
            Part(
                bool(one.get("HasResultSet")),
                int(one.get("ResultRows") or 0),
                int(one.get("RedshiftQueryId") or 0),
            )
            for one in parts
        ]
        return replace(self, ended=ended)

    def again(self) -> Submitted:
        """The next attempt."""
        return Submitted(attempt=self.attempt + 1)


class Memory:
    """The statements of a task by their purposes, in Airflow's task state store.

    What it holds belongs to one generation of the task; a cleared task finds what an earlier generation left running.
    Nobody else writes it while the task runs, so that the store is read once, and written at each change.

    Attributes:
        generation: Airflow's ``max_tries``, which a retry keeps and a clear raises.
        try_number: Airflow's, which grows with every retry, but not with a deferral.
    """

    def __init__(self, context: Any) -> None:
        self._store = context["task_state_store"]
        self._stored: dict[str, Any] | None = self._store.get(_KEY)
        self.generation = int(getattr(context["ti"], "max_tries", 0) or 0)
        self.try_number = int(getattr(context["ti"], "try_number", 1))

    def get(self, purpose: str) -> Submitted:
        """What is known of a statement."""
        stored = self._content()["by_purpose"].get(purpose)
        return Submitted() if stored is None else _read(stored)

    def set(self, purpose: str, submitted: Submitted) -> Submitted:
        """Remember a statement, durably."""
        content = self._content()
        content["by_purpose"][purpose] = _written(submitted)
        self._store.set(_KEY, content)
        self._stored = content
        return submitted

    def under_way(self) -> Iterator[str]:
        """Ids of the statements that are not known to have ended, of whichever generation."""
        content = self._stored or {"by_purpose": {}}
        for one in map(_read, content["by_purpose"].values()):
            if one.statement_id is not None and one.ended is None:
                yield one.statement_id

    def is_of_another_generation(self) -> bool:
        """Whether what it holds was left by the task before it was cleared."""
        return self._stored is not None and self._stored["generation"] != self.generation

    def _content(self) -> dict[str, Any]:
        if self._stored is None or self.is_of_another_generation():
            return {"generation": self.generation, "by_purpose": {}}
        return {**self._stored, "by_purpose": dict(self._stored["by_purpose"])}


def _written(submitted: Submitted) -> dict[str, Any]:
    """As JSON: Airflow refuses a named tuple in it."""
    ended = None if submitted.ended is None else [list(part) for part in submitted.ended]
    return asdict(replace(submitted, ended=None)) | {"ended": ended}


def _read(stored: Mapping[str, Any]) -> Submitted:
    ended = stored["ended"]
    found = Submitted(**stored)
    return found if ended is None else replace(found, ended=[Part(*one) for one in ended])
