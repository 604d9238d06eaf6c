"""What is waited for in a sensitive-data discovery: loads, tests of connections, jobs of Macie, queries of Athena."""

from __future__ import annotations

from switchyard.discovery.full_load import AT_REST
from switchyard.waiting.goals import Goal


def task_at_rest() -> Goal:
    """The task does nothing, whether its load ended well or not: its tables tell that, not its status."""
    return Goal(ready=tuple(sorted(AT_REST)), failed=("deleting", "failed-move"), absent="fail")


def task_writes_nothing() -> Goal:
    """The task does nothing, or is no more."""
    return Goal(ready=(*sorted(AT_REST), "failed-move"), failed=(), absent="ready", absent_grace=0.0)


def connection_proved() -> Goal:
    """The connection that was just tested works; two looks, as the result of an older test may still show."""
    return Goal(ready=("successful",), failed=("failed",), failed_grace=2.0, absent="wait", polls=2)


def job_complete() -> Goal:
    """The job has ended by itself; what it could not read is told elsewhere.

    A job that is paused may wait for the next month, one that a person paused for ever.
    """
    return Goal(ready=("COMPLETE",), failed=("CANCELLED", "IDLE", "PAUSED", "USER_PAUSED"), absent="fail")


def query_ended() -> Goal:
    """The statement has ended, in whichever way: why it failed decides whether it is tried again."""
    return Goal(ready=("CANCELLED", "FAILED", "SUCCEEDED"), failed=(), absent="fail")
