"""Which calls of a run a test kills it around, where killing it around all of them takes too long."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

VARIABLE = "SWITCHYARD_KILL_POINTS"
"""With the value "all" every call is taken."""

_BY_FIRST_WORD = ("ledger", "store")

Case = TypeVar("Case")


def some(always: Sequence[Case], *, of: Sequence[Case]) -> Sequence[Case]:
    """All cases where every kill point is asked for, else those that are always run."""
    return of if os.environ.get(VARIABLE) == "all" else always


class Sample:
    """The first and the last call of each operation, and every Nth call of a run besides; the same in each run.

    A call is told as ``task service operation ...``. Which one is the last of its operation is known from an
    undisturbed run; a killed run makes more of them, so that what comes after the last one known is taken as well.
    """

    def __init__(self, every: int, watched: Sequence[str]) -> None:
        """Choose the calls.

        Args:
            every: N.
            watched: the calls of an undisturbed run in their order, as `KillPoints.calls` has them.
        """
        wanted = os.environ.get(VARIABLE, "")
        assert wanted in ("", "all"), f"{VARIABLE} is {wanted!r}; it may be all, or not set"
        self._every = 1 if wanted else every
        lasts = {_operation(call): _place(call) for call in watched}
        self._lasts = {place: sum(_place(call) == place for call in watched) for place in lasts.values()}

    def takes(self, call: str, calls: Sequence[str]) -> bool:
        """Whether the run is killed around a call; `calls` are all until now, with this one, in their order."""
        if calls.index(call) % self._every == 0:
            return True
        if call == next(one for one in calls if _operation(one) == _operation(call)):
            return True
        place = _place(call)
        number = [one for one in calls if _place(one) == place].index(call) + 1
        return place in self._lasts and number >= self._lasts[place]


class Nothing(Sample):
    """No call: a run that is only watched."""

    def __init__(self) -> None:
        super().__init__(1, ())

    def takes(self, call: str, calls: Sequence[str]) -> bool:
        """Take none."""
        return False


def _place(call: str) -> str:
    """Task, service and operation."""
    return " ".join(call.split()[:3])


def _operation(call: str) -> str:
    """Service and operation; of the ledger and of memories the operation's first word, whatever it is about."""
    service, operation = call.split()[1:3]
    return f"{service} {operation.partition('-')[0] if service in _BY_FIRST_WORD else operation}"
