"""Load the tables into the extract."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from switchyard.aws import console as pages
from switchyard.discovery.full_load import Mark, Move, Task, next_move, planned_move
from switchyard.discovery.mappings import same_mappings, table_mappings
from switchyard.discovery.task_settings import differences, task_settings
from switchyard.errors import NotAllowed, StepFailed
from switchyard.operators.base import Pause
from switchyard.operators.discovery.base import DiscoveryOperator
from switchyard.operators.discovery.extract import Folder
from switchyard.operators.discovery.task import find_task
from switchyard.waiting.discovery_goals import task_at_rest
from switchyard.waiting.kinds import Wait

NOTE = "load"
_WATCHED = "load_watched"


class LoadExtractOperator(DiscoveryOperator):
    """Let DMS load everything once, whatever the task did before, and wait until it has ended.

    Whose load a task shows is told by the moment it was started: before the start the run notes the moment of the
    last one, so that a lost answer, a state that AWS shows late, or a killed worker never lead to a second load.

    Args:
        load: the section ``load`` of the configuration.
        extract: the section ``extract``.
        choices: the tables to load.
        excluded: those of them that are not.
    """

    console = (pages.REPLICATION_TASK % "load[replication_task_id]",)
    service = "dms"

    def __init__(
        self,
        *,
        load: Mapping[str, Any],
        extract: Mapping[str, str],
        choices: Sequence[Mapping[str, Any]],
        excluded: Sequence[Mapping[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.load = dict(load)
        self.extract = dict(extract)
        self.choices = list(choices)
        self.excluded = list(excluded)

    def act(self, context: Any) -> Wait | Pause | None:
        description = find_task(self.client(), self.load["replication_task_id"], settings=True)
        task, mark = Task.read(description), Mark.of(self.find(NOTE))
        if self.dry_run:
            # The steps before have only planned to stop the task and to empty the extract.
            return self._begin(context, planned_move(task), task, mark, description)
        memory = context["task_state_store"]
        move = next_move(
            task, mark, extract_is_empty=self._extract.is_empty(), is_retry=not memory.get(_WATCHED)
        )
        if move is Move.FOREIGN:
            raise NotAllowed(*self._foreign(task))
        if move is Move.LEFTOVERS:
            raise NotAllowed(*self._leftovers())
        if move is Move.WAIT:
            if mark is not None and task.start != mark.before:
                memory.set(_WATCHED, True)
            return self._wait(description)
        if move is Move.ENDED:
            self._require_end(task)
            return None
        return self._begin(context, move, task, mark, description)

    def result(self, context: Any) -> dict[str, Any]:
        description = find_task(self.client(), self.load["replication_task_id"])
        task = Task.read(description)
        return {
            "task_arn": description["ReplicationTaskArn"],
            "started": task.start,
            "summary": f"loaded, {task.stop_reason}",
        }

    @property
    def _extract(self) -> Folder:
        return Folder(self.client("s3"), self.extract["bucket"], self.extract["folder"], self.account_id)

    def _begin(
        self, context: Any, move: Move, task: Task, mark: Mark | None, description: Mapping[str, Any]
    ) -> Pause | None:
        arn = description["ReplicationTaskArn"]
        if self._is_changed(description) and not self.dry_run:
            return Pause(self.poll_interval, "the task to take its new mappings")
        if mark is None or task.start != mark.before:
            self.leave(NOTE, {"before": task.start})
        # A load that has failed by the next look is this try's own failure, and none to go on from.
        context["task_state_store"].set(_WATCHED, True)
        self.log.info("Starting %s with %s", arn, move)
        self.client(once=True).start_replication_task(
            ReplicationTaskArn=arn, StartReplicationTaskType=str(move)
        )
        return None if self.dry_run else Pause(self.poll_interval, "the load to begin")

    def _is_changed(self, description: Mapping[str, Any]) -> bool:
        """Bring the task to what is configured; True where that took a change."""
        mappings = table_mappings(self.choices, self.excluded)  # type: ignore[arg-type]
        settings = task_settings(lob_max_kb=self.load["lob_max_kb"], subtasks=self.load["subtasks"])
        other = differences(settings, description["ReplicationTaskSettings"])
        if same_mappings(mappings, description["TableMappings"]) and not other:
            return False
        self.log.info("Changing the task's mappings and settings: %s", "; ".join(other) or "mappings")
        self.client().modify_replication_task(
            ReplicationTaskArn=description["ReplicationTaskArn"],
            TableMappings=json.dumps(mappings),
            ReplicationTaskSettings=json.dumps(settings),
        )
        return True

    def _require_end(self, task: Task) -> None:
        if not task.ended_well:
            raise StepFailed(
                f"load of {self.load['replication_task_id']}",
                task.problem,
                "Mend the cause, then clear this task: it loads what is missing. To load all again, clear from the "
                "purge on",
            )
        note = self.find(NOTE) or {"before": ""}
        self.leave(NOTE, {**note, "started": task.start, "fresh": task.fresh_start})

    def _wait(self, description: Mapping[str, Any]) -> Wait:
        return Wait("replication_task", description["ReplicationTaskArn"], task_at_rest())

    def _foreign(self, task: Task) -> tuple[str, str, str]:
        return (
            f"starting task {self.load['replication_task_id']}",
            f"it is {task.status} since {task.start}, and this run did not start it",
            "Let it end, or stop it in the DMS console, then clear the run from the purge on",
        )

    def _leftovers(self) -> tuple[str, str, str]:
        return (
            f"loading into s3://{self.extract['bucket']}/{self.extract['folder']}",
            "it holds objects that this run did not write, and they would be searched as if it had",
            "Clear the run from the purge on",
        )
