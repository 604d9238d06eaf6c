"""Whether a bucket's policy and the key of its data let a principal do something, however it asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox import identity_policies, policy_log
from sandbox.errors import Refused
from sandbox.identity import Caller
from sandbox.kms import access
from sandbox.kms.exceptions import AccessDenied, KmsError
from sandbox.policy import ASSUMED_ROLE, Principal, Request, decide

OWN_KEY = "alias/aws/s3"
DELETE = "s3:DeleteObject"
TRANSPORT: Mapping[str, str] = {"aws:SecureTransport": "true", "s3:TlsVersion": "1.3"}
"""Every request counts as one over TLS: the sandbox's endpoint on loopback stands for AWS's own."""


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

    `action` is "s3:Operation"; `context` holds condition keys beyond those of the principal and the bucket. Where
    the policies of the principal itself count, one of them or the bucket's must allow it within the account,
    both across accounts. A batch of deletes, which has no `key_name`, is judged key by key.
    """
    resource = f"arn:aws:s3:::{bucket.name}" + (f"/{key_name}" if key_name else "")
    known = {**TRANSPORT, "aws:ResourceAccount": bucket.account_id, "s3:ResourceAccount": bucket.account_id}
    request = Request(principal, action, resource, known | principal_context(principal) | dict(context))
    decision = decide(bucket.policy, request) if bucket.policy else None
    policy_log.keep(f"arn:aws:s3:::{bucket.name}", request, decision)
    outside = principal.service is not None or bucket.account_id != principal.account
    own = identity_policies.documents(principal)
    if own is None or (action == DELETE and key_name is None):
        allowed = decision or (decision is None and not outside)
    else:
        by_own = identity_policies.judge(own, request)
        votes = (bool(decision), bool(by_own))
        allowed = False not in (decision, by_own) and (all(votes) if outside else any(votes))
    if not allowed:
        raise Refused("AccessDenied", "Access Denied", 403)


def check_may_miss(bucket: Any, key_name: str, principal: Principal) -> None:
    """Refuse to tell that an object is not there to whom may not list its bucket: to them it is forbidden.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
    """
    check_policy(bucket, "s3:ListBucket", None, principal, {"s3:prefix": key_name})


def check_owner(bucket: Any, expected: str | None) -> None:
    """Refuse where the bucket belongs to another account than the caller expects.

    Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """
    if expected and expected != bucket.account_id:
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
        access.check_own_policies(key, operation, principal, principal_context(principal) | known)
    except AccessDenied as error:
        raise Refused("AccessDenied", error.message, 403) from error
    except KmsError as error:
        raise Refused(f"KMS.{error.name}", error.message, 400) from error


def new_encryption(bucket: Any, kind: str | None, key_id: str | None) -> tuple[str | None, str | None]:
    """Return (kind, key) of a new object's encryption: as asked for, else by the bucket's default."""
    default = bucket.encryption["Rule"]["ApplyServerSideEncryptionByDefault"] if bucket.encryption else {}
    return kind or default.get("SSEAlgorithm"), key_id or default.get("KMSMasterKeyID")
