"""Failures made to order, of the statements themselves rather than of the calls about them.

Every statement, and every one of a batch, asks for faults on "redshift-data:Execute" with its text, and a batch that
is about to commit on "redshift-data:Commit" with the texts of all. Kind "error" fails it before it runs, with the
fault's message or, for the code 1023, with what Redshift says of a serializable isolation violation. "slow" holds it
up; it can be cancelled meanwhile. "throttle" and "server-error" are failures of the engine, and "lost-response" lets
it run and then loses the connection: what was not yet committed is undone.
"""

from __future__ import annotations

import threading

from sandbox.faults import Fault
from sandbox.redshift.databases import ConnectionFailed
from sandbox.runtime import runtime
from sandbox.warehouse.errors import INTERNAL, SERIALIZATION, RedshiftError
from sandbox.warehouse.failures import CONFLICT

EXECUTE, COMMIT = "redshift-data:Execute", "redshift-data:Commit"
LOST = "SSL SYSCALL error: EOF detected"


def strike(operation: str, text: str, account: str, region: str, stopped: threading.Event) -> bool:
    """Meet the faults ordered for a statement, and tell whether its connection is to be lost after it.

    Raises:
        RedshiftError: it fails, as a fault orders.
    """
    if runtime.faults is None:
        return False
    lost = False
    for fault in runtime.faults.take(operation, account, region, text, inside=True):
        if fault.kind == "slow":
            stopped.wait(fault.seconds)
        elif fault.kind == "lost-response":
            lost = True
        else:
            raise _failure(fault)
    return lost


def lose() -> ConnectionFailed:
    """Return the error of a connection that was lost."""
    return ConnectionFailed(LOST)


def _failure(fault: Fault) -> RedshiftError:
    if fault.code == "1023":
        return RedshiftError(fault.message or CONFLICT, SERIALIZATION)
    return RedshiftError(fault.message or f"{fault.code or 'internal error'}: ordered by a test", INTERNAL)
