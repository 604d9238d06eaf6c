"""Create what a refresh needs and does not make: the package, its place on the domains, and the indexes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from switchyard.aws import console as pages
from switchyard.errors import CheckFailed, StepFailed
from switchyard.ledger.connection import DEFAULT_CONN_ID, from_airflow
from switchyard.operators.base import AwsOperator, Pause
from switchyard.operators.synonyms.domains import require_synonyms, search_client_of, searched
from switchyard.operators.synonyms.notes import run_of
from switchyard.operators.synonyms.packages import find_package, package_on_domain
from switchyard.operators.synonyms.place_checks import DICTIONARY, require_package
from switchyard.operators.synonyms.reindex import versioned
from switchyard.operators.synonyms.releases import Release
from switchyard.search.client import SearchClient
from switchyard.search.index_body import index_body
from switchyard.search.indexes import find_index, path_of
from switchyard.waiting.kinds import Wait
from switchyard.waiting.package_goals import (
    MOVING,
    VERSION,
    VERSION_ON_DOMAIN,
    association_active,
    package_available,
)

_UNMADE = {"PackageID": "F0"}
"""Stands in a dry run for the package that is not made."""


class BootstrapPackageOperator(AwsOperator):
    """Import a file as a new package and associate it with every domain; what is there already is left as it is.

    A package of this name must be a dictionary of this pipeline's making or choice: its content is not changed here,
    the first refresh does that. A first release needs the ledger, as `RecordReleaseOperator` does: where the ledger is
    away the step turns red with the release live, and records it when it is tried again.

    Args:
        package_name: the package.
        package_id: the id that it must have, if one is configured.
        bucket: bucket of the releases.
        key: the published file of the first release.
        sha256: its hash.
        rules: its number of rules.
        domains: the domains as they are configured; of them, ``name``.
    """

    console = (pages.PACKAGES,)
    service = "opensearch"
    template_fields = (
        *AwsOperator.template_fields,
        "package_name",
        "package_id",
        "key",
        "sha256",
        "rules",
        "domains",
        "stamp",
    )

    def __init__(
        self,
        *,
        package_name: str,
        package_id: str | None = None,
        bucket: str,
        key: str,
        sha256: str,
        rules: int | str,
        domains: Sequence[Mapping[str, Any]],
        pipeline: str,
        stamp: str,
        ledger_conn_id: str = DEFAULT_CONN_ID,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.package_name = package_name
        self.package_id = package_id
        self.bucket = bucket
        self.key = key
        self.sha256 = sha256
        self.rules = rules
        self.domains = domains
        self.pipeline = pipeline
        self.stamp = stamp
        self.ledger_conn_id = ledger_conn_id

    def act(self, context: Any) -> Wait | Pause | None:
        package = find_package(self.client(), self.package_name)
        if package is None:
            package = self._create()
        if self.dry_run:
            self._plan_associations(package or _UNMADE)
            return None
        if package["PackageStatus"] in MOVING:
            return Wait("package", package["PackageID"], package_available())
        self._found()
        for domain in self.domains:
            if wanted := self._associate(context, package, domain["name"]):
                return wanted
        return None

    def result(self, context: Any) -> dict[str, Any]:
        package = self._found()
        if self.sha256:
            self._record(context, package)
        return {
            "package_id": package["PackageID"],
            "version": package[VERSION],
            "reference_paths": {
                domain["name"]: self._on(package, domain["name"])["ReferencePath"] for domain in self.domains
            },
            "summary": f"package {package['PackageID']}, version {package[VERSION]}",
        }

    def _record(self, context: Any, package: Mapping[str, Any]) -> None:
        now = datetime.now(UTC)
        from_airflow(self.ledger_conn_id).record_synonym_release(
            **run_of(context),
            pipeline=self.pipeline,
            stamp=self.stamp,
            state="live",
            # Noted when the file was built, too; the ledger may have been away then.
            sha256=self.sha256,
            rules=int(self.rules),
            package_id=package["PackageID"],
            version=package[VERSION],
            live_version=package[VERSION],
            live_at=now,
            finished_at=now,
        )

    def _create(self) -> dict[str, Any]:
        # CreatePackage takes no commit message: the description ties the first version to its content. Once, as
        # botocore takes a full quota for throttling and would go on asking.
        release = Release(self.sha256, int(self.rules), self.stamp)
        answer = self.client(once=True).create_package(
            PackageName=self.package_name,
            PackageType=DICTIONARY,
            PackageDescription=release.message,
            PackageSource={"S3BucketName": self.bucket, "S3Key": self.key},
        )
        made: dict[str, Any] = answer.get("PackageDetails", {})
        return made

    def _plan_associations(self, package: Mapping[str, Any]) -> None:
        for domain in self.domains:
            if package_on_domain(self.client(), domain["name"], package["PackageID"]) is None:
                self.client().associate_package(PackageID=package["PackageID"], DomainName=domain["name"])

    def _found(self) -> dict[str, Any]:
        return require_package(
            self.client(), self.package_name, package_id=self.package_id, bootstrap=self.dag_id
        )

    def _associate(self, context: Any, package: Mapping[str, Any], domain: str) -> Wait | None:
        """Associate a domain that does not have the package; None when it uses some version of it."""
        store, asked = context["task_state_store"], f"asked {domain}"
        found = package_on_domain(self.client(), domain, package["PackageID"])
        status = found["DomainPackageStatus"] if found else "absent"
        if status == "ACTIVE":
            return None
        if status == "absent" or (status == "ASSOCIATION_FAILED" and not store.get(asked)):
            self.client().associate_package(PackageID=package["PackageID"], DomainName=domain)
            store.set(asked, True)
        return Wait("domain_package", f"{domain}:{package['PackageID']}", association_active())

    def _on(self, package: Mapping[str, Any], domain: str) -> dict[str, Any]:
        found = package_on_domain(self.client(), domain, package["PackageID"])
        if found is None:
            raise StepFailed(
                f"package {self.package_name} on domain {domain}",
                "it was associated and is not there",
                "Look who dissociated it, then clear the task",
            )
        return found


class BootstrapIndexOperator(AwsOperator):
    """Create the indexes of a domain that are not there, so that the package's synonyms take effect in them.

    An index that is there is never touched: it is checked, and refused with a remedy where it would not work.

    Args:
        domain: the domain as it is configured: ``name``, ``indexes``, ``search_conn_id``.
        package_name: the package, which the domain must use.
        analysis: the declared ``tokenizer`` and ``filters`` before the synonyms.
    """

    console = (pages.DOMAIN,)
    service = "opensearch"
    template_fields = (*AwsOperator.template_fields, "domain", "package_name", "pipeline", "stamp")

    def __init__(
        self,
        *,
        domain: Mapping[str, Any],
        package_name: str,
        analysis: Mapping[str, Any],
        pipeline: str,
        stamp: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.domain = domain
        self.package_name = package_name
        self.analysis = analysis
        self.pipeline = pipeline
        self.stamp = stamp
        self._created: list[str] = []
        self._found: list[str] = []

    def act(self, context: Any) -> Wait | Pause | None:
        package = self._package()
        self._created, self._found = [], []
        with closing(search_client_of(self, self.domain)) as client:
            for index in self.domain["indexes"]:
                self._create_or_check(client, index, package)
        return None

    def result(self, context: Any) -> dict[str, Any]:
        said = {"created": self._created, "found": self._found}
        told = "; ".join(f"{what} {', '.join(indexes)}" for what, indexes in said.items() if indexes)
        return {"domain": self.domain["name"], **said, "summary": f"on {self.domain['name']}: {told}"}

    def _package(self) -> Mapping[str, Any]:
        """What the domain has of the package; in a dry run it may still be unmade."""
        package = find_package(self.client(), self.package_name)
        name = self.domain["name"]
        found = package_on_domain(self.client(), name, package["PackageID"]) if package else None
        if found is None and self.dry_run:
            return {"ReferencePath": "analyzers/F0", VERSION_ON_DOMAIN: "v1"}
        if found is None or found["DomainPackageStatus"] != "ACTIVE":
            raise StepFailed(
                f"package {self.package_name} on domain {name}",
                f"its status is {found['DomainPackageStatus']}" if found else "it is not associated",
                "Clear the step that associates it, then this one",
            )
        return found

    def _create_or_check(
        self, client: SearchClient, index: Mapping[str, Any], package: Mapping[str, Any]
    ) -> None:
        found = find_index(client, searched(index))
        if found is None:
            self._require_no_nameless(client, index)
            self._create(client, index, package)
            return
        reference_path = package["ReferencePath"]
        for regret in require_synonyms(found, index, analysis=self.analysis, reference_path=reference_path):
            self.log.warning("%s", regret)
        self._found.append(found.name)

    def _require_no_nameless(self, client: SearchClient, index: Mapping[str, Any]) -> None:
        alias = index.get("alias")
        if alias and client.exists(path_of(index["name"])):
            raise CheckFailed(
                f"index {index['name']} of domain {self.domain['name']}",
                f"it is there, and alias {alias} does not lead to it",
                "Add the alias with POST /_aliases, or take it out of the configuration",
            )

    def _create(self, client: SearchClient, index: Mapping[str, Any], package: Mapping[str, Any]) -> None:
        use, version = index.get("use", "search_time"), package[VERSION_ON_DOMAIN]
        name = index["name"] if use == "search_time" else versioned(index, version)
        meta = {
            "pipeline": self.pipeline,
            "run": self.stamp,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        body = index_body(
            fields=index["fields"],
            use=use,
            tokenizer=self.analysis["tokenizer"],
            filters=self.analysis["filters"],
            reference_path=package["ReferencePath"],
            alias=index.get("alias"),
            meta=meta if use == "search_time" else meta | {"version": version},
        )
        client.write("PUT", path_of(name), body)
        self._created.append(name)
