"""What Macie may read: it acts as its service-linked role, which no key policy admits by admitting the account.

The role's own policy lets it read objects but not decrypt with customers' keys, so a key's policy must name it.
Source: https://docs.aws.amazon.com/macie/latest/user/discovery-supported-encryption-types.html
"""

from __future__ import annotations

from sandbox.kms.access import find
from sandbox.kms.exceptions import KmsError
from sandbox.objects import AccessDenied, KeyUnusable, NoSuchBucket, NoSuchKey, ObjectError, Objects, Stored
from sandbox.policy import Principal, Request, allows

SERVICE = "macie.amazonaws.com"
ROLE = "AWSServiceRoleForAmazonMacie"
READABLE = {
    "STANDARD",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
    "REDUCED_REDUNDANCY",
}
"""Source: https://docs.aws.amazon.com/macie/latest/user/discovery-supported-storage.html"""

REASONS: dict[type[ObjectError], str] = {
    AccessDenied: "PERMISSION_DENIED",
    KeyUnusable: "INVALID_KMS_KEY",
    NoSuchBucket: "NO_SUCH_BUCKET_AVAILABLE",
    NoSuchKey: "SOURCE_OBJECT_NO_LONGER_AVAILABLE",
}


class Unavailable(Exception):
    """An object cannot be had; `reason` is the code that findings give."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def service_role(account: str) -> str:
    """Return the ARN of an account's service-linked role for Macie."""
    return f"arn:aws:iam::{account}:role/aws-service-role/{SERVICE}/{ROLE}"


def reader(account: str, region: str) -> Objects:
    """Return the objects that Macie may read for an account."""
    return Objects(account, region, service_role(account))


def writer(account: str, region: str, source_arn: str) -> Objects:
    """Return the objects that Macie may write for an account, on behalf of one of its resources."""
    return Objects(account, region, SERVICE, source_arn=source_arn)


def read(objects: Objects, stored: Stored) -> bytes:
    """Return an object's content; Unavailable where Macie cannot have it."""
    if stored.storage_class not in READABLE:
        raise Unavailable("INVALID_OBJECT_STATE")
    try:
        if stored.encryption == "aws:kms" and not _key_admits(objects, stored):
            raise Unavailable("INVALID_ENCRYPTION")
        return objects.read(stored.bucket, stored.key)
    except ObjectError as error:
        raise Unavailable(REASONS[type(error)]) from error


def _key_admits(objects: Objects, stored: Stored) -> bool:
    """Tell whether an object's key admits the role by its own name, or belongs to AWS."""
    region = objects.region_of(stored.bucket)
    try:
        key = find(stored.kms_key_id or "alias/aws/s3", objects.owner(stored.bucket), region)
    except KmsError as error:
        raise Unavailable("INVALID_KMS_KEY") from error
    if key.key_manager == "AWS":
        return True
    role = Principal(arn=objects.principal.arn)
    context = {
        "kms:CallerAccount": objects.account,
        "kms:ViaService": f"s3.{region}.amazonaws.com",
        "aws:PrincipalArn": str(role.arn),
        "aws:PrincipalAccount": objects.account,
    }
    return allows(key.policy, Request(role, "kms:Decrypt", context=context))
