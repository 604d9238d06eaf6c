"""Many steps at once as a deployment runs them: workers in threads, all waits in the event loop of one triggerer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from airflow.sdk.exceptions import TaskDeferred

from tests.support.control_plane import new_context


def run_at_once(
    operators: Sequence[Any], *, pool: int | None = None, while_waiting: Callable[[], float] | None = None
) -> list[dict[str, Any]]:
    """Run steps to their results, in the order of the steps.

    Args:
        operators: the steps; each has a context of its own.
        pool: slots of an Airflow pool that counts deferred tasks, in which all of them run; None is without bounds.
        while_waiting: called again and again while the steps run, such as to let the sandbox's time go on.
    """
    return asyncio.run(_run(operators, pool, while_waiting))


async def _run(
    operators: Sequence[Any], pool: int | None, while_waiting: Callable[[], float] | None
) -> list[dict[str, Any]]:
    slots = nullcontext() if pool is None else asyncio.Semaphore(pool)
    work = asyncio.gather(*(_step(operator, slots) for operator in operators))
    ticking = asyncio.create_task(_tick(while_waiting)) if while_waiting else None
    try:
        return await work
    finally:
        if ticking:
            ticking.cancel()


async def _step(operator: Any, slots: AbstractAsyncContextManager[Any]) -> dict[str, Any]:
    context = new_context()
    async with slots:
        call, arguments = operator.execute, (context,)
        while True:
            try:
                return await asyncio.to_thread(call, *arguments)
            except TaskDeferred as deferred:
                call, arguments = operator.resume, (context, await _first(deferred.trigger))


async def _first(trigger: Any) -> Any:
    async for event in trigger.run():
        return event.payload
    return None


async def _tick(while_waiting: Callable[[], float]) -> None:
    while True:
        await asyncio.sleep(await asyncio.to_thread(while_waiting))
