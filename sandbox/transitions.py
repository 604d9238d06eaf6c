"""How resources change over time: stages that end when their time has passed and their work is done.

One lock guards the state of all backends that use this. It is moto's own lock for making backends, since calls
reach for other accounts' and Regions' backends while they hold it: a second lock could deadlock with the first.
Work on the data plane runs in worker threads, which do not hold it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime

from moto.core.base_backend import backend_lock as LOCK  # noqa: N812 -- one name for it in the sandbox

from sandbox.runtime import runtime

__all__ = ["LOCK", "Process", "Stage", "now", "schedule", "scheduler"]

log = logging.getLogger(__name__)
TICK = 0.02
"""Real seconds between looks at the clock while something is under way."""


def now() -> datetime:
    """Return the sandbox's time as moto writes times: naive UTC."""
    return datetime.fromtimestamp(runtime.clock.now(), UTC).replace(tzinfo=None)


def nothing() -> None:
    """Do nothing: the default of a stage's hooks."""


@dataclass
class Stage:
    """One step of a process.

    It begins when `gate` allows, lasts `seconds` on the sandbox's clock and at least as long as `work` takes
    in its own thread, then ends with `end`. `begin` and `end` run under the lock and must be quick. Work that
    may wait for other work has `workers` of its own, since those of the scheduler are few.
    """

    seconds: float = 0.0
    begin: Callable[[], None] = nothing
    work: Callable[[], None] | None = None
    end: Callable[[], None] = nothing
    gate: Callable[[], bool] | None = None
    workers: Executor | None = None


class Process:
    """Takes a resource through stages; at most one is under way for a resource."""

    def __init__(self, name: str, stages: list[Stage], failed: Callable[[BaseException], None]) -> None:
        self.name = name
        self.future: Future[None] | None = None
        self._stages = list(stages)
        self._failed = failed
        self._begun = False
        self._since = self._due = runtime.clock.now()

    @property
    def done(self) -> bool:
        """Whether no stage is left."""
        return not self._stages

    @property
    def queued(self) -> bool:
        """Whether it waits for another process before it begins."""
        return bool(self._stages) and not self._begun

    @property
    def progress(self) -> int:
        """Percent of the present stage's time that has passed; 100 only when all stages have ended."""
        if self.done:
            return 100
        length = self._due - self._since
        if not self._begun or length <= 0:
            return 0
        return min(99, int(100 * (runtime.clock.now() - self._since) / length))

    def stop(self) -> None:
        """Leave the resource as it is; work that is under way runs on but changes nothing."""
        self._stages.clear()

    def step(self) -> bool:
        """Begin or end one stage if it is time to; tell whether anything happened."""
        if self.done:
            return False
        stage = self._stages[0]
        if not self._begun:
            return self._begin(stage)
        if runtime.clock.now() < self._due or (self.future is not None and not self.future.done()):
            return False
        self._end(stage)
        return True

    def _begin(self, stage: Stage) -> bool:
        if stage.gate is not None:
            if not stage.gate():
                return False
            self._due = runtime.clock.now()
        self._since = self._due
        self._due += stage.seconds
        self._begun = True
        stage.begin()
        if stage.work is not None:
            self.future = (stage.workers or scheduler).submit(stage.work)
            self.future.add_done_callback(scheduler.wake)
        return True

    def _end(self, stage: Stage) -> None:
        finished, self.future = self.future, None
        error = finished.exception() if finished is not None else None
        if error is not None:
            self.fail(error)
            return
        if finished is not None:
            self._due = max(self._due, runtime.clock.now())
        self._stages.pop(0)
        self._begun = False
        try:
            stage.end()
        except BaseException as problem:
            self.fail(problem)
            raise

    def fail(self, error: BaseException) -> None:
        """End here: tell the log why and let the resource show it."""
        log.error("%s failed", self.name, exc_info=error)
        self.stop()
        self._failed(error)


class Scheduler:
    """Moves all processes on: at every call, when work ends, and every few milliseconds in between."""

    def __init__(self) -> None:
        self._processes: list[Process] = []
        self._workers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="transitions")
        self._ticker: threading.Thread | None = None

    def add(self, process: Process) -> Process:
        """Begin a process; its first stage ends with a later tick, so that the call's answer shows it."""
        with LOCK:
            process.step()
            self._processes.append(process)
            if self._ticker is None or not self._ticker.is_alive():
                self._ticker = threading.Thread(target=self._watch, name="transitions-ticker", daemon=True)
                self._ticker.start()
        return process

    def submit(self, work: Callable[[], None]) -> Future[None]:
        """Run work in a thread of its own."""
        return self._workers.submit(work)

    def wake(self, _: Future[None]) -> None:
        """Look at the processes now that some work has ended."""
        self.tick()

    def tick(self) -> None:
        """Take every process as far as it can go now."""
        with LOCK:
            while any([process.step() for process in list(self._processes)]):
                pass  # the end of one process may open the gate of another
            self._processes = [process for process in self._processes if not process.done]

    def forget(self, processes: list[Process] | None = None) -> None:
        """Stop processes, or all of them, and wait for the work they have begun."""
        with LOCK:
            processes = list(self._processes) if processes is None else processes
        for process in processes:
            process.stop()
        wait([process.future for process in processes if process.future is not None])
        with LOCK:
            self._processes = [process for process in self._processes if not process.done]

    def _watch(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(TICK)
            self.tick()
            with LOCK:
                if not self._processes:
                    self._ticker = None
                    return


scheduler = Scheduler()


def schedule(name: str, stages: list[Stage], failed: Callable[[BaseException], None]) -> Process:
    """Begin a process of the given stages."""
    return scheduler.add(Process(name, stages, failed))
