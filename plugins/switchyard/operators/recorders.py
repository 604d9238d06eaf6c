"""Who is told how steps go: the ledger, the metrics, and whatever else a deployment registers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

StepRecorder = Callable[[Any, str, str, Mapping[str, Any]], None]
"""Takes the context, a state, a sentence and the step's result.

States: running, waiting, success, planned, failed, skipped.
"""

step_recorders: list[StepRecorder] = []
"""Told of every step's states; one that raises is logged and never fails the step."""


def tell_recorders(context: Any, state: str, summary: str, result: Mapping[str, Any], log: Any) -> None:
    """Tell the recorders of a step's state; one that raises is logged."""
    for recorder in step_recorders:
        try:
            recorder(context, state, summary, result)
        except Exception:
            log.warning("The step's state %s was not recorded", state, exc_info=True)
