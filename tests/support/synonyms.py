"""A package on its way to a domain, for the steps of a synonym refresh."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sandbox.testing import LocalSandbox
from switchyard.aws.dry_run import is_read
from switchyard.operators.synonyms.releases import Release, lock_key, release_key
from tests.support.aws_connections import SOURCE
from tests.support.control_plane import new_context, run_step

BUCKET = "switchyard-search-111111111111"
FOLDER = "synonyms/products/"
PACKAGE = "products-synonyms"
DOMAIN = "products"
PIPELINE = "synonym_refresh/products"
FIRST = "danish, croissant, pastry\n"
SECOND = "danish, croissant, pastry\nfrozen custard, gelato, ice cream\n"
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

    def made(self, operation: str) -> int:
        """How many calls of an operation reached the service."""
        return len(self.sandbox.calls(operation))

    def changes(self) -> Counter[str]:
        """The changing calls since the last look."""
        calls = self.sandbox.server.calls.select()
        self.sandbox.server.calls.clear()
        names = (call["operation"] for call in calls)
        return Counter(name for name in names if not is_read(name) and name != "AssumeRole")


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


__all__ = ["new_context", "run_step"]
