"""What must be there, and how, before anything is published: bucket, domains, package, associations.

Each check reads, and refuses with one error that names what to mend.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aws.error_table import Disposition, disposition, error_code
from switchyard.errors import BadInput
from switchyard.operators.buckets import setting
from switchyard.operators.synonyms.packages import find_package, package_on_domain

DICTIONARY = "TXT-DICTIONARY"
"""Type of a package that holds synonyms."""

_LEAVING = ("DELETING", "DELETED", "DELETE_FAILED")
_REFUSED = ("COPY_FAILED", "VALIDATION_FAILED")
_BOOTSTRAP = "Run the DAG {bootstrap} once: it creates what is missing"


def require_bucket(s3: Any, bucket: str, *, account_id: str, region_name: str) -> None:
    """Refuse a bucket that is not there, is elsewhere, is public, or encrypts with KMS.

    The service reads files of its own Region only, and none that a KMS key protects (developer guide, "Custom
    packages"); a public bucket would let anybody read the rules.
    """
    region = _region_of(s3, bucket, account_id)
    if region != region_name:
        raise BadInput(
            "store.bucket",
            bucket,
            f"it is in Region {region}, and a package in {region_name} cannot read it",
            f"Name a bucket in {region_name}",
        )
    if (algorithm := _default_encryption(s3, bucket)) != "AES256":
        raise BadInput(
            "store.bucket",
            bucket,
            f"its default encryption is {algorithm}, and OpenSearch Service cannot read files under a KMS key",
            "Name a bucket with default encryption SSE-S3",
        )
    if _is_public(s3, bucket):
        raise BadInput("store.bucket", bucket, "it is public", "Block all public access to the bucket")


def _region_of(s3: Any, bucket: str, account_id: str) -> str:
    try:
        answer = s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account_id)
    except ClientError as error:
        if disposition(error) is Disposition.RETRY_SHORT:
            raise
        raise BadInput(
            "store.bucket",
            bucket,
            f"HeadBucket answers {error_code(error)}",
            f"Create it in account {account_id}, correct its name, or let the pipeline's role list it",
        ) from error
    headers = answer["ResponseMetadata"]["HTTPHeaders"]
    return str(answer.get("BucketRegion") or headers["x-amz-bucket-region"])


def _default_encryption(s3: Any, bucket: str) -> str:
    try:
        answer = s3.get_bucket_encryption(Bucket=bucket)
    except ClientError as error:
        if error_code(error) == "ServerSideEncryptionConfigurationNotFoundError":
            return "AES256"  # what S3 does with every object since 2023
        raise
    (rule,) = answer["ServerSideEncryptionConfiguration"]["Rules"]
    return str(rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"])


def _is_public(s3: Any, bucket: str) -> bool:
    blocked = setting(s3.get_public_access_block, bucket).get("PublicAccessBlockConfiguration", {})
    if blocked and all(blocked.values()):
        return False
    if setting(s3.get_bucket_policy_status, bucket).get("PolicyStatus", {}).get("IsPublic"):
        return True
    grants = s3.get_bucket_acl(Bucket=bucket)["Grants"]
    groups = [grant["Grantee"].get("URI", "") for grant in grants]
    return any(group.endswith(("/AllUsers", "/AuthenticatedUsers")) for group in groups)


def require_domain(opensearch: Any, domain: str, *, account_id: str, region_name: str) -> None:
    """Refuse a domain that is not there, or in the middle of a change of its own."""
    try:
        status = opensearch.describe_domain(DomainName=domain)["DomainStatus"]
    except ClientError as error:
        if disposition(error) is not Disposition.ABSENT:
            raise
        raise BadInput(
            "domains.name",
            domain,
            f"no such domain in account {account_id}, Region {region_name}",
            "Correct the name, account or Region in the pipeline's configuration",
        ) from error
    if status.get("Deleted"):
        raise BadInput("domains.name", domain, "it is being deleted", "Take it out of the configuration")
    if status.get("Processing") or not status.get("Created", True):
        doing = status.get("DomainProcessingStatus", "Processing")
        raise BadInput(
            "domains.name",
            domain,
            f"it is being changed ({doing})",
            "Wait until that has ended, then clear this task",
        )


def require_package(opensearch: Any, name: str, *, package_id: str | None, bootstrap: str) -> dict[str, Any]:
    """The package; refused where it is none that could take a new file.

    A package whose newest file was refused can take the next one, which mends it.

    Args:
        opensearch: a client of its account and Region.
        name: its configured name.
        package_id: the id it must have, if one is configured.
        bootstrap: DAG id of the bootstrap, for the remedy.
    """
    package = find_package(opensearch, name)
    create = _BOOTSTRAP.format(bootstrap=bootstrap)
    if package is None:
        raise BadInput("package.name", name, "there is no such package in this account and Region", create)
    found, status = package["PackageID"], package["PackageStatus"]
    if package_id not in (None, found):
        raise BadInput("package.id", package_id, f"package {name} is {found}", "Correct or remove the id")
    if package["PackageType"] != DICTIONARY:
        raise BadInput(
            "package.name",
            name,
            f"it is of type {package['PackageType']}",
            f"Name a package of type {DICTIONARY}",
        )
    if status in _LEAVING:
        raise BadInput("package.name", name, f"its status is {status}", f"Wait until it is gone. {create}")
    if status in _REFUSED and not package.get("AvailablePackageVersion"):
        reason = package.get("ErrorDetails", {}).get("ErrorMessage", "no reason given")
        raise BadInput(
            "package.name",
            name,
            f"its status is {status} ({reason}), and it never had a version",
            f"Delete the package. {create}",
        )
    return package


def require_association(
    opensearch: Any, domain: str, package: Mapping[str, Any], *, bootstrap: str
) -> dict[str, Any]:
    """What the domain has of the package; refused where it has none, or is losing it."""
    found = package_on_domain(opensearch, domain, package["PackageID"])
    status = found["DomainPackageStatus"] if found else "not associated"
    if found is None or status in ("DISSOCIATING", "DISSOCIATION_FAILED"):
        raise BadInput(
            "domains.name",
            domain,
            f"package {package['PackageName']} ({package['PackageID']}) is {status} on it",
            _BOOTSTRAP.format(bootstrap=bootstrap),
        )
    return found
