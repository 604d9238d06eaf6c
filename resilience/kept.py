"""The last result of each section, so that one that is run again takes its place among the others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from resilience.running import Result
from resilience.sections import Section


def keep(result: Result, folder: Path) -> None:
    """Write a result down, over the section's last one."""
    content = asdict(result) | {"section": result.section.name}
    (folder / f"{result.section.name}.json").write_text(json.dumps(content, indent=2), encoding="utf-8")


def kept(sections: Sequence[Section], folder: Path) -> list[Result]:
    """The last results of the sections, in their order, without those that have none."""
    return [_read(one, file) for one in sections if (file := folder / f"{one.name}.json").exists()]


def _read(section: Section, file: Path) -> Result:
    content = json.loads(file.read_text(encoding="utf-8"))
    lists = {name: tuple(content[name]) for name in ("failed", "rows")}
    return Result(**content | lists | {"section": section})
