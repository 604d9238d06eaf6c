"""Reading a package's file from S3, as the service does when it makes its own copy."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.identity import Caller
from sandbox.objects import ObjectError, Objects


class Unreadable(Exception):
    """The file cannot be copied; `kind` and `message` become the package's ErrorDetails."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


@dataclass(frozen=True)
class Source:
    """An S3 object, and who asked for it to be read from which Region."""

    bucket: str
    key: str
    caller: Caller
    region: str

    def read(self) -> bytes:
        """Return the object's present bytes; Unreadable where the service cannot get them."""
        objects = Objects(self.caller.account, self.region, self.caller.arn)
        try:
            where = objects.region_of(self.bucket)
            if where != self.region:
                message = f"The bucket is in {where}, the package in {self.region}"
                raise self._unreadable("PermanentRedirect", message)
            encryption = objects.head(self.bucket, self.key).encryption or ""
            if encryption.startswith("aws:kms"):
                message = "Objects encrypted with an AWS KMS key cannot be read"
                raise self._unreadable("AccessDenied", message)
            return objects.read(self.bucket, self.key)
        except ObjectError as error:
            raise self._unreadable(error.code, error.message) from error

    def _unreadable(self, kind: str, message: str) -> Unreadable:
        return Unreadable(kind, f"{message} (s3://{self.bucket}/{self.key})")
