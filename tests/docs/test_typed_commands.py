"""What pages tell to type: where it can be tried without a stack, it is typed as it stands there."""

from __future__ import annotations

import re
import subprocess

import pytest

from demo import pipelines
from demo.airflow_settings import REPOSITORY
from switchyard.configuration import __main__ as command
from switchyard.configuration.loader import load
from tests.support.page_commands import PAGES

COPIES = ".airflow/pipelines"
ADDITIONS = {
    page.stem: re.findall(
        rf"^(?:\$ )?(echo '.*' >> {re.escape(COPIES)}/\S+)$", page.read_text(), re.MULTILINE
    )
    for page in sorted(PAGES.glob("*.md"))
}


@pytest.mark.parametrize("page", [page for page, lines in ADDITIONS.items() if lines])
def test_additions_are_valid(page, tmp_path):
    """It should leave every copy valid, and change what it is added to."""
    home = tmp_path / COPIES
    pipelines.write_unscheduled(home)
    before = load(home)
    for line in ADDITIONS[page]:
        subprocess.run(["sh", "-c", line], cwd=tmp_path, check=True)
    after = load(home)
    assert [str(error) for error in after.errors] == []
    changed = [one for one in after.instances if one not in before.instances]
    assert len(changed) == len(ADDITIONS[page])


def test_schedules_to_fill_back_are_the_shipped_ones(tmp_path):
    """It should give the copies the schedules whose ticks the page about backfills lists."""
    home = tmp_path / COPIES
    pipelines.write_unscheduled(home)
    for line in ADDITIONS["backfill"]:
        subprocess.run(["sh", "-c", line], cwd=tmp_path, check=True)
    shipped = {one.pipeline: one.schedule for one in load(pipelines.SHIPPED).instances}
    filled = {one.pipeline: one.schedule for one in load(home).instances}
    names = [re.search(rf"{re.escape(COPIES)}/(\S+)\.yaml$", line)[1] for line in ADDITIONS["backfill"]]
    assert {name: filled[name] for name in names} == {name: shipped[name] for name in names}


def test_check_says_what_the_page_shows(capsys):
    """It should print for the shipped files what the page about AWS says."""
    assert command.main(["check", str(pipelines.SHIPPED)]) == 0
    assert capsys.readouterr().out in (PAGES / "point-it-at-aws.md").read_text()


@pytest.mark.parametrize(
    "once",
    [
        r"airflow dags trigger (\S+ --run-id \S+)",
        r'demo\.customers change "([^"]+)"',
        r'demo\.retail \w+ "((?:UPDATE|DELETE|INSERT) [^"]+)"',
    ],
    ids=["runs", "columns", "rows"],
)
def test_what_works_once_is_told_once(once):
    """It should let somebody type all pages against one stack, where no run and no change can be made twice."""
    texts = [re.sub(r"\\\n\s*", "", page.read_text()) for page in (REPOSITORY / "docs").rglob("*.md")]
    told = [found for text in texts for found in re.findall(once, text)]
    assert len(told) > 1
    assert sorted(told) == sorted(set(told))
