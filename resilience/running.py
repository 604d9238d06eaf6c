"""Runs the tests of one section in a process of its own, and reads what came of them."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resilience.sections import Section
from tests.support.figures import VARIABLE

REPOSITORY = Path(__file__).resolve().parents[1]
WORKERS = 2
GRACE_SECONDS = 60
"""How long tests whose time is up may stop their servers."""


@dataclass(frozen=True)
class Result:
    """What came of a section.

    Attributes:
        section: the section.
        seconds: how long it took.
        passed, skipped: how many tests.
        failed: what failed, each as its test and the first line of its message.
        rows: the figures of the tests, in the order in which they were recorded.
        moment: when it began, for people.
        commit: what was checked out.
    """

    section: Section
    seconds: float
    passed: int = 0
    skipped: int = 0
    failed: tuple[str, ...] = ()
    rows: tuple[dict[str, Any], ...] = ()
    moment: str = ""
    commit: str = ""

    @property
    def lost(self) -> float:
        """The sum of what the tests say was lost."""
        return float(sum(row.get("lost", 0) for row in self.rows))

    @property
    def red(self) -> tuple[str, ...]:
        """Why the section is red; nothing where it is not."""
        missing = self.section.columns and not self.rows
        return (
            *self.failed,
            *([f"{self.lost:g} lost"] if self.lost else []),
            *([] if self.passed or self.failed else ["no test passed"]),
            *(["no test recorded a figure"] if missing else []),
        )


def run(section: Section, folder: Path, minutes_left: float = math.inf) -> Result:
    """Run a section's tests; their output and figures are files of the folder, named after the section.

    They end when their minutes are up, or those that are left of the whole run; with none left, none begins.
    """
    minutes = min(section.minutes, minutes_left)
    if minutes <= 0:
        return Result(section, 0, failed=("not begun, as the time of the whole run was up",))
    figures, report = folder / f"{section.name}.jsonl", folder / f"{section.name}.xml"
    for old in (figures, report):
        old.unlink(missing_ok=True)
    began = time.monotonic()
    problem = _pytest(section, minutes, report, figures, folder / f"{section.name}.log")
    seconds = time.monotonic() - began
    passed, skipped, failed = read_report(report)
    rows = read_figures(figures, section.name)
    told = tuple(failed) if failed or not problem else (problem,)
    return Result(section, seconds, passed, skipped, told, rows)


def command(section: Section, report: Path) -> list[str]:
    """The command that runs a section's tests."""
    spread = "loadscope" if section.whole_files else "worksteal"
    workers = ["--numprocesses", str(WORKERS), "--dist", spread]
    alone = [sys.executable, "-m", "resilience.alone"]
    return [*alone, sys.executable, "-m", "pytest", *workers, f"--junit-xml={report}", *section.tests]


def read_report(report: Path) -> tuple[int, int, list[str]]:
    """How many tests of a JUnit report passed and were skipped, and what failed; zeros where there is no report."""
    passed, skipped, failed = 0, 0, []
    cases = ET.parse(report).iter("testcase") if report.exists() else ()  # noqa: S314 - pytest has written it
    for case in cases:
        problems = [one for one in case if one.tag in ("failure", "error")]
        failed += [f"{case.get('name')}: {_first_line(one.get('message'))}" for one in problems]
        left_out = case.find("skipped") is not None
        skipped += left_out
        passed += not problems and not left_out
    return passed, skipped, failed


def read_figures(path: Path, section: str) -> tuple[dict[str, Any], ...]:
    """The rows that tests have recorded for a section."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    rows = [json.loads(line) for line in lines]
    return tuple(row for row in rows if row.pop("section") == section)


def _pytest(section: Section, minutes: float, report: Path, figures: Path, log: Path) -> str:
    """Run the tests to their end or until their time is up; what went wrong besides tests, or ""."""
    environment = {**os.environ, "PYTHONPATH": ".:plugins", VARIABLE: str(figures), **section.environment}
    with log.open("wb") as output:
        child = subprocess.Popen(
            command(section, report),
            cwd=REPOSITORY,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = child.wait(minutes * 60)
        except subprocess.TimeoutExpired:
            _end(child)
            return f"not over after {minutes:.3g} minutes, and ended"
        except BaseException:
            _end(child)
            raise
    return "" if status == 0 else f"pytest ended with {status}; {log.name} has its output"


def _end(child: subprocess.Popen[bytes]) -> None:
    """Let the tests stop what they have started, then end what is left of them."""
    os.killpg(child.pid, signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        child.wait(GRACE_SECONDS)
    child.terminate()
    child.wait()


def _first_line(message: str | None) -> str:
    return (message or "").strip().partition("\n")[0]
