"""The bucket of an S3 target, reached as the role of its endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from moto.s3.models import s3_backends
from moto.utilities.utils import get_partition

from sandbox.dms import roles
from sandbox.dms.login import Unreachable
from sandbox.objects import ObjectError, Objects

if TYPE_CHECKING:
    from pathlib import Path

    from sandbox.dms.s3_target import S3Target

ENCRYPTIONS = {"sse-s3": "AES256", "sse-kms": "aws:kms"}
CONTENT = "binary/octet-stream"


class Bucket:
    """The bucket that a target endpoint of this account and Region writes to."""

    def __init__(self, account: str, region: str, settings: S3Target) -> None:
        self.settings = settings
        self._region = region
        self._account = account
        self._objects = Objects(account, region, settings.service_access_role_arn)

    def check(self) -> None:
        """Raise Unreachable unless the role can list the bucket, which is in this Region and of the owner expected."""
        settings = self.settings
        if not roles.usable(settings.service_access_role_arn, roles.SERVICE):
            raise self._unreachable(f"Unable to assume role {settings.service_access_role_arn}")
        try:
            self._objects.list(settings.bucket_name, settings.bucket_folder)
        except ObjectError as error:
            raise self._unreachable(f"{error.code}: {error.message}") from error
        bucket = s3_backends[self._account][get_partition(self._region)].get_bucket(settings.bucket_name)
        if settings.expected_bucket_owner not in (None, bucket.account_id):
            raise self._unreachable("The bucket is not owned by the expected bucket owner")
        if bucket.region_name != self._region:
            raise self._unreachable(f"The bucket is in {bucket.region_name}, the endpoint in {self._region}")

    def put(self, key: str, content: Path, tags: Mapping[str, str]) -> None:
        """Make an object of a file, whose name is then gone; ObjectError where the role may not."""
        settings = self.settings
        self._objects.write(
            settings.bucket_name,
            key,
            content,
            sse=ENCRYPTIONS[settings.encryption_mode],
            kms_key=settings.server_side_encryption_kms_key_id,
            tags=tags or None,
            content_type=CONTENT,
        )

    def clear(self, folder: str) -> None:
        """Remove all objects under a prefix; ObjectError where the role may not."""
        for stored in self._objects.list(self.settings.bucket_name, folder):
            self._objects.delete(stored.bucket, stored.key)

    def _unreachable(self, problem: str) -> Unreachable:
        return Unreachable("Failed to connect to S3 endpoint. Access denied.", problem)


__all__ = ["Bucket", "ObjectError"]
