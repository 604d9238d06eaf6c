"""What is waited for in a warehouse."""

from __future__ import annotations

from switchyard.waiting.goals import Goal


def statement_ended() -> Goal:
    """The statement or batch has ended, in whichever way: why it failed decides whether it is sent again."""
    return Goal(ready=("ABORTED", "FAILED", "FINISHED"), failed=(), absent="fail")
