"""Empty the extract and prove it, before a load and after a search."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from switchyard.discovery.full_load import AT_REST, LOADING
from switchyard.discovery.names import job_prefix
from switchyard.operators.discovery.base import DiscoveryOperator
from switchyard.operators.discovery.extract import Folder
from switchyard.operators.discovery.jobs import unfinished_jobs
from switchyard.operators.discovery.task import find_task
from switchyard.waiting.discovery_goals import task_at_rest
from switchyard.waiting.kinds import Wait

_SEEN = "seen"


class PurgeExtractOperator(DiscoveryOperator):
    """Stop what still writes to the extract or searches it, delete all of it, and record the proof that it is empty.

    As the run's last step it also ends the statements that the run left behind.
    Steps that are killed end nothing themselves: the next try goes on with what they began.

    Args:
        extract: the section ``extract`` of the configuration.
        replication_task_id: the task that writes there.
        ends_run: whether this is the run's last step.
        workgroup: Athena's workgroup of the run.
    """

    service = "dms"

    def __init__(
        self,
        *,
        extract: Mapping[str, str],
        replication_task_id: str,
        workgroup: str,
        ends_run: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.extract = dict(extract)
        self.replication_task_id = replication_task_id
        self.workgroup = workgroup
        self.ends_run = ends_run
        self._counted: dict[str, int] = {}

    def act(self, context: Any) -> Wait | None:
        if (wait := self._quiet_task()) is not None:
            return wait
        self._cancel_searches()
        if self.ends_run:
            self._stop_statements()
        folder = Folder(self.client("s3"), self.extract["bucket"], self.extract["folder"], self.account_id)
        self._counted = self._count(context, folder)
        folder.empty()
        folder.end_uploads()
        if self.dry_run:
            return None
        folder.require_empty()
        self.ledger.record_extract_purge(
            **self.run_of(context),
            task_id=self.task_id,
            bucket=self.extract["bucket"],
            folder=self.extract["folder"],
            proved_at=datetime.now(UTC),
            deleted=self._counted["deleted"],
            uploads=self._counted["uploads"],
            evidence={"replication_task": self.replication_task_id},
        )
        return None

    def result(self, context: Any) -> dict[str, Any]:
        deleted = self._counted["deleted"]
        return {**self._counted, "summary": f"empty; {deleted} objects were deleted"}

    def _count(self, context: Any, folder: Folder) -> dict[str, int]:
        """Count what there is to delete, with what an earlier try of the step may have deleted since it counted."""
        memory = context["task_state_store"]
        seen = memory.get(_SEEN) or {"deleted": 0, "uploads": 0}
        counted = {"deleted": sum(1 for _ in folder.objects()), "uploads": sum(1 for _ in folder.uploads())}
        counted = {name: max(count, seen[name]) for name, count in counted.items()}
        memory.set(_SEEN, counted)
        return counted

    def _quiet_task(self) -> Wait | None:
        task = find_task(self.client(), self.replication_task_id)
        arn, status = task["ReplicationTaskArn"], task["Status"]
        if status in LOADING:
            self.log.warning("Task %s is %s: it is stopped, as it writes here", arn, status)
            self.client().stop_replication_task(ReplicationTaskArn=arn)
        if status in AT_REST or self.dry_run:
            return None
        return Wait("replication_task", arn, task_at_rest())

    def _cancel_searches(self) -> None:
        macie = self.client("macie2")
        for job in unfinished_jobs(macie, job_prefix(self.pipeline, self.stamp)):
            macie.update_classification_job(jobId=job["jobId"], jobStatus="CANCELLED")

    def _stop_statements(self) -> None:
        """Stop the statements of the run among the workgroup's latest: their text names the run."""
        athena = self.client("athena")
        latest = athena.list_query_executions(WorkGroup=self.workgroup, MaxResults=50)["QueryExecutionIds"]
        if not latest:
            return
        for one in athena.batch_get_query_execution(QueryExecutionIds=latest)["QueryExecutions"]:
            if one["Status"]["State"] in ("QUEUED", "RUNNING") and self.stamp in one["Query"]:
                athena.stop_query_execution(QueryExecutionId=one["QueryExecutionId"])
