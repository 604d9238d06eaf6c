"""Answers of Macie: the session and jobs. Findings and what is defined for jobs have modules of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import get_service_model

from sandbox import validation
from sandbox.errors import Refused
from sandbox.macie import listing
from sandbox.macie.exceptions import ValidationException
from sandbox.macie.finding_calls import FindingCalls
from sandbox.macie.identifier_calls import IdentifierCalls
from sandbox.macie.jobs import ClassificationJob
from sandbox.transitions import LOCK, scheduler

LARGEST_PAGE = 200
UNCHANGED = {
    "EnableMacie",
    "CreateInvitations",
    "ListInvitations",
    "DeclineInvitations",
    "AcceptInvitation",
    "EnableOrganizationAdminAccount",
    "ListOrganizationAdminAccounts",
}
"""Operations that need no session."""

READERS: Mapping[str, Callable[[ClassificationJob], str]] = {
    "jobType": lambda job: str(job.wanted["jobType"]),
    "jobStatus": lambda job: job.status,
    "createdAt": lambda job: job.created_at.isoformat(),
    "name": lambda job: job.name,
}
TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "EQ": lambda held, wanted: held == wanted,
    "NE": lambda held, wanted: held != wanted,
    "CONTAINS": lambda held, wanted: wanted in held,
    "STARTS_WITH": lambda held, wanted: held.startswith(wanted),
    "GT": lambda held, wanted: held > wanted,
    "GTE": lambda held, wanted: held >= wanted,
    "LT": lambda held, wanted: held < wanted,
    "LTE": lambda held, wanted: held <= wanted,
}


class MacieResponse(IdentifierCalls, FindingCalls):
    """One request, one at a time, on a state that has caught up with the clock."""

    def call_action(self) -> TYPE_RESPONSE:
        """Answer the call where Macie is on and its parameters fit the model."""
        operation = self._get_action()
        if not operation:
            raise Refused("UnknownOperationException", f"no operation at {self.method} {self.path}", 404)
        with LOCK:
            scheduler.tick()
            if operation not in UNCHANGED:
                self.macie_backend.check_enabled()
            shape = get_service_model("macie2").operation_model(operation).input_shape
            if shape is not None and (problem := validation.problems(shape, self.params)):
                raise ValidationException(problem)
            return super().call_action()

    # the session

    def enable_macie(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/macie/latest/APIReference/macie.html."""
        frequency = self.params.get("findingPublishingFrequency") or "FIFTEEN_MINUTES"
        self.macie_backend.enable(frequency, self.params.get("status") or "ENABLED")
        return EmptyResult()

    def get_macie_session(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/macie/latest/APIReference/macie.html."""
        return ActionResult(self.macie_backend.check_enabled())

    def update_macie_session(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/macie.html."""
        wanted = self.params
        self.macie_backend.change_session(wanted.get("findingPublishingFrequency"), wanted.get("status"))
        return EmptyResult()

    def put_classification_export_configuration(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/classification-export-configuration.html."""
        return ActionResult(self.macie_backend.set_export(self.params["configuration"]))

    def get_classification_export_configuration(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/classification-export-configuration.html."""
        return ActionResult(self.macie_backend.exported())

    def get_usage_statistics(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/usage-statistics.html."""
        backend = self.macie_backend
        analysed = sum(job.progress.analysed for job in backend.jobs.values())
        discovery = {
            "type": "SENSITIVE_DATA_DISCOVERY",
            "currency": "USD",
            "estimatedCost": f"{analysed / 2**30:.2f}",
            "serviceLimit": {"isServiceLimited": False, "unit": "TERABYTES", "value": 5},
        }
        record = {"accountId": backend.account_id, "usage": [discovery]}
        time_range = self.params.get("timeRange") or "MONTH_TO_DATE"
        return ActionResult({"records": [record], "timeRange": time_range})

    # jobs

    def create_classification_job(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/jobs.html."""
        if self.params["jobType"] != "ONE_TIME":
            raise NotImplementedError(f"classification jobs of type {self.params['jobType']}")
        job = self.macie_backend.new_job(self.params)
        return ActionResult({"jobId": job.job_id, "jobArn": job.arn})

    def describe_classification_job(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/jobs-jobid.html."""
        return ActionResult(self.macie_backend.job(self.params["jobId"]).described())

    def update_classification_job(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/jobs-jobid.html."""
        self.macie_backend.job(self.params["jobId"]).change(self.params["jobStatus"])
        return EmptyResult()

    def list_classification_jobs(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/jobs-list.html."""
        wanted = self.params.get("filterCriteria") or {}
        found = [
            job
            for job in self.macie_backend.jobs.values()
            if all(_meets(job, term) for term in wanted.get("includes") or [])
            and not any(_meets(job, term) for term in wanted.get("excludes") or [])
        ]
        order = self.params.get("sortCriteria") or {}
        if order.get("attributeName"):
            found.sort(key=READERS[order["attributeName"]], reverse=order.get("orderBy") == "DESC")
        shown, token = listing.page(found, self.params, largest=LARGEST_PAGE)
        return ActionResult({"items": [job.listed() for job in shown], "nextToken": token})

    # tags

    def tag_resource(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/tags-resourcearn.html."""
        self.macie_backend.tags(self.params["resourceArn"]).update(self.params["tags"])
        return EmptyResult()

    def untag_resource(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/tags-resourcearn.html."""
        tags = self.macie_backend.tags(self.params["resourceArn"])
        for name in self.params["tagKeys"]:
            tags.pop(name, None)
        return EmptyResult()

    def list_tags_for_resource(self) -> ActionResult:
        """https://docs.aws.amazon.com/macie/latest/APIReference/tags-resourcearn.html."""
        return ActionResult({"tags": self.macie_backend.tags(self.params["resourceArn"])})


def _meets(job: ClassificationJob, term: Mapping[str, Any]) -> bool:
    held = READERS[term["key"]](job)
    test, values = TESTS[term["comparator"]], [str(value) for value in term.get("values") or []]
    if term["comparator"] == "NE":
        return all(test(held, value) for value in values)
    return any(test(held, value) for value in values)
