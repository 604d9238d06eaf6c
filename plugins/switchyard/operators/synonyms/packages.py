"""What OpenSearch Service shows now of packages, and of what they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from switchyard.operators.synonyms.releases import Release

_MOST = 100
_FIRST = "v1"


def find_package(opensearch: Any, name: str) -> dict[str, Any] | None:
    """The package of this name, or None; deleted ones are shown for a while and count as none."""
    asked = {"Filters": [{"Name": "PackageName", "Value": [name]}], "MaxResults": _MOST}
    for page in _pages(opensearch.describe_packages, asked):
        for package in page["PackageDetailsList"]:
            if package["PackageName"] == name and package["PackageStatus"] != "DELETED":
                return dict(package)
    return None


def package_on_domain(opensearch: Any, domain: str, package_id: str) -> dict[str, Any] | None:
    """What a domain has of a package: status, version, reference path; None where it is not associated.

    Asked of the domain, since a role can be limited to domains and not to packages.
    """
    for page in _pages(opensearch.list_packages_for_domain, {"DomainName": domain, "MaxResults": _MOST}):
        for package in page["DomainPackageDetailsList"]:
            if package["PackageID"] == package_id:
                return dict(package)
    return None


def history(opensearch: Any, package_id: str) -> dict[str, Release | None]:
    """The release behind each version of a package, oldest first; None where the version is not of ours."""
    pages = _pages(opensearch.get_package_version_history, {"PackageID": package_id, "MaxResults": _MOST})
    entries = [entry for page in pages for entry in page["PackageVersionHistoryList"]]
    entries.sort(key=lambda entry: entry["CreatedAt"])  # in which order they come is not documented
    return {entry["PackageVersion"]: Release.of_message(entry.get("CommitMessage")) for entry in entries}


def releases_of(opensearch: Any, package: Mapping[str, Any]) -> dict[str, Release | None]:
    """The same of a described package; CreatePackage takes no message, so its description tells the first release.

    Only of v1: how long versions are kept is not documented, and the oldest one that is shown may be another.
    """
    found = history(opensearch, package["PackageID"])
    if _FIRST in found and found[_FIRST] is None:
        found[_FIRST] = Release.of_message(package.get("PackageDescription"))
    return found


def _pages(operation: Any, arguments: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    page = operation(**arguments)
    yield page
    while token := page.get("NextToken"):
        page = operation(**arguments, NextToken=token)
        yield page
