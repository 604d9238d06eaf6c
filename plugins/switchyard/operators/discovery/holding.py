"""Which run the extract is for: two that load into one would search each other's rows, and delete them.

An object beside the notes of the runs names the run that has the extract, and until when. It holds between deployments,
too, and outlives a run that was killed; at that moment at the latest another run takes the extract over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from switchyard.aws.error_table import Disposition, disposition, error_code
from switchyard.errors import NotAllowed

_OVERTAKEN = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey")


@dataclass(frozen=True)
class Held:
    """What the object says.

    Attributes:
        run: stamp of the run that has the extract.
        until: when it lets go at the latest, or has let go.
        etag: of the object as it was read.
    """

    run: str
    until: datetime
    etag: str = ""

    @property
    def lasts(self) -> bool:
        """Whether the run still has the extract."""
        return self.until > datetime.now(UTC)

    def __str__(self) -> str:
        return f"run {self.run}, which has the extract until {self.until.isoformat(timespec='seconds')} at the latest"


class Holding:
    """The right of one run to fill and to empty an extract.

    Every change of the object is conditional on what was read, so that of two runs at once one has it.

    Args:
        s3: a client of S3.
        place: bucket, key and owner of the object, as S3's operations take them.
        run: stamp of the run.
    """

    def __init__(self, s3: Any, place: Mapping[str, str], run: str) -> None:
        self._s3 = s3
        self._place = dict(place)
        self._run = run

    def take(self, duration: timedelta) -> Held | None:
        """Take it, or find this run in it; what another run has of it, None where this run has it.

        Raises:
            NotAllowed: the object is none of this pipeline's.
        """
        while True:
            found = self._read()
            if found is not None and found.lasts:
                return None if found.run == self._run else found
            if self._put(found, datetime.now(UTC) + duration):
                return None

    def release(self) -> None:
        """Let go of it, where this run has it; harmless to repeat."""
        found = self._read()
        if found is not None and found.run == self._run and found.lasts:
            self._put(found, datetime.now(UTC))

    def _read(self) -> Held | None:
        try:
            answer = self._s3.get_object(**self._place)
        except ClientError as error:
            if disposition(error) is Disposition.ABSENT:
                return None
            raise
        try:
            content = json.loads(answer["Body"].read())
            return Held(str(content["run"]), datetime.fromisoformat(content["until"]), answer["ETag"])
        except (ValueError, KeyError, TypeError) as error:
            where = f"s3://{self._place['Bucket']}/{self._place['Key']}"
            raise NotAllowed(
                "taking the extract",
                f"{where} does not say which run has it",
                "Look who wrote it; delete it when no run is under way, then clear this task",
            ) from error

    def _put(self, found: Held | None, until: datetime) -> bool:
        """Write, on the condition that nobody wrote since the last look; False where somebody did."""
        condition = {"IfMatch": found.etag} if found else {"IfNoneMatch": "*"}
        content = {"run": self._run, "until": until.isoformat()}
        try:
            self._s3.put_object(**self._place, **condition, Body=json.dumps(content).encode())
        except ClientError as error:
            if error_code(error) not in _OVERTAKEN:
                raise
            return False
        return True
