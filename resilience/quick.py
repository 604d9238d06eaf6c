"""A plugin of pytest that finds out soon whether a change is noticed: the quickest tests first, few examples each.

Loaded by `resilience.mutation` alone, for the many runs of the same tests over one change after another.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import Phase, settings

if TYPE_CHECKING:
    import pytest

TIMES = Path("mutmut-stats.json")
"""Where mutmut keeps how long each test took, in the folder in which tests run."""


def pytest_configure() -> None:
    """Draw few examples, the same ones for each change, and do not look for the smallest that fails."""
    usual = settings.get_profile("any machine")
    settings.register_profile(
        "quick",
        parent=usual,
        max_examples=usual.max_examples // 25,
        phases=(Phase.explicit, Phase.generate),
        derandomize=True,
        database=None,
    )
    settings.load_profile("quick")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that took least when nothing was changed; those that start Lucene come last."""
    if TIMES.exists():
        seconds = json.loads(TIMES.read_text(encoding="utf-8"))["duration_by_test"]
        items.sort(
            key=lambda item: ("oracle" in getattr(item, "fixturenames", ()), seconds.get(item.nodeid, 0))
        )
