"""Bringing a package to the content of a file, with one call of UpdatePackage and never a second."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from switchyard.errors import NotAllowed, StepFailed
from switchyard.operators.base import AwsOperator, Pause
from switchyard.operators.synonyms.lock import Asked, PublicationLock
from switchyard.operators.synonyms.packages import find_package, releases_of
from switchyard.operators.synonyms.releases import Release
from switchyard.waiting.kinds import Wait
from switchyard.waiting.package_goals import (
    MOVING,
    PACKAGE_FAILED,
    VERSION,
    package_available,
    package_has_version,
    package_updated,
)

_ANSWERED = "update_answered"


def require_package(opensearch: Any, name: str) -> dict[str, Any]:
    """The package of this name.

    Raises:
        StepFailed: there is none, or it is being deleted.
    """
    package = find_package(opensearch, name)
    if package is None or package["PackageStatus"] in ("DELETING", "DELETE_FAILED"):
        raise StepFailed(
            f"package {name}",
            "there is no such package in this account and Region"
            if package is None
            else "it is being deleted",
            "Run synonym_bootstrap of this pipeline once, or correct the package's name",
        )
    return package


@dataclass(frozen=True)
class Publication:
    """What a package is to hold.

    Attributes:
        package_name: the package.
        bucket: where the file is.
        key: the file; its name is the hash of its content.
        release: hash, number of rules and run, for the commit message.
        expected_version: the version that the release was compared with; empty accepts none but by its hash.
        expected_sha256: a hash that the package may hold instead, whatever its version.
        settle_seconds: how long an update may stay invisible after it was asked for.
    """

    package_name: str
    bucket: str
    key: str
    release: Release
    expected_version: str
    expected_sha256: str
    settle_seconds: float


@dataclass(frozen=True)
class Published:
    """The package's version that holds the release."""

    package_id: str
    version: str


class Publisher:
    """One look at a package and the next thing to do about it; for a step in loop form.

    Args:
        step: the operator that publishes.
        context: its context.
        wanted: what the package is to hold.
        lock: held by the run.
    """

    def __init__(self, step: AwsOperator, context: Any, wanted: Publication, lock: PublicationLock) -> None:
        self._step = step
        self._wanted = wanted
        self._lock = lock
        self._store = context["task_state_store"]
        self._generation = getattr(context["ti"], "max_tries", 0)
        self._opensearch = step.client("opensearch")
        self._package: Mapping[str, Any] = require_package(self._opensearch, wanted.package_name)
        self._history = releases_of(self._opensearch, self._package)

    def advance(self) -> Wait | Pause | Published:
        """Update the package unless it has been done or asked for; the version once it is certain.

        Raises:
            NotAllowed: the package holds something else than the release was compared with.
            StepFailed: the package is gone.
        """
        if self._holds(self._wanted.release.sha256) and self._status == "AVAILABLE":
            certain = self._wait(package_has_version(self._version))
            return Published(self._id, self._version) if self._step.has_met(certain) else certain
        asked = self._lock.asked
        if asked is not None and asked.sha256 == self._wanted.release.sha256:
            return self._look_for(asked)
        if self._status in MOVING:
            return self._wait(package_available())
        if asked is not None and (pause := self._until_visible(asked)):
            return pause
        return self._ask()

    def plan(self) -> None:
        """Write down the one call that a real run would make."""
        self._send()

    def confirm(self) -> None:
        """Forget what was asked for, after it has been seen."""
        self._lock.settle()

    @property
    def _id(self) -> str:
        return str(self._package["PackageID"])

    @property
    def _status(self) -> str:
        return str(self._package["PackageStatus"])

    @property
    def _version(self) -> str:
        return str(self._package.get(VERSION) or "")

    def _holds(self, sha256: str) -> bool:
        release = self._history.get(self._version)
        return release is not None and release.sha256 == sha256

    def _wait(self, goal: Any) -> Wait:
        return Wait("package", self._id, goal)

    def _look_for(self, asked: Asked) -> Wait | Pause:
        """Wait for an update that this run, or the dead one before it, has asked for."""
        ours = (asked.run, asked.generation) == (self._wanted.release.stamp, self._generation)
        if self._status in PACKAGE_FAILED and not ours:
            return self._ask()  # a person has read the failure, and cleared the task or started a new run
        if self._status == "AVAILABLE" and self._version != asked.before:
            return self._identify()
        grace = self._wanted.settle_seconds if asked.failed_before else 0.0
        visible = self._wait(package_updated(asked.before, failed_grace=grace))
        if self._store.get(_ANSWERED) == asked.at or self._status != "AVAILABLE":
            return visible
        return self._until_visible(asked) or self._ask()

    def _identify(self) -> Pause:
        """A new version is there and does not bear our hash: its history lags behind, or it is not ours."""
        if self._version in self._history:
            raise self._overtaken()
        return Pause(self._step.poll_interval, f"the history to show version {self._version}")

    def _until_visible(self, asked: Asked) -> Pause | None:
        left = asked.at + self._wanted.settle_seconds - time.time()
        if left <= 0 or self._version != asked.before:
            return None
        return Pause(
            min(left, self._step.poll_interval), "an update that may have been asked for to become visible"
        )

    def _ask(self) -> Wait | Pause:
        wanted = self._wanted
        if self._version != wanted.expected_version and not self._holds(wanted.expected_sha256):
            raise self._overtaken()
        failed = self._status in PACKAGE_FAILED
        asked = Asked(
            run=wanted.release.stamp,
            sha256=wanted.release.sha256,
            before=self._version,
            at=time.time(),
            generation=self._generation,
            failed_before=failed,
        )
        self._lock.intend(asked)
        try:
            self._send()
        except (ClientError, BotoCoreError) as error:
            if _is_refusal(error):
                self._lock.settle()  # the next try need not look for it
            else:
                self._lock.intend(replace(asked, at=time.time()))  # it may have reached AWS as late as now
            raise
        self._store.set(_ANSWERED, asked.at)
        grace = wanted.settle_seconds if failed else 0.0
        return self._wait(package_updated(asked.before, failed_grace=grace))

    def _send(self) -> None:
        wanted = self._wanted
        # Once: botocore would send a call whose answer was lost again by itself.
        self._step.client("opensearch", once=True).update_package(
            PackageID=self._id,
            PackageSource={"S3BucketName": wanted.bucket, "S3Key": wanted.key},
            CommitMessage=wanted.release.message,
        )

    def _overtaken(self) -> NotAllowed:
        found = self._history.get(self._version)
        holds = f"release {found.sha256[:12]} of run {found.stamp}" if found else "content of unknown origin"
        return NotAllowed(
            f"publishing release {self._wanted.release.sha256[:12]} in package {self._wanted.package_name}",
            f"the package is at version {self._version or '(none)'} with {holds}, and the release was compared "
            f"with version {self._wanted.expected_version or '(none)'}",
            "Somebody else has updated the package. Start a new run: it compares with what is there now",
        )


def _is_refusal(error: ClientError | BotoCoreError) -> bool:
    """Whether AWS has answered that it does not do what it was asked for."""
    answer = error.response if isinstance(error, ClientError) else {}
    return int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)) < 500
