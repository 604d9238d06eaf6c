"""What a run of a job is told, and how far it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.macie.custom import AllowList
from sandbox.macie.detectors import Detector


@dataclass(frozen=True)
class Order:
    """What a job was told, as far as its run needs it; `buckets` are (owner, name)."""

    account: str
    region: str
    job_id: str
    job_name: str
    buckets: Sequence[tuple[str, str]]
    scoping: Mapping[str, Any]
    percentage: int
    detectors: Sequence[Detector]
    allow_lists: Sequence[AllowList]
    destination: Mapping[str, Any] | None


@dataclass
class Progress:
    """How far a job is: kept over its pauses. `failed` says that a bucket could not be looked into.

    `analysed` counts bytes, uncompressed as they are charged.
    """

    done: set[tuple[str, str]] = field(default_factory=set)
    left: int = 0
    analysed: int = 0
    failed: bool = False
