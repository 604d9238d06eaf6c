"""`make resilience`: break everything on purpose, count what is lost, and write one page of it."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from resilience.kept import keep, kept
from resilience.page import written
from resilience.running import REPOSITORY, Result, run
from resilience.sections import SECTIONS, Section

PAGE = REPOSITORY / "docs" / "reference" / "resilience.md"
FOLDER = REPOSITORY / ".resilience"
WHOLE_MINUTES = 60
"""What a run of all sections may take, though they could take longer if each used its own time to the end."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run sections and print the page of them; 1 says that one of them is red."""
    names = [section.name for section in SECTIONS]
    parser = argparse.ArgumentParser(prog="python -m resilience", description=__doc__)
    parser.add_argument(
        "--section",
        action="append",
        choices=names,
        help="run only this one, and leave the others on the page as they are; repeatable",
    )
    chosen = parser.parse_args(arguments).section or names
    FOLDER.mkdir(exist_ok=True)
    results = _run([section for section in SECTIONS if section.name in chosen])
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    sys.stdout.write(written(results, machine))
    whole = kept(SECTIONS, FOLDER)
    if len(whole) == len(SECTIONS):
        PAGE.write_text(written(whole, machine), encoding="utf-8")
    return 1 if any(result.red for result in results) else 0


def _run(sections: Sequence[Section]) -> list[Result]:
    """What comes of these sections, each of which is kept as soon as it is over."""
    began, results = time.monotonic(), []
    for section in sections:
        _say(
            f"{section.title}: at most {section.minutes:g} minutes; output in .resilience/{section.name}.log"
        )
        moment, commit = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", _commit()
        spent = (time.monotonic() - began) / 60
        result = replace(run(section, FOLDER, WHOLE_MINUTES - spent), moment=moment, commit=commit)
        keep(result, FOLDER)
        results.append(result)
        _say(f"{section.title}: {'; '.join(result.red) or 'green'}")
    return results


def _commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(
            ["git", *words], cwd=REPOSITORY, capture_output=True, text=True, check=True
        ).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no")
    return git("rev-parse", "--short", "HEAD") + (" with changes" if changed else "")


def _say(text: str) -> None:
    sys.stderr.write(f"resilience: {text}\n")


if __name__ == "__main__":
    sys.exit(main())
