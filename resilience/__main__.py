"""`make resilience`: break everything on purpose, count what is lost, and write one page of it."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from resilience.page import Circumstances, written
from resilience.running import REPOSITORY, run
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
        help="run only this one, and leave the page in the documentation as it is; repeatable",
    )
    chosen = parser.parse_args(arguments).section
    FOLDER.mkdir(exist_ok=True)
    text, green = _run([section for section in SECTIONS if section.name in (chosen or names)], chosen)
    sys.stdout.write(text)
    if not chosen:
        PAGE.write_text(text, encoding="utf-8")
    return 0 if green else 1


def _run(sections: Sequence[Section], chosen: Sequence[str] | None) -> tuple[str, bool]:
    """The page of these sections, and whether all are green."""
    moment, commit, began, results = datetime.now(UTC), _commit(), time.monotonic(), []
    for section in sections:
        _say(
            f"{section.title}: at most {section.minutes:g} minutes; output in .resilience/{section.name}.log"
        )
        spent = (time.monotonic() - began) / 60
        results.append(run(section, FOLDER, WHOLE_MINUTES - spent))
        _say(f"{section.title}: {'; '.join(results[-1].red) or 'green'}")
    taken = Circumstances(
        moment=f"{moment:%Y-%m-%d %H:%M} UTC",
        commit=commit,
        command=" ".join([f"SECTION={name}" for name in chosen or ()] + ["make resilience"]),
        machine=f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}",
        seconds=time.monotonic() - began,
    )
    return written(results, taken), not any(result.red for result in results)


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
