"""What tests tell of kills that a run has outlived."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.support import figures
from tests.support.differences import differences
from tests.support.kill_points import KillPoints


def require_same_end(
    pipeline: str, end: Any, undisturbed: Any, points: KillPoints, capsys: pytest.CaptureFixture[str]
) -> None:
    """What killed runs have left equals what undisturbed ones left; tells at how many points they were killed."""
    found, lost = points.found, differences(end, undisturbed)
    figures.record(
        "kills",
        pipeline=pipeline,
        aws_calls=found["aws_calls"],
        statements=found["statements"],
        ledger_writes=found["ledger_writes"],
        memories=found["memories"],
        points=len(points.used),
        same_end=not lost,
        lost=len(lost),
    )
    of = ", ".join(f"{number} {what.replace('_', ' ')}" for what, number in sorted(found.items()))
    with capsys.disabled():
        sys.stdout.write(f"\nKilled at {len(points.used)} points of {of}.\n")
    assert not lost, "\n".join(lost)
