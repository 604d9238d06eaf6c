"""Statements of Athena, each of which runs once however often its step does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchyard.discovery.names import client_token
from switchyard.errors import StepFailed
from switchyard.operators.base import Pause
from switchyard.operators.discovery.base import DiscoveryOperator
from switchyard.sql import render_athena
from switchyard.waiting.discovery_goals import query_ended
from switchyard.waiting.kinds import Wait

ATTEMPTS = 3
"""Statements sent at most where Athena says that another try is worth it."""


class AthenaOperator(DiscoveryOperator):
    """A step made of statements of ``include/sql/athena``.

    A statement's token follows from the run, the step and how often it was cleared: a repeated request is the same
    execution, also the one that failed, so that a further attempt needs a token of its own.

    Args:
        athena: the section ``athena`` of the configuration.
    """

    service = "athena"

    def __init__(self, *, athena: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.athena = dict(athena)
        self._running: str | None = None

    def on_kill(self) -> None:
        """Stop the statement that is under way while a worker has the step; the run's last step stops others."""
        if self._running is not None:
            self.client().stop_query_execution(QueryExecutionId=self._running)

    def statement(self, context: Any, purpose: str, name: str, **values: str) -> Wait | Pause | None:
        """Run the statement of a file, or see how it went on; None when it has succeeded.

        Raises:
            StepFailed: it failed, and another try is not worth it.
        """
        memory, key = context["task_state_store"], f"statement {purpose}"
        state = memory.get(key) or {"attempt": 1, "id": None}
        if state["id"] is None:
            state["id"] = self._start(context, purpose, state["attempt"], name, values)
            memory.set(key, state)
        self._running = state["id"]
        execution = self.client().get_query_execution(QueryExecutionId=state["id"])["QueryExecution"]
        status = execution["Status"]
        if status["State"] in ("QUEUED", "RUNNING"):
            return Wait("query_execution", state["id"], query_ended())
        self._running = None
        if status["State"] == "SUCCEEDED":
            return None
        if state["attempt"] < ATTEMPTS and _is_worth_another(status):
            memory.set(key, {"attempt": state["attempt"] + 1, "id": None})
            return Pause(self.poll_interval, f"statement {name} to be tried again")
        raise StepFailed(
            f"{self.task_id}: statement {name} ({state['id']})",
            str(status.get("StateChangeReason") or f"it is {status['State']}"),
            "Mend the cause, then clear this task; the statement's file is in include/sql/athena",
        )

    def rows(self, context: Any, purpose: str) -> list[dict[str, str | None]]:
        """The rows of a statement that has succeeded, by the names of its columns."""
        query = (context["task_state_store"].get(f"statement {purpose}") or {})["id"]
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

    def _start(self, context: Any, purpose: str, attempt: int, name: str, values: Mapping[str, str]) -> str:
        clears = getattr(context["ti"], "max_tries", 0)
        # The run's last step finds by this line what was left running.
        text = f"-- {self.pipeline} {self.stamp}\n{render_athena(name, **values)}"
        answer = self.client().start_query_execution(
            QueryString=text,
            ClientRequestToken=client_token(
                self.pipeline, self.stamp, f"{self.task_id} {purpose} {clears} {attempt}"
            ),
            QueryExecutionContext={"Database": self.athena["database"]},
            WorkGroup=self.athena["workgroup"],
        )
        return str(answer["QueryExecutionId"])


def _is_worth_another(status: Mapping[str, Any]) -> bool:
    return status["State"] == "CANCELLED" or bool((status.get("AthenaError") or {}).get("Retryable"))
