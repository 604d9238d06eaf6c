"""Empty the extract and prove it, before a load and after a search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from switchyard.aws import console as pages
from switchyard.discovery.full_load import AT_REST, LOADING, Mark, Task
from switchyard.discovery.names import job_prefix
from switchyard.errors import BadInput
from switchyard.ledger.purges import purges_from_airflow
from switchyard.observability import metrics
from switchyard.operators.base import Pause
from switchyard.operators.discovery import load, queries
from switchyard.operators.discovery.base import DiscoveryOperator
from switchyard.operators.discovery.extract import Folder
from switchyard.operators.discovery.holding import Holding
from switchyard.operators.discovery.jobs import cancel_jobs
from switchyard.operators.discovery.task import find_task
from switchyard.waiting.discovery_goals import task_writes_nothing
from switchyard.waiting.kinds import Wait

LOOKS = 3
"""Looks after which a start that the run noted, and that DMS does not show, is taken for one that never was."""

_LOOKED = "looked_for_start"
_SEEN = "seen"


class PurgeExtractOperator(DiscoveryOperator):
    """Stop what still writes to the extract or searches it, delete all of it, and record the proof that it is empty.

    From then on the extract is the run's, and other runs wait here until its last step lets go of it.
    As the run's last step it also ends the statements that the run left behind.
    Steps that are killed end nothing themselves: the next try goes on with what they began. Nothing but what writes
    into the extract keeps rows from being deleted, and what fails besides fails after it.

    Args:
        extract: the section ``extract`` of the configuration.
        replication_task_id: the task that writes there.
        ends_run: whether this is the run's last step.
        workgroup: Athena's workgroup of the run.
        held_for: how long a run may have the extract; with nothing no run waits for another.
    """

    console = (pages.FOLDER % ("extract[bucket]", "extract[folder]"),)
    service = "dms"
    remembers_success = True  # what it has deleted is counted nowhere else
    reports = metrics.reported(deleted=metrics.EXTRACT_DELETED)

    def __init__(
        self,
        *,
        extract: Mapping[str, str],
        replication_task_id: str,
        workgroup: str,
        ends_run: bool = False,
        held_for: timedelta = timedelta(),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.extract = dict(extract)
        self.replication_task_id = replication_task_id
        self.workgroup = workgroup
        self.ends_run = ends_run
        self.held_for = held_for
        self._counted: dict[str, int] = {}

    def act(self, context: Any) -> Wait | Pause | None:
        if (wait := self._turn() or self._quiet_task(context)) is not None:
            return wait
        self._empty(context)
        if not self.dry_run:
            self._record(context)
        cancel_jobs(self.client("macie2"), job_prefix(self.pipeline, self.stamp))
        if self.ends_run:
            queries.stop(self.client("athena"), self.workgroup, self.stamp)
            if self.held_for and not self.dry_run:
                self._holding.release()
        return None

    def result(self, context: Any) -> dict[str, Any]:
        deleted = self._counted["deleted"]
        return {**self._counted, "summary": f"empty; {deleted} objects were deleted"}

    @property
    def _holding(self) -> Holding:
        place = {
            "Bucket": self.evidence["bucket"],
            "Key": self.store.holding(self.replication_task_id),
            "ExpectedBucketOwner": self.account_id,
        }
        return Holding(self.client("s3"), place, self.stamp)

    def _turn(self) -> Pause | None:
        """Wait until no other run has the extract: it would lose what it has loaded, and this run search for it."""
        if self.dry_run or not self.held_for:
            return None
        other = self._holding.take(self.held_for)
        return None if other is None else Pause(self.poll_interval, f"{other}, to end")

    def _quiet_task(self, context: Any) -> Wait | Pause | None:
        try:
            description = find_task(self.client(), self.replication_task_id)
        except BadInput as lost:
            self.log.warning("%s. Nothing writes into the extract then", lost)
            return None
        arn, status = description["ReplicationTaskArn"], description["Status"]
        if status in LOADING:
            self.log.warning("Task %s is %s: it is stopped, as it writes here", arn, status)
            self.client().stop_replication_task(ReplicationTaskArn=arn)
        if self.dry_run:
            return None
        if status not in AT_REST:
            return Wait("replication_task", arn, task_writes_nothing())
        return self._late_start(context, Task.read(description))

    def _late_start(self, context: Any, task: Task) -> Pause | None:
        """Wait for the start of a load that the run may have asked for just now, and that DMS shows late."""
        memory = context["task_state_store"]
        mark = Mark.of(self.find(load.NOTE))
        looked = int(memory.get(_LOOKED) or 0)
        if mark is None or mark.started or task.start != mark.before or looked >= LOOKS:
            return None
        memory.set(_LOOKED, looked + 1)
        return Pause(self.poll_interval, "a load to show that may have been started")

    def _empty(self, context: Any) -> None:
        folder = Folder(self.client("s3"), self.extract["bucket"], self.extract["folder"], self.account_id)
        self._count(context, uploads=folder.uploads(), deleted=folder.objects(), versions=())
        # What an upload leaves when it ends meanwhile is deleted with the rest.
        folder.end_uploads()
        folder.empty()
        if self.dry_run:
            ends, deletes = self._counted["uploads"], self._counted["deleted"]
            self.log.info("A run would end %s uploads and delete %s objects", ends, deletes)
            return
        self._count(context, versions=folder.versions())
        folder.forget()
        folder.require_empty()

    def _count(self, context: Any, **found: Iterable[Any]) -> None:
        """Count what there is to delete, with what an earlier try of the step may have deleted since it counted."""
        memory = context["task_state_store"]
        seen = memory.get(_SEEN) or {}
        counted = {name: max(sum(1 for _ in some), seen.get(name, 0)) for name, some in found.items()}
        self._counted = seen | counted
        memory.set(_SEEN, self._counted)

    def _record(self, context: Any) -> None:
        purges_from_airflow(self.ledger_conn_id).record_extract_purge(
            clears=getattr(context["ti"], "max_tries", 0),
            counted=self._counted,
            **self.run_of(context),
            task_id=self.task_id,
            bucket=self.extract["bucket"],
            folder=self.extract["folder"],
            proved_at=datetime.now(UTC),
            evidence={"replication_task": self.replication_task_id},
        )
