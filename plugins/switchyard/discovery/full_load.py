"""What a DMS full-load task has done, and what to do with it next.

"Load complete" is not the status ``stopped``: a task that ran out of disk stops too, one whose tables all failed can
end well, and right after a start AWS may still show the end of the run before.
Sources: botocore, ReplicationTask; https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Monitoring.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

AT_REST = frozenset({"ready", "stopped", "failed"})
"""Statuses in which a task can be started or changed."""
LOADING = frozenset({"starting", "running"})

_FINISHED = "FULL_LOAD_ONLY_FINISHED"
_BY_ITSELF = "NORMAL"
"""Means a plain end, or that somebody stopped the task: only its tables tell."""
_PREFIX = "Stop Reason "
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_VALUE = re.compile(r"\S+@\S+|\d{9,}")
_WORD = re.compile(r"[^\s'\"@.]+")
_SERVICE_INITIATED = ("RECONFIGURATION_RESTART", "RECYCLE_TASK")


class Move(StrEnum):
    """What to do with a task: the start types as DMS names them, or none of them."""

    START = "start-replication"
    RELOAD = "reload-target"
    RESUME = "resume-processing"
    WAIT = "wait"
    ENDED = "ended"
    FOREIGN = "foreign"
    LEFTOVERS = "leftovers"


@dataclass(frozen=True)
class Task:
    """A task as DescribeReplicationTasks shows it; moments are ISO texts, "" where there is none.

    Attributes:
        fresh_start: when all tables were last begun; "" for a task that has never run.
        start: when it was last started, in whichever way.
        names: text that holds the names of the task and its tables.
    """

    status: str
    stop_reason: str
    failure: str
    fresh_start: str
    start: str
    names: str = ""

    @classmethod
    def read(cls, description: Mapping[str, Any]) -> Task:
        """Take from a description what matters here."""
        statistics = description.get("ReplicationTaskStats") or {}
        reason = str(description.get("StopReason") or "")
        return cls(
            status=str(description["Status"]),
            stop_reason=reason.removeprefix(_PREFIX).split(" ")[0],
            failure=str(description.get("LastFailureMessage") or ""),
            fresh_start=_moment(statistics.get("FreshStartDate")),
            start=_moment(statistics.get("StartDate") or description.get("ReplicationTaskStartDate")),
            names=f"{description.get('ReplicationTaskIdentifier')} {description.get('TableMappings')}",
        )

    @property
    def ended_well(self) -> bool:
        """Whether state and stop reason allow for success; the tables have the last word."""
        return self.status == "stopped" and self.stop_reason in (_FINISHED, _BY_ITSELF)

    @property
    def problem(self) -> str:
        """How it ended, for people."""
        reason = self.stop_reason or "no stop reason"
        advice = ", which AWS itself began" if reason in _SERVICE_INITIATED else ""
        failure = without_values(self.failure, names=self.names)
        return f"it is {self.status} with {reason}{advice}" + (f": {failure}" if failure else "")


@dataclass(frozen=True)
class Mark:
    """What a run noted before it started the task.

    Attributes:
        before: when the task had last been started by then; "" for never.
        started: when its own start was, once its end had been seen; "" until then.
        fresh: when all tables were last begun by then: nothing that is older is of this run. A load that was resumed
            has written some of its objects before it was last started.
    """

    before: str
    started: str = ""
    fresh: str = ""

    @classmethod
    def of(cls, note: Mapping[str, Any] | None) -> Mark | None:
        """What a run has noted, None where it has not."""
        return None if note is None else cls(**note)


def next_move(task: Task, mark: Mark | None, *, extract_is_empty: bool, is_retry: bool) -> Move:
    """What a run does next about the task.

    Args:
        task: as AWS shows it.
        mark: what this run noted; None where it has not begun to load.
        extract_is_empty: whether the target folder holds no object.
        is_retry: whether this step begins anew, so that a failure it finds is one to go on from.

    Returns:
        FOREIGN where somebody else's load is under way, LEFTOVERS where objects of another run are in the way.
    """
    begun = mark is not None and task.start != mark.before
    adopted = mark is not None and mark.started in ("", task.start)
    ours = begun and adopted
    if task.status not in AT_REST:
        # The status may tell of our start before the moment of the start does.
        return Move.FOREIGN if task.status in LOADING and not adopted else Move.WAIT
    if mark is not None and not begun:
        return _kind(task, extract_is_empty)
    if ours and not (extract_is_empty and is_retry):
        return Move.ENDED if task.ended_well or not is_retry else Move.RESUME
    if not extract_is_empty:
        return Move.LEFTOVERS
    return _kind(task, extract_is_empty)


def planned_move(task: Task) -> Move:
    """How a run would start the task once it has emptied the extract, and stopped what writes there."""
    return _kind(task, extract_is_empty=True)


def _kind(task: Task, extract_is_empty: bool) -> Move:
    if not task.fresh_start:
        return Move.START  # any other type is refused, or worse, for a task that has never run
    return Move.RELOAD if extract_is_empty else Move.RESUME


def without_values(text: str, *, names: str) -> str:
    """What DMS says of a failure without what it may quote from a row: quoted texts, e-mail addresses, long numbers.

    Args:
        text: the message.
        names: what is quoted of this text is kept.
    """
    kept = set(_WORD.findall(names))

    def judge(quoted: re.Match[str]) -> str:
        return quoted[0] if set(_WORD.findall(quoted[0])) <= kept else f"{quoted[0][0]}***{quoted[0][-1]}"

    return _VALUE.sub("***", _QUOTED.sub(judge, text))


def _moment(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value or "")
