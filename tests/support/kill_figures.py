"""What tests tell of kills that a run has outlived."""

from __future__ import annotations

import sys

import pytest

from tests.support import figures
from tests.support.kill_points import KillPoints


def tell_kills(pipeline: str, points: KillPoints, capsys: pytest.CaptureFixture[str]) -> None:
    """Tell at how many points a run was killed; to be called once its end was compared with an undisturbed one's."""
    found = points.found
    figures.record(
        "kills",
        pipeline=pipeline,
        aws_calls=found["aws_calls"],
        statements=found["statements"],
        ledger_writes=found["ledger_writes"],
        memories=found["memories"],
        points=len(points.used),
        same_end=True,
        lost=0,
    )
    of = ", ".join(f"{number} {what.replace('_', ' ')}" for what, number in sorted(found.items()))
    with capsys.disabled():
        sys.stdout.write(f"\nKilled at {len(points.used)} points of {of}.\n")
