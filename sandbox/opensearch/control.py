"""Putting a package into a status by hand, for tests of what AWS cannot be asked to do."""

from __future__ import annotations

from typing import Any

from moto.core.utils import get_service_model
from moto.opensearch.models import opensearch_backends

from sandbox.errors import SandboxError
from sandbox.transitions import LOCK, scheduler

KINDS = {"package": "PackageStatus", "domain_package": "DomainPackageStatus"}


def force_status(kind: str, account: str, region: str, identifier: str, status: str) -> None:
    """Set the status of a package, and end what is under way with it.

    `kind` is "package", with its name or id, or "domain_package", with "domain:package id". A status that says
    of a failure comes with ErrorDetails. Raises SandboxError for what is not there and for another status.
    """
    shape: Any = get_service_model("opensearch").shape_for(KINDS[kind])
    if status not in shape.enum:
        raise SandboxError(f"status is {status}: choose one of {', '.join(shape.enum)}")
    with LOCK:
        scheduler.tick()
        found = _find(opensearch_backends[account][region], kind, identifier)
        if found is None:
            raise SandboxError(f"there is no {kind} {identifier} in account {account}, Region {region}")
        failed = {"ErrorType": status, "ErrorMessage": f"Forced into {status}"}
        found.stop(status, failed if status.endswith("_FAILED") else None)


def _find(backend: Any, kind: str, identifier: str) -> Any:
    if kind == "package":
        known = backend.packages.values()
        return next((one for one in known if identifier in {one.name, one.package_id}), None)
    domain_name, _, package_id = identifier.partition(":")
    domain = backend.domains.get(domain_name)
    return domain.packages.get(package_id) if domain else None
