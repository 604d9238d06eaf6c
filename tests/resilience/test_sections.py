"""The sections that `make resilience` runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from resilience.sections import SECTIONS

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda one: one.name)
def test_section_names_tests_that_are_there(section):
    """It should name files and functions that exist, and explain itself."""
    for test in section.tests:
        file, _, function = test.partition("::")
        assert (REPOSITORY / file).exists(), test
        assert not function or f"def {function.partition('[')[0]}(" in (REPOSITORY / file).read_text(), test
    assert section.tests
    assert section.breaks.endswith(".")


def test_sections_have_names_of_their_own():
    """It should take each section by a name that `SECTION=` takes."""
    assert [one.name for one in SECTIONS if not re.fullmatch(r"[a-z-]+", one.name)] == []
    assert len({section.name for section in SECTIONS}) == len(SECTIONS)
