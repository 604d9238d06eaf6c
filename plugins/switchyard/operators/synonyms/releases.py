"""Names of a release: its keys in the bucket, and the message that ties a package version to its content."""

from __future__ import annotations

import re
from dataclasses import dataclass

from switchyard.run_stamp import STAMP

_MESSAGE = re.compile(
    rf"sha256:(?P<sha256>[0-9a-f]{{64}}) rules=(?P<rules>\d{{1,9}}) run=(?P<stamp>{STAMP.pattern})"
)


@dataclass(frozen=True)
class Release:
    """A release of ours, as the history of its package tells it."""

    sha256: str
    rules: int
    stamp: str

    @property
    def message(self) -> str:
        """The version's commit message; OpenSearch Service keeps 160 characters, this has 116 at most."""
        return f"sha256:{self.sha256} rules={self.rules} run={self.stamp}"

    @classmethod
    def of_message(cls, message: str | None) -> Release | None:
        """Read a commit message; None where it is not ours."""
        found = _MESSAGE.fullmatch(message or "")
        return cls(found["sha256"], int(found["rules"]), found["stamp"]) if found else None


def release_key(folder: str, sha256: str) -> str:
    """Key of a release's file, by its content: one that exists never changes."""
    return f"{folder}{sha256}.txt"


def draft_key(folder: str, stamp: str) -> str:
    """Key of the file that a run has built and nobody has approved yet."""
    return f"{folder}drafts/{stamp}.txt"


def lock_key(folder: str) -> str:
    """Key of the object that says which run may publish."""
    return f"{folder}lock.json"
