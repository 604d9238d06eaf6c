"""Whether a bucket's policy and the key of its data let a principal do something, however it asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.errors import Refused
from sandbox.identity import Caller
from sandbox.kms import access
from sandbox.kms.exceptions import AccessDenied, KmsError
from sandbox.policy import ASSUMED_ROLE, Principal, Request, decide

OWN_KEY = "alias/aws/s3"


def principal_context(principal: Principal) -> dict[str, str]:
    """Return the condition keys that say who asks.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    if principal.service:
        return {"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": principal.service}
    known = {"aws:PrincipalAccount": principal.account, "aws:PrincipalIsAWSService": "false"}
    if principal.arn:
        session = ASSUMED_ROLE.match(principal.arn)
        role = "arn:{partition}:iam::{account}:role/{role}".format(**session.groupdict()) if session else None
        known["aws:PrincipalArn"] = role or principal.arn
    return known


def check_policy(
    bucket: Any, action: str, key_name: str | None, principal: Principal, context: Mapping[str, str]
) -> None:
    """Refuse what the bucket's policy denies, and what it does not allow to other accounts and to services.

    `action` is "s3:Operation"; `context` holds condition keys beyond those of the principal.
    """
    resource = f"arn:aws:s3:::{bucket.name}" + (f"/{key_name}" if key_name else "")
    decision = None
    if bucket.policy:
        known = principal_context(principal) | dict(context)
        decision = decide(bucket.policy, Request(principal, action, resource, known))
    outside = principal.service is not None or bucket.account_id != principal.account
    if decision is False or (decision is None and outside):
        raise Refused("AccessDenied", "Access Denied", 403)


def check_key(
    bucket: Any,
    encryption: tuple[str | None, str | None],
    *,
    operation: str,
    principal: Principal,
    context: Mapping[str, str] | None = None,
) -> None:
    """Refuse where the principal may not use the KMS key that an object is or would be encrypted with.

    `encryption` is (kind, key). An alias without account means the bucket owner's here. For a key that is out
    of use see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    kind, key_id = encryption
    if kind != "aws:kms":
        return
    known = {"kms:ViaService": f"s3.{bucket.region_name}.amazonaws.com", **(context or {})}
    caller = Caller(principal.account, principal.arn, principal.service)
    try:
        key = access.find(key_id or OWN_KEY, bucket.account_id, bucket.region_name)
        access.check(key, operation, caller, known)
    except AccessDenied as error:
        raise Refused("AccessDenied", error.message, 403) from error
    except KmsError as error:
        raise Refused(f"KMS.{error.name}", error.message, 400) from error


def new_encryption(bucket: Any, kind: str | None, key_id: str | None) -> tuple[str | None, str | None]:
    """Return (kind, key) of a new object's encryption: as asked for, else by the bucket's default."""
    default = bucket.encryption["Rule"]["ApplyServerSideEncryptionByDefault"] if bucket.encryption else {}
    return kind or default.get("SSEAlgorithm"), key_id or default.get("KMSMasterKeyID")
