"""The object in the bucket that says which run may publish, and what it has asked the package for.

UpdatePackage takes no token and no name, so that nothing but a record made before the call can tell a lost answer
from a call that was never sent. The record lies in the lock and not in the task: it must outlive a cleared task, and
the run itself.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from switchyard.aws.conditional_object import ConditionalObject
from switchyard.errors import NotAllowed


@dataclass(frozen=True)
class Asked:
    """An update of the package that was about to be asked for.

    Attributes:
        run: stamp of the run that asked.
        sha256: hash of the file.
        before: the package's version before, empty where it had none.
        at: seconds since the epoch.
        generation: how often the asking task had been cleared.
        failed_before: whether the package was in a failed status.
    """

    run: str
    sha256: str
    before: str
    at: float
    generation: int
    failed_before: bool


@dataclass(frozen=True)
class _Content:
    run: str
    pipeline: str
    until: float
    asked: Asked | None
    etag: str

    def as_json(self) -> bytes:
        asked = self.asked
        content = {
            "run": self.run,
            "pipeline": self.pipeline,
            "until": self.until,
            "until_utc": _utc(self.until),
            "asked": None if asked is None else vars(asked),
        }
        return json.dumps(content, indent=2).encode()

    @classmethod
    def of(cls, content: bytes, etag: str) -> _Content:
        found: Mapping[str, Any] = json.loads(content)
        asked = Asked(**found["asked"]) if found["asked"] else None
        return cls(str(found["run"]), str(found["pipeline"]), float(found["until"]), asked, etag)


class PublicationLock:
    """The right of one run to publish one package, held until a moment that is written down with it.

    Every change of the object is conditional on what was read, so that of two runs one is refused. A run that died
    loses the lock at its moment; a run that is repeated finds itself in it.

    Args:
        s3: a client of S3.
        bucket: the bucket of the releases.
        key: the lock's object.
        run: stamp of the run.
        pipeline: whose run it is, for the one who is refused.
    """

    def __init__(self, s3: Any, bucket: str, key: str, *, run: str, pipeline: str) -> None:
        self._object = ConditionalObject(
            s3,
            {"Bucket": bucket, "Key": key},
            ContentType="application/json",
            ServerSideEncryption="AES256",
        )
        self._run = run
        self._pipeline = pipeline
        self._held: _Content | None = None

    @property
    def asked(self) -> Asked | None:
        """What this run, or the one it took the lock over from, has asked for and not yet seen."""
        return self._held.asked if self._held else None

    def hold(self, seconds: float) -> None:
        """Take the lock, or find this run in it; prolongs it when less than half of the time is left.

        Raises:
            NotAllowed: another run holds it.
        """
        found = self._read()
        now = time.time()
        if found is not None and found.run != self._run and found.until > now:
            raise self._refused(found)
        self._held = found
        if found is not None and found.run == self._run and found.until - now > seconds / 2:
            return
        asked = found.asked if found else None
        self._put(_Content(self._run, self._pipeline, now + seconds, asked, ""))

    def intend(self, asked: Asked) -> None:
        """Write down what is about to be asked for.

        Raises:
            NotAllowed: the lock was lost.
        """
        self._put(replace(self._require_held(), asked=asked))

    def settle(self) -> None:
        """Forget what was asked for: it is there, or was refused.

        Raises:
            NotAllowed: the lock was lost.
        """
        held = self._require_held()
        if held.asked is not None:
            self._put(replace(held, asked=None))

    def release(self, settle_seconds: float) -> bool:
        """Give the lock back; False where this run did not hold it.

        While an update that was asked for may still be invisible, the lock stays until it must show.
        """
        found = self._read()
        if found is None or found.run != self._run:
            return False
        self._held = found
        visible = found.asked.at + settle_seconds if found.asked else 0.0
        if visible > time.time():
            self._put(replace(found, until=visible))
            return True
        return self._object.delete(found.etag)

    def _require_held(self) -> _Content:
        if self._held is None:
            raise NotAllowed(f"publishing {self._pipeline}", "the lock is not held", "Clear the task")
        return self._held

    def _read(self) -> _Content | None:
        stored = self._object.read()
        if stored is None:
            return None
        try:
            return _Content.of(stored.content, stored.etag)
        except (ValueError, KeyError, TypeError) as error:
            raise NotAllowed(
                f"publishing {self._pipeline}",
                f"{self._object} is no lock of this pipeline",
                "Look who wrote it; delete it when no run is under way",
            ) from error

    def _put(self, content: _Content) -> None:
        """Write on the condition that nobody wrote since the last look; a lost answer of our own is no somebody."""
        etag = self._object.write(content.as_json(), self._held.etag if self._held else None)
        if etag is not None:
            self._held = replace(content, etag=etag)
            return
        found = self._read()
        if found is None or replace(found, etag="") != replace(content, etag=""):
            raise self._refused(found)
        self._held = found

    def _refused(self, found: _Content | None) -> NotAllowed:
        holder = (
            f"run {found.run} of {found.pipeline} until {_utc(found.until)}" if found else "nobody any more"
        )
        return NotAllowed(
            f"publishing {self._pipeline} in run {self._run}",
            f"the lock {self._object} is held by {holder}",
            "Wait until that run has ended, which releases it, or until that moment; then clear this task. Where "
            "that run is gone for good, delete the lock",
        )


def _utc(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
