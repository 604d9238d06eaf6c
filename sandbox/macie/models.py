"""The backend of one account and Region: the session, what is defined for jobs, jobs and findings."""

from __future__ import annotations

import secrets
import string
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from moto.macie2.models import MacieBackend as MotoBackend

from sandbox.macie import access, criteria, events, managed, results, scope
from sandbox.macie.custom import AllowList, CustomIdentifier, check_criteria, detector
from sandbox.macie.exceptions import (
    AccessDeniedException,
    ConflictException,
    ResourceNotFoundException,
    ValidationException,
)
from sandbox.macie.filters import FindingsFilter
from sandbox.macie.jobs import CANCELLED, PAUSED, RUNNING, USER_PAUSED, ClassificationJob
from sandbox.macie.orders import Order, Progress
from sandbox.objects import ObjectError
from sandbox.runtime import runtime
from sandbox.transitions import now, scheduler

if TYPE_CHECKING:
    from sandbox.macie.run import Run

Kept = TypeVar("Kept")
MOST_CUSTOM = 30
MOST_LISTS = 10
"""Source: https://docs.aws.amazon.com/macie/latest/user/macie-quotas.html"""


class MacieBackend(MotoBackend):
    """Macie of one account in one Region: off until it is enabled, as on AWS."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.macie_session = None
        self._forget()

    @property
    def _url_module(self) -> Any:
        from sandbox.macie import urls

        return urls

    def _forget(self) -> None:
        self.export: dict[str, Any] | None = None
        self.jobs: dict[str, ClassificationJob] = {}
        self.identifiers: dict[str, CustomIdentifier] = {}
        self.allow_lists: dict[str, AllowList] = {}
        self.filters: dict[str, FindingsFilter] = {}
        self.findings: dict[str, dict[str, Any]] = {}
        self._shown_from: dict[str, datetime] = {}
        self._tokens: dict[str, str] = {}

    def reset(self) -> None:
        """Forget everything."""
        self.discard()
        super().reset()

    def discard(self) -> None:
        """End what is under way, and wait for it."""
        processes = []
        for job in self.jobs.values():
            job.quit()
            if job.process is not None:
                processes.append(job.process)
        scheduler.forget(processes)

    # the session

    def check_enabled(self) -> dict[str, Any]:
        """Return the session; AccessDeniedException where Macie is off."""
        if self.macie_session is None:
            raise AccessDeniedException("Macie is not enabled.")
        return self.macie_session

    def enable(self, frequency: str, status: str) -> None:
        """Turn Macie on; ConflictException where it is on."""
        if self.macie_session is not None:
            raise ConflictException("Macie has already been enabled")
        self.macie_session = {
            "createdAt": now(),
            "findingPublishingFrequency": frequency,
            "serviceRole": access.service_role(self.account_id),
            "status": status,
            "updatedAt": now(),
        }

    def change_session(self, frequency: str | None, status: str | None) -> None:
        """Change the session; to pause it cancels the jobs."""
        session = self.check_enabled()
        session["findingPublishingFrequency"] = frequency or session["findingPublishingFrequency"]
        session["status"] = status or session["status"]
        session["updatedAt"] = now()
        if session["status"] == "PAUSED":
            for job in self.jobs.values():
                if job.status in {RUNNING, PAUSED, USER_PAUSED}:
                    job.force(CANCELLED)

    def disable_macie(self) -> None:
        """Turn Macie off, which deletes all it has."""
        self.check_enabled()
        for job in self.jobs.values():
            job.quit()
        super().disable_macie()
        self._forget()

    def set_export(self, configuration: Mapping[str, Any]) -> dict[str, Any]:
        """Choose where discovery results go, or nowhere; AccessDeniedException where Macie cannot write there."""
        destination = configuration.get("s3Destination")
        if destination:
            try:
                results.try_out(self.account_id, self.region_name, destination)
            except ObjectError as error:
                message = f"Macie can't write to s3://{destination['bucketName']}: {error.message}"
                raise AccessDeniedException(message) from error
        self.export = dict(destination) if destination else None
        return self.exported()

    def exported(self) -> dict[str, Any]:
        """Return where discovery results go."""
        return {"configuration": {"s3Destination": self.export} if self.export else {}}

    # what jobs use

    def new_identifier(self, wanted: Mapping[str, Any]) -> CustomIdentifier:
        """Define a custom data identifier."""
        if known := self._replayed(wanted, self.identifiers):
            return known
        key = str(uuid.uuid4())
        detector(key, wanted)
        if any(one.wanted["name"] == wanted["name"] for one in self.identifiers.values() if not one.deleted):
            raise ConflictException(f"A custom data identifier is named {wanted['name']} already")
        made = CustomIdentifier(
            key, self._arn("custom-data-identifier", key), wanted, dict(wanted.get("tags") or {})
        )
        return self._keep(wanted, self.identifiers, key, made)

    def identifier(self, key: str) -> CustomIdentifier:
        """Return a custom data identifier, deleted or not."""
        return _found(self.identifiers, key)

    def new_allow_list(self, wanted: Mapping[str, Any]) -> AllowList:
        """Define an allow list."""
        if known := self._replayed(wanted, self.allow_lists):
            return known
        check_criteria(wanted["criteria"])
        if any(one.name == wanted["name"] for one in self.allow_lists.values()):
            raise ConflictException(f"An allow list is named {wanted['name']} already")
        key = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(22))
        made = AllowList(
            key,
            self._arn("allow-list", key),
            wanted["name"],
            wanted["criteria"],
            wanted.get("description"),
            dict(wanted.get("tags") or {}),
        )
        return self._keep(wanted, self.allow_lists, key, made)

    def allow_list(self, key: str) -> AllowList:
        """Return an allow list."""
        return _found(self.allow_lists, key)

    def new_filter(self, wanted: Mapping[str, Any]) -> FindingsFilter:
        """Define a findings filter."""
        if known := self._replayed(wanted, self.filters):
            return known
        criteria.check(wanted["findingCriteria"])
        if any(one.name == wanted["name"] for one in self.filters.values()):
            raise ConflictException(f"A findings filter is named {wanted['name']} already")
        key = str(uuid.uuid4())
        made = FindingsFilter(key, self._arn("findings-filter", key), dict(wanted.get("tags") or {}))
        made.change(wanted)
        return self._keep(wanted, self.filters, key, made)

    def filter(self, key: str) -> FindingsFilter:
        """Return a findings filter."""
        return _found(self.filters, key)

    # jobs

    def new_job(self, wanted: Mapping[str, Any]) -> ClassificationJob:
        """Begin a job, or return the one that the same token began."""
        if known := self._replayed(wanted, self.jobs):
            return known
        if self.check_enabled()["status"] != "ENABLED":
            raise AccessDeniedException("Macie is paused.")
        key = secrets.token_hex(16)
        order = self._order(key, wanted)

        def new_run(progress: Progress) -> Run:
            from sandbox.macie.run import Run  # with pyarrow, which takes a while to load

            return Run(order, progress, self.take)

        arn = self._arn("classification-job", key)
        job = ClassificationJob(key, arn, wanted, dict(wanted.get("tags") or {}), new_run)
        job.start()
        return self._keep(wanted, self.jobs, key, job)

    def job(self, key: str) -> ClassificationJob:
        """Return a job."""
        return _found(self.jobs, key)

    def _order(self, key: str, wanted: Mapping[str, Any]) -> Order:
        definition = wanted["s3JobDefinition"]
        if not definition.get("bucketDefinitions") or definition.get("bucketCriteria"):
            raise NotImplementedError("jobs that choose their buckets by criteria")
        scope.check(definition.get("scoping") or {})
        percentage = wanted.get("samplingPercentage") or 100
        if not 1 <= percentage <= 100:
            raise ValidationException("samplingPercentage must be between 1 and 100")
        custom = [self._usable(one) for one in wanted.get("customDataIdentifierIds") or []]
        lists = [self.allow_list(one) for one in wanted.get("allowListIds") or []]
        if len(custom) > MOST_CUSTOM or len(lists) > MOST_LISTS:
            raise ValidationException(
                f"A job can use {MOST_CUSTOM} custom data identifiers and {MOST_LISTS} allow lists"
            )
        selector = wanted.get("managedDataIdentifierSelector") or "RECOMMENDED"
        chosen = managed.select(selector, wanted.get("managedDataIdentifierIds") or [])
        if not chosen and not custom:
            raise ValidationException("A job without managed data identifiers needs a custom data identifier")
        return Order(
            account=self.account_id,
            region=self.region_name,
            job_id=key,
            job_name=wanted["name"],
            buckets=[
                (one["accountId"], name) for one in definition["bucketDefinitions"] for name in one["buckets"]
            ],
            scoping=definition.get("scoping") or {},
            percentage=percentage,
            detectors=[*chosen, *(one.detector for one in custom)],
            allow_lists=lists,
            destination=self.export,
        )

    def _usable(self, key: str) -> CustomIdentifier:
        found = self.identifier(key)
        if found.deleted:
            raise ValidationException(f"The custom data identifier {key} was deleted")
        return found

    # findings

    def take(self, finding: dict[str, Any]) -> None:
        """Keep a new finding, and publish it unless a filter archives it."""
        finding["archived"] = any(one.archives(finding) for one in self.filters.values())
        self.findings[finding["id"]] = finding
        self._shown_from[finding["id"]] = now() + timedelta(seconds=runtime.durations["finding.invisible"])
        if not finding["archived"]:
            events.publish(self.account_id, self.region_name, finding)

    def shown(self) -> list[dict[str, Any]]:
        """Return the findings that can be seen by now."""
        return [one for key, one in self.findings.items() if self._shown_from[key] <= now()]

    # tags

    def tags(self, arn: str) -> dict[str, str]:
        """Return the tags of a resource, to read or to change."""
        owners: list[Any] = [
            *self.jobs.values(), *self.identifiers.values(), *self.allow_lists.values(), *self.filters.values()
        ]  # fmt: skip
        for one in owners:
            if one.arn == arn:
                tags: dict[str, str] = one.tags
                return tags
        raise ResourceNotFoundException

    def _replayed(self, wanted: Mapping[str, Any], kind: Mapping[str, Kept]) -> Kept | None:
        return kind.get(self._tokens.get(str(wanted.get("clientToken") or ""), ""))

    def _keep(self, wanted: Mapping[str, Any], kind: dict[str, Kept], key: str, made: Kept) -> Kept:
        kind[key] = made
        if wanted.get("clientToken"):
            self._tokens[wanted["clientToken"]] = key
        return made

    def _arn(self, kind: str, key: str) -> str:
        return f"arn:aws:macie2:{self.region_name}:{self.account_id}:{kind}/{key}"


def _found(known: Mapping[str, Kept], key: str) -> Kept:
    if key not in known:
        raise ResourceNotFoundException
    return known[key]
