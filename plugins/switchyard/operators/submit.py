"""The form of a step that starts one piece of work and waits for it."""

from __future__ import annotations

from typing import Any

from switchyard.operators.base import AwsOperator, Pause
from switchyard.waiting.kinds import Wait

_IDENTIFIER = "step_identifier"


class SubmitOperator(AwsOperator):
    """A step in the form submit, wait, result; for one piece of work that AWS does by itself."""

    def submit(self, context: Any) -> str:
        """Start the work, or find what an earlier try started; return its identifier."""
        raise NotImplementedError

    def wait(self, identifier: str) -> Wait | None:
        """What to wait for; None when the work is done at once."""
        raise NotImplementedError

    def describe(self, identifier: str) -> dict[str, Any]:
        """The step's result, read from AWS."""
        raise NotImplementedError

    def act(self, context: Any) -> Wait | Pause | None:
        """Submit once, then wait."""
        store = context["task_state_store"]
        identifier = store.get(_IDENTIFIER)
        if identifier is None:
            identifier = self.submit(context)
            store.set(_IDENTIFIER, identifier)
        wait = self.wait(identifier)
        return None if wait is None or self.has_met(wait) else wait

    def result(self, context: Any) -> dict[str, Any]:
        """What ``describe`` says of the finished work."""
        return self.describe(context["task_state_store"].get(_IDENTIFIER))
