"""What the how-to pages say to type, and a shell in a stack's environment that it is typed into."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from demo.airflow_settings import REPOSITORY
from demo.stack import Stack

PAGES = REPOSITORY / "docs" / "how-to"
_BLOCK = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def shown(page: str, beginning: str) -> str:
    """The only command of a page, with its continued lines, that begins so."""
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    lines = "\n".join(_BLOCK.findall(text)).replace("\\\n", " ").splitlines()
    (found,) = (line for line in lines if line.startswith(beginning))
    return found


def variables(page: str, beginning: str, **places: str) -> dict[str, str]:
    """The environment variables of the only block of a page that begins so.

    Args:
        page: the page's name.
        beginning: of the block.
        places: what takes the place of a value of the page, by the variable's name.
    """
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    (block,) = (one for one in _BLOCK.findall(text) if one.startswith(beginning))
    given = dict(line.split("=", 1) for line in block.splitlines())
    assert places.keys() <= given.keys(), f"{page}.md has no {places.keys() - given.keys()}"
    return given | places


def example(page: str, beginning: str) -> Any:
    """What the only block of YAML of a page holds that begins so."""
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    (block,) = (one for one in _BLOCK.findall(text) if one.startswith(beginning))
    return yaml.safe_load(block)


def typed(stack: Stack, command: str, **variables: str) -> str:
    """Type a command at the top of the repository with these variables of the shell; what it prints.

    Raises:
        AssertionError: it ended badly; the message has its errors.
    """
    programs = f"{Path(sys.executable).parent}:{stack.environment['PATH']}"
    done = subprocess.run(
        ["sh", "-c", command],
        env={**stack.environment, "PATH": programs, "LEDGER": stack.ledger_dsn, **variables},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout
