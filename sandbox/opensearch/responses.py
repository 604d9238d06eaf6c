"""Answers of OpenSearch Service: both versions of its API over the same domains and packages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from moto.core.common_types import TYPE_RESPONSE
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import get_service_model
from moto.opensearch.models import opensearch_backends
from moto.opensearch.responses import OpenSearchServiceResponse as MotoResponse

from sandbox import identity
from sandbox.errors import Refused
from sandbox.opensearch.models import OpenSearchBackend
from sandbox.opensearch.options import domain_options
from sandbox.opensearch.paging import page
from sandbox.opensearch.validation import check
from sandbox.runtime import runtime
from sandbox.transitions import LOCK, scheduler

OLD_API = "/2015-01-01/"


class OpenSearchResponse(MotoResponse):
    """One request, one at a time, on a state that has caught up with the clock."""

    params: Mapping[str, Any]

    def __init__(self) -> None:
        super().__init__()
        self.automated_parameter_parsing = True

    @property
    def opensearch_backend(self) -> OpenSearchBackend:
        """The backend of the caller's account in the Region asked."""
        return cast(OpenSearchBackend, opensearch_backends[self.current_account][self.region])

    def setup_class(self, request: Any, *arguments: Any, **named: Any) -> None:
        """Read the request by the version of the API that its path names."""
        self.service_name = "es" if request.path.startswith(OLD_API) else "opensearch"
        super().setup_class(request, *arguments, **named)

    def call_action(self) -> TYPE_RESPONSE:
        """Answer the call where its parameters fit the model."""
        operation = self._get_action()
        if not operation:
            raise Refused("UnknownOperationException", f"no operation at {self.method} {self.path}", 404)
        with LOCK:
            scheduler.tick()
            check(get_service_model(self.service_name).operation_model(operation).input_shape, self.params)
            return super().call_action()

    # packages

    def create_package(self) -> ActionResult:
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_CreatePackage.html."""
        kind = self.params["PackageType"]
        if kind != "TXT-DICTIONARY":
            raise NotImplementedError(f"packages of type {kind}")
        package = self.opensearch_backend.create_package(
            self.params["PackageName"], kind, self.params.get("PackageDescription"), self._source()
        )
        return ActionResult({"PackageDetails": package.described()})

    def update_package(self) -> ActionResult:
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_UpdatePackage.html."""
        package = self.opensearch_backend.update_package(
            self.params["PackageID"],
            self._source(),
            self.params.get("CommitMessage"),
            self.params.get("PackageDescription"),
        )
        return ActionResult({"PackageDetails": package.described()})

    def delete_package(self) -> ActionResult:
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DeletePackage.html."""
        package = self.opensearch_backend.delete_package(self.params["PackageID"])
        return ActionResult({"PackageDetails": package.described()})

    def describe_packages(self) -> ActionResult:
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DescribePackages.html."""
        packages = self.opensearch_backend.packages.values()
        shown = [(package, package.described()) for package in packages]
        for wanted in self.params.get("Filters") or []:
            values = wanted.get("Value") or []
            shown = [one for one in shown if one[1].get(wanted.get("Name")) in values]
        found, token = page(
            shown, self.params, lambda one: (one[0].created_at.isoformat(), one[0].package_id)
        )
        return ActionResult({"PackageDetailsList": [details for _, details in found], "NextToken": token})

    def get_package_version_history(self) -> ActionResult:
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_GetPackageVersionHistory.html."""
        package = self.opensearch_backend.package(self.params["PackageID"])
        direction = -1 if runtime.behaviour["package_history"] == "newest-first" else 1
        versions, token = page(package.versions, self.params, lambda one: (direction * one.number,))
        return ActionResult(
            {
                "PackageID": package.package_id,
                "PackageVersionHistoryList": [version.described() for version in versions],
                "NextToken": token,
            }
        )

    # packages on domains

    def associate_package(self) -> ActionResult:
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_AssociatePackage.html."""
        made = self.opensearch_backend.associate(self.params["PackageID"], self.params["DomainName"])
        return ActionResult({"DomainPackageDetails": made.described()})

    def associate_packages(self) -> ActionResult:
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_AssociatePackages.html."""
        wanted = [one["PackageID"] for one in self.params["PackageList"]]
        made = self.opensearch_backend.associate_all(wanted, self.params["DomainName"])
        return ActionResult({"DomainPackageDetailsList": [one.described() for one in made]})

    def dissociate_package(self) -> ActionResult:
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DissociatePackage.html."""
        ended = self.opensearch_backend.dissociate(self.params["PackageID"], self.params["DomainName"])
        return ActionResult({"DomainPackageDetails": ended.described()})

    def dissociate_packages(self) -> ActionResult:
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DissociatePackages.html."""
        ended = self.opensearch_backend.dissociate_all(self.params["PackageList"], self.params["DomainName"])
        return ActionResult({"DomainPackageDetailsList": [one.described() for one in ended]})

    def list_packages_for_domain(self) -> ActionResult:
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_ListPackagesForDomain.html."""
        domain = self.opensearch_backend.domain(self.params["DomainName"])
        found, token = page(
            domain.packages.values(), self.params, lambda one: (one.package.name, one.package.package_id)
        )
        details = [one.described() for one in found]
        return ActionResult({"DomainPackageDetailsList": details, "NextToken": token})

    def list_domains_for_package(self) -> ActionResult:
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_ListDomainsForPackage.html."""
        package = self.opensearch_backend.package(self.params["PackageID"])
        known = self.opensearch_backend.associations(package.package_id)
        found, token = page(known, self.params, lambda one: (one.domain_name,))
        details = [one.described() for one in found]
        return ActionResult({"DomainPackageDetailsList": details, "NextToken": token})

    # domains

    def create_domain(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_CreateDomain.html."""
        options = domain_options(self.params, is_es=self.service_name == "es")
        domain = self.opensearch_backend.new_domain(options, self.params.get("TagList") or [])
        return ActionResult({"DomainStatus": domain.described()})

    def describe_domain(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DescribeDomain.html."""
        domain = self.opensearch_backend.domain(self.params["DomainName"])
        return ActionResult({"DomainStatus": domain.described()})

    def describe_domains(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DescribeDomains.html."""
        known = self.opensearch_backend.domains
        found = [known[name].described() for name in self.params["DomainNames"] if name in known]
        return ActionResult({"DomainStatusList": found})

    def delete_domain(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DeleteDomain.html."""
        domain = self.opensearch_backend.remove_domain(self.params["DomainName"])
        return ActionResult({"DomainStatus": domain.described()})

    def update_domain_config(self) -> str:
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_UpdateDomainConfig.html."""
        self.opensearch_backend.domain(self.params["DomainName"])
        return super().update_domain_config()

    def describe_domain_config(self) -> str:
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DescribeDomainConfig.html."""
        self.opensearch_backend.domain(self.params["DomainName"])
        return super().describe_domain_config()

    def list_domain_names(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_ListDomainNames.html."""
        wanted = self.params.get("EngineType")
        names = [
            {"DomainName": domain.domain_name, "EngineType": domain.engine_type}
            for domain in self.opensearch_backend.domains.values()
            if wanted in (None, domain.engine_type)
        ]
        return ActionResult({"DomainNames": names})

    create_elasticsearch_domain = create_domain
    describe_elasticsearch_domain = describe_domain
    describe_elasticsearch_domains = describe_domains
    delete_elasticsearch_domain = delete_domain
    update_elasticsearch_domain_config = update_domain_config
    describe_elasticsearch_domain_config = describe_domain_config

    # tags

    def add_tags(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_AddTags.html."""
        self.opensearch_backend.add_tags(self._tagged(), self.params["TagList"])
        return EmptyResult()

    def list_tags(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_ListTags.html."""
        return ActionResult({"TagList": self.opensearch_backend.list_tags(self._tagged())})

    def remove_tags(self) -> ActionResult:  # type: ignore[override]
        """https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_RemoveTags.html."""
        self.opensearch_backend.remove_tags(self._tagged(), self.params["TagKeys"])
        return EmptyResult()

    def _tagged(self) -> str:
        arn = str(self.params["ARN"])
        domain = self.opensearch_backend.domain(arn.rpartition("/")[2])
        return str(self.opensearch_backend.domain(arn).arn if domain.arn != arn else arn)

    def _source(self) -> Any:
        caller = identity.Caller(self.current_account, identity.current.get().arn)
        return self.opensearch_backend.source(self.params["PackageSource"], caller)
