"""Statements of Athena, each of which runs once however often its step does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchyard.aws import console as pages
from switchyard.discovery.names import client_token
from switchyard.discretion import without_values
from switchyard.errors import StepFailed
from switchyard.operators.base import Pause
from switchyard.operators.discovery.base import DiscoveryOperator
from switchyard.operators.discovery.queries import heading
from switchyard.sql import render_athena
from switchyard.waiting.discovery_goals import query_ended
from switchyard.waiting.kinds import Wait

ATTEMPTS = 3
"""Statements sent at most where Athena says that another try is worth it."""

_FIRST: Mapping[str, Any] = {"attempt": 1, "id": None}


class AthenaOperator(DiscoveryOperator):
    """A step made of statements of ``include/sql/athena``.

    A statement that only reads, or makes what is missing, may be sent again and must be: what an earlier execution
    saw is old. One that adds rows has a token that follows from what was seen before it: a repeated request is the
    same execution, also one that failed, so that a further attempt needs a token of its own.

    Args:
        athena: the section ``athena`` of the configuration.
    """

    console = (pages.QUERY,)
    service = "athena"

    def __init__(self, *, athena: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.athena = dict(athena)
        self.query_id = ""
        self._running: set[str] = set()

    def on_kill(self) -> None:
        """Stop the statements that are under way while a worker has the step; the run's last step stops others."""
        for query in self._running:
            self.client().stop_query_execution(QueryExecutionId=query)

    def statement(
        self, context: Any, purpose: str, name: str, *, seen: str | None = None, **values: str
    ) -> Wait | Pause | None:
        """Run the statement of a file, or see how it went on; None when it has succeeded.

        Args:
            context: Airflow's.
            purpose: what tells this statement from others of the step.
            name: the file.
            seen: what was seen before a statement that adds rows; None for those that add none.
            values: what the file's placeholders become.

        Raises:
            StepFailed: it failed, and another try is not worth it.
        """
        memory, key = context["task_state_store"], _key(purpose)
        state = memory.get(key) or dict(_FIRST)
        if state["id"] is None:
            seed = None if seen is None else f"{purpose} {seen} {state['attempt']}"
            token = None if seed is None else client_token(self.pipeline, self.stamp, seed)
            state["id"] = self._start(name, token, values)
            memory.set(key, state)
        self.query_id = state["id"]
        self._running.add(self.query_id)
        execution = self.client().get_query_execution(QueryExecutionId=state["id"])["QueryExecution"]
        status = execution["Status"]
        if status["State"] in ("QUEUED", "RUNNING"):
            return Wait("query_execution", state["id"], query_ended())
        self._running.discard(state["id"])
        if status["State"] == "SUCCEEDED":
            return None
        if state["attempt"] < ATTEMPTS and _is_worth_another(status):
            memory.set(key, {"attempt": state["attempt"] + 1, "id": None})
            return Pause(self.poll_interval, f"statement {name} to be tried again")
        raise StepFailed(
            f"{self.task_id}: statement {name} ({state['id']})",
            without_values(str(status.get("StateChangeReason") or f"it is {status['State']}")),
            "Mend the cause, then clear this task; the statement's file is in include/sql/athena",
        )

    def rows(self, context: Any, purpose: str) -> list[dict[str, str | None]]:
        """The rows of a statement that has succeeded, by the names of its columns."""
        query = self.execution(context, purpose)
        pages = self.client().get_paginator("get_query_results").paginate(QueryExecutionId=query)
        lines = [
            [cell.get("VarCharValue") for cell in row["Data"]]
            for page in pages
            for row in page["ResultSet"]["Rows"]
        ]
        if not lines:
            return []
        names = [str(name) for name in lines[0]]
        return [dict(zip(names, one, strict=True)) for one in lines[1:]]

    def execution(self, context: Any, purpose: str) -> str:
        """The id of a statement that was started."""
        return str(context["task_state_store"].get(_key(purpose))["id"])

    def attempt(self, context: Any, purpose: str) -> int:
        """Which attempt at a statement is under way or next, counted from 1."""
        return int((context["task_state_store"].get(_key(purpose)) or _FIRST)["attempt"])

    def _start(self, name: str, token: str | None, values: Mapping[str, str]) -> str:
        text = f"{heading(self.pipeline, self.stamp)}\n{render_athena(name, **values)}"
        answer = self.client().start_query_execution(
            QueryString=text,
            QueryExecutionContext={"Database": self.athena["database"]},
            WorkGroup=self.athena["workgroup"],
            **({"ClientRequestToken": token} if token else {}),
        )
        return str(answer["QueryExecutionId"])


def _key(purpose: str) -> str:
    return f"statement {purpose}"


def _is_worth_another(status: Mapping[str, Any]) -> bool:
    return status["State"] == "CANCELLED" or bool((status.get("AthenaError") or {}).get("Retryable"))
