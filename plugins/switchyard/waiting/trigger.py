"""The triggers of the project: wait for a resource through the shared poller, or for time to pass.

Neither overrides ``on_kill``: Airflow 3.3 also calls it when a triggerer stalls, when the next try of a
cleared task has begun already, and when a trigger ends a second after its event. A trigger that cancelled
work there would cancel the work of others.

Class paths and argument names are stored in Airflow's database while a task is deferred: renaming them
breaks waits that are under way.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from switchyard.waiting.goals import Goal
from switchyard.waiting.poller import Outcome, PollerKey, Waiter, new_waiter, outcome_of

SETTLE = 5.0
"""Seconds that an event is held back at most.

While the executor has not yet reported the end of the worker that deferred, Airflow 3.3 takes that report
for the end of the resumed task and fails it: https://github.com/apache/airflow/issues/72716.
"""


class ResourceTrigger(BaseTrigger):
    """Wait until an AWS resource reaches a goal.

    Fires one event, ``{"status": "ready" | "failed" | "timeout" | "error", "reason", "remedy", "item_status",
    "kind", "identifier", "goal"}``. Errors of AWS are events too, as Airflow keeps only the text of a raised error.

    Args:
        kind: key in ``switchyard.waiting.kinds.KINDS``.
        identifier: name or resource id, as the kind goes by.
        goal: ``Goal.as_dict()``.
        aws_conn_id: the connection; credentials are read by the poller and never stored with the trigger.
        region_name: where the resource is.
        account_id: whose it is.
        deadline: seconds since the epoch at which the wait ends without the goal.
        poll_interval: seconds between two looks.
    """

    def __init__(
        self,
        *,
        kind: str,
        identifier: str,
        goal: Mapping[str, Any],
        aws_conn_id: str,
        region_name: str,
        account_id: str,
        deadline: float,
        poll_interval: float,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kind = kind
        self.identifier = identifier
        self.goal = dict(goal)
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name
        self.account_id = account_id
        self.deadline = deadline
        self.poll_interval = poll_interval

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments."""
        names = (
            "kind",
            "identifier",
            "goal",
            "aws_conn_id",
            "region_name",
            "account_id",
            "deadline",
            "poll_interval",
        )
        return f"{__name__}.{type(self).__name__}", {name: getattr(self, name) for name in names}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, fire one event, end at once."""
        earliest = time.time() + min(self.poll_interval, SETTLE)
        key = PollerKey(self.aws_conn_id, self.account_id, self.region_name, self.kind)
        waiter = new_waiter(key, self.identifier, Goal.from_dict(self.goal), self.poll_interval)
        try:
            async with asyncio.timeout(self.deadline - time.time()):
                outcome = await outcome_of(key, waiter)
        except TimeoutError:
            outcome = _too_late(waiter)
        await asyncio.sleep(earliest - time.time())
        yield TriggerEvent(  # type: ignore[no-untyped-call]
            {
                "status": outcome.status,
                "reason": outcome.reason,
                "remedy": outcome.remedy,
                "item_status": outcome.item_status,
                "kind": self.kind,
                "identifier": self.identifier,
                "goal": self.goal,
            }
        )


class PauseTrigger(BaseTrigger):
    """Let time pass until ``moment``, seconds since the epoch, then fire ``{"status": "ready"}``."""

    def __init__(self, *, moment: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.moment = moment

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Class path and arguments."""
        return f"{__name__}.{type(self).__name__}", {"moment": self.moment}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Wait, fire one event, end at once."""
        await asyncio.sleep(self.moment - time.time())
        yield TriggerEvent({"status": "ready"})  # type: ignore[no-untyped-call]


def _too_late(waiter: Waiter) -> Outcome:
    reason = f"its status was {waiter.watch.status} when time ran out"
    if waiter.trouble:
        reason += f", and the last looks failed: {waiter.trouble}"
    return Outcome("timeout", waiter.watch.status, reason)
