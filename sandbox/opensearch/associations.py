"""A package on a domain: the domain's own copy of one version, and how it moves to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sandbox.opensearch.packages import Package, Version
from sandbox.runtime import runtime
from sandbox.transitions import Process, Stage, now, schedule


@dataclass
class Association:
    """A package on a domain, as `ListPackagesForDomain` shows it."""

    package: Package
    domain_name: str
    domain_key: str
    status: str = "ASSOCIATING"
    version: Version | None = None
    wanted: Version | None = None
    error: dict[str, str] | None = None
    updated_at: datetime = field(default_factory=now)
    process: Process | None = None

    @property
    def busy(self) -> bool:
        """Whether the domain is moving to another version or letting the package go."""
        return self.process is not None and not self.process.done

    def described(self) -> dict[str, Any]:
        """Return it in the shape of DomainPackageDetails."""
        return {
            "PackageID": self.package.package_id,
            "PackageName": self.package.name,
            "PackageType": self.package.kind,
            "LastUpdated": self.updated_at,
            "DomainName": self.domain_name,
            "DomainPackageStatus": self.status,
            "PackageVersion": self.version.name if self.version else None,
            "ReferencePath": self.package.reference_path,
            "ErrorDetails": self.error,
        }

    def show(self, status: str, error: dict[str, str] | None = None) -> None:
        """Let list calls show a status from now on."""
        self.status, self.error, self.updated_at = status, error, now()

    def move_to(self, version: Version) -> None:
        """Begin to copy a version of the package to the domain; an older one stays in use until then.

        A domain that has the package shows nothing of it for a while, and at the end its new version and the
        status ACTIVE one after the other, in the order of `package_order`.
        """
        self.wanted = version
        seconds = runtime.durations
        copy = Stage(
            seconds["package.associate"],
            begin=partial(self.show, "ASSOCIATING"),
            work=self._delivery(version),
        )
        take, activate = partial(self._take, version), partial(self.show, "ACTIVE")
        if self.version is None:
            stages = [copy, Stage(begin=take, end=activate)]
        else:
            first, second = take, activate
            if runtime.behaviour["package_order"] == "status-first":
                first, second = second, first
            settle = Stage(seconds["package.associate.settle"], begin=first, end=second)
            stages = [Stage(seconds["package.associate.invisible"]), copy, settle]
        self._schedule(stages, "ASSOCIATION_FAILED")

    def end(self, gone: Callable[[], None]) -> None:
        """Begin to take the package off the domain."""
        seconds = runtime.durations["package.dissociate"]
        nodes, work = runtime.search, None
        if nodes is not None and nodes.runs(self.domain_key):
            work = partial(nodes.remove_package, self.domain_key, self.package.package_id)
        leave = Stage(seconds, begin=partial(self.show, "DISSOCIATING"), work=work, end=gone)
        self._schedule([leave], "DISSOCIATION_FAILED")

    def stop(self, status: str, error: dict[str, str] | None = None) -> None:
        """End what is under way and show a status."""
        if self.process is not None:
            self.process.stop()
        self.show(status, error)

    def _schedule(self, stages: list[Stage], broken: str) -> None:
        def failed(problem: BaseException) -> None:
            self.show(broken, {"ErrorType": "InternalError", "ErrorMessage": str(problem)})

        name = f"package {self.package.package_id} on domain {self.domain_name}"
        self.process = schedule(name, stages, failed)

    def _take(self, version: Version) -> None:
        self.version, self.updated_at = version, now()

    def _delivery(self, version: Version) -> Callable[[], None] | None:
        """Return the work of handing the file to the domain's engine; None where none runs."""
        nodes = runtime.search
        if nodes is None or not nodes.runs(self.domain_key):
            return None
        refresh = runtime.behaviour["search_auto_refresh"] == "on"
        return partial(
            nodes.put_package, self.domain_key, self.package.package_id, version.content, refresh=refresh
        )
