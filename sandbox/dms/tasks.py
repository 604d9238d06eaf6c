"""A replication task: what it is told, and what becomes of it over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox.dms import mishaps, statistics
from sandbox.dms.exceptions import InvalidParameterCombination, InvalidResourceState
from sandbox.dms.statistics import TableStatistics
from sandbox.runtime import runtime
from sandbox.transitions import Process, Stage, now, schedule

if TYPE_CHECKING:
    from sandbox.dms.load import Load, Outcome

START, RELOAD, RESUME = "start-replication", "reload-target", "resume-processing"
AT_REST = {"ready", "stopped", "failed"}
ENDED_WELL = {mishaps.FINISHED, mishaps.NORMAL}


@dataclass
class ReplicationTask:
    """A full-load task as `DescribeReplicationTasks` shows it, and its run."""

    identifier: str
    arn: str
    source_arn: str
    target_arn: str
    instance_arn: str
    mappings: str
    settings: str
    status: str = "creating"
    stop_reason: str | None = None
    failure: str | None = None
    created_at: datetime = field(default_factory=now)
    fresh_started_at: datetime | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    tables: dict[str, TableStatistics] = field(default_factory=dict)
    process: Process | None = None
    load: Load | None = None

    @property
    def busy(self) -> bool:
        """Whether something is under way, even where the status does not show it yet."""
        return self.process is not None and not self.process.done

    def create(self) -> None:
        """Begin to come to be."""
        self._go([Stage(runtime.durations["replication-task.create"], end=lambda: self._show("ready"))])

    def start(self, kind: str, new_load: Callable[[dict[str, TableStatistics], datetime], Load]) -> None:
        """Begin a run; for a while describe calls may show the state before it.

        Raises InvalidResourceState while it is not at rest, InvalidParameterCombination where it was never run
        or where it was, as the kind of start demands.
        """
        if self.busy or self.status not in AT_REST:
            raise InvalidResourceState("Replication Task cannot be started, invalid state")
        self._check_kind(kind)
        seconds = runtime.durations
        outcomes: list[Outcome] = []

        def begin() -> None:
            self._begin(kind)
            self.load = new_load(self.tables, self.started_at or now())

        def run() -> None:
            if self.load is not None:
                outcomes.append(self.load.run())

        hidden = seconds["replication-task.start.invisible"]
        stages = [
            *([Stage(hidden)] if hidden else []),
            Stage(seconds["replication-task.start"], begin=begin),
            Stage(begin=lambda: self._show("running"), work=run, end=lambda: self._end(outcomes[0])),
        ]
        self._go(stages)

    def stop(self) -> None:
        """Begin to end the run; InvalidResourceState where there is none."""
        if self.status not in {"starting", "running"} or self.load is None:
            raise InvalidResourceState("Replication Task cannot be stopped, invalid state")
        running, load = self.process, self.load

        def wait() -> None:
            load.stop()
            if running is not None and running.future is not None:
                running.future.result()

        self.quit()
        stage = Stage(
            runtime.durations["replication-task.stop"],
            begin=lambda: self._show("stopping"),
            work=wait,
            end=lambda: self._finish("stopped", f"Stop Reason {mishaps.NORMAL}"),
        )
        self._go([stage])

    def modify(self, change: Callable[[], None]) -> None:
        """Begin to change; InvalidResourceState while it is not at rest."""
        if self.busy or self.status not in AT_REST:
            raise InvalidResourceState("Replication Task cannot be modified, invalid state")
        change()
        before = self.status
        stage = Stage(
            runtime.durations["replication-task.modify"],
            begin=lambda: self._show("modifying"),
            end=lambda: self._show(before),
        )
        self._go([stage])

    def delete(self, gone: Callable[[], None]) -> None:
        """Begin to go; InvalidResourceState while it runs."""
        if self.busy or self.status not in AT_REST:
            raise InvalidResourceState("Replication Task cannot be deleted, invalid state")
        stage = Stage(
            runtime.durations["replication-task.delete"], begin=lambda: self._show("deleting"), end=gone
        )
        self._go([stage])

    def force(self, status: str, reason: str | None) -> None:
        """Show a status, with a stop reason where one is given, and end what is under way."""
        self.quit()
        self.status = status
        if reason:
            self.stop_reason, self.stopped_at = f"Stop Reason {reason}", now()

    def quit(self) -> None:
        """End what is under way and show nothing of it."""
        if self.load is not None:
            self.load.stop()
        if self.process is not None:
            self.process.stop()

    def described(self, *, with_settings: bool = True) -> dict[str, Any]:
        """Return it in the shape of ReplicationTask."""
        told = {"TableMappings": self.mappings, "ReplicationTaskSettings": self.settings}
        return {
            "ReplicationTaskIdentifier": self.identifier,
            "ReplicationTaskArn": self.arn,
            "SourceEndpointArn": self.source_arn,
            "TargetEndpointArn": self.target_arn,
            "ReplicationInstanceArn": self.instance_arn,
            "MigrationType": "full-load",
            "Status": self.status,
            "LastFailureMessage": self.failure,
            "StopReason": self.stop_reason,
            "ReplicationTaskCreationDate": self.created_at,
            "ReplicationTaskStartDate": self.started_at,
            "ReplicationTaskStats": self._stats(),
            **(told if with_settings else {}),
        }

    def _stats(self) -> Mapping[str, Any]:
        elapsed = (self.stopped_at or now()) - self.started_at if self.started_at else None
        return {
            **statistics.counts(list(self.tables.values())),
            "ElapsedTimeMillis": int(elapsed.total_seconds() * 1000) if elapsed else 0,
            "FreshStartDate": self.fresh_started_at,
            "StartDate": self.started_at,
            "StopDate": self.stopped_at,
            "FullLoadStartDate": self.started_at,
            "FullLoadFinishDate": self.stopped_at,
        }

    def _check_kind(self, kind: str) -> None:
        name = kind.upper().replace("-", "_")
        if kind == START and self.fresh_started_at is not None:
            raise InvalidParameterCombination(
                f"Start Type : {name}, valid only for tasks running for the first time"
            )
        if kind != START and self.fresh_started_at is None:
            raise InvalidParameterCombination(
                f"Start Type : {name}, valid only for tasks that have run before"
            )

    def _begin(self, kind: str) -> None:
        self._show("starting")
        self.stop_reason = self.failure = self.stopped_at = None
        self.started_at = now()
        if kind != RESUME:
            self.fresh_started_at = self.started_at
            self.tables = {}

    def _end(self, outcome: Outcome) -> None:
        reason = f"Stop Reason {outcome.reason}"
        if outcome.reason in ENDED_WELL:
            self._finish("stopped", reason)
            return
        level = mishaps.LEVELS.get(outcome.reason)
        if level:
            reason += f" Error Level {level}"
        status = runtime.behaviour["dms_error_status"] if level else "stopped"
        self._finish(status, reason, f"Last Error {outcome.message} {reason}")

    def _finish(self, status: str, reason: str, failure: str | None = None) -> None:
        self._show(status)
        self.stop_reason, self.failure, self.stopped_at = reason, failure, now()

    def _show(self, status: str) -> None:
        self.status = status

    def _go(self, stages: list[Stage]) -> None:
        self.process = schedule(f"replication task {self.identifier}", stages, self._broke)

    def _broke(self, problem: BaseException) -> None:
        reason = f"Stop Reason {mishaps.FATAL} Error Level FATAL"
        self._finish("failed", reason, f"Last Error {type(problem).__name__}: {problem} {reason}")
