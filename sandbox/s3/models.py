"""moto's buckets, reached through the sandbox's responses."""

from __future__ import annotations

import json
from contextvars import ContextVar
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.s3.models import S3Backend as MotoS3Backend

from sandbox import identity
from sandbox.errors import Refused
from sandbox.policy import Principal, Request, decide
from sandbox.s3 import access

in_batch: ContextVar[bool] = ContextVar("in_batch", default=False)
"""Whether the request deletes a batch of objects."""


class S3Backend(MotoS3Backend):
    """The buckets of one account."""

    @property
    def _url_module(self) -> Any:
        from sandbox.s3 import urls

        return urls

    def put_bucket_policy(self, bucket_name: str, policy: bytes) -> None:
        """Set a bucket's policy; MalformedPolicy for one that is none."""
        try:
            document = json.loads(policy)
        except ValueError as error:
            raise Refused("MalformedPolicy", f"Policies must be valid JSON: {error}") from error
        if not isinstance(document, dict) or not document.get("Statement"):
            raise Refused("MalformedPolicy", "Missing required field Statement")
        super().put_bucket_policy(bucket_name, policy)


def get_permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    """Replace moto's look at the bucket's policy, which knows no principals.

    Signed requests are judged by `responses`; what is left here are requests without a signature, and the
    single objects of a batch to delete.
    """
    caller = identity.current.get()
    if caller != identity.ANONYMOUS and not in_batch.get():
        return PermissionResult.NEUTRAL
    principal = Principal(caller.account, caller.arn)
    if caller == identity.ANONYMOUS:
        return _unsigned(bucket, Request(principal, action, resource, access.TRANSPORT))
    try:
        access.check_policy(bucket, action, resource.partition("/")[2], principal, {})
    except Refused:
        return PermissionResult.DENIED
    return PermissionResult.NEUTRAL


def _unsigned(bucket: FakeBucket, request: Request) -> PermissionResult:
    results = {
        True: PermissionResult.PERMITTED,
        False: PermissionResult.DENIED,
        None: PermissionResult.NEUTRAL,
    }
    return results[decide(bucket.policy, request) if bucket.policy else None]
