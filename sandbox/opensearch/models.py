"""The backend of one account and Region: domains and packages."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from moto.es.models import ElasticsearchServiceBackend
from moto.opensearch.models import OpenSearchServiceBackend

from sandbox.identity import Caller
from sandbox.opensearch import quotas
from sandbox.opensearch.associations import Association
from sandbox.opensearch.domains import Domain
from sandbox.opensearch.exceptions import (
    Conflict,
    Invalid,
    LimitExceeded,
    ResourceAlreadyExists,
    ResourceNotFound,
)
from sandbox.opensearch.packages import BROKEN, Package, Version
from sandbox.opensearch.source import Source
from sandbox.runtime import runtime
from sandbox.transitions import scheduler

READY = {"ACTIVE", "ASSOCIATION_FAILED", "DISSOCIATION_FAILED"}


class _Urls:
    @property
    def _url_module(self) -> Any:
        from sandbox.opensearch import urls

        return urls


class ElasticsearchBackend(_Urls, ElasticsearchServiceBackend):
    """What moto looks up for the signing name "es": it leads to the same answers and holds nothing."""


class OpenSearchBackend(_Urls, OpenSearchServiceBackend):
    """The domains and packages of one account in one Region, for both versions of the API."""

    domains: dict[str, Domain]  # type: ignore[assignment]

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.packages: dict[str, Package] = {}

    def reset(self) -> None:
        """Forget everything; engines end."""
        self.discard()
        super().reset()

    def discard(self) -> None:
        """End what is under way, and the engines."""
        domains = list(self.domains.values())
        owners: list[Any] = [*self.packages.values(), *domains]
        owners += [package for domain in domains for package in domain.packages.values()]
        scheduler.forget([owner.process for owner in owners if owner.process is not None])
        if runtime.search is not None:
            for domain in domains:
                runtime.search.delete(domain.key)

    # domains

    def new_domain(self, options: Mapping[str, Any], tags: list[dict[str, str]]) -> Domain:
        """Begin to create a domain; ResourceAlreadyExists for a name in use."""
        name = options["domain_name"]
        if name in self.domains:
            raise ResourceAlreadyExists(f"Domain with name {name} already exists")
        domain = Domain(self.account_id, self.region_name, **options)
        self.domains[name] = domain
        if tags:
            self.add_tags(domain.arn, tags)
        domain.create()
        return domain

    def domain(self, name: str) -> Domain:
        """Return a domain; ResourceNotFound where this account has none of the name in this Region."""
        if name not in self.domains:
            raise ResourceNotFound(f"Domain not found: {name}")
        return self.domains[name]

    def remove_domain(self, name: str) -> Domain:
        """Begin to delete a domain, with its associations."""
        domain = self.domain(name)
        if domain.state == "Deleting":
            return domain

        def gone() -> None:
            self.domains.pop(name, None)
            self.tagger.delete_all_tags_for_resource(domain.arn)

        domain.end(gone)
        return domain

    # packages

    def create_package(self, name: str, kind: str, description: str | None, source: Source) -> Package:
        """Begin to import a new package; it gets version v1."""
        if any(package.name == name for package in self.packages.values()):
            raise ResourceAlreadyExists(f"Package with name {name} already exists")
        if len(self.packages) >= quotas.PACKAGES_PER_REGION:
            limit = quotas.PACKAGES_PER_REGION
            raise LimitExceeded(f"You have reached the limit of {limit} packages in {self.region_name}")
        package = Package(self._new_id(), name, kind, self.account_id, description)
        self.packages[package.package_id] = package
        package.take(source, None)
        return package

    def package(self, package_id: str) -> Package:
        """Return a package; ResourceNotFound where this account has none of the id in this Region."""
        if package_id not in self.packages:
            raise ResourceNotFound(f"Package not found: {package_id}")
        return self.packages[package_id]

    def update_package(
        self, package_id: str, source: Source, commit_message: str | None, description: str | None
    ) -> Package:
        """Begin to import a new version of a package."""
        package = self.package(package_id)
        if package.busy or package.status not in {"AVAILABLE", *BROKEN}:
            raise Invalid(f"Package {package_id} is being changed, wait until it is AVAILABLE")
        if description is not None:
            package.description = description
        package.take(source, commit_message)
        return package

    def delete_package(self, package_id: str) -> Package:
        """Remove a package that no domain has."""
        package = self.package(package_id)
        if self.associations(package_id):
            raise Conflict(f"Package {package_id} is associated with a domain")
        package.remove(lambda: _forget(self.packages, package_id))
        return package

    def associations(self, package_id: str) -> list[Association]:
        """List the domains that have a package."""
        domains = self.domains.values()
        return [domain.packages[package_id] for domain in domains if package_id in domain.packages]

    def associate(self, package_id: str, domain_name: str) -> Association:
        """Begin to move a domain to the package's version of now."""
        domain, version = self._associable(package_id, domain_name)
        association = domain.packages.get(package_id)
        if association is None:
            association = Association(self.package(package_id), domain_name, domain.key)
            domain.packages[package_id] = association
        association.move_to(version)
        return association

    def associate_all(self, package_ids: Iterable[str], domain_name: str) -> list[Association]:
        """Begin to move a domain to several packages' versions of now: all of them or none."""
        package_ids = list(package_ids)
        for package_id in package_ids:
            self._associable(package_id, domain_name, more=len(package_ids))
        return [self.associate(package_id, domain_name) for package_id in package_ids]

    def _associable(self, package_id: str, domain_name: str, more: int = 1) -> tuple[Domain, Version]:
        package, domain = self.package(package_id), self.domain(domain_name)
        if not domain.ready:
            raise Invalid(f"Domain {domain_name} is {domain.state.lower()}, wait until it is active")
        if package.status != "AVAILABLE" or package.current is None:
            raise Invalid(f"Package {package_id} is {package.status}, wait until it is AVAILABLE")
        association = domain.packages.get(package_id)
        if association is None:
            if len(domain.packages) + more > quotas.PACKAGES_PER_DOMAIN:
                limit = quotas.PACKAGES_PER_DOMAIN
                raise Invalid(f"Domain {domain_name} cannot have more than {limit} packages")
        elif association.busy or association.status not in READY:
            if association.wanted == package.current and association.status != "DISSOCIATING":
                raise Conflict("Package is already in desired state")
            raise Conflict(f"Package {package_id} is {association.status} on domain {domain_name}")
        elif association.status == "ACTIVE" and association.version == package.current:
            raise Conflict("Package is already in desired state")
        return domain, package.current

    def dissociate(self, package_id: str, domain_name: str) -> Association:
        """Begin to take a package off a domain."""
        association = self._associated(package_id, domain_name)
        packages = self.domain(domain_name).packages
        association.end(lambda: _forget(packages, package_id))
        return association

    def dissociate_all(self, package_ids: Iterable[str], domain_name: str) -> list[Association]:
        """Begin to take several packages off a domain: all of them or none."""
        package_ids = list(package_ids)
        for package_id in package_ids:
            self._associated(package_id, domain_name)
        return [self.dissociate(package_id, domain_name) for package_id in package_ids]

    def _associated(self, package_id: str, domain_name: str) -> Association:
        self.package(package_id)
        association = self.domain(domain_name).packages.get(package_id)
        if association is None:
            raise ResourceNotFound(f"Package {package_id} is not associated with domain {domain_name}")
        if association.busy or association.status not in READY:
            raise Conflict(f"Package {package_id} is {association.status} on domain {domain_name}")
        return association

    def _new_id(self) -> str:
        while (package_id := f"F{secrets.randbelow(9 * 10**8) + 10**8}") in self.packages:
            pass
        return package_id

    def source(self, place: Mapping[str, Any], caller: Caller) -> Source:
        """Return where a request says that its file is."""
        if not place.get("S3BucketName") or not place.get("S3Key"):
            raise Invalid("PackageSource must name an S3 bucket and key")
        return Source(place["S3BucketName"], place["S3Key"], caller, self.region_name)


def _forget(things: dict[str, Any], name: str) -> None:
    things.pop(name, None)
