"""Associate the package's new version with a domain."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from switchyard.aws import console as pages
from switchyard.operators.base import AwsOperator, Pause
from switchyard.operators.synonyms.association import Associated, Association
from switchyard.operators.synonyms.publication import require_package
from switchyard.operators.synonyms.update import SETTLE_SECONDS
from switchyard.waiting.kinds import Wait


class AssociatePackageOperator(AwsOperator):
    """Give one domain the package's current version, and wait until the domain shows just that version in use.

    Each domain keeps its own copy and stays on it until it is told. A conflict counts as success only when the domain
    shows the version.

    Args:
        package_name: the package.
        domain: the domain as it is configured; of it, ``name``.
        version: the version that the package got.
        settle_seconds: how long after a conflict the domain may take to show what it has.
    """

    console = (pages.DOMAIN,)
    service = "opensearch"
    template_fields = (*AwsOperator.template_fields, "package_name", "domain", "version", "stamp")

    def __init__(
        self,
        *,
        package_name: str,
        domain: Mapping[str, Any],
        version: str,
        pipeline: str,
        stamp: str,
        settle_seconds: float = SETTLE_SECONDS,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.package_name = package_name
        self.domain = domain
        self.version = version
        self.pipeline = pipeline
        self.stamp = stamp
        self.settle_seconds = settle_seconds
        self._associated: Associated | None = None

    def act(self, context: Any) -> Wait | Pause | None:
        package = require_package(self.client(), self.package_name)
        association = Association(
            self,
            context,
            domain=self.domain["name"],
            package=package,
            version=self.version,
            settle_seconds=self.settle_seconds,
        )
        if self.dry_run:
            association.plan()
            return None
        outcome = association.advance()
        if not isinstance(outcome, Associated):
            return outcome
        self._associated = outcome
        return None

    def result(self, context: Any) -> dict[str, Any]:
        associated = self._associated
        assert associated is not None  # noqa: S101 - act ends with it alone
        return {
            "domain": associated.domain,
            "version": associated.version,
            "reference_path": associated.reference_path,
            "summary": f"version {associated.version} is on {associated.domain}",
        }
