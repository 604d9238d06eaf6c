"""What is waited for on packages of OpenSearch Service and on their domains.

A bare AVAILABLE or ACTIVE may describe the version before: the service shows it for a while after it was asked
for the next one, and in which order status and version change is not documented. So every goal reads the status
together with the version, and believes what two looks in a row agree on.
"""

from __future__ import annotations

from switchyard.waiting.goals import Goal

VERSION = "AvailablePackageVersion"
"""Field of a package with the version that domains get when it is associated."""
VERSION_ON_DOMAIN = "PackageVersion"
"""Field of an association with the version that the domain has."""
MOVING = ("COPYING", "VALIDATING")
"""Statuses of a package that is taking over a new file."""
PACKAGE_FAILED = ("COPY_FAILED", "VALIDATION_FAILED")
"""Statuses of a package whose newest file was refused."""

_PACKAGE_LEAVING = ("DELETING", "DELETED", "DELETE_FAILED")
_LOOKS = 2


def package_updated(version_before: str, *, failed_grace: float = 0.0) -> Goal:
    """The package is available at another version than before the update; empty when it had none."""
    differs = {VERSION: version_before} if version_before else {}
    return Goal(
        ready=("AVAILABLE",),
        failed=(*PACKAGE_FAILED, *_PACKAGE_LEAVING),
        failed_grace=failed_grace,
        differs=differs,
        non_null=(VERSION,),
        absent="fail",
        polls=_LOOKS,
    )


def package_available() -> Goal:
    """The package is available at whatever version; after its creation, or after a change by somebody else."""
    return package_updated("")


def package_has_version(version: str) -> Goal:
    """The package is available at this version."""
    return Goal(
        ready=("AVAILABLE",),
        failed=_PACKAGE_LEAVING,
        fields={VERSION: version},
        absent="fail",
        polls=_LOOKS,
    )


def association_has_version(version: str, *, failed_grace: float = 0.0) -> Goal:
    """The domain has this version of the package and uses it."""
    return Goal(
        ready=("ACTIVE",),
        failed=("ASSOCIATION_FAILED", "DISSOCIATING", "DISSOCIATION_FAILED"),
        failed_grace=failed_grace,
        fields={VERSION_ON_DOMAIN: version},
        absent="fail",
        polls=_LOOKS,
    )


def association_active() -> Goal:
    """The domain uses the package, whatever its version."""
    return Goal(
        ready=("ACTIVE",),
        failed=("ASSOCIATION_FAILED", "DISSOCIATING", "DISSOCIATION_FAILED"),
        non_null=(VERSION_ON_DOMAIN,),
        absent="fail",
        polls=_LOOKS,
    )
