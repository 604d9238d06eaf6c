"""What was found in a file."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.macie import places
from sandbox.macie.detectors import Detector

KEPT = 1000
"""Places kept of each type of data. Source: https://docs.aws.amazon.com/macie/latest/user/macie-quotas.html"""


@dataclass
class Hit:
    """What one detector found in one file: how often, and the first places by kind ("records", "cells" ...)."""

    detector: Detector
    count: int = 0
    places: list[places.Place] = field(default_factory=list)
    kind: str = "records"


@dataclass
class Scan:
    """What was found in a file. `code` is COMPLETE, PARTIAL or SKIPPED, with a reason; sizes are in bytes."""

    code: str = "COMPLETE"
    reason: str | None = None
    size: int = 0
    mime_type: str = "application/octet-stream"
    within: str | None = None
    hits: list[Hit] = field(default_factory=list)
