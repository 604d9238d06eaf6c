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

from switchyard.aws.conditional_object import ConditionalObject
from switchyard.errors import NotAllowed


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
    etag: str

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
        self._object = ConditionalObject(s3, place)
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
        stored = self._object.read()
        if stored is None:
            return None
        try:
            content = json.loads(stored.content)
            return Held(str(content["run"]), datetime.fromisoformat(content["until"]), stored.etag)
        except (ValueError, KeyError, TypeError) as error:
            raise NotAllowed(
                "taking the extract",
                f"{self._object} does not say which run has it",
                "Look who wrote it; delete it when no run is under way, then clear this task",
            ) from error

    def _put(self, found: Held | None, until: datetime) -> bool:
        """Write, on the condition that nobody wrote since the last look; False where somebody did."""
        content = {"run": self._run, "until": until.isoformat()}
        return self._object.write(json.dumps(content).encode(), found.etag if found else None) is not None
