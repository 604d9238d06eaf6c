"""The tests of a section, run in a process of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from resilience import running
from resilience.running import VARIABLE, run
from resilience.sections import Section
from tests.support import figures

TESTS = """
import os, pytest
from tests.support import figures

def test_records():
    figures.record("one", what=os.environ["WHAT"], lost=0)
    figures.record("another", what="is not asked for", lost=5)

@pytest.mark.parametrize("number", range(50))
def test_records_at_once(number):
    figures.record("one", what="x" * 1000, number=number, lost=0)

@pytest.mark.skip(reason="to see it counted")
def test_left_out(): ...

def test_fails():
    assert 1 == 2
"""


@pytest.fixture
def make_section(tmp_path):
    def make(text, **details):
        (tmp_path / "test_it.py").write_text(text)
        return Section("one", "One", "It.", (str(tmp_path / "test_it.py"),), **{"minutes": 2} | details)

    return make


@pytest.fixture
def alone(monkeypatch):
    """No processes for the tests beside pytest's own: each takes seconds to start."""
    monkeypatch.setattr(running, "WORKERS", 0)
    monkeypatch.setattr(running, "GRACE_SECONDS", 2)


def test_counts_tests_and_collects_figures(make_section, tmp_path):
    """It should tell each test's end, and the whole rows of its own figures alone, with its variables in force."""
    result = run(make_section(TESTS, environment={"WHAT": "that"}), tmp_path)
    assert (result.passed, result.skipped) == (51, 1)
    assert result.failed == ("test_fails: assert 1 == 2",)
    assert {"what": "that", "lost": 0} in result.rows
    assert {row.get("number") for row in result.rows} == {*range(50), None}
    assert result.lost == 0


@pytest.mark.usefixtures("alone")
def test_ends_tests_whose_time_is_up(make_section, tmp_path):
    """It should end them all, and be red for it."""
    text = "import os, time, pathlib\ndef test_hangs():\n    print(os.getpid())\n    time.sleep(600)\n"
    result = run(make_section(text, minutes=0.1), tmp_path)
    assert "not over after 0.1 minutes, and ended" in result.red
    assert result.seconds < 100


@pytest.mark.parametrize("ending", ["time.sleep(600)", "os._exit(1)"])
@pytest.mark.usefixtures("alone")
def test_leaves_no_server_running(make_section, tmp_path, ending):
    """It should end what tests have started in sessions of their own, where they end before they do it themselves."""
    server = tmp_path / "server"
    text = f"""
import os, pathlib, subprocess, time
def test_ends_early():
    started = subprocess.Popen(["sh", "-c", "sleep 600 & echo $!"], start_new_session=True, stdout=subprocess.PIPE)
    pathlib.Path({str(server)!r}).write_bytes(started.stdout.readline())
    {ending}
"""
    assert run(make_section(text, minutes=0.1), tmp_path).red
    assert not Path(f"/proc/{int(server.read_text())}").exists()


@pytest.mark.usefixtures("alone")
def test_ends_tests_when_the_time_of_the_whole_run_is_up(make_section, tmp_path):
    """It should give a section no more than is left of the whole, and not begin one when nothing is."""
    hangs = make_section("import time\ndef test_hangs():\n    time.sleep(600)\n")
    assert "not over after 0.1 minutes, and ended" in run(hangs, tmp_path, 0.1).red
    for left in (0, -1):
        late = run(hangs, tmp_path, left)
        assert late.red == ("not begun, as the time of the whole run was up",)
        assert late.seconds == 0


@pytest.mark.usefixtures("alone")
def test_tells_when_no_test_was_found(make_section, tmp_path):
    """It should be red where pytest does not get as far as a test."""
    result = run(make_section("import nothing_of_this_name"), tmp_path)
    assert result.red


def test_keeps_no_figures_for_nobody(tmp_path, monkeypatch):
    """It should write nothing where no file is named."""
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    figures.record("one", lost=0)
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - what is there, by name
