"""Let Macie search the extract."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from switchyard.aws import console as pages
from switchyard.discovery.macie_job import Search, job_problem, job_request
from switchyard.discovery.names import job_name
from switchyard.errors import StepFailed
from switchyard.operators.discovery import load, reconcile
from switchyard.operators.discovery.base import DiscoveryOperator
from switchyard.operators.discovery.jobs import find_job
from switchyard.operators.submit import SubmitOperator
from switchyard.waiting.discovery_goals import job_complete
from switchyard.waiting.kinds import Wait

NOTHING = "none"
"""Stands for the job of an extract without an object, which Macie need not search."""


class ClassifyExtractOperator(DiscoveryOperator, SubmitOperator):
    """Start one job over just this run's objects, and wait until it is complete and has read all of them.

    Name and token of the job follow from run and load: a lost answer leads to the same job, and a run that is cleared
    and loads again to another one.

    Args:
        extract: the section ``extract`` of the configuration.
        macie: the section ``macie``.
        prepared: what the preparation of custom identifiers handed on.
    """

    console = (pages.FINDINGS % "job_id",)
    service = "macie2"
    template_fields = (*DiscoveryOperator.template_fields, "prepared")

    def __init__(
        self, *, extract: Mapping[str, str], macie: Mapping[str, Any], prepared: Any, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.extract = dict(extract)
        self.macie = dict(macie)
        self.prepared = prepared
        self.job_id = ""

    def submit(self, context: Any) -> str:
        if self.dry_run:
            return str(self._create(datetime.now(UTC).isoformat()).get("jobId", NOTHING))
        loaded_from = self._loaded_from()
        if not self.read(reconcile.NOTE)["objects"]:
            return NOTHING
        job = find_job(self.client(), job_name(self.pipeline, self.stamp, loaded_from))
        return str((job or self._create(loaded_from))["jobId"])

    def wait(self, identifier: str) -> Wait | None:
        if identifier == NOTHING:
            return None
        self.job_id = identifier
        return Wait("classification_job", identifier, job_complete())

    def describe(self, identifier: str) -> dict[str, Any]:
        if identifier == NOTHING:
            return {"job_id": "", "summary": "no object, no job"}
        job = self.client().describe_classification_job(jobId=identifier)
        if problem := job_problem(job):
            raise StepFailed(
                f"Macie job {identifier}",
                problem,
                "Look into CloudWatch Logs, group /aws/macie/classificationjobs, for what it could not read: "
                "usually the bucket's policy or the key's. Then clear the run from the first purge on",
            )
        return {"job_id": identifier, "summary": f"job {identifier} is complete"}

    def result(self, context: Any) -> dict[str, Any]:
        result = SubmitOperator.result(self, context)
        self.ledger.record_discovery_run(
            **self.run_of(context),
            pipeline=self.pipeline,
            state="searched",
            job_id=result["job_id"],
            searched_at=datetime.now(UTC),
        )
        return result

    def _loaded_from(self) -> str:
        fresh = str((self.find(load.NOTE) or {}).get("fresh") or "")
        if not fresh:
            raise StepFailed(self.task_id, "the load has not ended", "Clear the run from the load on")
        return fresh

    def _create(self, loaded_from: str) -> Mapping[str, Any]:
        request = job_request(
            pipeline=self.pipeline,
            stamp=self.stamp,
            account_id=self.account_id,
            bucket=self.extract["bucket"],
            folder=self.extract["folder"],
            loaded_from=loaded_from,
            search=Search(
                self.macie["selector"],
                self.macie["managed_ids"],
                (self.prepared or {}).get("custom_ids", []),
                self.macie["allow_list_ids"],
            ),
        )
        made: Mapping[str, Any] = self.client().create_classification_job(**request)
        return made
