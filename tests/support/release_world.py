"""A package on its way to a domain, for the steps of a synonym refresh."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from sandbox.testing import LocalSandbox
from switchyard.aws.dry_run import is_read
from switchyard.operators.synonyms.releases import Release, lock_key, release_key
from switchyard.search.client import SearchClient
from switchyard.search.connections import search_client
from switchyard.search.index_body import index_body
from switchyard.search.indexes import find_indexes
from tests.support.aws_connections import SOURCE
from tests.support.control_plane import Store, new_context

BUCKET = "switchyard-search-111111111111"
FOLDER = "synonyms/products/"
PACKAGE = "products-synonyms"
DOMAIN = "products"
PIPELINE = "synonym_refresh/products"
FIRST = "danish, croissant, pastry\n"
SECOND = "danish, croissant, pastry\nfrozen custard, gelato, ice cream\n"
TEXTS = ("tennis shoe", "hightop", "croissant", "ice cream", "frozen pizza")
ANALYSIS = {"tokenizer": "standard", "filters": ["lowercase"]}
DANISH = {"query": "danish", "index": "products", "field": "title", "finds": ["croissant"], "not_finds": []}
GELATO = {
    "query": "gelato",
    "index": "products",
    "field": "title",
    "finds": ["ice cream"],
    "not_finds": ["frozen pizza"],
}
STAMP, OTHER_STAMP = "2602010000-aaaaaa", "2602020000-bbbbbb"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class SynonymWorld:
    """One account in one Region with a bucket, and what a test puts there."""

    sandbox: LocalSandbox
    package_id: str = field(default="", init=False)

    def client(self, service: str) -> Any:
        return self.sandbox.client(service, SOURCE["account_id"], SOURCE["region_name"])

    @property
    def opensearch(self) -> Any:
        return self.client("opensearch")

    def bucket(self) -> None:
        location = {"LocationConstraint": SOURCE["region_name"]}
        self.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=location)

    def publish(self, text: str) -> str:
        """Put a release's file where its hash says, and return the hash."""
        sha256 = digest(text)
        self.client("s3").put_object(Bucket=BUCKET, Key=release_key(FOLDER, sha256), Body=text.encode())
        return sha256

    def create_package(self, text: str = FIRST) -> None:
        """Import a file as version v1."""
        source = {"S3BucketName": BUCKET, "S3Key": release_key(FOLDER, self.publish(text))}
        answer = self.opensearch.create_package(
            PackageName=PACKAGE, PackageType="TXT-DICTIONARY", PackageSource=source
        )
        self.package_id = answer["PackageDetails"]["PackageID"]

    def update_package(self, text: str, stamp: str = OTHER_STAMP, message: str | None = None) -> None:
        """Import another version, as another hand would."""
        source = {"S3BucketName": BUCKET, "S3Key": release_key(FOLDER, self.publish(text))}
        message = message or Release(digest(text), text.count("\n"), stamp).message
        self.opensearch.update_package(PackageID=self.package_id, PackageSource=source, CommitMessage=message)

    def domain(self, name: str = DOMAIN) -> None:
        self.opensearch.create_domain(DomainName=name, EngineVersion="OpenSearch_2.17")

    def associate(self, domain: str = DOMAIN) -> None:
        self.opensearch.associate_package(PackageID=self.package_id, DomainName=domain)

    def look(self) -> tuple[str, str | None]:
        """Status and version of the package."""
        filters = [{"Name": "PackageID", "Value": [self.package_id]}]
        (found,) = self.opensearch.describe_packages(Filters=filters)["PackageDetailsList"]
        return found["PackageStatus"], found.get("AvailablePackageVersion")

    def wait_until_moving(self) -> None:
        """Wait until an update that was asked for shows."""
        while self.look()[0] == "AVAILABLE":
            time.sleep(0.02)

    def look_at_domain(self, domain: str = DOMAIN) -> tuple[str, str | None]:
        """Status and version of the package on a domain."""
        (found,) = self.opensearch.list_packages_for_domain(DomainName=domain)["DomainPackageDetailsList"]
        return found["DomainPackageStatus"], found.get("PackageVersion")

    def messages(self) -> list[str | None]:
        """Commit messages by version."""
        found = self.opensearch.get_package_version_history(PackageID=self.package_id)
        entries = sorted(found["PackageVersionHistoryList"], key=lambda one: int(one["PackageVersion"][1:]))
        return [one.get("CommitMessage") for one in entries]

    def lock(self) -> dict[str, Any] | None:
        """The content of the lock, None where there is none."""
        s3 = self.client("s3")
        found = s3.list_objects_v2(Bucket=BUCKET, Prefix=lock_key(FOLDER)).get("Contents")
        if not found:
            return None
        content: dict[str, Any] = json.loads(
            s3.get_object(Bucket=BUCKET, Key=lock_key(FOLDER))["Body"].read()
        )
        return content

    def keys(self, prefix: str) -> set[str]:
        """Keys of what is in the bucket."""
        found = self.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return {one["Key"] for one in found}

    def wait_until_all_active(self, domain: str = DOMAIN) -> None:
        """Wait until nothing is on its way to a domain or from it."""
        while {one["DomainPackageStatus"] for one in self._on(domain)} != {"ACTIVE"}:
            time.sleep(0.02)

    def _on(self, domain: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.opensearch.list_packages_for_domain(DomainName=domain)[
            "DomainPackageDetailsList"
        ]
        return found

    def made(self, operation: str) -> int:
        """How many calls of an operation reached the service."""
        return len(self.sandbox.calls(operation))

    def changes(self) -> Counter[str]:
        """The changing calls since the last look."""
        calls = self.sandbox.server.calls.select()
        self.sandbox.server.calls.clear()
        names = (call["operation"] for call in calls)
        return Counter(name for name in names if not is_read(name) and name != "AssumeRole")


@dataclass
class SearchWorld(SynonymWorld):
    """A world whose domain has a search engine."""

    @property
    def reference_path(self) -> str:
        return f"analyzers/{self.package_id}"

    def wait_for_endpoint(self, domain: str = DOMAIN) -> None:
        """Wait until a domain answers."""
        while not self.opensearch.describe_domain(DomainName=domain)["DomainStatus"].get("Endpoint"):
            time.sleep(0.02)

    def wait_until_associated(self, version: str, domain: str = DOMAIN) -> None:
        """Wait until a domain has a version."""
        while self.look_at_domain(domain) != ("ACTIVE", version):
            time.sleep(0.02)

    def release(self, text: str, version: str, domain: str = DOMAIN) -> None:
        """Bring a file to the domain, past the steps under test."""
        self.update_package(text)
        while self.look() != ("AVAILABLE", version):
            time.sleep(0.02)
        self.associate(domain)
        self.wait_until_associated(version, domain)

    def search(self, domain: str = DOMAIN) -> SearchClient:
        """A client of a domain, as the pipelines' role."""
        return search_client(self.opensearch, domain_name=domain, **SOURCE)

    def index(self, body: dict[str, Any], name: str = DOMAIN, *, texts: tuple[str, ...] = TEXTS) -> None:
        """Make an index with documents."""
        client = self.search()
        client.write("PUT", f"/{name}", body)
        self.add(name, *texts)

    def add(self, name: str, *texts: str) -> None:
        """Add documents, searchable at once."""
        client = self.search()
        for text in texts:
            client.write("PUT", f"/{name}/_doc/{text.replace(' ', '-')}?refresh=true", {"title": text})

    def titles(self, query: str, name: str = DOMAIN) -> set[str]:
        """Titles of what a query finds."""
        answer = self.search().read(f"/{name}/_search", {"query": {"match": {"title": query}}})
        return {hit["_source"]["title"] for hit in answer["hits"]["hits"]}

    def alias(self, name: str) -> set[str]:
        """Indexes that an alias leads to."""
        return {index.name for index in find_indexes(self.search(), name)}


def index_settings(reference_path: str, *, use: Any = "search_time", **changes: Any) -> dict[str, Any]:
    """The body of an index as bootstrap makes it."""
    settings: dict[str, Any] = {"tokenizer": "standard", "filters": ["lowercase"], "alias": None, "meta": {}}
    return index_body(fields=["title"], use=use, reference_path=reference_path, **settings | changes)


def configured(**changes: Any) -> dict[str, Any]:
    """A domain with one index, as it is configured."""
    index = {"name": "products", "fields": ["title"], "use": "search_time", "alias": None, **changes}
    return {"name": DOMAIN, "search_conn_id": None, "indexes": [index]}


LATE = {
    "package.update.invisible": 0.5,
    "package.copy": 0.2,
    "package.validate": 0.2,
    "package.update.settle": 0.3,
    "package.associate.invisible": 0.5,
    "package.associate": 0.2,
    "package.associate.settle": 0.3,
}
"""Durations with which a new version shows late, and in parts."""


def run_context(store: Store | None = None, **params: Any) -> dict[str, Any]:
    """What a step finds in its context that also tells the ledger about its run."""
    run = SimpleNamespace(dag_id="synonym_refresh__products", run_id="manual__1")
    return new_context(store, **params) | {"dag_run": run}


def step_settings(**changes: Any) -> dict[str, Any]:
    """What every step of a run takes."""
    settings = {
        "task_id": "step",
        "pipeline": PIPELINE,
        "stamp": STAMP,
        "timeout": timedelta(seconds=60),
        "poll_interval": 0.05,
        **SOURCE,
    }
    return settings | changes
