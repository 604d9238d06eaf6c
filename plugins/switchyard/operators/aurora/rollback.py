"""The way back from a swap, to its end: the names, and then what stands around the live one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from switchyard.aws import console as pages
from switchyard.errors import CheckFailed, StepFailed
from switchyard.operators.aurora import luggage
from switchyard.operators.aurora.luggage import Before
from switchyard.operators.aurora.protected import Described
from switchyard.operators.aurora.restore import CandidateOperator
from switchyard.operators.aurora.settler import Settler
from switchyard.operators.aurora.swap_loop import SwapLoop
from switchyard.operators.base import Pause
from switchyard.waiting.kinds import Wait


class RollbackOperator(CandidateOperator):
    """A step that may go back to what was live before.

    Args:
        proxies: proxies that follow the live name.
    """

    console = (pages.DATABASE % "live_id",)

    def __init__(self, *, proxies: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.proxies = tuple(proxies)

    def loop(self, store: Any) -> SwapLoop:
        """The loop that renames."""
        return SwapLoop(self.client(), self.protected, self.names, store, self.poll_interval)

    def settler(self, store: Any) -> Settler:
        """What works on what stands around the live name."""
        return Settler(
            self.client, self.protected, self.names, store, self.poll_interval, self.own_tags("candidate")
        )

    def roll_back(self, store: Any, candidate: Described) -> Wait | Pause:
        """Take the next step of the way back.

        Raises:
            CheckFailed: at its end; it says why, and who bears the live name.
        """
        loop = self.loop(store)
        wanted = loop.go_back(candidate) or self.give_back(store, candidate)
        if wanted is not None:
            return wanted
        live = self.find(self.live_id)
        old = f"the old {self.kind} bears it again" if live else "nobody bears it, as before"
        raise CheckFailed(
            what=f"live endpoint of {self.live_id}",
            found=f"{loop.why_back('its verification failed.')} Rolled back: {old}",
            remedy="Study the candidate, which is kept under its own name; then start a new run",
        )

    def roll_back_alone(self, store: Any, candidate_id: str) -> Wait | Pause:
        """Take the next step of the way back where somebody deleted the candidate.

        Raises:
            StepFailed: at its end; it says who bears the live name.
        """
        try:
            return self.loop(store).go_back_alone(candidate_id)
        except StepFailed:
            wanted = self.give_back(store, None)
            if wanted is None:
                raise
            return wanted

    def give_back(self, store: Any, candidate: Described | None) -> Pause | None:
        """Give back what stood around the live name before the run; nothing where the run had not begun with it."""
        live = self.find(self.live_id)
        recalled = [
            luggage.recall(one.tags, stamp=self.stamp) for one in (live, candidate) if one is not None
        ]
        before = next((one for one in recalled if one is not None), None)
        if before is None:
            return None
        parts = self._parts_to_give_back(replace(self.settler(store), own_tags={}), before, live, candidate)
        return next(filter(None, (part() for part in parts)), None)

    def _parts_to_give_back(
        self, settler: Settler, before: Before, live: Described | None, candidate: Described | None
    ) -> Iterator[Callable[[], Pause | None]]:
        if self.protected.has_surroundings:
            if live is not None:
                yield partial(settler.endpoints, live, before.surroundings.endpoints)
            if candidate is not None:
                # The next run needs the names of its endpoints.
                yield partial(settler.endpoints, candidate, ())
            yield partial(settler.scaling, before.surroundings.targets, deregister=True)
            if live is not None and before.data_api:
                yield partial(settler.data_api, live)
        if live is not None:
            yield from (partial(settler.proxy, live, proxy) for proxy in self.proxies)
