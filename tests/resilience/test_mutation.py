"""What changes of the pure logic its own tests notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from resilience.mutation import PARTS, Part, explained, mutate, shown
from tests.support import figures
from tests.support.kill_sample import some

ALWAYS = tuple(part for part in PARTS if part.name == "windows")
LEAST_PERCENT = 90


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", some(ALWAYS, of=PARTS), ids=lambda part: part.name)
def test_changes_are_noticed(part: Part, tmp_path: Path) -> None:
    """It should have a test for nine of ten changes, and a reason for each that none notices."""
    score = mutate(part, tmp_path / "changed")
    figures.record(
        "mutation",
        part=part.name,
        mutants=score.mutants,
        killed=score.killed,
        survived=len(score.survivors),
        unexplained=len(score.unexplained),
        percent=score.percent,
    )
    assert score.unexplained == (), f"\n{shown(score.unexplained)}"
    assert score.percent >= LEAST_PERCENT


def test_reasons_are_for_what_is_there() -> None:
    """It should explain changes of modules that are changed, each with a sentence."""
    modules = {module for part in PARTS for module in part.modules}
    assert {change.module for change in explained()} <= modules
    assert [why for why in explained().values() if not why.endswith(".")] == []
