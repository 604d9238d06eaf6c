"""Which release the domains serve now, found from AWS alone."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aws.error_table import Disposition, disposition
from switchyard.operators.synonyms.packages import package_on_domain, releases_of
from switchyard.operators.synonyms.releases import Release, release_key
from switchyard.waiting.package_goals import VERSION, VERSION_ON_DOMAIN

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Live:
    """What the domains serve, and what the package would give them.

    Attributes:
        version: The oldest version that a domain serves: domains differ when an earlier run died between them.
        release: The release of that version; None where the version is not of this pipeline.
        versions: Version by domain; empty where the domain shows none in use.
        package_version: The package's current version.
        package_release: The release of that version; None where it is not of this pipeline.
        settled: Whether the package is available, and every domain uses its current version.
    """

    version: str
    release: Release | None
    versions: Mapping[str, str]
    package_version: str
    package_release: Release | None
    settled: bool

    @property
    def sha256(self) -> str:
        """Hash of the live file, empty where it is not known."""
        return self.release.sha256 if self.release else ""

    @property
    def package_sha256(self) -> str:
        """Hash of the file in the package's current version, empty where it is not known."""
        return self.package_release.sha256 if self.package_release else ""

    def is_all(self, sha256: str) -> bool:
        """Whether a file is all that domains and package have, so that nothing is left to do."""
        return self.settled and self.package_release is not None and self.package_sha256 == sha256


def find_live(opensearch: Any, package: Mapping[str, Any], domains: Sequence[str]) -> Live:
    """Ask the service what it serves.

    Args:
        opensearch: a client of the package's account and Region.
        package: the package as the service describes it.
        domains: names of the domains.
    """
    releases = releases_of(opensearch, package)
    found = {domain: package_on_domain(opensearch, domain, package["PackageID"]) or {} for domain in domains}
    versions = {domain: str(shown.get(VERSION_ON_DOMAIN) or "") for domain, shown in found.items()}
    current = str(package.get(VERSION) or "")
    # The history shows a version later than the domain does: one that is not in it is the newest.
    order = {version: place for place, version in enumerate(releases)}
    oldest = min(versions.values(), key=lambda version: order.get(version, len(order)))
    in_use = all(shown.get("DomainPackageStatus") == "ACTIVE" for shown in found.values())
    return Live(
        version=oldest,
        release=releases.get(oldest),
        versions=versions,
        package_version=current,
        package_release=releases.get(current),
        settled=package["PackageStatus"] == "AVAILABLE" and in_use and set(versions.values()) == {current},
    )


def fetch_release(s3: Any, bucket: str, folder: str, sha256: str, target: Path) -> str:
    """Download a release's file and compare it with the hash in its name.

    Returns:
        Why it cannot be had, for people; empty when it lies in the target.
    """
    key = release_key(folder, sha256)
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"]
    except ClientError as error:
        if disposition(error) is not Disposition.ABSENT:
            raise
        return f"its file s3://{bucket}/{key} is gone"
    digest = hashlib.sha256()
    with target.open("wb") as file:
        for block in iter(lambda: body.read(_BLOCK), b""):
            digest.update(block)
            file.write(block)
    if digest.hexdigest() == sha256:
        return ""
    return f"its file s3://{bucket}/{key} does not hold what its name says"
