"""A custom package: the service's own copies of a file, one per version, and how a new one comes to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.opensearch.source import Source, Unreadable
from sandbox.runtime import runtime
from sandbox.transitions import Process, Stage, now, schedule

BROKEN = {"COPY_FAILED", "VALIDATION_FAILED"}
UTF8 = "UTF-8"


@dataclass(frozen=True)
class Version:
    """One copy of the file; versions are numbered from 1 and called v1, v2, ..."""

    number: int
    content: bytes
    commit_message: str | None
    created_at: datetime

    @property
    def name(self) -> str:
        """How the API calls it."""
        return f"v{self.number}"

    def described(self) -> dict[str, Any]:
        """Return it in the shape of PackageVersionHistory."""
        return {
            "PackageVersion": self.name,
            "CommitMessage": self.commit_message,
            "CreatedAt": self.created_at,
        }


@dataclass
class Package:
    """A package as `DescribePackages` shows it, and the work under way for it."""

    package_id: str
    name: str
    kind: str
    owner: str
    description: str | None = None
    status: str = "COPYING"
    error: dict[str, str] | None = None
    versions: list[Version] = field(default_factory=list)
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
    process: Process | None = None

    @property
    def reference_path(self) -> str:
        """What an index names as `synonyms_path`."""
        return f"analyzers/{self.package_id}"

    @property
    def busy(self) -> bool:
        """Whether a new version is under way, even where the status does not show it yet."""
        return self.process is not None and not self.process.done

    @property
    def current(self) -> Version | None:
        """The version that a domain gets now."""
        return self.versions[-1] if self.versions else None

    def described(self) -> dict[str, Any]:
        """Return it in the shape of PackageDetails."""
        return {
            "PackageID": self.package_id,
            "PackageName": self.name,
            "PackageType": self.kind,
            "PackageDescription": self.description,
            "PackageStatus": self.status,
            "CreatedAt": self.created_at,
            "LastUpdatedAt": self.updated_at,
            "AvailablePackageVersion": self.current.name if self.current else None,
            "ErrorDetails": self.error,
            "PackageOwner": self.owner,
        }

    def show(self, status: str, error: dict[str, str] | None = None) -> None:
        """Let describe calls show a status from now on."""
        self.status, self.error, self.updated_at = status, error, now()

    def take(self, source: Source, commit_message: str | None) -> None:
        """Begin to make a version of what stands in S3; what there is stays in use until it is there."""
        self.process = schedule(
            f"package {self.package_id}", _Intake(self, source, commit_message).stages(), self._failed
        )

    def remove(self, gone: Callable[[], None]) -> None:
        """Begin to go."""
        self.stop("DELETING")
        stage = Stage(runtime.durations["package.delete"], end=gone)
        self.process = schedule(f"package {self.package_id}", [stage], self._failed)

    def stop(self, status: str, error: dict[str, str] | None = None) -> None:
        """End what is under way and show a status."""
        if self.process is not None:
            self.process.stop()
        self.show(status, error)

    def _failed(self, problem: BaseException) -> None:
        self.show("COPY_FAILED", {"ErrorType": "InternalError", "ErrorMessage": str(problem)})


class _Intake:
    """Takes a package from the request for a version to the version.

    For a while an update shows nothing at all; then the file is copied and validated; and at the end an update
    shows its new version and the status AVAILABLE one after the other, in the order of `package_order`.
    """

    def __init__(self, package: Package, source: Source, commit_message: str | None) -> None:
        self._package = package
        self._source = source
        self._message = commit_message
        self._content = b""
        self._update = package.current is not None
        self._version_first = runtime.behaviour["package_order"] == "version-first"

    def stages(self) -> list[Stage]:
        seconds = runtime.durations
        copy = Stage(seconds["package.copy"], begin=self._begin_copy, end=self._copy)
        validate = Stage(seconds["package.validate"], begin=self._begin_validation, end=self._validate)
        if not self._update:
            return [copy, validate, Stage(end=self._publish_all)]
        first, second = self._publish, self._show_available
        if not self._version_first:
            first, second = second, first
        settle = Stage(seconds["package.update.settle"], begin=first, end=second)
        return [Stage(seconds["package.update.invisible"]), copy, validate, settle]

    def _begin_copy(self) -> None:
        self._package.show("COPYING")

    def _copy(self) -> None:
        try:
            self._content = self._source.read()
        except Unreadable as problem:
            self._refuse("COPY_FAILED", problem.kind, problem.message)

    def _begin_validation(self) -> None:
        self._package.show("VALIDATING")

    def _validate(self) -> None:
        try:
            self._content.decode(UTF8)
        except UnicodeDecodeError as problem:
            message = f"The file is not {UTF8}: byte {problem.start} cannot be decoded"
            self._refuse("VALIDATION_FAILED", "InvalidFileEncoding", message)

    def _refuse(self, status: str, kind: str, message: str) -> None:
        self._package.stop(status, {"ErrorType": kind, "ErrorMessage": message})

    def _publish(self) -> None:
        current = self._package.current
        number = current.number + 1 if current else 1
        self._package.versions.append(Version(number, self._content, self._message, now()))
        self._package.updated_at = now()

    def _show_available(self) -> None:
        self._package.show("AVAILABLE")

    def _publish_all(self) -> None:
        self._publish()
        self._show_available()
