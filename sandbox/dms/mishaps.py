"""Failures of a load: which there are, and those made to order.

Every batch of rows asks for faults on "dms:Load/TASK/SCHEMA.TABLE", so that `after` counts batches of CommitRate
rows. A fault of kind "slow" holds the batch up and "lost-response" loses the connection to the source. Kind
"error" does what its code says: DATA_ERROR spoils one row, the name of a stop reason such as
STOPPED_DUE_TO_LOW_DISK ends the task with it, and any other code fails the table with the fault's message.
"""

from __future__ import annotations

import time

from sandbox.dms.mappings import Place
from sandbox.faults import Fault
from sandbox.runtime import runtime

OPERATION = "dms:Load"
DATA_ERROR = "DATA_ERROR"
FINISHED = "FULL_LOAD_ONLY_FINISHED"
NORMAL = "NORMAL"
FATAL = "FATAL_ERROR"
RECOVERABLE = "RECOVERABLE_ERROR"
LEVELS = {FATAL: "FATAL", RECOVERABLE: "RECOVERABLE"}
STOP_REASONS = {
    FINISHED,
    NORMAL,
    FATAL,
    RECOVERABLE,
    "EXPRESS_LICENSE_LIMITS_REACHED",
    "RECONFIGURATION_RESTART",
    "RECYCLE_TASK",
    "STOPPED_DUE_TO_LOW_DISK",
    "STOPPED_DUE_TO_LOW_MEMORY",
}
"""Source: StopReason in https://docs.aws.amazon.com/dms/latest/APIReference/API_ReplicationTask.html"""


class SourceLost(Exception):
    """The source was there and is not any more."""


class Cancelled(Exception):
    """The load is to end."""


class TaskFailed(Exception):
    """The whole task ends, for one of `STOP_REASONS`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class TableFailed(Exception):
    """A table cannot be loaded."""


def strike(account: str, region: str, task: str, place: Place) -> int:
    """Meet the faults ordered for a batch and return how many of its rows they spoil.

    Raises:
        SourceLost, TaskFailed, TableFailed: as a fault orders.
    """
    if runtime.faults is None:
        return 0
    operation = f"{OPERATION}/{task}/{place.schema}.{place.name}"
    return sum(_meet(fault) for fault in runtime.faults.take(operation, account, region, inside=True))


def _meet(fault: Fault) -> int:
    if fault.kind == "slow":
        time.sleep(fault.seconds)
        return 0
    if fault.kind == "lost-response":
        raise SourceLost("Lost connection to the source, as ordered")
    if fault.code == DATA_ERROR:
        return 1
    message = fault.message or "Injected fault"
    if fault.code in STOP_REASONS:
        raise TaskFailed(fault.code, message)
    raise TableFailed(message)
