"""An object in S3 that many write, each on the condition that it still is what they have read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aws.error_table import Disposition, disposition, error_code

_OVERTAKEN = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey")


@dataclass(frozen=True)
class Stored:
    """The object as it was read.

    Attributes:
        content: its bytes.
        etag: S3's name for this content, on which a change is conditional.
    """

    content: bytes
    etag: str


class ConditionalObject:
    """One object that is read, and changed only where nobody has changed it since.

    Args:
        s3: a client of S3.
        place: bucket and key, and its owner where that is known, as S3's operations take them.
        written: what S3 is told of the object besides, whenever it is written.
    """

    def __init__(self, s3: Any, place: Mapping[str, str], **written: str) -> None:
        self._s3 = s3
        self._place = dict(place)
        self._written = written

    def __str__(self) -> str:
        return f"s3://{self._place['Bucket']}/{self._place['Key']}"

    def read(self) -> Stored | None:
        """The object, None where there is none."""
        try:
            answer = self._s3.get_object(**self._place)
        except ClientError as error:
            if disposition(error) is Disposition.ABSENT:
                return None
            raise
        return Stored(answer["Body"].read(), answer["ETag"])

    def write(self, content: bytes, over: str | None) -> str | None:
        """Write it over the content of that etag, or where there is none; its new etag, None where it was changed.

        A request that S3 has carried out and that is repeated finds its own content changed: look who wrote it.
        """
        condition = {"IfMatch": over} if over else {"IfNoneMatch": "*"}
        try:
            answer = self._s3.put_object(**self._place, **self._written, **condition, Body=content)
        except ClientError as error:
            if error_code(error) not in _OVERTAKEN:
                raise
            return None
        etag: str = answer.get("ETag", "")  # a dry run's answer is empty
        return etag

    def delete(self, etag: str) -> bool:
        """Delete the content of that etag; False where it was changed."""
        try:
            self._s3.delete_object(**self._place, IfMatch=etag)
        except ClientError as error:
            if error_code(error) not in _OVERTAKEN:
                raise
            return False
        return True
