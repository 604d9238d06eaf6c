"""A domain, a bucket with files in it, and short ways to make packages of them."""

import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.testing import LocalSandbox

SOURCE, REGION = "111111111111", "us-west-2"
BUCKET = "dictionaries"
FILE = "danish, croissant, pastry\n"


@dataclass(frozen=True)
class Search:
    """One account in one Region, and the API of OpenSearch Service there."""

    sandbox: LocalSandbox
    api: str = "opensearch"
    account: str = SOURCE
    region: str = REGION
    bucket: str = BUCKET

    def by(self, api):
        """Return the same place through the other version of the API."""
        return replace(self, api=api)

    def at(self, **place):
        """Return another account or Region."""
        return replace(self, **place)

    @property
    def client(self) -> Any:
        return self.sandbox.client(self.api, self.account, self.region)

    @property
    def s3(self) -> Any:
        return self.sandbox.client("s3", self.account, self.region)

    def store(self, key="synonyms.txt", text=FILE, bucket=BUCKET, **options):
        """Put a file into S3 and return where it is, as packages name it."""
        body = text if isinstance(text, bytes) else text.encode()
        self.s3.put_object(Bucket=bucket, Key=key, Body=body, **options)
        return self.place(key, bucket)

    def place(self, key="synonyms.txt", bucket=BUCKET):
        """Return where a file would be, as packages name it."""
        return {"S3BucketName": bucket, "S3Key": key}

    def create(self, name="synonyms", **options):
        """Make a package of the file and return its id."""
        source = options.pop("source", None) or self.store()
        wanted = {"PackageType": "TXT-DICTIONARY", "PackageSource": source, **options}
        return self.client.create_package(PackageName=name, **wanted)["PackageDetails"]["PackageID"]

    def update(self, package_id, text=None, **options):
        """Begin to give a package another version."""
        source = options.pop("source", None) or self.store(text=text or FILE)
        answer = self.client.update_package(PackageID=package_id, PackageSource=source, **options)
        return answer["PackageDetails"]

    def show(self, package_id):
        """Return a package as described."""
        wanted = [{"Name": "PackageID", "Value": [package_id]}]
        [found] = self.client.describe_packages(Filters=wanted)["PackageDetailsList"]
        return found

    def look(self, package_id):
        """Return a package's status and version."""
        found = self.show(package_id)
        return found["PackageStatus"], found.get("AvailablePackageVersion")

    def history(self, package_id):
        found = self.client.get_package_version_history(PackageID=package_id)
        return found["PackageVersionHistoryList"]

    def domain(self, name="products", **options):
        """Make a domain and return it as described."""
        self.client.create_domain(DomainName=name, EngineVersion="OpenSearch_2.17", **options)
        return self.show_domain(name)

    def show_domain(self, name="products"):
        return self.client.describe_domain(DomainName=name)["DomainStatus"]

    def associate(self, package_id, domain="products"):
        answer = self.client.associate_package(PackageID=package_id, DomainName=domain)
        return answer["DomainPackageDetails"]

    def on_domain(self, package_id, domain="products"):
        """Return a package on a domain as listed; None where it is not there."""
        listed = self.client.list_packages_for_domain(DomainName=domain)["DomainPackageDetailsList"]
        return next((one for one in listed if one["PackageID"] == package_id), None)

    def look_at_domain(self, package_id, domain="products"):
        """Return the status and version of a package on a domain."""
        found = self.on_domain(package_id, domain)
        return found["DomainPackageStatus"], found.get("PackageVersion")


@pytest.fixture
def search(sandbox):
    """The account's OpenSearch Service, and a bucket beside it."""
    found = Search(sandbox)
    found.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return found


@pytest.fixture
def refused():
    """Expect an AWS error of a code, an HTTP status and a pattern in its message."""

    @contextmanager
    def expect(code, status, message=""):
        with pytest.raises(ClientError) as caught:
            yield
        answer = caught.value.response
        found = answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]
        assert found == (code, status), answer["Error"]["Message"]
        assert re.search(message, answer["Error"]["Message"])

    return expect
