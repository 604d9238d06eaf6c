"""Answers of S3: moto's, after the bucket's policy and the object's key were asked."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from moto.s3.exceptions import MissingBucket
from moto.s3.responses import S3Response as MotoS3Response

from sandbox import identity
from sandbox.policy import Principal
from sandbox.s3 import access
from sandbox.s3.models import in_batch

ACTIONS = {
    "HeadBucket": "ListBucket",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "SelectObject": "GetObject",
}
SUBRESOURCES = {
    "encryption": "GetEncryptionConfiguration",
    "ownershipControls": "GetBucketOwnershipControls",
    "publicAccessBlock": "GetBucketPublicAccessBlock",
}
"""The IAM action of an operation where moto names another: those which it takes for a listing, by what they ask for.
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""
ENCRYPTION = ("x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id")
EXPECTED_OWNER = "x-amz-expected-bucket-owner"
SOURCE_OWNER = "x-amz-source-expected-bucket-owner"
READING = {"GetObject", "GetObjectVersion"}


class S3Response(MotoS3Response):
    """One S3 request."""

    def _authenticate_and_authorize_s3_action(
        self, bucket_name: str | None = None, key_name: str | None = None
    ) -> None:
        """Refuse what the bucket's policy or the key of the data does not allow the caller."""
        super()._authenticate_and_authorize_s3_action(bucket_name, key_name)
        action = self.data["Action"]
        if bucket_name is None or action in {"CreateBucket", "ListAllMyBuckets"}:
            return
        self._authorize(action, bucket_name, key_name)
        if action == "PutObject" and key_name is not None:
            self._authorize_copied()
            if bucket := self._bucket(bucket_name):
                kind, key_id = (self.headers.get(name) for name in ENCRYPTION)
                encryption = access.new_encryption(bucket, kind, key_id)
                access.check_key(bucket, encryption, operation="GenerateDataKey", principal=self._principal)

    def _authorize(
        self, action: str, bucket_name: str, key_name: str | None, expected_owner: str = EXPECTED_OWNER
    ) -> None:
        bucket = self._bucket(bucket_name)
        if bucket is None:
            return  # moto says so
        access.check_owner(bucket, self.headers.get(expected_owner))
        action = self._action(action, key_name)
        access.check_policy(bucket, f"s3:{action}", key_name, self._principal, self._context())
        if action in READING and key_name:
            stored = self.backend.get_object(bucket_name, key_name, self._get_param("versionId"))
            if stored is None:
                access.check_may_miss(bucket, key_name, self._principal)
            else:
                encryption = stored.encryption, stored.kms_key_id
                access.check_key(bucket, encryption, operation="Decrypt", principal=self._principal)

    def _action(self, action: str, key_name: str | None) -> str:
        """Return IAM's name of what is asked for."""
        asked = [SUBRESOURCES[one] for one in self.querystring if one in SUBRESOURCES]
        return asked[0] if action == "ListBucket" and not key_name and asked else ACTIONS.get(action, action)

    def _authorize_copied(self) -> None:
        source = unquote(self.headers.get("x-amz-copy-source", "")).lstrip("/").partition("?")[0]
        bucket_name, _, key_name = source.partition("/")
        if key_name:
            self._authorize("GetObject", bucket_name, key_name, SOURCE_OWNER)

    def _bucket_response_delete_keys(self, bucket_name: str, authenticated: bool = True) -> Any:
        """Delete a batch of objects, those which the policies let."""
        token = in_batch.set(True)
        try:
            return super()._bucket_response_delete_keys(bucket_name, authenticated)
        finally:
            in_batch.reset(token)

    def _bucket(self, name: str) -> Any:
        try:
            return self.backend.get_bucket(name)
        except MissingBucket:
            return None

    @property
    def _principal(self) -> Principal:
        return Principal(self.current_account, identity.current.get().arn)

    def _context(self) -> dict[str, str]:
        asked = {f"s3:{name}": self.querystring.get(name, [None])[0] for name in ("prefix", "delimiter")}
        asked |= {f"s3:{name}": self.headers.get(name) for name in ENCRYPTION}
        return {name: value for name, value in asked.items() if value}
