"""S3 objects for services of this process: read, written and listed as the API would let their principal.

Services inside the sandbox reach the buckets in memory; what a bucket's policy or the key of its data forbids
their principal on AWS is refused here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from moto.s3.exceptions import MissingBucket
from moto.s3.models import FakeKey, S3Backend, s3_backends
from moto.utilities.utils import get_partition

from sandbox.errors import Refused
from sandbox.policy import Principal
from sandbox.runtime import runtime
from sandbox.s3 import access

CHUNK = 1 << 20


class ObjectError(Exception):
    """An object cannot be had; `code` is S3's error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class AccessDenied(ObjectError):
    """The bucket's policy or the key of the data does not let the principal."""


class NoSuchBucket(ObjectError):
    """There is no bucket of the name."""


class NoSuchKey(ObjectError):
    """There is no object under the key."""


class KeyUnusable(ObjectError):
    """The KMS key is disabled, pending deletion or gone; `code` is e.g. "KMS.DisabledException"."""


@dataclass(frozen=True)
class Stored:
    """What is known of an object without reading it; `size` in bytes, `etag` without quotes, `modified` in UTC."""

    bucket: str
    key: str
    size: int
    etag: str
    modified: datetime
    encryption: str | None = None
    kms_key_id: str | None = None
    storage_class: str = "STANDARD"
    version_id: str = "null"
    tags: Mapping[str, str] = field(default_factory=dict)


class Content:
    """An object's content, read a piece at a time; safe to use from several threads."""

    def __init__(self, stored: FakeKey) -> None:
        self._stored = stored
        self.size = int(stored.size)

    def read_at(self, offset: int, size: int) -> bytes:
        """Return at most `size` bytes from `offset` on; ValueError where the object was replaced since."""
        buffer = self._stored._value_buffer  # moto itself hands out nothing but the whole content
        with self._stored.lock:
            buffer.seek(offset)
            return bytes(buffer.read(size))


class Objects:
    """The objects that a principal can reach.

    `principal` is a service ("macie.amazonaws.com"), the ARN of a role, role session or user, or None for any
    identity of `account`, the account that the service works for. `source_arn` names the resource on whose
    behalf a service asks, for conditions on aws:SourceArn.

    All methods raise AccessDenied, NoSuchBucket, NoSuchKey and KeyUnusable.
    """

    def __init__(
        self, account: str, region: str, principal: str | None = None, *, source_arn: str | None = None
    ) -> None:
        self.account = account
        self.region = region
        self.principal = _principal(account, principal)
        self._source_arn = source_arn

    def read(self, bucket: str, key: str) -> bytes:
        """Return an object's content."""
        return bytes(self._readable(bucket, key).value)

    def open(self, bucket: str, key: str) -> Content:
        """Return an object's content without reading it yet."""
        return Content(self._readable(bucket, key))

    def save(self, bucket: str, key: str, path: Path) -> Path:
        """Copy an object's content into a file, a piece at a time, and return the path."""
        content = self.open(bucket, key)
        with path.open("wb") as file:
            for offset in range(0, content.size, CHUNK):
                file.write(content.read_at(offset, CHUNK))
        return path

    def head(self, bucket: str, key: str) -> Stored:
        """Return what is known of an object; whoever may read it may ask."""
        return self._describe(self._readable(bucket, key))

    def region_of(self, bucket: str) -> str:
        """Return the Region of a bucket."""
        return str(self._bucket(bucket).region_name)

    def list(self, bucket: str, prefix: str = "") -> list[Stored]:
        """Return all objects whose key begins with the prefix, in the order of their keys."""
        container = self._bucket(bucket)
        self._check(container, "s3:ListBucket", None, {"s3:prefix": prefix})
        keys, _, _, _ = self._backend.list_objects(container, prefix, None, None, None)
        return [self._describe(key) for key in keys]

    def write(
        self,
        bucket: str,
        key: str,
        content: bytes | Path,
        *,
        sse: str | None = None,
        kms_key: str | None = None,
        tags: Mapping[str, str] | None = None,
        content_type: str = "binary/octet-stream",
    ) -> Stored:
        """Put an object and return what is then known of it; a file becomes its content, and its name is gone.

        `sse` is "AES256" or "aws:kms", with the id or ARN of its key; by default the bucket's encryption.
        """
        _meet_faults(self.account, self.region, bucket, key)
        container = self._bucket(bucket)
        asked = {
            "s3:x-amz-server-side-encryption": sse,
            "s3:x-amz-server-side-encryption-aws-kms-key-id": kms_key,
        }
        context = {name: value for name, value in asked.items() if value}
        self._check(container, "s3:PutObject", key, context)
        if tags:
            self._check(container, "s3:PutObjectTagging", key, context)
        encryption = access.new_encryption(container, sse, kms_key)
        self._check_key(container, encryption, "GenerateDataKey", key)
        put: Any = self._backend.put_object
        stored: FakeKey = put(bucket, key, content, encryption=sse, kms_key_id=kms_key)
        stored.set_metadata({"content-type": content_type})
        if tags:
            self._backend.put_object_tagging(stored, dict(tags))
        return self._describe(stored)

    def owner(self, bucket: str) -> str:
        """Return the account that a bucket belongs to; anyone may ask."""
        return str(self._bucket(bucket).account_id)

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object; one that is not there is no error."""
        container = self._bucket(bucket)
        self._check(container, "s3:DeleteObject", key, {})
        self._backend.delete_object(bucket, key)

    @property
    def _backend(self) -> S3Backend:
        # Not a cached property: its lock, one for all objects, and moto's would be taken in either order.
        return s3_backends[self.account][get_partition(self.region)]

    @property
    def _context(self) -> dict[str, str]:
        known: dict[str, str] = {}
        if self.principal.service:
            known["aws:SourceAccount"] = self.account
            if self._source_arn:
                known["aws:SourceArn"] = self._source_arn
        return known

    def _bucket(self, name: str) -> Any:
        try:
            return self._backend.get_bucket(name)
        except MissingBucket as error:
            raise NoSuchBucket("NoSuchBucket", f"The specified bucket does not exist: {name}") from error

    def _readable(self, bucket: str, key: str) -> FakeKey:
        container = self._bucket(bucket)
        self._check(container, "s3:GetObject", key, {})
        stored = self._backend.get_object(bucket, key)
        if stored is None:
            raise NoSuchKey("NoSuchKey", f"The specified key does not exist: s3://{bucket}/{key}")
        self._check_key(container, (stored.encryption, stored.kms_key_id), "Decrypt", key)
        return stored

    def _check(self, bucket: Any, action: str, key: str | None, context: Mapping[str, str]) -> None:
        try:
            access.check_policy(bucket, action, key, self.principal, self._context | dict(context))
        except Refused as error:
            raise AccessDenied(error.code, error.message) from error

    def _check_key(
        self, bucket: Any, encryption: tuple[str | None, str | None], operation: str, key: str
    ) -> None:
        context = self._context | {"kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{bucket.name}/{key}"}
        try:
            access.check_key(
                bucket, encryption, operation=operation, principal=self.principal, context=context
            )
        except Refused as error:
            kind = AccessDenied if error.code == "AccessDenied" else KeyUnusable
            raise kind(error.code, error.message) from error

    def _describe(self, stored: FakeKey) -> Stored:
        return Stored(
            bucket=str(stored.bucket_name),
            key=stored.name,
            size=stored.size,
            etag=stored.etag.strip('"'),
            modified=stored.last_modified,
            encryption=stored.encryption,
            kms_key_id=stored.kms_key_id,
            storage_class=stored.storage_class or "STANDARD",
            version_id=stored.version_id,
            tags={
                tag["Key"]: tag["Value"]
                for tag in self._backend.tagger.list_tags_for_resource(stored.arn)["Tags"]
            },
        )


def _meet_faults(account: str, region: str, bucket: str, key: str) -> None:
    """Meet the faults ordered for a write, on "s3:Write/BUCKET/KEY": any kind fails it, by default as too much."""
    taken = runtime.faults.take if runtime.faults is not None else None
    for fault in taken(f"s3:Write/{bucket}/{key}", account, region, inside=True) if taken else []:
        raise ObjectError(fault.code or "SlowDown", fault.message or "Please reduce your request rate.")


def _principal(account: str, principal: str | None) -> Principal:
    if principal is None:
        return Principal(account)
    if not principal.startswith("arn:"):
        return Principal(service=principal)
    return Principal(principal.split(":")[4], principal)
