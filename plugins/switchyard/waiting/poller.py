"""One describe chain for all waits on one kind of resource in one account and Region.

Every triggerer process keeps one poller for each (connection, account, Region, kind) that somebody waits
on. A thousand waits then cost ten calls of a hundred ids per interval, over one client, instead of a
thousand clients with a call each. Asking for a hundred ids by filter never takes more pages than listing
everything, as a page holds a hundred records.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import random
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from botocore.exceptions import BotoCoreError, ClientError

from switchyard.aws.connections import async_client
from switchyard.aws.error_table import AwsError, Disposition, disposition, remedy
from switchyard.errors import SwitchyardError
from switchyard.waiting.excerpt import read_only
from switchyard.waiting.goals import Failed, Goal, Ready, Watch
from switchyard.waiting.kinds import KINDS
from switchyard.waiting.requests import Request

log = logging.getLogger(__name__)

SECONDS_PER_CALL = 2.0
"""Average distance of two describe calls of one poller.

RDS publishes no rate at which it throttles, and its limit is shared by everything in the account. A thousand
waits, ten pages, can still be looked at every twenty seconds.
"""
LONGEST_BACKOFF = 120.0
"""Seconds between two tries while AWS does not answer."""

_TRANSIENT = (Disposition.RETRY_SHORT, Disposition.RETRY_QUEUE)


@dataclass(frozen=True)
class PollerKey:
    """What waits must have in common to share a poller."""

    aws_conn_id: str
    account_id: str
    region_name: str
    kind: str


@dataclass(frozen=True)
class Outcome:
    """How a wait ended.

    Attributes:
        status: "ready", "failed" or "error".
        item_status: the resource's status when last seen.
        reason: why it failed.
        remedy: what a person can do about an error.
    """

    status: str
    item_status: str
    reason: str = ""
    remedy: str = ""


@dataclass(eq=False)
class Waiter:
    """One wait in a poller."""

    identifier: str
    watch: Watch
    poll_interval: float
    future: asyncio.Future[Outcome] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    trouble: str = ""

    def see(self, item: Mapping[str, Any] | None, now: float) -> None:
        """Take in one look; ends the wait when the goal is reached or out of reach."""
        self.trouble = ""
        verdict = self.watch.see(item, now)
        if isinstance(verdict, Ready):
            self.end(Outcome("ready", verdict.status))
        elif isinstance(verdict, Failed):
            self.end(Outcome("failed", verdict.status, verdict.reason))

    def end(self, outcome: Outcome) -> None:
        """Hand the outcome to whoever waits, once."""
        if not self.future.done():
            self.future.set_result(outcome)


class Poller:
    """Asks AWS at intervals for all its waiters, from its first to its last one."""

    def __init__(self, key: PollerKey) -> None:
        self._key = key
        self._kind = KINDS[key.kind]
        self._waiters: dict[str, set[Waiter]] = defaultdict(set)
        self._fields = {*self._kind.id_fields, self._kind.status_field}
        self._hurry = asyncio.Event()
        # A context of its own, so that its log lines do not land in the log of the task that came first.
        self._task = asyncio.create_task(self._run(), name=f"poll {key}", context=contextvars.Context())
        self._task.add_done_callback(self._ended)

    @property
    def has_ended(self) -> bool:
        """Whether it gave up or died; its waiters learn of it a moment later."""
        return self._task.done()

    def join(self, waiter: Waiter) -> None:
        """Add a waiter; it is looked at within its own interval."""
        self._waiters[waiter.identifier].add(waiter)
        self._fields |= waiter.watch.goal.field_names()
        self._hurry.set()

    def leave(self, waiter: Waiter) -> bool:
        """Remove a waiter; True when it was the last, which ends the poller and closes its client."""
        others = self._waiters[waiter.identifier]
        others.discard(waiter)
        if not others:
            del self._waiters[waiter.identifier]
        if not self._waiters:
            self._task.cancel()
        return not self._waiters

    def _all(self) -> list[Waiter]:
        return [waiter for group in self._waiters.values() for waiter in group]

    async def _run(self) -> None:
        failures = 0
        while True:
            try:
                async with self._connect() as client:
                    if self._kind.excerpt:
                        read_only(client, self._kind, self._fields)
                    while True:
                        started = asyncio.get_running_loop().time()
                        await self._look(client)
                        failures = 0
                        await self._rest(started)
            except (ClientError, BotoCoreError) as error:
                if disposition(error) not in _TRANSIENT:
                    self._give_up(str(error), remedy(error))
                    return
                failures += 1
                self._note_trouble(error, failures)
            except SwitchyardError as error:
                self._give_up(str(error), "")
                return
            # A new client each time: credentials and addresses may be what went bad.
            await asyncio.sleep(_jittered(min(self._interval() * 2**failures, LONGEST_BACKOFF)))

    def _connect(self) -> AbstractAsyncContextManager[Any]:
        return async_client(
            self._kind.service,
            aws_conn_id=self._key.aws_conn_id,
            region_name=self._key.region_name,
            account_id=self._key.account_id,
        )

    async def _look(self, client: Any) -> None:
        for request in list(self._kind.requests(self._waiters)):
            items = await self._describe(client, request)
            now = asyncio.get_running_loop().time()
            for identifier in request.identifiers:
                for waiter in self._waiters.get(identifier, ()):
                    waiter.see(items.get(identifier.lower()), now)

    async def _describe(self, client: Any, request: Request) -> dict[str, Mapping[str, Any]]:
        describe = getattr(client, self._kind.operation)
        mark, argument = self._kind.next_page
        arguments = dict(request.arguments)
        items: dict[str, Mapping[str, Any]] = {}
        try:
            page = await describe(**arguments)
            items |= self._kind.by_id(page)
            while marker := page.get(mark):
                page = await describe(**arguments | {argument: marker})
                items |= self._kind.by_id(page)
        except ClientError as error:
            if disposition(error) is not Disposition.ABSENT:
                raise
            # One that is gone must not hide the others that were asked for in the same call.
            for alone in self._one_by_one(request):
                items |= await self._describe(client, alone)
        return items

    def _one_by_one(self, request: Request) -> list[Request]:
        alone = [one for name in request.identifiers for one in self._kind.requests([name])]
        return [one for one in alone if one.arguments != request.arguments]

    async def _rest(self, started: float) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._hurry.clear()
            calls = self._kind.calls(self._waiters)
            distance = min(SECONDS_PER_CALL, self._kind.seconds_per_call or SECONDS_PER_CALL)
            due = started + _jittered(max(self._interval(), calls * distance))
            if (left := due - loop.time()) <= 0:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), left)

    def _interval(self) -> float:
        return min((waiter.poll_interval for waiter in self._all()), default=LONGEST_BACKOFF)

    def _note_trouble(self, error: AwsError, failures: int) -> None:
        log.warning("Try %s of %s for %s failed: %s", failures, self._kind.operation, self._key, error)
        for waiter in self._all():
            waiter.trouble = str(error)

    def _give_up(self, reason: str, advice: str) -> None:
        log.error("%s for %s cannot go on: %s", self._kind.operation, self._key, reason)
        for waiter in self._all():
            waiter.end(Outcome("error", waiter.watch.status, reason, advice))

    def _ended(self, task: asyncio.Task[None]) -> None:
        # A poller that died of a bug takes its waiters with it; silence would hold them to their deadlines.
        error = None if task.cancelled() else task.exception()
        for waiter in self._all():
            if not waiter.future.done():
                waiter.future.set_exception(error or RuntimeError(f"the poller of {self._key} was stopped"))


_POLLERS: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[PollerKey, Poller]] = WeakKeyDictionary()


def running_pollers() -> int:
    """How many pollers the running event loop has."""
    return len(_POLLERS.get(asyncio.get_running_loop(), {}))


def new_waiter(key: PollerKey, identifier: str, goal: Goal, poll_interval: float) -> Waiter:
    """A waiter for ``outcome_of``."""
    return Waiter(identifier, Watch(goal, KINDS[key.kind].status_field), poll_interval)


async def outcome_of(key: PollerKey, waiter: Waiter) -> Outcome:
    """Wait in the shared poller until the wait has ended; may be cancelled at any time."""
    pollers = _POLLERS.setdefault(asyncio.get_running_loop(), {})
    poller = pollers.get(key)
    if poller is None or poller.has_ended:
        poller = pollers[key] = Poller(key)
    poller.join(waiter)
    try:
        return await waiter.future
    finally:
        # No await between the last leave and the removal: nobody can join a poller that is ending.
        if poller.leave(waiter) and pollers.get(key) is poller:
            del pollers[key]


def _jittered(seconds: float) -> float:
    return seconds * random.uniform(0.95, 1.05)  # noqa: S311 - spreads load, protects nothing
