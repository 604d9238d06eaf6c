"""Remove what only the run itself needed."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from switchyard.aws import console as pages
from switchyard.aws.error_table import Disposition, disposition
from switchyard.operators.base import AwsOperator
from switchyard.operators.synonyms.lock import PublicationLock
from switchyard.operators.synonyms.releases import draft_key, lock_key
from switchyard.operators.synonyms.update import SETTLE_SECONDS
from switchyard.waiting.kinds import Wait


class CleanUpOperator(AwsOperator):
    """Remove the run's draft and give back its right to publish, however the run ended.

    It looks before it writes: where there is nothing of the run, nothing is written.

    Args:
        bucket: bucket of the releases.
        folder: beginning of the set's keys.
        settle_seconds: how long an update may stay invisible after it was asked for; the lock outlasts it.
    """

    console = (pages.FOLDER % ("bucket", "folder"),)
    service = "s3"
    template_fields = (*AwsOperator.template_fields, "stamp")

    def __init__(
        self,
        *,
        bucket: str,
        folder: str,
        pipeline: str,
        stamp: str,
        settle_seconds: float = SETTLE_SECONDS,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.bucket = bucket
        self.folder = folder
        self.pipeline = pipeline
        self.stamp = stamp
        self.settle_seconds = settle_seconds
        self._removed: list[str] = []

    def act(self, context: Any) -> Wait | None:
        draft = {"Bucket": self.bucket, "Key": draft_key(self.folder, self.stamp)}
        if self._exists(draft):
            self.client().delete_object(**draft)
            self._removed.append("draft")
        lock = PublicationLock(
            self.client(), self.bucket, lock_key(self.folder), run=self.stamp, pipeline=self.pipeline
        )
        if lock.release(self.settle_seconds):
            self._removed.append("lock")
        return None

    def result(self, context: Any) -> dict[str, Any]:
        removed = f"removed: {', '.join(self._removed)}" if self._removed else "nothing to remove"
        return {"removed": self._removed, "summary": removed}

    def _exists(self, object_: dict[str, str]) -> bool:
        try:
            self.client().head_object(**object_)
        except ClientError as error:
            if disposition(error) is Disposition.ABSENT:
                return False
            raise
        return True
