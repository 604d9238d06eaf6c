"""Publish the file of a release under its hash."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aws import console as pages
from switchyard.aws.error_table import Disposition, disposition, error_code
from switchyard.errors import CheckFailed, StepFailed
from switchyard.operators.base import AwsOperator
from switchyard.operators.synonyms.notes import note_release, run_of
from switchyard.waiting.kinds import Wait

_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict")
_KIND = "text/plain; charset=utf-8"


class PublishFileOperator(AwsOperator):
    """Copy the run's draft to the key that bears its hash, where it never changes again, and read it back.

    The object is encrypted with keys of S3, since OpenSearch Service reads none that KMS protects. One that is there
    already, from this or an earlier run, is checked and kept.

    Args:
        bucket: bucket of the releases.
        draft_key: the file that the run has built.
        key: where it is published.
        sha256: its hash.
    """

    console = (pages.OBJECT,)
    service = "s3"
    template_fields = (*AwsOperator.template_fields, "draft_key", "key", "sha256", "stamp")

    def __init__(
        self, *, bucket: str, draft_key: str, key: str, sha256: str, pipeline: str, stamp: str, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.bucket = bucket
        self.draft_key = draft_key
        self.key = key
        self.sha256 = sha256
        self.pipeline = pipeline
        self.stamp = stamp
        self._size = 0

    def act(self, context: Any) -> Wait | None:
        if self.dry_run:
            self._put(b"")
            return None
        published = self._read(self.key)
        if published is None:
            self._put(self._draft())
            published = self._read(self.key)
        self._require_right(published)
        self._note(context)
        return None

    def result(self, context: Any) -> dict[str, Any]:
        return {
            "key": self.key,
            "object_uri": self._uri,
            "size": self._size,
            "summary": f"release {self.sha256[:12]}, {self._size} bytes in {self.bucket}",
        }

    @property
    def _uri(self) -> str:
        return f"s3://{self.bucket}/{self.key}"

    def _draft(self) -> bytes:
        content = self._read(self.draft_key)
        if content is None or hashlib.sha256(content).hexdigest() != self.sha256:
            raise StepFailed(
                f"draft s3://{self.bucket}/{self.draft_key}",
                "it is gone" if content is None else "it is not the file that was compared",
                "Start a new run, or clear this one from build_release on",
            )
        return content

    def _put(self, content: bytes) -> None:
        try:
            self.client().put_object(
                Bucket=self.bucket,
                Key=self.key,
                Body=content,
                ContentType=_KIND,
                ServerSideEncryption="AES256",
                ChecksumSHA256=base64.b64encode(bytes.fromhex(self.sha256)).decode(),
                IfNoneMatch="*",
            )
        except ClientError as error:
            if error_code(error) not in _TAKEN:
                raise  # a lost answer of our own, or another run with the same rows: the next look tells

    def _read(self, key: str) -> bytes | None:
        try:
            content: bytes = self.client().get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except ClientError as error:
            if disposition(error) is Disposition.ABSENT:
                return None
            raise
        return content

    def _require_right(self, content: bytes | None) -> None:
        found = hashlib.sha256(content or b"").hexdigest()
        if content is None or found != self.sha256:
            raise CheckFailed(
                self._uri,
                "it is gone" if content is None else f"its content has the hash {found}",
                "Look who else writes below this prefix; delete the object, then clear this task",
            )
        encryption = self.client().head_object(Bucket=self.bucket, Key=self.key).get("ServerSideEncryption")
        if encryption not in (None, "AES256"):
            raise CheckFailed(
                self._uri,
                f"it is encrypted with {encryption}, which OpenSearch Service cannot read",
                "Look which rule of the bucket encrypts with KMS; delete the object, then clear this task",
            )
        self._size = len(content)

    def _note(self, context: Any) -> None:
        note_release(
            **run_of(context),
            pipeline=self.pipeline,
            state="published",
            object_uri=self._uri,
            published_at=datetime.now(UTC),
        )
