"""Look before the first write: bucket, domains, package, indexes, and the database of the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from switchyard.aws import console as pages
from switchyard.configuration.synonym_types import valid_package_name
from switchyard.errors import BadInput
from switchyard.operators.base import AwsOperator
from switchyard.operators.source_database import open_source
from switchyard.operators.synonyms.domains import require_synonyms, search_client_of, searched
from switchyard.operators.synonyms.place_checks import (
    require_association,
    require_bucket,
    require_domain,
    require_package,
)
from switchyard.operators.synonyms.source import statement_of
from switchyard.search.indexes import find_index
from switchyard.synonyms.rules import Layout
from switchyard.waiting.kinds import Wait
from switchyard.waiting.package_goals import MOVING, association_active, package_available


class CheckBootstrapPreconditionsOperator(AwsOperator):
    """Prove that bucket, domains and rows are there, before a package or an index is made.

    Args:
        bucket: bucket of the releases.
        package_name: the package.
        domains: the domains as they are configured.
        source: where the rows are, as it is configured.
    """

    console = (pages.DOMAINS,)
    service = "opensearch"
    changes_nothing = True

    def __init__(
        self,
        *,
        bucket: str,
        package_name: str,
        domains: Sequence[Mapping[str, Any]],
        source: Mapping[str, Any],
        pipeline: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bucket = bucket
        self.package_name = package_name
        self.domains = list(domains)
        self.source = dict(source)
        self.pipeline = pipeline
        self.columns: tuple[str, ...] = ()

    def act(self, context: Any) -> Wait | None:
        self._require_places()
        self._require_rows()
        return None

    def result(self, context: Any) -> dict[str, Any]:
        return {
            "columns": list(self.columns),
            "domains": [domain["name"] for domain in self.domains],
            "summary": "all is as it must be",
        }

    def _require_places(self) -> None:
        place = {"account_id": self.account_id, "region_name": self.region_name}
        valid_package_name("package.name", self.package_name)
        require_bucket(self.client("s3"), self.bucket, **place)
        for domain in self.domains:
            require_domain(self.client(), domain["name"], **place)

    def _require_rows(self) -> None:
        statement = statement_of(self.source)
        with open_source(self.source) as database:
            self.columns = database.columns(statement)
        try:
            Layout.of(self.columns)
        except BadInput as error:
            raise BadInput(
                "source.statement",
                self.source["statement"],
                f"{error.field} {error.value}: {error.problem}",
                error.remedy,
            ) from error


class CheckRefreshPreconditionsOperator(CheckBootstrapPreconditionsOperator):
    """Prove that a release can be published, reach every index and be taken back, before anything is written.

    Waits for a package or an association in the middle of a change; refuses everything else that would fail later.

    Args:
        package_id: the id the package must have, if one is configured.
        analysis: the declared analysis before the synonyms.
        bootstrap_dag_id: the DAG that creates what is missing.
    """

    def __init__(
        self, *, package_id: str | None, analysis: Mapping[str, Any], bootstrap_dag_id: str, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.package_id = package_id
        self.analysis = dict(analysis)
        self.bootstrap_dag_id = bootstrap_dag_id
        self.warnings: list[str] = []
        self.reference_paths: dict[str, str] = {}
        self.package: dict[str, Any] = {}

    def act(self, context: Any) -> Wait | None:
        self.warnings, self.reference_paths = [], {}
        self._require_places()
        self.package = require_package(
            self.client(), self.package_name, package_id=self.package_id, bootstrap=self.bootstrap_dag_id
        )
        if self.package["PackageStatus"] in MOVING:
            return Wait("package", self.package["PackageID"], package_available())
        for domain in self.domains:
            found = require_association(
                self.client(), domain["name"], self.package, bootstrap=self.bootstrap_dag_id
            )
            if found["DomainPackageStatus"] == "ASSOCIATING":
                identifier = f"{domain['name']}:{self.package['PackageID']}"
                return Wait("domain_package", identifier, association_active())
            reference_path = str(found.get("ReferencePath"))
            self._require_indexes(domain, reference_path)
            self.reference_paths[domain["name"]] = reference_path
        self._require_one_path()
        self._require_rows()
        return None

    def result(self, context: Any) -> dict[str, Any]:
        for warning in self.warnings:
            self.log.warning("%s", warning)
        return super().result(context) | {
            "package_id": self.package["PackageID"],
            "package_status": self.package["PackageStatus"],
            "warnings": self.warnings,
            "reference_path": next(iter(self.reference_paths.values())),
            "summary": "; ".join(self.warnings) or "all is as it must be",
        }

    def _require_indexes(self, domain: Mapping[str, Any], reference_path: str) -> None:
        client = search_client_of(self, domain)
        try:
            for index in domain["indexes"]:
                found = find_index(client, searched(index))
                if found is None:
                    raise self._no_index(domain["name"], searched(index))
                self.warnings += require_synonyms(
                    found, index, analysis=self.analysis, reference_path=reference_path
                )
        finally:
            client.close()

    def _require_one_path(self) -> None:
        """A package is found under its id on every domain; what is said here of one is used for all."""
        if len(set(self.reference_paths.values())) > 1:
            raise BadInput(
                "domains",
                self.reference_paths,
                "the domains have the package at different paths",
                "Configure a pipeline of its own for the domains that differ",
            )

    def _no_index(self, domain: str, index: str) -> BadInput:
        return BadInput(
            "domains.indexes.name",
            index,
            f"domain {domain} has no such index",
            f"Run the DAG {self.bootstrap_dag_id} once, or correct the name",
        )
