"""Table locks: who holds which, who waits, and for whom.

Source: https://docs.aws.amazon.com/redshift/latest/dg/r_LOCK.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.warehouse.catalogue import Name
from sandbox.warehouse.errors import DEADLOCK, RedshiftError

SHARED = "AccessShareLock"
"""Held by queries."""
WRITE = "ShareRowExclusiveLock"
"""Held by what changes rows, so that a table has one writer at a time."""
EXCLUSIVE = "AccessExclusiveLock"
"""Held by LOCK, TRUNCATE, and by what changes the table itself."""
STRENGTH = (SHARED, WRITE, EXCLUSIVE)
WAKE_SECONDS = 5.0
"""Beyond this a waiting statement looks again by itself."""


@dataclass(frozen=True)
class Lock:
    """A lock of a transaction on a table; one that is not `granted` is waited for."""

    xid: int
    table: Name
    mode: str
    granted: bool


def conflicts(one: str, other: str) -> bool:
    """Tell whether two transactions cannot hold these at once."""
    return EXCLUSIVE in {one, other} or one == other == WRITE


class Locks:
    """The locks of a warehouse."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._held: dict[Name, dict[int, str]] = {}
        self._awaited: dict[int, tuple[Name, str]] = {}

    def take(self, xid: int, table: Name, mode: str, check: Callable[[], None]) -> None:
        """Take a lock for a transaction until `release`, waiting for others; `check` raises to end the wait.

        Raises:
            RedshiftError: the others wait for this transaction in turn.
        """
        with self._changed:
            held = self._held.setdefault(table, {})
            try:
                while self._blockers(xid, table, mode):
                    self._awaited[xid] = (table, mode)
                    if self._circle(xid):
                        raise RedshiftError("deadlock detected", DEADLOCK)
                    self._changed.wait(WAKE_SECONDS)
                    check()
            finally:
                self._awaited.pop(xid, None)
            held = self._held.setdefault(table, {})
            held[xid] = max(held.get(xid, SHARED), mode, key=STRENGTH.index)

    def release(self, xid: int) -> None:
        """Give back all locks of a transaction."""
        with self._changed:
            for table in [table for table, held in self._held.items() if held.pop(xid, None) or not held]:
                if not self._held[table]:
                    del self._held[table]
            self._changed.notify_all()

    def wake(self) -> None:
        """Let all that wait look again."""
        with self._changed:
            self._changed.notify_all()

    def listed(self) -> list[Lock]:
        """List all locks that are held or waited for."""
        with self._changed:
            held = [
                Lock(xid, table, mode, granted=True)
                for table, holders in self._held.items()
                for xid, mode in holders.items()
            ]
            awaited = [Lock(xid, *what, granted=False) for xid, what in self._awaited.items()]
        return held + awaited

    def _blockers(self, xid: int, table: Name, mode: str) -> set[int]:
        held = self._held.get(table, {})
        return {other for other, theirs in held.items() if other != xid and conflicts(mode, theirs)}

    def _circle(self, xid: int) -> bool:
        """Tell whether somebody waits, over others, for a transaction that is about to wait."""
        seen: set[int] = set()
        front = {xid}
        while front:
            front = {
                blocker
                for one in front
                if one in self._awaited
                for blocker in self._blockers(one, *self._awaited[one])
            } - seen
            if xid in front:
                return True
            seen |= front
        return False
