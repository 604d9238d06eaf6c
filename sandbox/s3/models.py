"""moto's buckets, reached through the sandbox's responses."""

from __future__ import annotations

import json
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket
from moto.s3.models import S3Backend as MotoS3Backend

from sandbox import identity
from sandbox.errors import Refused
from sandbox.policy import Principal, Request, decide

DELETE = "s3:DeleteObject"


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
    if not bucket.policy or (caller != identity.ANONYMOUS and action != DELETE):
        return PermissionResult.NEUTRAL
    decision = decide(bucket.policy, Request(Principal(caller.account, caller.arn), action, resource))
    results = {
        True: PermissionResult.PERMITTED,
        False: PermissionResult.DENIED,
        None: PermissionResult.NEUTRAL,
    }
    return results[decision]
