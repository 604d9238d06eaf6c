"""Sending a request so that it is executed once, wherever its task is killed meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from switchyard.errors import StepFailed
from switchyard.operators.redshift.running import named
from switchyard.operators.redshift.submitted import Memory, Submitted
from switchyard.operators.redshift.target import Target
from switchyard.redshift.request import Request
from switchyard.redshift.tokens import KEPT, Work

_MARGIN = timedelta(hours=1)
_LISTED = timedelta(hours=23)
"""How long the Data API lists a statement, less an hour."""


@dataclass(frozen=True)
class Sender:
    """Sends requests to a warehouse.

    Attributes:
        data_api: a client.
        target: the warehouse.
        memory: what the task remembers of its statements.
    """

    data_api: Any
    target: Target
    memory: Memory

    def send(self, work: Work, request: Request) -> Submitted:
        """Send what would do harm if it ran twice: the token is stored before the call, the id after.

        Raises:
            StepFailed: an earlier try may have sent it so long ago that nobody can tell.
        """
        submitted = self.memory.get(work.purpose)
        token = work.token(request.statements, request.parameters, self.target.arguments())
        # Between two tries somebody may have deployed another text: what was sent before is still this work.
        if submitted.token and (submitted.token != token or _is_forgotten(submitted)):
            if found := self._find(work, submitted):
                return self._keep(work, request, submitted, found)
            submitted = replace(submitted, token=None)
        if submitted.token is None:
            submitted = self.memory.set(work.purpose, replace(submitted, token=token, sent_at=time.time()))
        return self._keep(work, request, submitted, self._call(work, request, ClientToken=token))

    def send_harmless(self, work: Work, request: Request) -> Submitted:
        """Send what may run twice, so that a lost answer costs nothing but the time of another execution."""
        return self._keep(work, request, self.memory.get(work.purpose), self._call(work, request))

    def _call(self, work: Work, request: Request, **token: str) -> str:
        send = getattr(self.data_api, request.operation)
        answer = send(
            StatementName=work.statement_name, **self.target.arguments(), **request.arguments(), **token
        )
        return str(answer["Id"])

    def _keep(self, work: Work, request: Request, submitted: Submitted, statement_id: str) -> Submitted:
        sent = replace(
            submitted,
            statement_id=statement_id,
            settings=request.settings,
            try_number=self.memory.try_number,
        )
        return self.memory.set(work.purpose, sent)

    def _find(self, work: Work, submitted: Submitted) -> str | None:
        """What an earlier try sent under this very name."""
        for one in named(self.data_api, work.statement_name):
            if one["StatementName"] == work.statement_name:
                return str(one["Id"])
        if time.time() - submitted.sent_at > _LISTED.total_seconds():
            raise StepFailed(
                f"{work.task_id}: {work.purpose}",
                "an earlier try may have sent it, almost a day ago or more, and the Data API no longer tells",
                "Look what it did, then clear this task: it sends it anew",
            )
        return None


def _is_forgotten(submitted: Submitted) -> bool:
    """Whether the Data API may no longer know the token."""
    return time.time() - submitted.sent_at > (KEPT - _MARGIN).total_seconds()
