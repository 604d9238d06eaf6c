"""Bringing a domain to a version of a package: what its console calls "Apply update"."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aws.error_table import Disposition, disposition, error_code
from switchyard.errors import NotAllowed, StepFailed
from switchyard.operators.base import AwsOperator, Pause
from switchyard.operators.synonyms.packages import package_on_domain
from switchyard.waiting.kinds import Wait
from switchyard.waiting.package_goals import (
    MOVING,
    VERSION,
    VERSION_ON_DOMAIN,
    association_active,
    association_has_version,
    package_has_version,
)

_LEAVING = ("DISSOCIATING", "DISSOCIATION_FAILED")


@dataclass(frozen=True)
class Associated:
    """A domain that uses a version of a package."""

    domain: str
    version: str
    reference_path: str


class Association:
    """One look at a domain and the next thing to do about it; for a step in loop form.

    Args:
        step: the operator that associates.
        context: its context.
        domain: the domain's name.
        package: the package as the service describes it.
        version: the version that the domain is to have; it can only get the package's current one.
        settle_seconds: how long a refusal for a conflict may come before the domain shows its version.
    """

    def __init__(
        self,
        step: AwsOperator,
        context: Any,
        *,
        domain: str,
        package: Mapping[str, Any],
        version: str,
        settle_seconds: float,
    ) -> None:
        self._step = step
        self._domain = domain
        self._package = package
        self._version = version
        self._settle_seconds = settle_seconds
        self._opensearch = step.client("opensearch")
        self._store = context["task_state_store"]
        self._answered, self._conflict = f"associated {domain}", f"conflict {domain}"

    def advance(self) -> Wait | Pause | Associated:
        """Associate the package unless it is done or under way; what the domain has once it is certain.

        Raises:
            NotAllowed: the package is at another version by now.
            StepFailed: the domain does not have the package, loses it, or refuses the version.
        """
        found = package_on_domain(self._opensearch, self._domain, self._id)
        if found is None or found["DomainPackageStatus"] in _LEAVING:
            raise self._missing(found)
        status = found["DomainPackageStatus"]
        reached = self._until_reached()
        if status == "ACTIVE" and found.get(VERSION_ON_DOMAIN) == self._version:
            return self._associated(found) if self._step.has_met(reached) else reached
        if self._store.get(self._answered):
            return reached
        if status == "ASSOCIATING":
            return self._wait(association_active())
        if pause := self._after_conflict(found):
            return pause
        return self._require_current() or self._ask(failed=status == "ASSOCIATION_FAILED")

    def plan(self) -> None:
        """Write down the one call that a real run would make."""
        self._opensearch.associate_package(PackageID=self._id, DomainName=self._domain)

    @property
    def _id(self) -> str:
        return str(self._package["PackageID"])

    def _until_reached(self) -> Wait:
        # A failure from before is shown until the new association begins.
        failed_before = self._store.get(self._answered) == "after a failure"
        grace = self._settle_seconds if failed_before else 0.0
        return self._wait(association_has_version(self._version, failed_grace=grace))

    def _wait(self, goal: Any) -> Wait:
        return Wait("domain_package", f"{self._domain}:{self._id}", goal)

    def _associated(self, found: Mapping[str, Any]) -> Associated:
        return Associated(self._domain, self._version, str(found.get("ReferencePath") or ""))

    def _ask(self, *, failed: bool) -> Wait | Pause:
        try:
            self.plan()
        except ClientError as error:
            if disposition(error) is Disposition.RETRY_QUEUE:
                return Pause(self._step.poll_interval, f"another change of domain {self._domain} to end")
            if error_code(error) != "ConflictException":
                raise
            # Success only when the domain shows the version: the next look says.
            self._store.set(self._conflict, {"at": time.time(), "message": str(error)})
            return Pause(self._step.poll_interval, f"domain {self._domain} to show what it has")
        self._store.set(self._answered, "after a failure" if failed else "yes")
        return self._until_reached()

    def _after_conflict(self, found: Mapping[str, Any]) -> Pause | None:
        conflict = self._store.get(self._conflict)
        if conflict is None:
            return None
        if time.time() < conflict["at"] + self._settle_seconds:
            return Pause(self._step.poll_interval, f"domain {self._domain} to show what it has")
        raise StepFailed(
            f"associating version {self._version} of package {self._id} with domain {self._domain}",
            f"the service refused ({conflict['message']}), and the domain shows version "
            f"{found.get(VERSION_ON_DOMAIN)} in status {found['DomainPackageStatus']}",
            "Look at the domain's packages in the console; when nothing is under way there, clear the task",
        )

    def _require_current(self) -> Wait | None:
        """The package must be at the version, as the domain gets whatever is current."""
        if self._package.get(VERSION) == self._version and self._package["PackageStatus"] == "AVAILABLE":
            return None
        if self._package["PackageStatus"] in MOVING:
            return Wait("package", self._id, package_has_version(self._version))
        raise NotAllowed(
            f"associating version {self._version} of package {self._id} with domain {self._domain}",
            f"the package is {self._package['PackageStatus']} at version {self._package.get(VERSION)}",
            "Somebody else has updated the package. Start a new run: it compares with what is there now",
        )

    def _missing(self, found: Mapping[str, Any] | None) -> StepFailed:
        status = found["DomainPackageStatus"] if found else "not associated"
        return StepFailed(
            f"package {self._id} on domain {self._domain}",
            f"it is {status}",
            "Run synonym_bootstrap of this pipeline, which associates it; a refresh only updates it",
        )
