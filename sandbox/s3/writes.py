"""Writes and deletes of objects: moto's, after the conditions that the request sets."""

from __future__ import annotations

from urllib.parse import unquote

from moto.core.common_types import TYPE_RESPONSE
from moto.s3.models import FakeKey
from werkzeug.datastructures import Headers

from sandbox.s3 import conditions
from sandbox.s3.responses import S3Response


class ConditionalResponse(S3Response):
    """One S3 request whose If-Match and If-None-Match count."""

    def put_object(self) -> TYPE_RESPONSE:
        """https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html."""
        with conditions.LOCK:
            conditions.check_write(self.headers, self._stored())
            return super().put_object()

    def copy_object(self) -> TYPE_RESPONSE:
        """https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html."""
        with conditions.LOCK:
            conditions.check_write(self.headers, self._stored())
            conditions.check_copied(self.headers, self._copied())
            return super().copy_object()

    def delete_object(self) -> TYPE_RESPONSE:
        """https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html."""
        with conditions.LOCK:
            if wanted := self.headers.get("If-Match"):
                conditions.check_delete(wanted, self._stored(), version_id=self._get_param("versionId"))
                # moto would take "*" for an ETag.
                self.headers = Headers([item for item in self.headers.items() if item[0] != "If-Match"])
            return super().delete_object()

    def _stored(self) -> FakeKey | None:
        """Return the present version of the object that the request is about."""
        return self.backend.get_object(self.bucket_name, self.parse_key_name())

    def _copied(self) -> FakeKey | None:
        """Return the object that a copy is made of."""
        path, _, query = self.headers["x-amz-copy-source"].partition("?")
        bucket_name, _, key_name = unquote(path).lstrip("/").partition("/")
        version_id = query.removeprefix("versionId=") or None
        return self.backend.get_object(bucket_name, key_name, version_id=version_id)
