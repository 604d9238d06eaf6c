"""Answers of S3: moto's, after the bucket's policy and the object's key were asked."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from moto.s3.exceptions import MissingBucket
from moto.s3.responses import S3Response as MotoS3Response

from sandbox import identity
from sandbox.errors import Refused
from sandbox.kms import access
from sandbox.kms.exceptions import AccessDenied, KmsError
from sandbox.policy import Principal, Request, decide

ACTIONS = {"HeadBucket": "ListBucket"}
"""The IAM action of an operation where moto names another.
Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html
"""
READING = {"GetObject", "GetObjectVersion"}
OWN_KEY = "alias/aws/s3"


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
                self._authorize_key(bucket, *self._new_encryption(bucket), operation="GenerateDataKey")

    def _authorize(self, action: str, bucket_name: str, key_name: str | None) -> None:
        bucket = self._bucket(bucket_name)
        if bucket is None:
            return  # moto says so
        resource = f"arn:aws:s3:::{bucket_name}" + (f"/{key_name}" if key_name else "")
        decision = None
        if bucket.policy:
            principal = Principal(self.current_account, identity.current.get().arn)
            name = f"s3:{ACTIONS.get(action, action)}"
            decision = decide(bucket.policy, Request(principal, name, resource, self._context()))
        if decision is False or (decision is None and bucket.account_id != self.current_account):
            raise Refused("AccessDenied", "Access Denied", 403)
        if action in READING and key_name:
            stored = self.backend.get_object(bucket_name, key_name, self._get_param("versionId"))
            if stored is not None:
                self._authorize_key(bucket, stored.encryption, stored.kms_key_id, operation="Decrypt")

    def _authorize_copied(self) -> None:
        source = unquote(self.headers.get("x-amz-copy-source", "")).lstrip("/").partition("?")[0]
        bucket_name, _, key_name = source.partition("/")
        if key_name:
            self._authorize("GetObject", bucket_name, key_name)

    def _authorize_key(self, bucket: Any, kind: str | None, key_id: str | None, *, operation: str) -> None:
        """Refuse where the caller may not use the KMS key that the object is or would be encrypted with.

        An alias without account means the bucket owner's here. For a key that is out of use see
        https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        """
        if kind != "aws:kms":
            return
        context = {"kms:ViaService": f"s3.{bucket.region_name}.amazonaws.com"}
        caller = identity.Caller(self.current_account, identity.current.get().arn)
        try:
            key = access.find(key_id or OWN_KEY, bucket.account_id, bucket.region_name)
            access.check(key, operation, caller, context)
        except AccessDenied as error:
            raise Refused("AccessDenied", error.message, 403) from error
        except KmsError as error:
            raise Refused(f"KMS.{error.name}", error.message, 400) from error

    def _new_encryption(self, bucket: Any) -> tuple[str | None, str | None]:
        """Return how a new object will be encrypted: as the request says, else by the bucket's default."""
        default = bucket.encryption["Rule"]["ApplyServerSideEncryptionByDefault"] if bucket.encryption else {}
        kind = self.headers.get("x-amz-server-side-encryption") or default.get("SSEAlgorithm")
        key_id = self.headers.get("x-amz-server-side-encryption-aws-kms-key-id")
        return kind, key_id or default.get("KMSMasterKeyID")

    def _bucket(self, name: str) -> Any:
        try:
            return self.backend.get_bucket(name)
        except MissingBucket:
            return None

    def _context(self) -> dict[str, str]:
        keys = {"s3:prefix": self.querystring.get("prefix", [None])[0]}
        known = {"aws:PrincipalAccount": self.current_account}
        return known | {name: value for name, value in keys.items() if value}
