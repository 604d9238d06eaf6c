"""Reading a package's file from S3, as the service does when it makes its own copy."""

from __future__ import annotations

from dataclasses import dataclass

from moto.s3.exceptions import MissingBucket
from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from sandbox.identity import Caller
from sandbox.policy import Principal, Request, decide


@dataclass(frozen=True)
class Unreadable(Exception):
    """The file cannot be copied; `kind` and `message` become the package's ErrorDetails."""

    kind: str
    message: str


@dataclass(frozen=True)
class Source:
    """An S3 object, and who asked for it to be read from which Region."""

    bucket: str
    key: str
    caller: Caller
    region: str

    def read(self) -> bytes:
        """Return the object's present bytes; Unreadable where the service cannot get them."""
        backend = s3_backends[self.caller.account][get_partition(self.region)]
        try:
            bucket = backend.get_bucket(self.bucket)
        except MissingBucket:
            raise self._unreadable("NoSuchBucket", "The specified bucket does not exist") from None
        if bucket.region_name != self.region:
            where = f"The bucket is in {bucket.region_name}, the package in {self.region}"
            raise self._unreadable("PermanentRedirect", where)
        if not self._allowed(bucket):
            raise self._unreadable("AccessDenied", "Access Denied")
        found = backend.get_object(self.bucket, self.key)
        if found is None:
            raise self._unreadable("NoSuchKey", "The specified key does not exist")
        if (found.encryption or "").startswith("aws:kms"):
            raise self._unreadable("AccessDenied", "Objects encrypted with an AWS KMS key cannot be read")
        return bytes(found.value)

    def _allowed(self, bucket: object) -> bool:
        principal = Principal(self.caller.account, self.caller.arn)
        resource = f"arn:aws:s3:::{self.bucket}/{self.key}"
        context = {"aws:PrincipalAccount": self.caller.account, "aws:SecureTransport": "true"}
        policy = getattr(bucket, "policy", None)
        decision = decide(policy, Request(principal, "s3:GetObject", resource, context)) if policy else None
        own = getattr(bucket, "account_id", None) == self.caller.account
        return own if decision is None else decision

    def _unreadable(self, kind: str, message: str) -> Unreadable:
        return Unreadable(kind, f"{message}: s3://{self.bucket}/{self.key}")
