"""Update the package with the published file."""

from __future__ import annotations

from typing import Any

from switchyard.aws import console as pages
from switchyard.operators.base import AwsOperator, Pause
from switchyard.operators.synonyms.lock import PublicationLock
from switchyard.operators.synonyms.publication import Publication, Published, Publisher
from switchyard.operators.synonyms.releases import Release
from switchyard.waiting.kinds import Wait

SETTLE_SECONDS = 300.0
"""How long an update may stay invisible. AWS documents no bound; copying alone takes a minute or more."""
LOCK_SECONDS = 6 * 3600.0
"""How long a run may publish; a run that died blocks others no longer than this."""


class UpdatePackageOperator(AwsOperator):
    """Let the package take over a release's file, hash in the commit message, and wait for the new version.

    Takes the right to publish first and keeps it for the run. UpdatePackage is called once: a repeated step finds its
    hash in the history, or the record it made before the call, and then waits until the call must show. A package that
    already holds the release, from whichever run, is left alone.

    Args:
        package_name: the package; its id is looked up, as ids change with the package.
        bucket: bucket of the releases.
        key: the published file.
        sha256: its hash.
        rules: its number of rules.
        expected_version: the package's version that the release was compared with.
        expected_sha256: hash of the release that it was compared with: the package may hold it at another version.
        lock_key: the object that says which run may publish.
        lock_seconds: for how long this run may, counted anew where less than half is left.
        settle_seconds: how long an update may stay invisible after it was asked for.
    """

    console = (pages.PACKAGES,)
    service = "opensearch"
    template_fields = (
        *AwsOperator.template_fields,
        "package_name",
        "key",
        "sha256",
        "rules",
        "expected_version",
        "expected_sha256",
        "lock_key",
        "stamp",
    )

    def __init__(
        self,
        *,
        package_name: str,
        bucket: str,
        key: str,
        sha256: str,
        rules: int | str,
        expected_version: str,
        expected_sha256: str = "",
        lock_key: str,
        pipeline: str,
        stamp: str,
        lock_seconds: float = LOCK_SECONDS,
        settle_seconds: float = SETTLE_SECONDS,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.package_name = package_name
        self.bucket = bucket
        self.key = key
        self.sha256 = sha256
        self.rules = rules
        self.expected_version = expected_version
        self.expected_sha256 = expected_sha256
        self.lock_key = lock_key
        self.pipeline = pipeline
        self.stamp = stamp
        self.lock_seconds = lock_seconds
        self.settle_seconds = settle_seconds
        self._published: Published | None = None

    def act(self, context: Any) -> Wait | Pause | None:
        lock = PublicationLock(
            self.client("s3"), self.bucket, self.lock_key, run=self.stamp, pipeline=self.pipeline
        )
        lock.hold(self.lock_seconds)
        publisher = Publisher(self, context, self._wanted, lock)
        if self.dry_run:
            publisher.plan()
            return None
        outcome = publisher.advance()
        if not isinstance(outcome, Published):
            return outcome
        publisher.confirm()
        self._published = outcome
        return None

    def result(self, context: Any) -> dict[str, Any]:
        published = self._published
        assert published is not None  # noqa: S101 - act ends with it alone
        return {
            "package_id": published.package_id,
            "version": published.version,
            "previous_version": self.expected_version,
            "sha256": self.sha256,
            "summary": f"release {self.sha256[:12]} is version {published.version} of {self.package_name}",
        }

    @property
    def _wanted(self) -> Publication:
        return Publication(
            package_name=self.package_name,
            bucket=self.bucket,
            key=self.key,
            release=Release(self.sha256, int(self.rules), self.stamp),
            expected_version=self.expected_version or "",
            expected_sha256=self.expected_sha256 or "",
            settle_seconds=self.settle_seconds,
        )
