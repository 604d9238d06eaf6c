"""The page of figures."""

from __future__ import annotations

from dataclasses import replace

from resilience.kept import keep, kept
from resilience.page import written
from resilience.running import Result
from resilience.sections import Section

TAKEN = {"moment": "2026-02-01 12:00 UTC", "commit": "abc1234"}
KILLS = Section(
    "kills",
    "Kills of all",
    "It is killed.",
    ("tests/a.py",),
    5,
    ("pipeline", "aws_calls", "equal"),
    {"POINTS": "all"},
)


def test_page_tells_the_figures_of_green_sections():
    """It should show what was run, on which commit, and each row in the order of the section's columns."""
    rows = ({"equal": True, "pipeline": "b", "aws_calls": 1_200, "lost": 0}, {"pipeline": "a"})
    page = written([Result(KILLS, 61, passed=2, rows=rows, **TAKEN)], "2 cores")
    assert "Taken on 2 cores, in 1:01 together." in page
    line = "| [Kills of all](#kills-of-all) | green | 2 | 0 | 0 | 1:01 | 2026-02-01 12:00 UTC | `abc1234` |"
    assert line in page
    assert "Tests: `tests/a.py`, with `POINTS=all`." in page
    assert page.endswith(
        "| pipeline | AWS calls | equal |\n| --- | --- | --- |\n| a |  |  |\n| b | 1,200 | yes |\n"
    )


def test_page_tells_what_is_red_and_why():
    """It should call a section red for failed tests, for losses, and for figures that nobody recorded."""
    failed = Result(KILLS, 1, failed=("test_a: nothing is left",), rows=({"lost": 2},))
    page = written([failed], "2 cores")
    assert "| **red** | 0 | 1 | 2 |" in page
    assert "- **red**: `test_a: nothing is left`\n- **red**: `2 lost`" in page
    assert Result(KILLS, 1, passed=1).red == ("no test recorded a figure",)
    assert Result(KILLS, 1, rows=({"lost": 0},)).red == ("no test passed",)
    assert Result(KILLS, 1, passed=1, rows=({"lost": 0},)).red == ()


def test_a_section_that_is_run_again_takes_its_place(tmp_path):
    """It should keep each section's last result whole, in the order of the sections, and none that never ran."""
    faults, never = replace(KILLS, name="faults"), replace(KILLS, name="never")
    first = Result(KILLS, 61, passed=2, rows=({"pipeline": "a"},), **TAKEN)
    other = Result(faults, 5, failed=("test_a: nothing is left",), **TAKEN)
    for result in (other, first, again := replace(first, passed=3, commit="def5678")):
        keep(result, tmp_path)
    assert kept([KILLS, faults, never], tmp_path) == [again, other]
