"""Which transactions would give another result one after the other, table by table.

Source: https://docs.aws.amazon.com/redshift/latest/dg/c_serial_isolation.html
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sandbox.warehouse.catalogue import Name
from sandbox.warehouse.errors import SERIALIZATION, RedshiftError

Level = Literal["SNAPSHOT", "SERIALIZABLE"]


@dataclass
class Footprint:
    """What a transaction read and wrote; `snapshot` counts the commits that it sees, `committed` is its own."""

    xid: int
    snapshot: int
    reads: set[Name] = field(default_factory=set)
    writes: set[Name] = field(default_factory=set)
    committed: int | None = None

    def sees(self, other: Footprint) -> bool:
        """Tell whether the other's changes are in this one's snapshot."""
        return other.committed is not None and other.committed <= self.snapshot

    def before(self, other: Footprint) -> bool:
        """Tell whether one after the other would have to mean: this one first."""
        if other.sees(self):
            return bool(self.writes & (other.reads | other.writes) or self.reads & other.writes)
        if self.sees(other):
            return False
        if self.reads & other.writes:
            return True
        both = self.writes & other.writes
        return (
            bool(both)
            and self.committed is not None
            and (other.committed or self.committed + 1) > self.committed
        )


class Isolation:
    """The transactions of a warehouse that overlap; `mutex` is held while one begins or ends in the engine."""

    def __init__(self, level: Level, now: Callable[[], datetime]) -> None:
        self.level = level
        self._now = now
        self.mutex = threading.RLock()
        self.violations: list[tuple[int, int, Name, datetime]] = []
        """Transactions that were refused: number, process, table and when."""
        self._commits = 0
        self._known: dict[int, Footprint] = {}

    def begin(self, xid: int) -> None:
        """Say that a transaction has its snapshot."""
        with self.mutex:
            self._known[xid] = Footprint(xid, self._commits)

    def touch(self, xid: int, pid: int, reads: Iterable[Name], writes: Iterable[Name]) -> None:
        """Say what a transaction reads and writes next.

        Raises:
            RedshiftError: no order of the transactions one after the other would have this result.
        """
        with self.mutex:
            own = self._known[xid]
            own.reads.update(reads)
            own.writes.update(writes)
            if self.level != "SERIALIZABLE":
                return
            circle = self._circle(own)
            if circle:
                table = next(iter(sorted(own.reads | own.writes)))
                self.violations.append((xid, pid, table, self._now()))
                raise RedshiftError(violation([xid, *circle], pid, table), SERIALIZATION)

    def commit(self, xid: int) -> None:
        """Say that a transaction has been committed; the caller holds `mutex` since before."""
        own = self._known.get(xid)
        if own is not None and own.writes:
            self._commits += 1
            own.committed = self._commits
        elif own is not None:
            own.committed = own.snapshot
        self._forget()

    def rollback(self, xid: int) -> None:
        """Say that a transaction did nothing."""
        with self.mutex:
            self._known.pop(xid, None)
            self._forget()

    def _forget(self) -> None:
        """Drop those that ended before everybody who is left began."""
        oldest = min(
            (one.snapshot for one in self._known.values() if one.committed is None), default=self._commits
        )
        for one in [
            one for one in self._known.values() if one.committed is not None and one.committed <= oldest
        ]:
            del self._known[one.xid]

    def _circle(self, own: Footprint) -> list[int]:
        """Return transactions that must come after this one and before it, if there are any, the nearest first."""
        paths: list[list[Footprint]] = [[own]]
        seen = {own.xid}
        while paths:
            path = paths.pop(0)
            if len(path) > 1 and path[-1].before(own):
                return [one.xid for one in path[1:]]
            for other in self._known.values():
                if other.xid not in seen and path[-1].before(other):
                    seen.add(other.xid)
                    paths.append([*path, other])
        return []


def violation(xids: Iterable[int], pid: int, table: Name) -> str:
    """Return what a transaction is told that cannot go on."""
    listed = ", ".join(str(xid) for xid in xids)
    return (
        f"ERROR: 1023 DETAIL: Serializable isolation violation on table - {table}, "
        f"transactions forming the cycle are: {listed} (pid:{pid})"
    )
