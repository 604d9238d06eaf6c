"""The extract, as a role sees it that may list and delete there and never read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from switchyard.discovery.manifest import batches
from switchyard.errors import StepFailed

_ROUNDS = 3
"""Times that objects are asked to be deleted: S3 also refuses single ones for reasons that pass."""


@dataclass(frozen=True)
class Folder:
    """A folder of a bucket."""

    s3: Any
    bucket: str
    prefix: str
    owner: str

    @property
    def _place(self) -> dict[str, str]:
        return {"Bucket": self.bucket, "Prefix": self.prefix, "ExpectedBucketOwner": self.owner}

    def objects(self) -> Iterator[dict[str, Any]]:
        """What is listed there."""
        for page in self.s3.get_paginator("list_objects_v2").paginate(**self._place):
            yield from page.get("Contents", ())

    def is_empty(self) -> bool:
        """Whether it holds no object."""
        return not self.s3.list_objects_v2(**self._place, MaxKeys=1).get("Contents")

    def empty(self) -> None:
        """Delete all objects.

        Raises:
            StepFailed: S3 refuses to delete some; deleting is refused key by key, in an answer that reports success.
        """
        self._delete([{"Key": str(one["Key"])} for one in self.objects()])

    def forget(self) -> None:
        """Delete what a bucket with versions kept of deleted objects.

        Raises:
            StepFailed: S3 refuses to delete some.
        """
        self._delete(
            [{"Key": str(one["Key"]), "VersionId": str(one["VersionId"])} for one in self.versions()]
        )

    def end_uploads(self) -> None:
        """End unfinished uploads."""
        for upload in list(self.uploads()):
            self.s3.abort_multipart_upload(
                Bucket=self.bucket,
                Key=upload["Key"],
                UploadId=upload["UploadId"],
                ExpectedBucketOwner=self.owner,
            )

    def require_empty(self) -> None:
        """Prove that nothing is left, older versions and unfinished uploads included.

        Raises:
            StepFailed: something is.
        """
        kinds = {
            "objects": self.objects(),
            "older versions": self.versions(),
            "unfinished uploads": self.uploads(),
        }
        left = [name for name, some in kinds.items() if next(iter(some), None) is not None]
        if left:
            raise StepFailed(
                f"proving s3://{self.bucket}/{self.prefix} empty",
                f"it holds {' and '.join(left)}",
                "Look who writes there, and end it; then clear this task",
            )

    def versions(self) -> Iterator[dict[str, Any]]:
        """Versions and delete markers; where versions were never on, each object is one."""
        for page in self.s3.get_paginator("list_object_versions").paginate(**self._place):
            yield from page.get("Versions", ())
            yield from page.get("DeleteMarkers", ())

    def uploads(self) -> Iterator[dict[str, Any]]:
        """Unfinished uploads, whose parts no listing of objects shows."""
        for page in self.s3.get_paginator("list_multipart_uploads").paginate(**self._place):
            yield from page.get("Uploads", ())

    def _delete(self, wanted: list[dict[str, str]]) -> None:
        """Delete as many as possible, and only then fail for those that stay."""
        errors: list[dict[str, Any]] = []
        for _ in range(_ROUNDS):
            errors = [error for some in batches(wanted) for error in self._refused(some)]
            wanted = [{name: one[name] for name in ("Key", "VersionId") if one.get(name)} for one in errors]
            if not wanted:
                return
        raise StepFailed(
            f"emptying s3://{self.bucket}/{self.prefix}",
            f"{len(errors)} objects stay, the first with {errors[0]['Code']}: {errors[0].get('Message', '')}",
            "Let the pipeline's role delete there, then clear this task",
        )

    def _refused(self, some: list[dict[str, str]]) -> list[dict[str, Any]]:
        answer = self.s3.delete_objects(
            Bucket=self.bucket, Delete={"Objects": some, "Quiet": True}, ExpectedBucketOwner=self.owner
        )
        errors: list[dict[str, Any]] = answer.get("Errors", [])
        return errors
