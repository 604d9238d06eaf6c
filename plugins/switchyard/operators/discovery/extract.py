"""The extract, as a role sees it that may list and delete there and never read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from switchyard.discovery.manifest import batches
from switchyard.errors import StepFailed


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
        keys = [str(one["Key"]) for one in self.objects()]
        for some in batches(keys):
            answer = self.s3.delete_objects(
                Bucket=self.bucket,
                Delete={"Objects": some, "Quiet": True},
                ExpectedBucketOwner=self.owner,
            )
            if errors := answer.get("Errors"):
                first = errors[0]
                raise StepFailed(
                    f"emptying s3://{self.bucket}/{self.prefix}",
                    f"{len(errors)} objects stay, the first with {first['Code']}: {first.get('Message', '')}",
                    "Let the pipeline's role delete there, then clear this task",
                )

    def uploads(self) -> Iterator[dict[str, Any]]:
        """Unfinished uploads, whose parts no listing of objects shows."""
        for page in self.s3.get_paginator("list_multipart_uploads").paginate(**self._place):
            yield from page.get("Uploads", ())

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
        """Prove that nothing is left, older versions included.

        Raises:
            StepFailed: something is.
        """
        versions = self.s3.list_object_versions(**self._place, MaxKeys=1)
        left = [*versions.get("Versions", ()), *versions.get("DeleteMarkers", ())]
        if left or not self.is_empty():
            raise StepFailed(
                f"proving s3://{self.bucket}/{self.prefix} empty",
                "it holds objects or older versions",
                "Look who writes there; turn the bucket's versioning off and delete its versions, then clear this task",
            )
